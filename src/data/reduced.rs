//! Decoding a picture far larger than needed at a smaller size, so that it never lies in memory
//! whole: a PNG is averaged down row by row, a JPEG decoded at a half, a quarter or an eighth by
//! smaller cosine transforms (as in libjpeg's `scale_denom`).

use std::io::{BufRead, Cursor, Seek, SeekFrom};
use std::panic::catch_unwind;

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage, RgbaImage};
use jpeg_decoder::{CodingProcess, PixelFormat};

use super::limits::MAX_BYTES;
use super::picture::MAX_SIDE;
use super::shrink::{Averages, factor, shrunk};

/// How a picture is decoded smaller than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduction {
    /// Row by row, each pixel the average of `factor` x `factor`.
    Rows { factor: usize },
    /// By cosine transforms of `8 / part` x `8 / part` instead of 8 x 8.
    Transforms {
        /// 2, 4 or 8.
        part: usize,
        channels: usize,
        progressive: bool,
    },
}

impl Reduction {
    /// How a picture is decoded of which the shorter side is to be `size`; none where it is not far
    /// larger, or its kind is decoded whole. Reads the header.
    pub fn of(mut bytes: impl BufRead + Seek, format: ImageFormat, size: usize) -> Option<Self> {
        bytes.seek(SeekFrom::Start(0)).ok()?;
        match format {
            ImageFormat::Png => {
                let mut decoder = png::Decoder::new(bytes);
                let header = decoder.read_header_info().ok()?;
                let factor = far_larger(header.width, header.height, size)?;
                (!header.interlaced).then_some(Self::Rows { factor })
            }
            ImageFormat::Jpeg => {
                let mut decoder = jpeg_decoder::Decoder::new(bytes);
                decoder.read_info().ok()?;
                let info = decoder.info()?;
                let factor = far_larger(info.width.into(), info.height.into(), size)?;
                let channels = match info.pixel_format {
                    PixelFormat::L8 => 1,
                    PixelFormat::RGB24 => 3,
                    PixelFormat::L16 | PixelFormat::CMYK32 => return None,
                };
                let progressive = match info.coding_process {
                    CodingProcess::DctSequential => false,
                    CodingProcess::DctProgressive => true,
                    CodingProcess::Lossless => return None,
                };
                // All of its coefficients lie in memory.
                let pixels = u64::from(info.width) * u64::from(info.height);
                if progressive && 4 * pixels > MAX_BYTES {
                    return None;
                }
                let part = [8, 4, 2].into_iter().find(|&part| part <= factor)?;
                Some(Self::Transforms {
                    part,
                    channels,
                    progressive,
                })
            }
            _ => None,
        }
    }

    /// Bytes that decoding takes for a picture of `width` x `height`.
    pub fn memory(self, width: u64, height: u64) -> u64 {
        match self {
            // Two rows of up to eight bytes a pixel, the window of the compression.
            Self::Rows { factor } => {
                Averages::memory(width, height, factor as u64) + 16 * width + (1 << 18)
            }
            // The planes and the pixels made of them; coefficients of two bytes.
            Self::Transforms {
                part,
                channels,
                progressive,
            } => {
                let (channels, part) = (channels as u64, part as u64);
                let small = (width.div_ceil(part) + 16) * (height.div_ceil(part) + 16);
                let coefficients = if progressive { 2 * width * height } else { 0 };
                channels * (2 * small + coefficients) + 4 * small
            }
        }
    }

    /// Decode. None where this decoder cannot, which another may.
    ///
    /// # Errors
    /// Why a PNG is broken.
    pub fn read(self, bytes: &[u8], size: usize) -> Result<Option<RgbaImage>, png::DecodingError> {
        match self {
            Self::Rows { factor } => rows(bytes, factor).map(Some),
            Self::Transforms { part, .. } => {
                // Where it fails, or panics on a hostile file, the other decoder has the word.
                let picture = catch_unwind(|| transforms(bytes, part)).ok().flatten();
                Ok(picture.map(|picture| shrunk(picture, size)))
            }
        }
    }
}

/// The factor for a picture that may be taken in and is far larger than `size`.
fn far_larger(width: u32, height: u32, size: usize) -> Option<usize> {
    let (width, height) = (width as usize, height as usize);
    let factor = factor(width, height, size);
    (factor > 1 && width.max(height) <= MAX_SIDE).then_some(factor)
}

fn rows(bytes: &[u8], factor: usize) -> Result<RgbaImage, png::DecodingError> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    let (colour, depth) = reader.output_color_type();
    let mut averages = Averages::new(width as usize, height as usize, factor);
    let mut narrow = Vec::new();
    while let Some(row) = reader.next_row()? {
        let row = match depth {
            png::BitDepth::Sixteen => {
                let values = row.data().as_chunks::<2>().0.iter();
                narrow.clear();
                narrow.extend(values.map(|&value| to_byte(u16::from_be_bytes(value))));
                &narrow
            }
            _ => row.data(),
        };
        averages.row(row, colour.samples());
    }
    Ok(averages.finish())
}

/// `round(255·value/65535)`.
fn to_byte(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

fn transforms(bytes: &[u8], part: usize) -> Option<DynamicImage> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.read_info().ok()?;
    let whole = decoder.info()?;
    let least = |side: u16| side.div_ceil(part as u16);
    let (width, height) = decoder
        .scale(least(whole.width), least(whole.height))
        .ok()?;
    let (pixels, info) = (decoder.decode().ok()?, decoder.info()?);
    let (width, height) = (u32::from(width), u32::from(height));
    match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Rgb};

    fn waves(width: u32, height: u32) -> DynamicImage {
        let wave = |v: u32, period: f32| (127.0 + 120.0 * (v as f32 / period).sin()) as u8;
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([wave(x, 90.0), wave(y, 70.0), wave(x + y, 110.0)])
        })
        .into()
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn reduced(bytes: &[u8], format: ImageFormat, size: usize) -> RgbaImage {
        let reduction = Reduction::of(Cursor::new(bytes), format, size).expect("it is far larger");
        reduction.read(bytes, size).unwrap().expect("it is read")
    }

    #[test]
    fn rows_give_what_averaging_the_whole_picture_gives() {
        let picture = waves(530, 401);
        let sixteen = ImageBuffer::from_fn(530, 401, |x, y| {
            let grey = (x * 97 + y * 31) as u16;
            image::LumaA([grey.wrapping_mul(257), 65_535 - grey])
        });
        for picture in [
            picture.clone(),
            picture.to_rgba8().into(),
            picture.to_luma8().into(),
            picture.to_luma_alpha8().into(),
            picture.to_rgb16().into(),
            DynamicImage::ImageLumaA16(sixteen),
        ] {
            let bytes = encoded(&picture, ImageFormat::Png);
            let wanted = shrunk(picture.into_rgba8().into(), 16);
            assert_eq!(wanted.dimensions(), (176, 133));
            assert!(reduced(&bytes, ImageFormat::Png, 16) == wanted);
        }
    }

    #[test]
    fn a_jpeg_decoded_small_is_the_picture() {
        for (size, part) in [(16, 2), (8, 4), (4, 8)] {
            let picture = waves(530, 401);
            for picture in [picture.clone(), picture.to_luma8().into()] {
                let bytes = encoded(&picture, ImageFormat::Jpeg);
                let reduction = Reduction::of(Cursor::new(&bytes), ImageFormat::Jpeg, size);
                assert!(
                    matches!(reduction, Some(Reduction::Transforms { part: found, .. })
                        if found == part)
                );
                let found = reduced(&bytes, ImageFormat::Jpeg, size);
                let whole = image::load_from_memory(&bytes).unwrap().into_rgba8();
                let direct = |picture: RgbaImage| {
                    let (width, height) = (picture.width() as usize, picture.height() as usize);
                    super::super::Rgba::from_rgba8(&picture, width, height, size).unwrap()
                };
                assert!(found.width() < 530 / 2 + 1);
                let (found, wanted) = (direct(found), direct(whole));
                let pairs = found.premultiplied().iter().zip(wanted.premultiplied());
                let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max();
                assert!(worst <= Some(9), "{size}: {worst:?}");
            }
        }
    }

    #[test]
    fn what_is_not_far_larger_or_of_another_kind_is_decoded_whole() {
        let picture = waves(255, 300);
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let bytes = encoded(&picture, format);
            assert_eq!(Reduction::of(Cursor::new(&bytes), format, 16), None);
            assert!(Reduction::of(Cursor::new(&bytes), format, 15).is_some());
            assert_eq!(Reduction::of(Cursor::new(&bytes[..9]), format, 8), None);
        }
        let bytes = encoded(&picture, ImageFormat::Bmp);
        assert_eq!(
            Reduction::of(Cursor::new(&bytes), ImageFormat::Bmp, 8),
            None
        );
    }
}
