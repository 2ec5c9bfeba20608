//! `soda train-prior` and `soda sample`: learning how latents are distributed, and drawing new
//! ones.

use super::data::{PathArgs, bar, cancel_flag, open_pictures};
use super::files::{ModelArgs, PaintArgs, SizeArgs, each_batch};
use super::output::remove_stale_frames;
use super::sound::Format;
use super::{CliResult, print, say};
use crate::Soda;
use crate::engine::SampleOptions;
use crate::model::{MOST_AUTOGUIDANCE, Prior, PriorConfig, seeded};
use crate::plot::Sheet;
use crate::train::{PriorReport, PriorTraining, train_prior};
use crate::weights::Precision;
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// Widths of the guide, a weaker prior that drawing leads away from, such as 256,128.
    #[arg(long, value_delimiter = ',', default_values_t = [256, 128], conflicts_with = "no_guide")]
    guide_widths: Vec<usize>,
    /// Optimiser steps of the guide [default: an eighth of --steps].
    #[arg(long, conflicts_with = "no_guide")]
    guide_steps: Option<usize>,
    /// How far drawing leads away from the guide unless it is told otherwise, 0 to 10.
    #[arg(long, default_value_t = 2.0, value_parser = autoguidance, conflicts_with = "no_guide")]
    autoguidance: f64,
    /// Train the prior alone.
    #[arg(long)]
    no_guide: bool,
    /// Learn from mirrored pictures as well.
    #[arg(long)]
    mirror: bool,
    /// Seed of weights, noise and order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl TrainPriorArgs {
    /// Train it. Ctrl-C keeps what was learnt, but for a guide that is not finished: it would lead
    /// anywhere.
    pub fn run(self) -> CliResult {
        let mut soda = self.model.load()?;
        let settings = self.settings(self.steps);
        let guide_settings = self.settings(self.guide_steps.unwrap_or(self.steps.div_ceil(8)));
        settings.validate()?;
        guide_settings.validate()?;
        let mut config = PriorConfig {
            widths: self.widths.clone(),
            ..PriorConfig::default()
        };
        if !self.no_guide {
            config.guide.clone_from(&self.guide_widths);
        }
        soda.manifest.model.prior = Some(config.clone());
        soda.manifest.model.validate()?;
        let rows = self.latents(&soda)?;
        let cancel = cancel_flag()?;
        let (prior, report) = self.train(&soda, &rows, &config, &settings, &cancel, "prior")?;
        let stopped = || cancel.load(Ordering::Relaxed);
        let guide = config.guide().filter(|_| !stopped());
        let guide = guide
            .map(|guide| self.train(&soda, &rows, &guide, &guide_settings, &cancel, "guide"))
            .transpose()?
            .filter(|_| !stopped());
        soda.networks.prior = Some(prior);
        soda.networks.prior_guide = None;
        soda.manifest.sampled.autoguidance = 0.0;
        let mut said = format!(
            "prior of step {} (loss {:.4}, on latents held out {:.4})",
            report.step, report.loss, report.held_out
        );
        let mut value = json!({"step": report.step, "loss": report.loss,
            "held_out": report.held_out});
        match guide {
            Some((guide, report)) => {
                soda.networks.prior_guide = Some(guide);
                soda.manifest.sampled.autoguidance = self.autoguidance;
                write!(
                    said,
                    ", its guide of step {} ({:.4})",
                    report.step, report.held_out
                )?;
                value["guide"] = json!({"step": report.step, "loss": report.loss,
                    "held_out": report.held_out});
            }
            None => {
                if !config.guide.is_empty() {
                    said += ", stopped before it had a guide";
                }
                config.guide.clear();
            }
        }
        soda.manifest.model.prior = Some(config);
        let out = self.out.as_ref().unwrap_or(&self.model.model);
        soda.save(out, Precision::F16)?;
        value["out"] = json!(out);
        say(
            self.model.json,
            &format!("{said}: {}", out.display()),
            value,
        );
        Ok(())
    }

    fn settings(&self, steps: usize) -> PriorTraining {
        PriorTraining {
            steps,
            batch: self.latents,
            learning_rate: self.learning_rate,
            seed: self.seed,
            ..PriorTraining::default()
        }
    }

    /// Normalised latents of the pictures `[N, D]`, each followed by that of its mirror image if
    /// those are wanted: what is held out is the end of the list, and both stay together.
    fn latents(&self, soda: &Soda) -> CliResult<Vec<f32>> {
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        let mut rows = Vec::new();
        each_batch(soda, &data, &self.model, |_, x| {
            let own = soda.encode(x.clone()).try_into_vec_as::<f32>()?;
            if self.mirror {
                let mirrored = soda.encode(x.flip([3])).try_into_vec_as::<f32>()?;
                let pairs = own
                    .chunks_exact(soda.latent())
                    .zip(mirrored.chunks_exact(soda.latent()));
                rows.extend(pairs.flat_map(|(own, mirrored)| own.iter().chain(mirrored).copied()));
            } else {
                rows.extend(own);
            }
            Ok(())
        })?;
        if rows.len() < 2 * soda.latent() {
            return Err("train-prior: one picture has no distribution; give at least two".into());
        }
        Ok(rows)
    }

    fn train(
        &self,
        soda: &Soda,
        rows: &[f32],
        config: &PriorConfig,
        settings: &PriorTraining,
        cancel: &AtomicBool,
        part: &'static str,
    ) -> CliResult<(Prior, PriorReport)> {
        let prior = seeded(self.seed, soda.device(), || {
            Ok(Prior::new(&soda.manifest.model, config, soda.device()))
        })?;
        let progress = bar(self.model.json, settings.steps as u64, part);
        let on_report = &mut |report: PriorReport| {
            progress.set_position(report.step as u64);
            progress.set_message(format!(
                "loss {:.4}, on latents held out {:.4}",
                report.loss, report.held_out
            ));
            if self.model.json {
                print::line(
                    json!({"part": part, "step": report.step, "loss": report.loss,
                    "held_out": report.held_out}),
                );
            }
        };
        let width = soda.latent();
        let trained = train_prior(
            prior,
            rows,
            width,
            settings,
            soda.device(),
            cancel,
            on_report,
        )?;
        progress.finish_and_clear();
        Ok(trained)
    }
}

/// A weight of autoguidance, for clap.
fn autoguidance(text: &str) -> Result<f64, String> {
    let weight: f64 = text.parse().map_err(|_| "is not a number")?;
    let weight = Some(weight).filter(|weight| (0.0..=MOST_AUTOGUIDANCE).contains(weight));
    weight.ok_or_else(|| format!("needs to be 0 to {MOST_AUTOGUIDANCE}"))
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
    /// How far drawing leads away from what the prior's guide would draw, 0 to 10: more gives
    /// clearer pictures, nearer to what the model has seen, and fewer kinds [default: the model's].
    #[arg(long, value_parser = autoguidance)]
    autoguidance: Option<f64>,
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
            autoguidance: self.autoguidance,
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
            json!({"pictures": count, "out": self.out}),
        );
        Ok(())
    }
}
