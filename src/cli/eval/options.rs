//! Options that protocols share.

use super::encoding::CacheArgs;
use super::gallery::Gallery;
use super::progress::Progress;
use super::report::{Report, ResultArgs};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::{PathArgs, open_pictures};
use crate::cli::files::{ModelArgs, NoiseArgs};
use crate::data::{Between, Dataset, between};
use crate::eval::Pca;
use crate::recognition::Rows;
use clap::Args;
use std::path::Path;

/// The part of pictures that is measured on its own.
#[derive(Debug, Args)]
pub struct EllipseArgs {
    /// Where faces are: centre and half-axes of an ellipse, in parts of the side.
    #[arg(long, value_delimiter = ',', num_args = 4, default_values_t = [0.5, 0.523, 0.266, 0.344])]
    ellipse: Vec<f32>,
}

impl EllipseArgs {
    /// Whether pixel `index`, row after row, of a picture of side `size` is inside.
    pub fn holds(&self, index: usize, size: usize) -> bool {
        let x = ((index % size) as f32 + 0.5) / size as f32;
        let y = ((index / size) as f32 + 0.5) / size as f32;
        let [cx, cy, rx, ry] = [0, 1, 2, 3].map(|i| self.ellipse[i]);
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
    }
}

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

impl Subject {
    /// Load the model and read the pictures.
    pub fn open(&self) -> CliResult<(Soda, Dataset)> {
        let soda = self.model.load()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        Ok((soda, data))
    }

    /// Load the model; read and encode the pictures.
    pub fn open_gallery(&self, cache: &CacheArgs) -> CliResult<(Soda, Gallery)> {
        let soda = self.model.load()?;
        let gallery = Gallery::open(&soda, &self.model, &self.data, cache, &self.data.data)?;
        Ok((soda, gallery))
    }

    /// The pictures at another path, read and encoded in the same way.
    pub fn gallery(&self, soda: &Soda, cache: &CacheArgs, path: &Path) -> CliResult<Gallery> {
        Gallery::open(soda, &self.model, &self.data, cache, &[path.to_owned()])
    }

    /// PCA of the pictures at `train`, with as many components as the latent has numbers, or as
    /// there are pictures if those are fewer; and that number.
    pub fn pca(&self, soda: &Soda, train: &Path) -> CliResult<(Pca, usize)> {
        let path = PathArgs {
            data: vec![train.to_owned()],
            ..self.data.clone()
        };
        let train = open_pictures(&path, soda.size(), self.model.json)?;
        let pictures = train.pictures().map(|(_, entry)| &entry.picture);
        let pixels = pictures.flat_map(|picture| picture.compose(soda.manifest.background));
        let rows = Rows::new(pixels.collect(), 3 * soda.size() * soda.size());
        fit_pca(soda, &rows, self.model.json)
    }

    /// Print and write the results.
    pub fn say(&self, report: Report) -> CliResult {
        self.results.say(self.model.json, report)
    }
}

/// PCA of rows, with as many components as the latent has numbers, or as there are rows if those
/// are fewer; and that number.
pub fn fit_pca(soda: &Soda, rows: &Rows, quiet: bool) -> CliResult<(Pca, usize)> {
    let _progress = Progress::new(quiet, 1, "principal components")?;
    let components = soda.latent().min(rows.len());
    let pca = Pca::fit(rows.values(), rows.width(), components, soda.device())?;
    Ok((pca, components))
}

/// Samples that are known to lie between two others.
pub fn known_between(data: &Dataset) -> CliResult<Vec<(usize, Between)>> {
    let all = between(data)?.into_iter().enumerate();
    Ok(all.filter_map(|(i, between)| Some((i, between?))).collect())
}

/// `count` places below `all`, evenly spread; all of them if there are no more.
pub fn places_evenly(all: usize, count: usize) -> Vec<usize> {
    let count = count.min(all);
    (0..count).map(|i| i * all / count).collect()
}

/// Numbers of steps to compare.
#[derive(Debug, Args)]
pub struct StepsArgs {
    /// Numbers of steps to paint with; a model that knows no more paints in 1 [default: 1,4,8].
    #[arg(long, value_delimiter = ',')]
    steps: Vec<usize>,
}

impl StepsArgs {
    /// Each number, and how rows call it.
    pub fn rows(&self, soda: &Soda) -> Vec<(usize, String)> {
        let denoises = soda.manifest.training.objective.denoises();
        let steps = match self.steps.as_slice() {
            _ if !denoises => &[1][..],
            [] => &[1, 4, 8],
            asked => asked,
        };
        let name = |&steps: &usize| match steps {
            1 => (1, "1 step".to_owned()),
            _ => (steps, format!("{steps} steps")),
        };
        steps.iter().map(name).collect()
    }
}

/// A share of the samples, for clap.
pub fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "is not a number")?;
    let share = Some(share).filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "needs to lie between 0 and 1".into())
}

/// A number above 0, for clap.
pub fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "is not a number")?;
    let number = Some(number).filter(|number| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "needs to be above 0".into())
}
