//! `soda eval`: what a model is worth.

mod interpolate;
mod reconstruct;

use super::CliResult;
use crate::eval::Quality;
use clap::{Args, Subcommand};

/// Measure a model.
#[derive(Debug, Args)]
pub struct EvalArgs {
    #[command(subcommand)]
    protocol: Protocol,
}

#[derive(Debug, Subcommand)]
enum Protocol {
    /// PSNR and SSIM of reconstructions, beside the mean picture and PCA of the same width.
    Reconstruct(reconstruct::ReconstructArgs),
    /// PSNR and SSIM of pictures between two others against the true ones, beside a cross-fade and
    /// PCA.
    Interpolate(interpolate::InterpolateArgs),
}

impl EvalArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        match self.protocol {
            Protocol::Reconstruct(args) => args.run(),
            Protocol::Interpolate(args) => args.run(),
        }
    }
}

/// Rows of quality as a table and as JSON.
fn table(title: &str, rows: &[(String, Quality)]) -> (String, Vec<serde_json::Value>) {
    let mut text = format!("{title:<44} {:>8} {:>7}\n", "PSNR dB", "SSIM");
    for (name, q) in rows {
        text += &format!("{name:<44} {:>8.2} {:>7.3}\n", q.psnr, q.ssim);
    }
    let json = rows
        .iter()
        .map(|(name, q)| serde_json::json!({"row": name, "psnr": q.psnr, "ssim": q.ssim}))
        .collect();
    (text, json)
}
