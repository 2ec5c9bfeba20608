//! `soda curves`.

use super::{CliResult, say};
use crate::eval::{curves_chart, read_curves};
use clap::Args;
use std::path::PathBuf;

/// Draw a curve of training runs: the loss, one of its terms, the speed.
#[derive(Debug, Args)]
pub struct CurvesArgs {
    /// Folders of runs.
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Which curve, by its name in TensorBoard.
    #[arg(long, default_value = "loss/total")]
    curve: String,
    /// Points that each point is the mean of, itself and those before it.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    smooth: u16,
    /// Logarithm to base 10.
    #[arg(long)]
    log: bool,
    /// The chart, an SVG file.
    #[arg(long)]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl CurvesArgs {
    /// Draw it.
    pub fn run(self) -> CliResult {
        let mut runs = Vec::new();
        for run in &self.runs {
            let curves = read_curves(run)?;
            if !curves.contains_key(&self.curve) {
                let names: Vec<&str> = curves.keys().map(String::as_str).collect();
                let (run, curve) = (run.display(), &self.curve);
                let names = if names.is_empty() {
                    "none that can be read".to_owned()
                } else {
                    names.join(", ")
                };
                return Err(format!("{run}: has no curve {curve:?}; it has {names}").into());
            }
            let name = run.file_name().unwrap_or(run.as_os_str());
            runs.push((name.to_string_lossy().into_owned(), curves));
        }
        curves_chart(&runs, &self.curve, self.smooth.into(), self.log).save(&self.out)?;
        let ends: Vec<_> = runs
            .iter()
            .filter_map(|(name, curves)| {
                let (step, value) = curves[&self.curve].last()?;
                Some(serde_json::json!({"run": name, "step": step, "value": value}))
            })
            .collect();
        say(
            self.json,
            &format!("{}: {}", self.curve, self.out.display()),
            serde_json::json!({"out": self.out, "curve": self.curve, "ends": ends}),
        );
        Ok(())
    }
}
