//! PNG files that say who wrote them.

use super::CliResult;
use crate::data::to_rgb8;
use crate::weights::replace_file;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use std::io::Read;
use std::path::Path;

/// A `tEXt` chunk (PNG, third edition, 11.3.3.3), without its length and checksum.
const MARK: &[u8] = b"tEXtSoftware\0soda";
/// Bytes before the mark: the signature, the whole IHDR chunk, the mark's length.
const BEFORE: usize = 8 + 25 + 4;

/// Write pixels `[3·size·size]` in [-1, 1] as a PNG, making its folder.
pub fn write_png(path: &Path, pixels: &[f32], size: usize) -> CliResult {
    write(
        path,
        &to_rgb8(pixels, size)?,
        (size, size),
        ExtendedColorType::Rgb8,
    )
}

/// Write RGBA of this width and height, colours not premultiplied.
pub fn write_rgba(path: &Path, rgba: &[u8], size: (usize, usize)) -> CliResult {
    write(path, rgba, size, ExtendedColorType::Rgba8)
}

fn write(
    path: &Path,
    bytes: &[u8],
    (width, height): (usize, usize),
    colour: ExtendedColorType,
) -> CliResult {
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(bytes, width as u32, height as u32, colour)?;
    Ok(replace_file(path, &marked(&png))?)
}

/// A PNG with the mark after its IHDR chunk.
fn marked(png: &[u8]) -> Vec<u8> {
    let (start, rest) = png.split_at(BEFORE - 4);
    let mut crc = flate2::Crc::new();
    crc.update(MARK);
    let length = (MARK.len() as u32 - 4).to_be_bytes();
    [start, &length, MARK, &crc.sum().to_be_bytes(), rest].concat()
}

/// Whether this program wrote the PNG at `path`.
pub fn is_own(path: &Path) -> bool {
    let mut start = [0; BEFORE + MARK.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start.ends_with(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_png_is_known_again_and_still_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let (own, foreign) = (folder.path().join("own.png"), folder.path().join("x.png"));
        write_png(&own, &[0.0; 3 * 4 * 4], 4).unwrap();
        image::RgbImage::new(4, 4).save(&foreign).unwrap();
        assert!(is_own(&own) && !is_own(&foreign));
        assert_eq!(image::open(&own).unwrap().width(), 4);
    }
}
