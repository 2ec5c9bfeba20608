//! `soda train-renderer`: teaching a model to paint at four times the side.

use super::data::{PathArgs, bar, cancel_flag, open_pictures};
use super::files::ModelArgs;
use super::{CliResult, print, say};
use crate::Soda;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, values};
use crate::model::{RENDER_FACTOR, Renderer, RendererConfig, seeded};
use crate::train::{CriticConfig, Painted, RendererTraining, train_renderer};
use crate::weights::Precision;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Tensor, TensorData};
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Train the renderer of a model, which enlarges what it paints four times.
#[derive(Debug, Args)]
pub struct TrainRendererArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Pictures to learn from, at least four times the model's size a side.
    #[command(flatten)]
    data: PathArgs,
    /// Folder for the model with its renderer [default: the model's own folder].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Optimiser steps.
    #[arg(long, default_value_t = RendererTraining::default().steps)]
    steps: usize,
    /// Patches a step.
    #[arg(long, default_value_t = RendererTraining::default().batch)]
    patches: usize,
    /// Side of a patch of what is painted, a multiple of 8.
    #[arg(long, default_value_t = RendererTraining::default().patch)]
    patch: usize,
    /// Feature maps at half the side of what is painted, at that side, twice and four times it.
    #[arg(long, value_delimiter = ',', default_values_t = RendererConfig::default().channels)]
    channels: Vec<usize>,
    /// Residual blocks, at half the side.
    #[arg(long, default_value_t = RendererConfig::default().blocks)]
    blocks: usize,
    /// Peak learning rate.
    #[arg(long, default_value_t = RendererTraining::default().learning_rate)]
    learning_rate: f64,
    /// The critic's push over that of the squared error; 0 trains without a critic.
    #[arg(long, default_value_t = 1.0)]
    critic: f64,
    /// Share of the steps before the critic begins.
    #[arg(long, default_value_t = 0.3)]
    critic_from: f64,
    /// Learn from mirror images as well.
    #[arg(long)]
    mirror: bool,
    /// Seed of weights, order and places.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl TrainRendererArgs {
    /// Train it. Ctrl-C keeps what was learnt.
    pub fn run(self) -> CliResult {
        let mut soda = self.model.load()?;
        let settings = self.settings();
        settings.validate()?;
        let Ok(channels) = <[usize; 4]>::try_from(self.channels.clone()) else {
            return Err(format!(
                "--channels: has {} numbers, needs four",
                self.channels.len()
            )
            .into());
        };
        let config = RendererConfig {
            channels,
            blocks: self.blocks,
        };
        soda.manifest.model.renderer = Some(config.clone());
        soda.manifest.model.validate()?;
        let data = open_pictures(&self.data, RENDER_FACTOR * soda.size(), self.model.json)?;
        let pictures = painted(&soda, &data, &self.model, self.mirror)?;
        let renderer = seeded(self.seed, soda.device(), || {
            Ok(Renderer::new(&soda.manifest.model, &config, soda.device()))
        })?;
        let progress = bar(self.model.json, self.steps as u64, "renderer");
        let cancel = cancel_flag()?;
        let (renderer, report) = train_renderer(
            renderer,
            &pictures,
            soda.size(),
            soda.manifest.background,
            &settings,
            soda.device(),
            &cancel,
            &mut |report| {
                progress.set_position(report.step as u64);
                progress.set_message(format!(
                    "loss {:.4}, on pictures held out {:.5}",
                    report.loss, report.held_out
                ));
                if self.model.json {
                    print::line(serde_json::json!({"step": report.step, "loss": report.loss,
                            "held_out": report.held_out}));
                }
            },
        )?;
        progress.finish_and_clear();
        soda.networks.renderer = Some(renderer);
        let out = self.out.as_ref().unwrap_or(&self.model.model);
        soda.save(out, Precision::F16)?;
        say(
            self.model.json,
            &format!(
                "renderer of step {} (loss {:.4}, on pictures held out {:.5}): {}",
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

    fn settings(&self) -> RendererTraining {
        let own = RendererTraining::default();
        let critic = own.critic.filter(|_| self.critic != 0.0);
        RendererTraining {
            steps: self.steps,
            batch: self.patches,
            patch: self.patch,
            learning_rate: self.learning_rate,
            critic: critic.map(|critic| CriticConfig {
                from: self.critic_from,
                weight: self.critic,
                ..critic
            }),
            seed: self.seed,
            ..own
        }
    }
}

/// What the model paints of pictures that are four times its side, beside them; with `mirror` of
/// their mirror images, too.
pub fn painted<'a>(
    soda: &Soda,
    data: &'a Dataset,
    model: &ModelArgs,
    mirror: bool,
) -> Result<Vec<Painted<'a>>, Box<dyn std::error::Error>> {
    let (size, side) = (soda.size(), data.size);
    let entries: Vec<_> = data.pictures().map(|(_, entry)| entry).collect();
    let progress = bar(model.json, entries.len() as u64, "painting");
    let cancel = cancel_flag()?;
    let mut pictures = Vec::new();
    for part in entries.chunks(model.batch as usize) {
        let pixels: Vec<f32> = part
            .iter()
            .flat_map(|entry| entry.picture.compose(soda.manifest.background))
            .collect();
        let pixels = TensorData::new(pixels, [part.len(), 3, side, side]);
        let options = AvgPoolOptions::new([side / size; 2]);
        let small = avg_pool2d(Tensor::<4>::from_data(pixels, soda.device()), options);
        let paint = |small, mirrored| -> Result<Vec<_>, Box<dyn std::error::Error>> {
            let z = soda.encode_corrected(small)?;
            let painting = soda.decode(z.clone(), None, &DecodeOptions::default())?;
            let (z, painted) = (values(z)?, values(painting.finish())?);
            let each = painted.chunks_exact(3 * size * size);
            let each = each.zip(z.chunks_exact(soda.latent())).zip(part);
            let each = each.map(|((painted, latent), entry)| Painted {
                painted: painted.to_vec(),
                latent: latent.to_vec(),
                picture: &entry.picture,
                mirrored,
            });
            Ok(each.collect())
        };
        let upright = paint(small.clone(), false)?;
        if mirror {
            // Side by side, so that none is held out whose mirror image is learnt from.
            let mirrored = paint(small.flip([3]), true)?;
            pictures.extend(upright.into_iter().zip(mirrored).flat_map(|(a, b)| [a, b]));
        } else {
            pictures.extend(upright);
        }
        progress.inc(part.len() as u64);
        if cancel.load(Ordering::Relaxed) {
            return Err("cancelled".into());
        }
    }
    progress.finish_and_clear();
    Ok(pictures)
}
