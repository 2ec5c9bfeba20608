//! `soda eval`: what a model is worth.

mod anomaly;
mod arithmetic;
mod beside;
mod dci;
mod directions;
mod edits;
mod encoding;
mod familiarity;
mod few_shot;
mod frechet;
mod gallery;
mod interpolate;
mod knn;
mod levels;
mod map;
mod midpoints;
mod morph;
mod options;
mod outside;
mod probe;
mod progress;
mod recognition;
mod reconstruct;
mod render;
mod report;
mod views;

pub(super) use encoding::CacheArgs;
pub(super) use gallery::{Gallery, repaint};
pub(super) use progress::Progress;

use super::CliResult;
use clap::{Args, Subcommand};

/// Measure a model.
#[derive(Debug, Args)]
pub struct EvalArgs {
    #[command(subcommand)]
    protocol: Protocol,
}

#[derive(Debug, Subcommand)]
enum Protocol {
    /// PSNR, SSIM and MSE of reconstructions, beside the mean picture, PCA and other models of the
    /// same width.
    Reconstruct(reconstruct::ReconstructArgs),
    /// What the renderer makes of painted pictures, beside a bicubic enlargement and the true
    /// pictures: PSNR, SSIM, sharpness.
    Render(render::RenderArgs),
    /// PSNR and SSIM of pictures between two others against the true ones, beside a cross-fade, PCA
    /// and other models.
    Interpolate(interpolate::InterpolateArgs),
    /// Whether what lies half-way between two pictures is a new one or a double exposure: ghost and
    /// sharpness.
    Midpoints(midpoints::MidpointsArgs),
    /// The morph of two originals against true pictures between them and against known warps; needs
    /// no model.
    Morph(morph::MorphArgs),
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
    /// How far pictures are from what the model knows.
    Familiarity(familiarity::FamiliarityArgs),
    /// How well outliers are told from normal pictures.
    Anomaly(anomaly::AnomalyArgs),
    /// PSNR and SSIM of a − b + c against the true picture, beside copying, pixels and PCA.
    Arithmetic(arithmetic::ArithmeticArgs),
    /// What principal components of each latent group and directions of attributes do, in numbers
    /// and in strips.
    Directions(directions::DirectionsArgs),
    /// Disentanglement, completeness and informativeness on pictures with known factors.
    Dci(dci::DciArgs),
    /// One attribute changed by latents, against the true picture, and what else changed.
    Edits(edits::EditsArgs),
    /// Maps in two dimensions by t-SNE, UMAP and PCA, and how far they can be trusted.
    Map(map::MapArgs),
}

impl EvalArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        match self.protocol {
            Protocol::Reconstruct(args) => args.run(),
            Protocol::Render(args) => args.run(),
            Protocol::Interpolate(args) => args.run(),
            Protocol::Midpoints(args) => args.run(),
            Protocol::Morph(args) => args.run(),
            Protocol::Levels(args) => args.run(),
            Protocol::Views(args) => args.run(),
            Protocol::Frechet(args) => args.run(),
            Protocol::Probe(args) => args.run(),
            Protocol::Knn(args) => args.run(),
            Protocol::FewShot(args) => args.run(),
            Protocol::Familiarity(args) => args.run(),
            Protocol::Anomaly(args) => args.run(),
            Protocol::Arithmetic(args) => args.run(),
            Protocol::Directions(args) => args.run(),
            Protocol::Dci(args) => args.run(),
            Protocol::Edits(args) => args.run(),
            Protocol::Map(args) => args.run(),
        }
    }
}
