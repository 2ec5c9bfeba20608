//! Contact sheets: rows of pictures in one PNG.

use crate::Soda;
use crate::data::{Dataset, to_rgb8};
use crate::engine::{DecodeOptions, RequestError, standard_normal, values};
use crate::latent::lerp_noise;
use crate::recognition::Rows;
use burn::tensor::{Tensor, TensorData};
use image::{ImageResult, RgbImage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// Rows of square pictures, `[3, size, size]` in [-1, 1] each, drawn with a gap between them.
#[derive(Debug, Clone)]
pub struct Sheet {
    size: usize,
    rows: Vec<Vec<Vec<f32>>>,
}

const GAP: usize = 2;

impl Sheet {
    /// An empty sheet of pictures of side `size`.
    pub fn new(size: usize) -> Self {
        Self {
            size,
            rows: Vec::new(),
        }
    }

    /// Add a row from pictures one after another.
    pub fn row(&mut self, pixels: &[f32]) {
        let unit = 3 * self.size * self.size;
        self.rows
            .push(pixels.chunks_exact(unit).map(<[f32]>::to_vec).collect());
    }

    /// Draw it, over mid grey.
    pub fn draw(&self) -> RgbImage {
        let cell = self.size + GAP;
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let (width, height) = (columns * cell + GAP, self.rows.len() * cell + GAP);
        let mut sheet = RgbImage::from_pixel(width as u32, height as u32, [128; 3].into());
        for (r, row) in self.rows.iter().enumerate() {
            for (c, pixels) in row.iter().enumerate() {
                let rgb = to_rgb8(pixels, self.size).expect("rows hold whole pictures");
                let side = self.size as u32;
                let picture = RgbImage::from_raw(side, side, rgb).expect("of that size");
                let (x, y) = (GAP + c * cell, GAP + r * cell);
                image::imageops::replace(&mut sheet, &picture, x as i64, y as i64);
            }
        }
        sheet
    }

    /// Write it as a PNG.
    pub fn save(&self, path: &Path) -> ImageResult<()> {
        let mut png = std::io::Cursor::new(Vec::new());
        self.draw().write_to(&mut png, image::ImageFormat::Png)?;
        crate::weights::replace_file(path, &png.into_inner())
            .map_err(|error| image::ImageError::IoError(std::io::Error::other(error)))
    }
}

/// What to look at while training: twelve pictures of `shown`, the same from their latents in one
/// step and, if that is another, in the model's own number of steps, and two morphs, each above its
/// cross-fade.
///
/// # Errors
/// What the device says that gave no picture back, or what is wrong with the model's own steps.
pub fn training_sheet(soda: &Soda, shown: &Dataset, size: usize) -> Result<Sheet, RequestError> {
    const COLUMNS: usize = 12;
    let background = soda.manifest.background;
    let entries: Vec<_> = shown.pictures().map(|(_, entry)| entry).collect();
    let every = (entries.len() / COLUMNS).max(1);
    let pixels: Vec<f32> = entries
        .iter()
        .step_by(every)
        .take(COLUMNS)
        .flat_map(|entry| entry.picture.resized(size).compose(background))
        .collect();
    let unit = 3 * size * size;
    let n = pixels.len() / unit;
    let x = Tensor::<4>::from_data(
        TensorData::new(pixels.clone(), [n, 3, size, size]),
        soda.device(),
    );
    let z = soda.encode_corrected(x)?;
    let paint = |z: Tensor<2>, steps: usize| {
        let n = z.dims()[0];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let noise = standard_normal([1, 3, size, size], &mut rng, soda.device())
            .mul_scalar(soda.manifest.sampled.temperature);
        let options = DecodeOptions {
            steps: Some(steps),
            ..DecodeOptions::default()
        };
        let painting = soda.decode(z, Some(noise.expand([n, 3, size, size])), &options)?;
        values(painting.finish())
    };
    let mut sheet = Sheet::new(size);
    sheet.row(&pixels);
    sheet.row(&paint(z.clone(), 1)?);
    if soda.manifest.sampled.steps != 1 {
        sheet.row(&paint(z.clone(), soda.manifest.sampled.steps)?);
    }
    let (latents, pictures) = (
        Rows::new(values(z)?, soda.latent()),
        Rows::new(pixels, unit),
    );
    for (a, b) in [(0, n / 2), (n / 3, n - 1)] {
        let way = |at: &dyn Fn(f32) -> Vec<f32>| -> Vec<f32> {
            let times = (0..COLUMNS).map(|k| k as f32 / (COLUMNS - 1) as f32);
            times.flat_map(at).collect()
        };
        let between = way(&|t| soda.interpolate(latents.row(a), latents.row(b), t));
        sheet.row(&paint(soda.latents(between)?, soda.manifest.sampled.steps)?);
        sheet.row(&way(&|t| lerp_noise(pictures.row(a), pictures.row(b), t)));
    }
    Ok(sheet)
}
