//! Options that protocols share.

use crate::Soda;
use crate::cli::data::{PathArgs, open_pictures};
use crate::cli::files::{ModelArgs, NoiseArgs};
use crate::cli::{CliResult, say};
use crate::data::Dataset;
use crate::weights::replace_file;
use clap::Args;
use std::path::PathBuf;

/// What is measured, on what, and where the results go.
#[derive(Debug, Args)]
pub struct Subject {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Held-out pictures.
    #[command(flatten)]
    pub data: PathArgs,
    #[command(flatten)]
    pub noise: NoiseArgs,
    #[command(flatten)]
    pub results: ResultArgs,
}

/// Where results go, beside the table that is printed.
#[derive(Debug, Args)]
pub struct ResultArgs {
    /// File for the results as JSON.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl ResultArgs {
    /// Print a table, or JSON if that was asked for, and write the file.
    pub fn say(&self, json: bool, text: &str, value: serde_json::Value) -> CliResult {
        if let Some(path) = &self.out {
            replace_file(path, format!("{value:#}\n").as_bytes())?;
        }
        say(json, text, value);
        Ok(())
    }
}

impl Subject {
    /// Load the model and read the pictures.
    pub fn open(&self) -> Result<(Soda, Dataset), Box<dyn std::error::Error>> {
        let soda = self.model.load()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        Ok((soda, data))
    }

    /// Print and write the results.
    pub fn say(&self, text: &str, value: serde_json::Value) -> CliResult {
        self.results.say(self.model.json, text, value)
    }
}

/// Numbers of steps to compare.
#[derive(Debug, Args)]
pub struct StepsArgs {
    /// Numbers of steps to paint with [default: 1,4,8, or 1 if the model knows no more].
    #[arg(long, value_delimiter = ',')]
    steps: Vec<usize>,
}

impl StepsArgs {
    /// Each number, with the name of its row.
    pub fn rows(&self, soda: &Soda) -> impl Iterator<Item = (usize, String)> {
        let steps = match (
            self.steps.as_slice(),
            soda.manifest.training.objective.denoises(),
        ) {
            ([], true) => vec![1, 4, 8],
            ([], false) => vec![1],
            (asked, _) => asked.to_vec(),
        };
        let name = |steps| format!("z, {steps} step{}", if steps == 1 { "" } else { "s" });
        steps.into_iter().map(move |steps| (steps, name(steps)))
    }
}
