//! `soda eval reconstruct`.

use super::{pca, steps_or, table};
use crate::Soda;
use crate::cli::data::{PathArgs, open_pictures};
use crate::cli::files::{ModelArgs, each_batch};
use crate::cli::{CliResult, say};
use crate::data::Dataset;
use crate::engine::DecodeOptions;
use crate::eval::Quality;
use burn::tensor::Tensor;
use clap::Args;
use std::path::PathBuf;

/// Reconstruction of held-out pictures.
#[derive(Debug, Args)]
pub struct ReconstructArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Held-out pictures.
    #[command(flatten)]
    data: PathArgs,
    /// Training pictures, from which the mean picture and PCA are computed.
    #[arg(long)]
    train: Option<PathBuf>,
    /// Numbers of steps to paint with [default: 1,2,4,8, or 1 if the model knows no more].
    #[arg(long, value_delimiter = ',')]
    steps: Vec<usize>,
    /// Also start from the inverted noise, in that many steps there and back.
    #[arg(long)]
    invert: Option<usize>,
    /// Seed of the noise that painting starts from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Standard deviation of that noise, 0 to 1 [default: the model's own].
    #[arg(long)]
    temperature: Option<f64>,
}

impl ReconstructArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let soda = self.model.load()?;
        let size = soda.size();
        let data = open_pictures(&self.data, size, self.model.json)?;
        let mut rows: Vec<(String, Quality)> = Vec::new();
        if let Some(path) = &self.train {
            rows.extend(self.yardsticks(&soda, path, &data)?);
        }
        for steps in steps_or(&self.steps, &soda, &[1, 2, 4, 8]) {
            let paint = |x: Tensor<4>| {
                let options = DecodeOptions {
                    steps: Some(steps),
                    seed: self.seed,
                    temperature: self.temperature,
                    ..Default::default()
                };
                Ok(soda.decode(soda.encode(x), None, &options)?.finish())
            };
            let name = format!("z, {steps} step{}", if steps == 1 { "" } else { "s" });
            rows.push((name, self.measure(&soda, &data, paint)?));
        }
        if let Some(steps) = self.invert {
            let paint = |x: Tensor<4>| {
                let z = soda.encode(x.clone());
                let noise = soda.invert(x, z.clone(), Some(steps))?.finish();
                let options = DecodeOptions {
                    steps: Some(steps),
                    ..Default::default()
                };
                Ok(soda.decode(z, Some(noise), &options)?.finish())
            };
            let name = format!("z and inverted x_T, {steps} steps each way");
            rows.push((name, self.measure(&soda, &data, paint)?));
        }
        let (text, rows) = table("reconstruction", &rows);
        say(
            self.model.json,
            &format!("{text}{} pictures", data.len()),
            serde_json::json!({"pictures": data.len(), "seed": self.seed, "rows": rows}),
        );
        Ok(())
    }

    fn measure(
        &self,
        soda: &Soda,
        data: &Dataset,
        paint: impl Fn(Tensor<4>) -> Result<Tensor<4>, Box<dyn std::error::Error>>,
    ) -> Result<Quality, Box<dyn std::error::Error>> {
        let mut quality = Quality::default();
        each_batch(soda, data, &self.model, |_, wanted| {
            let found = paint(wanted.clone())?.try_into_vec_as::<f32>()?;
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
        let (pca, components) = pca(soda, train, &self.data, self.model.json)?;
        let flat = |x: Tensor<4>| {
            let n = x.dims()[0];
            x.reshape([n, width])
        };
        let square = |x: Tensor<2>| {
            let n = x.dims()[0];
            Ok(x.reshape([n, 3, size, size]))
        };
        let mean = self.measure(soda, data, |x| {
            let n = x.dims()[0];
            square(pca.mean().expand([n, width]))
        })?;
        let linear = self.measure(soda, data, |x| square(pca.reconstruct(flat(x))))?;
        Ok(vec![
            ("mean picture of the training set".to_owned(), mean),
            (format!("PCA, {components} components"), linear),
        ])
    }
}
