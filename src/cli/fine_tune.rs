//! `soda fine-tune`: what the page's "teach" does, on files.

use super::data::{PathArgs, bar, cancel_flag, open_pictures};
use super::files::ModelArgs;
use super::{CliResult, print, say};
use crate::data::Rgba;
use crate::train::{FineTune, FineTuning, Taught};
use crate::weights::Precision;
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Teach a model a handful of pictures.
#[derive(Debug, Args)]
pub struct FineTuneArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Pictures to learn.
    #[command(flatten)]
    data: PathArgs,
    /// Folder for the model that has learnt them.
    #[arg(long)]
    out: PathBuf,
    /// Optimiser steps.
    #[arg(long, default_value_t = FineTune::default().steps)]
    steps: usize,
    /// Pictures a step.
    #[arg(long, default_value_t = FineTune::default().batch)]
    pictures: usize,
    /// Peak learning rate.
    #[arg(long, default_value_t = FineTune::default().learning_rate)]
    learning_rate: f64,
    /// Which networks learn: all, decoder, encoder.
    #[arg(long, default_value = "all")]
    train: Taught,
    /// Seed of noise and order.
    #[arg(long, default_value_t = FineTune::default().seed)]
    seed: u64,
}

impl FineTuneArgs {
    /// Teach it. Ctrl-C keeps what was learnt.
    pub fn run(self) -> CliResult {
        let mut soda = self.model.load()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        let pictures: Vec<Rgba> = data.pictures().map(|(_, e)| e.picture.clone()).collect();
        let settings = FineTune {
            steps: self.steps,
            batch: self.pictures,
            parts: 1,
            learning_rate: self.learning_rate,
            seed: self.seed,
            taught: self.train,
        };
        let mut tuning = FineTuning::new(&soda, pictures, settings)?;
        let progress = bar(self.model.json, self.steps as u64, "learning");
        let cancel = cancel_flag()?;
        let mut loss = f32::NAN;
        while tuning.done() < tuning.steps() && !cancel.load(Ordering::Relaxed) {
            let report = tuning.step()?;
            loss = report.loss;
            progress.set_position(report.step as u64);
            if self.model.json {
                print::line(serde_json::json!({"step": report.step, "loss": loss,
                        "gradient": report.gradient}));
            }
        }
        progress.finish_and_clear();
        tuning.give_to(&mut soda);
        soda.save(&self.out, Precision::F16)?;
        say(
            self.model.json,
            &format!("loss {loss:.4}: {}", self.out.display()),
            serde_json::json!({"event": "end", "loss": loss, "out": self.out}),
        );
        Ok(())
    }
}
