//! `soda train-prior` and `soda sample`: learning how latents are distributed, and drawing new
//! ones.

use super::data::{PathArgs, bar, cancel_flag, open_pictures};
use super::files::{ModelArgs, PaintArgs, SizeArgs, each_batch};
use super::output::remove_stale_frames;
use super::sound::Format;
use super::{CliResult, print, say};
use crate::engine::SampleOptions;
use crate::model::{Prior, PriorConfig, seeded};
use crate::plot::Sheet;
use crate::train::{PriorTraining, train_prior};
use crate::weights::Precision;
use clap::Args;
use std::path::PathBuf;

/// Teach a model's prior how the latents of these pictures are distributed.
#[derive(Debug, Args)]
pub struct TrainPriorArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Pictures to learn from.
    #[command(flatten)]
    data: PathArgs,
    /// Folder for the model with its prior [default: the model's own folder].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Optimiser steps.
    #[arg(long, default_value_t = PriorTraining::default().steps)]
    steps: usize,
    /// Latents a step.
    #[arg(long, default_value_t = PriorTraining::default().batch)]
    latents: usize,
    /// Peak learning rate.
    #[arg(long, default_value_t = PriorTraining::default().learning_rate)]
    learning_rate: f64,
    /// Widths of the layers on the way down, such as 512,384,256.
    #[arg(long, value_delimiter = ',', default_values_t = PriorConfig::default().widths)]
    widths: Vec<usize>,
    /// Learn from mirrored pictures as well.
    #[arg(long)]
    mirror: bool,
    /// Seed of weights, noise and order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl TrainPriorArgs {
    /// Train it. Ctrl-C keeps what was learnt.
    pub fn run(self) -> CliResult {
        let mut soda = self.model.load()?;
        let settings = PriorTraining {
            steps: self.steps,
            batch: self.latents,
            learning_rate: self.learning_rate,
            seed: self.seed,
            ..PriorTraining::default()
        };
        settings.validate()?;
        let config = PriorConfig {
            widths: self.widths.clone(),
            ..PriorConfig::default()
        };
        soda.manifest.model.prior = Some(config.clone());
        soda.manifest.model.validate()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        let (mut latents, mut mirrored) = (Vec::new(), Vec::new());
        each_batch(&soda, &data, &self.model, |_, x| {
            latents.extend(soda.encode(x.clone()).try_into_vec_as::<f32>()?);
            if self.mirror {
                mirrored.extend(soda.encode(x.flip([3])).try_into_vec_as::<f32>()?);
            }
            Ok(())
        })?;
        if latents.len() < 2 * soda.latent() {
            return Err("train-prior: one picture has no distribution; give at least two".into());
        }
        // What is held out is the end of the list: a picture and its mirror image stay together.
        let rows: Vec<f32> = if self.mirror {
            latents
                .chunks_exact(soda.latent())
                .zip(mirrored.chunks_exact(soda.latent()))
                .flat_map(|(own, mirrored)| own.iter().chain(mirrored).copied())
                .collect()
        } else {
            latents
        };
        let prior = seeded(self.seed, soda.device(), || {
            Ok(Prior::new(&soda.manifest.model, &config, soda.device()))
        })?;
        let progress = bar(self.model.json, self.steps as u64, "prior");
        let cancel = cancel_flag()?;
        let (prior, report) = train_prior(
            prior,
            &rows,
            soda.latent(),
            &settings,
            soda.device(),
            &cancel,
            &mut |report| {
                progress.set_position(report.step as u64);
                progress.set_message(format!(
                    "loss {:.4}, on latents held out {:.4}",
                    report.loss, report.held_out
                ));
                if self.model.json {
                    print::line(serde_json::json!({"step": report.step, "loss": report.loss,
                            "held_out": report.held_out}));
                }
            },
        )?;
        progress.finish_and_clear();
        soda.networks.prior = Some(prior);
        let out = self.out.as_ref().unwrap_or(&self.model.model);
        soda.save(out, Precision::F16)?;
        say(
            self.model.json,
            &format!(
                "prior of step {} (loss {:.4}, on latents held out {:.4}): {}",
                report.step,
                report.loss,
                report.held_out,
                out.display()
            ),
            serde_json::json!({"out": out, "step": report.step, "loss": report.loss,
                "held_out": report.held_out}),
        );
        Ok(())
    }
}

/// Draw new pictures from the prior.
#[derive(Debug, Args)]
pub struct SampleArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Pictures to draw.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,
    /// Denoising steps of the prior.
    #[arg(long, default_value_t = SampleOptions::default().steps)]
    prior_steps: usize,
    /// Pictures in a row of sheet.png.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    columns: u16,
    /// Folder for the pictures, 000.png and on, and for sheet.png with all of them.
    #[arg(long)]
    out: PathBuf,
    /// What the pictures are written as; the sheet is always a PNG.
    #[arg(long, value_enum, default_value_t = Format::Png)]
    format: Format,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    paint: PaintArgs,
}

impl SampleArgs {
    /// Draw them.
    pub fn run(self) -> CliResult {
        if self.paint.invert {
            return Err("--invert: a new picture has nothing to be inverted; leave it out".into());
        }
        let soda = self.model.load()?;
        let options = SampleOptions {
            steps: self.prior_steps,
            seed: self.paint.noise.seed,
        };
        let count = self.count as usize;
        let drawn = soda.draw(count, &options)?.finish().flatten::<2>(1, 3);
        remove_stale_frames(&self.out, count)?;
        let progress = bar(self.model.json, count as u64, "painting");
        let size = self.size.of(&soda, self.format);
        let (unit, options) = (3 * size * size, self.paint.options(Some(size)));
        let mut all = Vec::new();
        for first in (0..count).step_by(self.model.batch as usize) {
            let width = (self.model.batch as usize).min(count - first);
            let z = drawn.clone().narrow(0, first, width);
            let painted = soda.decode(z, None, &options)?.finish();
            let values = painted.try_into_vec_as::<f32>()?;
            for (i, picture) in values.chunks_exact(unit).enumerate() {
                let name = format!("{:03}.{}", first + i, self.format.ending());
                self.format.write(&self.out.join(name), picture, size)?;
            }
            all.extend(values);
            progress.set_position((first + width) as u64);
        }
        let mut sheet = Sheet::new(size);
        for row in all.chunks(self.columns as usize * unit) {
            sheet.row(row);
        }
        sheet.save(&self.out.join("sheet.png"))?;
        progress.finish_and_clear();
        say(
            self.model.json,
            &format!("{count} pictures and sheet.png: {}", self.out.display()),
            serde_json::json!({"pictures": count, "out": self.out}),
        );
        Ok(())
    }
}
