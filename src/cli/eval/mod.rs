//! `soda eval`: what a model is worth.

mod encoding;
mod few_shot;
mod frechet;
mod interpolate;
mod knn;
mod levels;
mod options;
mod probe;
mod recognition;
mod reconstruct;
mod views;

use super::CliResult;
use super::data::{PathArgs, bar, open_pictures};
use crate::Soda;
use crate::eval::{Pca, Quality};
use clap::{Args, Subcommand};
use std::path::Path;

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
    /// What each latent group carries: layout, edges, colour, palette.
    Levels(levels::LevelsArgs),
    /// PSNR and SSIM of things painted in another view against the real drawings, beside copying.
    Views(views::ViewsArgs),
    /// Fréchet and kernel distance between drawn and real pictures, from features of a network.
    Frechet(frechet::FrechetArgs),
    /// How well a linear layer tells classes from latents.
    Probe(probe::ProbeArgs),
    /// How well the nearest latents tell classes.
    Knn(knn::KnnArgs),
    /// How well classes are told from latents with few labels.
    FewShot(few_shot::FewShotArgs),
}

impl EvalArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        match self.protocol {
            Protocol::Reconstruct(args) => args.run(),
            Protocol::Interpolate(args) => args.run(),
            Protocol::Levels(args) => args.run(),
            Protocol::Views(args) => args.run(),
            Protocol::Frechet(args) => args.run(),
            Protocol::Probe(args) => args.run(),
            Protocol::Knn(args) => args.run(),
            Protocol::FewShot(args) => args.run(),
        }
    }
}

/// PCA of the pictures at `train`, with as many components as the latent has numbers, or as there
/// are pictures if those are fewer; and that number.
fn pca(
    soda: &Soda,
    train: &Path,
    like: &PathArgs,
    quiet: bool,
) -> Result<(Pca, usize), Box<dyn std::error::Error>> {
    let path = PathArgs {
        data: train.to_owned(),
        ..like.clone()
    };
    let train = open_pictures(&path, soda.size(), quiet)?;
    let progress = bar(quiet, 1, "principal components");
    let rows: Vec<f32> = train
        .pictures()
        .flat_map(|(_, entry)| entry.picture.compose(soda.manifest.background))
        .collect();
    let width = 3 * soda.size() * soda.size();
    let components = soda.latent().min(train.len());
    let pca = Pca::fit(&rows, width, components, soda.device());
    progress.finish_and_clear();
    Ok((pca, components))
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
