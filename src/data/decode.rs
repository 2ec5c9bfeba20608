//! From the bytes of a picture or sound file to a [`Rgba`], whatever the bytes are.

use std::io::{BufRead, Cursor, Seek};

use image::error::{DecodingError, ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbaImage};

use super::jpeg;
use super::limits::{MAX_BYTES, limits};
use super::picture::{MAX_SIDE, Rgba};
use super::profile::to_srgb;
use super::reduced::Reduction;
use super::shrink::shrunk;
use crate::audio::{self, BANDS, FRAMES, Spectrogram, begins_like_sound, is_sound};
use crate::fault::guarded;

/// The formats of pictures and sounds that are read, for messages.
pub const ACCEPTED: &str =
    "PNG, JPEG, GIF, WebP, BMP, TIFF, ICO, PNM, QOI or TGA, or a sound in WAV, FLAC or MP3";

/// Extensions of pictures that people have and that are not read here; such a file is named, not
/// passed over.
const NOT_READ: [&str; 8] = ["avif", "heic", "heif", "jp2", "jxl", "psd", "svg", "svgz"];

/// Whether a file is taken for a picture or a sound, by its name.
pub(super) fn is_picture(name: &str) -> bool {
    let extension = extension(name);
    NOT_READ.contains(&extension.as_str())
        || is_sound(&extension)
        || ImageFormat::from_extension(&extension).is_some_and(|format| format.reading_enabled())
}

/// Whether a file is taken for a picture or a sound, by how it begins; 32 bytes are enough.
pub(super) fn begins_like_picture(start: &[u8]) -> bool {
    let at = |from: usize, wanted: &[u8]| start.get(from..from + wanted.len()) == Some(wanted);
    let digit_and_space = |start: &[u8]| {
        matches!(start, [b'P', b'1'..=b'7', space, next, ..]
            if space.is_ascii_whitespace() && (next.is_ascii_digit() || *next == b'#'))
    };
    at(0, b"\x89PNG\r\n\x1a\n")
        || at(0, b"\xff\xd8\xff")
        || at(0, b"GIF87a")
        || at(0, b"GIF89a")
        || (at(0, b"RIFF") && at(8, b"WEBP"))
        || at(0, b"II*\0")
        || at(0, b"MM\0*")
        || at(0, b"qoif")
        // The size of the second header tells a BMP from a text that begins with its letters.
        || (at(0, b"BM") && start.len() > 18 && at(15, b"\0\0\0") && start[14] >= 12)
        || (at(0, b"\0\0\x01\0") && start.get(5) == Some(&0) && start.get(9) == Some(&0))
        || digit_and_space(start)
        // AVIF, HEIC and JPEG XL are known and not read.
        || [b"avif", b"heic", b"heix", b"mif1"].iter().any(|brand| at(4, b"ftyp") && at(8, *brand))
        || at(0, b"\0\0\0\x0cJXL ")
        || begins_like_sound(start)
}

/// Lower-case extension of a file name, empty if it has none.
pub(super) fn extension(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
        .unwrap_or_default()
}

/// Decode a picture, turn it upright (EXIF), and crop and resize it to `size`.
///
/// The format is told from the content; the name only helps with formats that have no signature
/// (TGA). Of an animation the first frame is taken. Colours are brought to sRGB where the file has
/// a profile. A PNG or JPEG far larger than `size` is reduced while it is decoded. A sound becomes
/// its [`Spectrogram`].
///
/// # Errors
/// Why it could not be read, in words for people, on one line.
pub fn decode(bytes: &[u8], name: &str, size: usize) -> Result<Rgba, String> {
    let picture = decode_for(bytes, name, size)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Rgba::from_rgba8(&picture, width, height, size).map_err(|error| error.to_string())
}

/// Decode a picture of any shape for a use that needs its shorter side to have `size` pixels,
/// turned as its EXIF data say. One far larger is averaged down; its shorter side then still has
/// some times `size` pixels. A sound's picture has 64×64.
///
/// # Errors
/// As for [`decode`].
pub fn decode_for(bytes: &[u8], name: &str, size: usize) -> Result<RgbaImage, String> {
    if bytes.is_empty() {
        return Err("the file is empty (0 bytes)".into());
    }
    if begins_like_sound(bytes) || extension(name) == "mp3" {
        let picture = Spectrogram::of(&audio::read(bytes)?).rgba();
        return RgbaImage::from_raw(FRAMES as u32, BANDS as u32, picture)
            .ok_or_else(|| "its picture has another size".into());
    }
    let format = match image::guess_format(bytes) {
        Ok(format) => format,
        Err(_) => match ImageFormat::from_extension(extension(name)) {
            Some(ImageFormat::Tga) => ImageFormat::Tga,
            _ => {
                return Err(format!(
                    "its content is not a picture or a sound that can be read; wanted {ACCEPTED}"
                ));
            }
        },
    };
    // Decoders meet hostile files here; one that panics must not take the others along.
    let whole = guarded(|| match format {
        ImageFormat::Jpeg => jpeg::whole(bytes),
        _ => Some(bytes.into()),
    });
    let Ok(Some(bytes)) = whole else {
        return Err("broken or cut short (a JPEG without its end)".into());
    };
    match guarded(|| read(&bytes, format, size)) {
        Ok(Ok(picture)) => Ok(picture),
        Ok(Err(error)) => Err(reason(error)),
        Err(_) => Err(format!("broken {format:?} file")),
    }
}

/// Memory that decoding a picture for `size` takes, in bytes, as far as its header tells.
pub(super) fn memory(mut bytes: impl BufRead + Seek, size: usize) -> u64 {
    if bytes.fill_buf().is_ok_and(begins_like_sound) {
        return audio::MEMORY;
    }
    let header = guarded(|| {
        let mut reader = ImageReader::new(&mut bytes).with_guessed_format().ok()?;
        let format = reader.format()?;
        reader.limits(limits(format));
        let decoder = reader.into_decoder().ok()?;
        let (width, height) = decoder.dimensions();
        let (width, height) = (u64::from(width), u64::from(height));
        let total = decoder.total_bytes();
        drop(decoder);
        if let Some(reduction) = Reduction::of(&mut bytes, format, size) {
            return Some(reduction.memory(width, height));
        }
        // A progressive JPEG keeps two bytes a coefficient besides.
        let times = if format == ImageFormat::Jpeg { 3 } else { 1 };
        Some((times * total).max(4 * width * height))
    });
    // What has no header that can be read is refused before anything is decoded.
    header.ok().flatten().unwrap_or(0)
}

fn read(bytes: &[u8], format: ImageFormat, size: usize) -> Result<RgbaImage, ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits(format));
    let mut decoder = reader.into_decoder()?;
    // Broken EXIF is no reason to refuse a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // Nor is a broken profile.
    let profile = decoder.icc_profile().ok().flatten();
    let has_colour = decoder.color_type().has_color();
    let upright = |mut picture: RgbaImage| {
        if let Some(profile) = &profile {
            to_srgb(&mut picture, profile, has_colour);
        }
        let mut picture = DynamicImage::from(picture);
        picture.apply_orientation(orientation);
        Ok(picture.into_rgba8())
    };
    if let Some(reduction) = Reduction::of(Cursor::new(bytes), format, size) {
        let broken = |error| ImageError::Decoding(DecodingError::new(format.into(), error));
        if let Some(picture) = reduction.read(bytes, size).map_err(broken)? {
            return upright(picture);
        }
    }
    let (width, height) = decoder.dimensions();
    if decoder
        .total_bytes()
        .max(4 * u64::from(width) * u64::from(height))
        > MAX_BYTES
    {
        return Err(ImageError::Limits(
            LimitErrorKind::InsufficientMemory.into(),
        ));
    }
    upright(shrunk(DynamicImage::from_decoder(decoder)?, size))
}

fn reason(error: ImageError) -> String {
    match error {
        ImageError::Limits(_) => {
            format!(
                "too large; at most {MAX_SIDE} pixels a side, and {} MB in memory while it is \
                 decoded",
                MAX_BYTES >> 20
            )
        }
        ImageError::Unsupported(error) => format!("not supported ({error}); wanted {ACCEPTED}"),
        error => format!("broken or cut short ({error})"),
    }
    .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use image::{ImageEncoder, Rgb, RgbImage};
    use std::io::Read;

    use super::*;

    const RED: [u8; 3] = [200, 20, 30];
    const BLUE: [u8; 3] = [20, 30, 200];

    fn plain(colour: [u8; 3]) -> DynamicImage {
        RgbImage::from_pixel(16, 12, Rgb(colour)).into()
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn near(pixel: [u8; 4], [r, g, b]: [u8; 3], tolerance: u8) -> bool {
        let wanted = [r, g, b, 255];
        pixel
            .iter()
            .zip(wanted)
            .all(|(value, wanted)| value.abs_diff(wanted) <= tolerance)
    }

    #[test]
    fn every_common_format_is_read() {
        use ImageFormat::{Bmp, Gif, Ico, Jpeg, Png, Pnm, Qoi, Tga, Tiff, WebP};
        for format in [Png, Jpeg, Gif, WebP, Bmp, Tiff, Ico, Pnm, Qoi, Tga] {
            // PNGs inside of ICO files must have an alpha channel.
            let picture = match format {
                Ico => plain(RED).into_rgba8().into(),
                _ => plain(RED),
            };
            let bytes = encoded(&picture, format);
            let name = format!("x.{}", format.extensions_str()[0]);
            let picture =
                decode(&bytes, &name, 4).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                near(picture.premultiplied()[..4].try_into().unwrap(), RED, 3),
                "{name}"
            );
        }
        for (name, picture) in [
            ("grey", DynamicImage::from(plain([90; 3]).into_luma8())),
            ("grey with alpha", plain([90; 3]).into_luma_alpha8().into()),
            ("16 bits", plain([90; 3]).into_rgba16().into()),
        ] {
            let picture = decode(&encoded(&picture, Png), name, 4).unwrap();
            assert!(
                near(picture.premultiplied()[..4].try_into().unwrap(), [90; 3], 1),
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_cut_short_is_refused_in_every_format() {
        use ImageFormat::{Bmp, Gif, Ico, Jpeg, Png, Pnm, Qoi, Tga, Tiff, WebP};
        let noise = RgbImage::from_fn(48, 48, |x, y| {
            let v = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
            Rgb([(v >> 8) as u8, (v >> 16) as u8, (v >> 24) as u8])
        });
        for format in [Png, Jpeg, Gif, WebP, Bmp, Tiff, Ico, Pnm, Qoi, Tga] {
            let bytes = encoded(&DynamicImage::from(noise.clone()), format);
            let name = format!("x.{}", format.extensions_str()[0]);
            for part in 1..10 {
                let cut = &bytes[..bytes.len() * part / 10];
                let refused = decode(cut, &name, 4);
                assert!(refused.is_err(), "{part}0 % of {name}");
            }
        }
    }

    #[test]
    fn of_an_animation_the_first_frame_is_taken() {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        let frames = [RED, BLUE].map(|colour| image::Frame::new(plain(colour).into_rgba8()));
        encoder.encode_frames(frames).unwrap();
        drop(encoder);
        let picture = decode(&bytes, "x.gif", 4).unwrap();
        assert!(near(
            picture.premultiplied()[..4].try_into().unwrap(),
            RED,
            3
        ));
    }

    #[test]
    fn pictures_are_turned_upright() {
        // Left red, right blue, and a note that a quarter turn clockwise sets it upright: red on
        // top.
        let halves = RgbImage::from_fn(32, 32, |x, _| Rgb(if x < 16 { RED } else { BLUE }));
        let jpeg = encoded(&halves.into(), ImageFormat::Jpeg);
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = (exif.len() as u16 + 2).to_be_bytes();
        let bytes = [&jpeg[..2], &[0xff, 0xe1], &length, exif, &jpeg[2..]].concat();
        let picture = decode(&bytes, "x.jpg", 4).unwrap();
        let pixels = picture.premultiplied().as_chunks::<4>().0;
        assert!(
            near(pixels[1], RED, 12) && near(pixels[2], RED, 12),
            "{pixels:?}"
        );
        assert!(near(pixels[13], BLUE, 12) && near(pixels[14], BLUE, 12));
    }

    #[test]
    fn a_colour_profile_is_applied_whichever_way_a_picture_is_decoded() {
        let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        let picture = DynamicImage::from(RgbImage::from_pixel(300, 300, Rgb([200, 100, 50])));
        let mut png = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
        encoder.set_icc_profile(profile.clone()).unwrap();
        picture.write_with_encoder(encoder).unwrap();
        let mut jpeg = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 95);
        encoder.set_icc_profile(profile).unwrap();
        picture.write_with_encoder(encoder).unwrap();
        for (name, bytes) in [("x.png", png), ("x.jpg", jpeg)] {
            for size in [8, 200] {
                let found = decode(&bytes, name, size).unwrap();
                let found = found.premultiplied()[..4].try_into().unwrap();
                // What Display P3's (200, 100, 50) is in sRGB, by its definition.
                assert!(near(found, [215, 93, 31], 4), "{name} {size}: {found:?}");
            }
        }
    }

    #[test]
    fn what_a_png_has_besides_its_pixels_is_bounded() {
        let bytes = encoded(&plain(RED), ImageFormat::Png);
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::copy(&mut std::io::repeat(0).take(200 << 20), &mut packed).unwrap();
        let content = [&b"x\0\0"[..], packed.finish().unwrap().as_slice()].concat();
        let mut sum = flate2::Crc::new();
        sum.update(b"iCCP");
        sum.update(&content);
        let length = (content.len() as u32).to_be_bytes();
        let sum = sum.sum().to_be_bytes();
        // Behind the signature and the header.
        let parts = [&bytes[..33], &length, b"iCCP", &content, &sum, &bytes[33..]];
        let decoded = decode(&parts.concat(), "x.png", 4);
        assert!(decoded.is_ok_and(|picture| near(
            picture.premultiplied()[..4].try_into().unwrap(),
            RED,
            1
        )));
    }
}
