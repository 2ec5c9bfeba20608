//! From the bytes of a picture file to a [`Rgba`], whatever the bytes are.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::picture::{MAX_SIDE, Rgba};

/// The picture formats that are read, for messages.
pub const ACCEPTED: &str = "PNG, JPEG, GIF, WebP, BMP, TIFF, ICO, PNM, QOI or TGA";

/// Most memory that one decoded picture may take.
const MAX_BYTES: u64 = 512 << 20;

/// Extensions of pictures that people have and that are not read here; such a file is named, not
/// passed over.
const NOT_READ: [&str; 8] = ["avif", "heic", "heif", "jp2", "jxl", "psd", "svg", "svgz"];

/// Whether a file is taken for a picture, by its name.
pub(super) fn is_picture(name: &str) -> bool {
    let extension = extension(name);
    NOT_READ.contains(&extension.as_str())
        || ImageFormat::from_extension(&extension).is_some_and(|format| format.reading_enabled())
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
/// (TGA). Of an animation the first frame is taken. Colour profiles are not applied.
///
/// # Errors
/// Why it could not be read, in words for people, on one line.
pub fn decode(bytes: &[u8], name: &str, size: usize) -> Result<Rgba, String> {
    if bytes.is_empty() {
        return Err("the file is empty (0 bytes)".into());
    }
    let format = match image::guess_format(bytes) {
        Ok(format) => format,
        Err(_) => match ImageFormat::from_extension(extension(name)) {
            Some(ImageFormat::Tga) => ImageFormat::Tga,
            _ => {
                return Err(format!(
                    "its content is not a picture that can be read; wanted {ACCEPTED}"
                ));
            }
        },
    };
    // Decoders meet hostile files here; one that panics must not take the others along.
    match catch_unwind(AssertUnwindSafe(|| read(bytes, format))) {
        Ok(Ok(picture)) => {
            let picture = picture.into_rgba8();
            let (width, height) = picture.dimensions();
            Rgba::from_rgba8(&picture, width as usize, height as usize, size)
                .map_err(|error| error.to_string())
        }
        Ok(Err(error)) => Err(reason(error)),
        Err(_) => Err(format!("broken {format:?} file")),
    }
}

fn read(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE as u32);
    limits.max_image_height = Some(MAX_SIDE as u32);
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
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
    // Broken EXIF is no reason to refuse a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn reason(error: ImageError) -> String {
    match error {
        ImageError::Limits(_) => {
            format!(
                "too large; at most {MAX_SIDE} pixels a side and {} MB decoded",
                MAX_BYTES >> 20
            )
        }
        ImageError::Unsupported(error) => format!("not supported ({error}); wanted {ACCEPTED}"),
        error => format!("broken or cut short ({error})"),
    }
    .replace(['\n', '\r'], " ")
}
