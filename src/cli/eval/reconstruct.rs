//! `soda eval reconstruct`.

use super::beside::{BesideArgs, KeepArgs, painters};
use super::options::{StepsArgs, Subject};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::files::each_batch;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, InvertOptions, values};
use crate::eval::Quality;
use burn::tensor::Tensor;
use clap::Args;
use serde_json::json;
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
        let mut rows = Vec::new();
        if let Some(path) = &self.train {
            let (pca, components) = self.subject.pca(&soda, path)?;
            rows.push(
                self.measure(&soda, &data, "mean picture of the training set", |x| {
                    let shape = x.dims();
                    Ok(pca
                        .mean()
                        .expand([shape[0], x.flatten::<2>(1, 3).dims()[1]])
                        .reshape(shape))
                })?,
            );
            let name = format!("PCA, {components} components");
            rows.push(self.measure(&soda, &data, &name, |x| Ok(pca.reconstruct_pictures(x)))?);
        }
        for (name, model, steps) in painters(&soda, &others, &self.steps) {
            let options = self.subject.noise.options(Some(steps));
            let paint = |x| {
                let z = model.encode_corrected(x)?;
                Ok(model.decode(z, None, &options)?.finish())
            };
            rows.push(self.measure(&soda, &data, &name, paint)?);
        }
        if let Some(steps) = self.invert {
            let inversion = InvertOptions {
                steps: Some(steps),
                refinements: self.refine,
            };
            let painting = DecodeOptions {
                steps: Some(steps),
                ..Default::default()
            };
            let paint = |x: Tensor<4>| {
                let z = soda.encode_corrected(x.clone())?;
                let noise = soda.invert(x, z.clone(), &inversion)?.finish();
                Ok(soda.decode(z, Some(noise), &painting)?.finish())
            };
            let calls = steps * (2 + self.refine);
            let name = format!("z and x_T, {steps} steps each way, {calls} calls");
            rows.push(self.measure(&soda, &data, &name, paint)?);
        }
        if self.keep.wanted() {
            self.measure(&soda, &data, "truth", Ok)?;
        }
        let count = data.len();
        let table = Table::of_quality("rows", "reconstruction", rows);
        let facts = json!({"pictures": count, "seed": self.subject.noise.seed});
        let report = Report::new(facts).with(table.note(format!("{count} pictures")));
        self.subject.say(report)
    }

    /// What `paint` makes of every picture, against the picture itself.
    fn measure(
        &self,
        soda: &Soda,
        data: &Dataset,
        name: &str,
        paint: impl Fn(Tensor<4>) -> CliResult<Tensor<4>>,
    ) -> CliResult<(String, Quality)> {
        let mut quality = Quality::default();
        each_batch(soda, data, &self.subject.model, |first, wanted| {
            let found = values(paint(wanted.clone())?)?;
            self.keep.keep(name, first, &found, soda.size())?;
            quality = quality.join(Quality::measure(&found, &values(wanted)?, soda.size()));
            Ok(())
        })?;
        Ok((name.to_owned(), quality))
    }
}
