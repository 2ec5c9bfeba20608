//! `soda encode` and `soda reconstruct`: models on files.

use super::data::{PathArgs, bar, cancel_flag, open_pictures};
use super::device::DeviceArgs;
use super::output::{keep_inputs, picture_names};
use super::sound::Format;
use super::{CliResult, say};
use crate::Soda;
use crate::data::{Dataset, Entry};
use crate::engine::{DecodeOptions, InvertOptions, values};
use crate::weights::replace_file;
use burn::tensor::Tensor;
use clap::Args;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Options that every command on a model has.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// Folder of the model: config.json and model.safetensors.
    #[arg(long)]
    pub model: PathBuf,
    #[command(flatten)]
    pub device: DeviceArgs,
    /// Pictures computed at a time.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub batch: u16,
    /// Print results as JSON.
    #[arg(long)]
    pub json: bool,
}

impl ModelArgs {
    /// Load the model.
    pub fn load(&self) -> CliResult<Soda> {
        Ok(Soda::load(&self.model, &self.device.open()?)?)
    }
}

/// Encode pictures to a safetensors file.
#[derive(Debug, Args)]
pub struct EncodeArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    data: PathArgs,
    /// File to write: tensor z, [N, D], f32, normalised. Its metadata holds, for each row, the
    /// sample's key (`keys`) and the picture's name (`names`), as JSON lists.
    #[arg(long)]
    out: PathBuf,
}

impl EncodeArgs {
    /// Encode.
    pub fn run(self) -> CliResult {
        let soda = self.model.load()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        let mut z: Vec<u8> = Vec::new();
        each_batch(&soda, &data, &self.model, |_, pixels| {
            let latents = values(soda.encode_corrected(pixels)?)?;
            z.extend(latents.iter().flat_map(|v| v.to_le_bytes()));
            Ok(())
        })?;
        let list = |f: fn(&crate::data::Sample, &Entry) -> String| {
            let items: Vec<String> = data.pictures().map(|(s, e)| f(s, e)).collect();
            serde_json::to_string(&items)
        };
        let metadata = HashMap::from([
            ("keys".to_owned(), list(|sample, _| sample.key.clone())?),
            ("names".to_owned(), list(|_, entry| entry.name.clone())?),
        ]);
        let shape = vec![data.len(), soda.latent()];
        let tensor = TensorView::new(Dtype::F32, shape, &z)?;
        let file = safetensors::serialize([("z", tensor)], Some(metadata))?;
        replace_file(&self.out, &file)?;
        say(
            self.model.json,
            &format!(
                "{} latents of {} numbers: {}",
                data.len(),
                soda.latent(),
                self.out.display()
            ),
            serde_json::json!({"pictures": data.len(), "latent": soda.latent(), "out": self.out,
                "skipped": data.skipped.len()}),
        );
        Ok(())
    }
}

/// Encode pictures and paint them back.
#[derive(Debug, Args)]
pub struct ReconstructArgs {
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    data: PathArgs,
    /// Folder for the pictures, one file each, named after the file it was made from.
    #[arg(long)]
    out: PathBuf,
    /// What they are written as.
    #[arg(long, value_enum, default_value_t = Format::Png)]
    format: Format,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    paint: PaintArgs,
}

/// Side of painted pictures.
#[derive(Debug, Clone, Copy, Args)]
pub struct SizeArgs {
    /// Side of the pictures: the model's own, or four times that for a model with a renderer
    /// [default: the largest].
    #[arg(long)]
    pub size: Option<usize>,
}

impl SizeArgs {
    /// The side to paint at. Sounds are made of the model's own pictures: larger ones say no more.
    pub fn of(self, soda: &Soda, format: Format) -> usize {
        let largest = match format {
            Format::Png => soda.rendered_size().unwrap_or(soda.size()),
            Format::Wav => soda.size(),
        };
        self.size.unwrap_or(largest)
    }
}

/// The noise that painting starts from.
#[derive(Debug, Args)]
pub struct NoiseArgs {
    /// Seed of the noise that painting starts from.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Standard deviation of that noise, 0 to 1 [default: the model's own].
    #[arg(long)]
    temperature: Option<f64>,
}

impl NoiseArgs {
    /// As the engine takes them, for `steps` steps or the model's own number.
    pub fn options(&self, steps: Option<usize>) -> DecodeOptions {
        DecodeOptions {
            steps,
            seed: self.seed,
            temperature: self.temperature,
            ..DecodeOptions::default()
        }
    }
}

/// How to paint.
#[derive(Debug, Args)]
pub struct PaintArgs {
    /// Denoising steps [default: the model's own].
    #[arg(long)]
    steps: Option<usize>,
    /// Classifier-free guidance, -1 to 20, 0 being none: what the latent says is said louder.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    guidance: f64,
    /// The same for each latent group, coarse to fine, such as 0,0,1,0.
    #[arg(long, value_delimiter = ',', allow_negative_numbers = true)]
    level_guidance: Vec<f64>,
    #[command(flatten)]
    pub noise: NoiseArgs,
    /// Find the noise that gives the picture itself back, and start from it.
    #[arg(long)]
    pub invert: bool,
    /// Fixed-point iterations after each step of the inversion, one network call each.
    #[arg(long, default_value_t = 0, requires = "invert")]
    refine: usize,
}

impl PaintArgs {
    /// As the engine takes them, for pictures of side `size` or the model's own.
    pub fn options(&self, size: Option<usize>) -> DecodeOptions {
        DecodeOptions {
            size,
            guidance: self.guidance,
            level_guidance: self.level_guidance.clone(),
            ..self.noise.options(self.steps)
        }
    }

    /// Latents, and the noise that belongs to them if it was asked for.
    pub fn encode(
        &self,
        soda: &Soda,
        pixels: Tensor<4>,
    ) -> CliResult<(Tensor<2>, Option<Tensor<4>>)> {
        let z = soda.encode_corrected(pixels.clone())?;
        let noise = if self.invert {
            let options = InvertOptions {
                steps: self.steps,
                refinements: self.refine,
            };
            Some(soda.invert(pixels, z.clone(), &options)?.finish())
        } else {
            None
        };
        Ok((z, noise))
    }
}

impl ReconstructArgs {
    /// Reconstruct.
    pub fn run(self) -> CliResult {
        let soda = self.model.load()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        let names = picture_names(&data, self.format.ending());
        keep_inputs(&self.data.data, &data, &self.out, &names)?;
        let size = self.size.of(&soda, self.format);
        let mut written = 0;
        each_batch(&soda, &data, &self.model, |first, pixels| {
            let (z, noise) = self.paint.encode(&soda, pixels)?;
            let options = self.paint.options(Some(size));
            let painted = soda.decode(z, noise, &options)?.finish();
            let values = values(painted)?;
            let unit = 3 * size * size;
            for (picture, name) in values.chunks_exact(unit).zip(&names[first..]) {
                self.format.write(&self.out.join(name), picture, size)?;
                written += 1;
            }
            Ok(())
        })?;
        say(
            self.model.json,
            &format!("{written} pictures: {}", self.out.display()),
            serde_json::json!({"pictures": written, "out": self.out,
                "skipped": data.skipped.len()}),
        );
        Ok(())
    }
}

/// Call `work` with the number of its first picture and the pixels of each batch.
pub fn each_batch(
    soda: &Soda,
    data: &Dataset,
    model: &ModelArgs,
    mut work: impl FnMut(usize, Tensor<4>) -> CliResult,
) -> CliResult {
    let entries: Vec<&Entry> = data.pictures().map(|(_, entry)| entry).collect();
    let progress = bar(model.json, entries.len() as u64, "pictures");
    let cancel = cancel_flag()?;
    let mut done = 0;
    for part in entries.chunks(model.batch as usize) {
        let background = soda.manifest.background;
        let pixels = part
            .iter()
            .flat_map(|entry| entry.picture.compose(background))
            .collect();
        work(done, soda.pictures(pixels)?)?;
        done += part.len();
        progress.set_position(done as u64);
        if cancel.load(Ordering::Relaxed) {
            return Err("cancelled".into());
        }
    }
    progress.finish_and_clear();
    Ok(())
}
