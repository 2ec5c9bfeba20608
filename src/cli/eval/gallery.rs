//! Pictures in memory with their latents, and painting from latents.

use super::encoding::{CacheArgs, Encoding, FeaturesArg};
use super::progress::Progress;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::PathArgs;
use crate::cli::files::ModelArgs;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, values};
use crate::eval::Encoded;
use crate::recognition::Rows;
use burn::tensor::Tensor;
use std::path::PathBuf;

/// Pictures and their latents.
#[derive(Debug)]
pub struct Gallery {
    /// A row of latents a picture, and what is known about it.
    pub encoded: Encoded,
    data: Dataset,
    background: [f32; 3],
    /// Sample, and place in it, of every picture.
    places: Vec<(usize, usize)>,
}

impl Gallery {
    /// Read the pictures at `path` and encode them, or take the latents from the cache.
    ///
    /// # Errors
    /// Pictures that cannot be read.
    pub fn open(
        soda: &Soda,
        model: &ModelArgs,
        data: &PathArgs,
        cache: &CacheArgs,
        path: &[PathBuf],
    ) -> CliResult<Self> {
        let encoding = Encoding {
            model,
            data,
            cache,
            features: FeaturesArg::Latent,
            size: soda.size(),
        };
        let data = encoding.open(path)?;
        let encoded = encoding.rows(soda, path, Some(&data))?;
        let samples = data.samples.iter().enumerate();
        let places =
            samples.flat_map(|(s, sample)| (0..sample.pictures.len()).map(move |p| (s, p)));
        Ok(Self {
            encoded,
            places: places.collect(),
            background: soda.manifest.background,
            data,
        })
    }

    /// Pictures.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Pixels of picture `i`, `[3·size·size]` in [-1, 1].
    pub fn pixels(&self, i: usize) -> Vec<f32> {
        let (sample, place) = self.places[i];
        self.data.samples[sample].pictures[place]
            .picture
            .compose(self.background)
    }

    /// Pixels of these pictures, a row each.
    pub fn pixel_rows(&self, places: &[usize]) -> Rows {
        let values = places.iter().flat_map(|&i| self.pixels(i)).collect();
        Rows::new(values, 3 * self.data.size * self.data.size)
    }
}

/// Paint normalised latents `[N, D]`: pixels `[N, 3·size·size]`.
///
/// # Errors
/// What the model cannot do, or Ctrl-C.
pub fn paint(
    soda: &Soda,
    codes: &Rows,
    options: &DecodeOptions,
    model: &ModelArgs,
) -> CliResult<Rows> {
    let progress = Progress::new(model.json, codes.len(), "painting")?;
    let mut pixels = Vec::new();
    for part in codes.values().chunks(model.batch as usize * codes.width()) {
        let painted = soda.decode(soda.latents(part.to_vec())?, None, options)?;
        pixels.extend(values(painted.finish())?);
        progress.add(part.len() / codes.width())?;
    }
    Ok(Rows::new(pixels, 3 * soda.size() * soda.size()))
}

/// Encode pixels `[N, 3·size·size]` to paint them: normalised latents `[N, D]`.
///
/// # Errors
/// What the model cannot do, or Ctrl-C.
pub fn encode(soda: &Soda, pixels: &Rows, model: &ModelArgs) -> CliResult<Rows> {
    encode_by(soda, pixels, model, |pictures| {
        Ok(soda.encode_corrected(pictures)?)
    })
}

/// What the encoder alone sees in pixels `[N, 3·size·size]`, for probes: normalised latents
/// `[N, D]`.
///
/// # Errors
/// Ctrl-C.
pub fn look_at(soda: &Soda, pixels: &Rows, model: &ModelArgs) -> CliResult<Rows> {
    encode_by(soda, pixels, model, |pictures| Ok(soda.encode(pictures)))
}

fn encode_by(
    soda: &Soda,
    pixels: &Rows,
    model: &ModelArgs,
    encode: impl Fn(Tensor<4>) -> CliResult<Tensor<2>>,
) -> CliResult<Rows> {
    let progress = Progress::new(model.json, pixels.len(), "encoding")?;
    let mut codes = Vec::new();
    for part in pixels
        .values()
        .chunks(model.batch as usize * pixels.width())
    {
        codes.extend(values(encode(soda.pictures(part.to_vec())?)?)?);
        progress.add(part.len() / pixels.width())?;
    }
    Ok(Rows::new(codes, soda.latent()))
}

/// What encoding sees in what is painted from normalised latents `[N, D]`: latents again.
///
/// # Errors
/// What the model cannot do, or Ctrl-C.
pub fn repaint(
    soda: &Soda,
    codes: &Rows,
    options: &DecodeOptions,
    batch: usize,
    progress: &Progress,
) -> CliResult<Rows> {
    let mut seen = Vec::new();
    for part in codes.values().chunks(batch * codes.width()) {
        progress.check()?;
        let painted = soda.decode(soda.latents(part.to_vec())?, None, options)?;
        seen.extend(values(soda.encode(painted.finish().clamp(-1.0, 1.0)))?);
    }
    Ok(Rows::new(seen, codes.width()))
}
