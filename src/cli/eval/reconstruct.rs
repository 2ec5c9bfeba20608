//! `soda eval reconstruct`.

use super::beside::{BesideArgs, KeepArgs};
use super::options::{StepsArgs, Subject};
use super::{pca, table};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::files::each_batch;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, InvertOptions};
use crate::eval::Quality;
use burn::tensor::Tensor;
use clap::Args;
use std::path::PathBuf;

/// Reconstruction of held-out pictures.
#[derive(Debug, Args)]
pub struct ReconstructArgs {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    steps: StepsArgs,
    #[command(flatten)]
    beside: BesideArgs,
    /// Training pictures, from which the mean picture and PCA are computed.
    #[arg(long)]
    train: Option<PathBuf>,
    /// Also start from the inverted noise, in that many steps there and back.
    #[arg(long)]
    invert: Option<usize>,
    /// Fixed-point iterations after each step of the inversion, one network call each.
    #[arg(long, default_value_t = 0, requires = "invert")]
    refine: usize,
    #[command(flatten)]
    keep: KeepArgs,
}

impl ReconstructArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let others = self.beside.load(&soda, &self.subject.model)?;
        let mut rows: Vec<(String, Quality)> = Vec::new();
        if let Some(path) = &self.train {
            rows.extend(self.yardsticks(&soda, path, &data)?);
        }
        let models = std::iter::once((None, &soda));
        for (other, model) in models.chain(others.iter().map(|(name, model)| (Some(name), model))) {
            for (steps, own) in self.steps.rows(model) {
                let options = self.subject.noise.options(Some(steps));
                let paint = |x| Ok(model.decode(model.encode(x), None, &options)?.finish());
                let name = other.map_or(own.clone(), |other| format!("{other}, {own}"));
                let quality = self.measure(&soda, &data, &name, paint)?;
                rows.push((name, quality));
            }
        }
        if let Some(steps) = self.invert {
            let options = InvertOptions {
                steps: Some(steps),
                refinements: self.refine,
            };
            let paint = |x: Tensor<4>| {
                let z = soda.encode(x.clone());
                let noise = soda.invert(x, z.clone(), &options)?.finish();
                let options = DecodeOptions {
                    steps: Some(steps),
                    ..Default::default()
                };
                Ok(soda.decode(z, Some(noise), &options)?.finish())
            };
            let calls = steps * (2 + self.refine);
            let name = format!("z and x_T, {steps} steps each way, {calls} calls");
            let quality = self.measure(&soda, &data, &name, paint)?;
            rows.push((name, quality));
        }
        if self.keep.wanted() {
            self.measure(&soda, &data, "truth", Ok)?;
        }
        let (text, rows) = table("reconstruction", &rows);
        self.subject.say(
            &format!("{text}{} pictures", data.len()),
            serde_json::json!({"pictures": data.len(), "seed": self.subject.noise.seed,
                "rows": rows}),
        )
    }

    fn measure(
        &self,
        soda: &Soda,
        data: &Dataset,
        name: &str,
        paint: impl Fn(Tensor<4>) -> Result<Tensor<4>, Box<dyn std::error::Error>>,
    ) -> Result<Quality, Box<dyn std::error::Error>> {
        let mut quality = Quality::default();
        each_batch(soda, data, &self.subject.model, |first, wanted| {
            let found = paint(wanted.clone())?.try_into_vec_as::<f32>()?;
            self.keep.keep(name, first, &found, soda.size())?;
            let wanted = wanted.try_into_vec_as::<f32>()?;
            quality = quality.join(Quality::measure(&found, &wanted, soda.size()));
            Ok(())
        })?;
        Ok(quality)
    }

    /// The mean picture, and PCA with as many components as the latent has numbers.
    fn yardsticks(
        &self,
        soda: &Soda,
        train: &std::path::Path,
        data: &Dataset,
    ) -> Result<Vec<(String, Quality)>, Box<dyn std::error::Error>> {
        let size = soda.size();
        let width = 3 * size * size;
        let (pca, components) = pca(soda, train, &self.subject.data, self.subject.model.json)?;
        let flat = |x: Tensor<4>| {
            let n = x.dims()[0];
            x.reshape([n, width])
        };
        let square = |x: Tensor<2>| {
            let n = x.dims()[0];
            Ok(x.reshape([n, 3, size, size]))
        };
        let name = "mean picture of the training set".to_owned();
        let mean = self.measure(soda, data, &name, |x| {
            let n = x.dims()[0];
            square(pca.mean().expand([n, width]))
        })?;
        let mut rows = vec![(name, mean)];
        let name = format!("PCA, {components} components");
        let linear = self.measure(soda, data, &name, |x| square(pca.reconstruct(flat(x))))?;
        rows.push((name, linear));
        Ok(rows)
    }
}
