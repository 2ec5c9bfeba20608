//! `soda eval interpolate`.

use super::options::{StepsArgs, Subject};
use super::{pca, table};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::bar;
use crate::data::{Between, Dataset, between};
use crate::eval::Quality;
use burn::tensor::Tensor;
use clap::Args;
use std::path::PathBuf;

/// Interpolation against pictures that are known to lie between two others: samples whose JSON
/// names two samples `a` and `b` and how far from the first to the second it lies, `alpha`.
#[derive(Debug, Args)]
pub struct InterpolateArgs {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    steps: StepsArgs,
    /// Training pictures, from which PCA is computed.
    #[arg(long)]
    train: Option<PathBuf>,
}

/// What is asked of each way to interpolate: pictures at `alpha` from the first to the second.
type Paint<'a> =
    &'a dyn Fn(Tensor<4>, Tensor<4>, Tensor<2>) -> Result<Tensor<4>, Box<dyn std::error::Error>>;

impl InterpolateArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let known: Vec<(usize, Between)> = between(&data)?
            .into_iter()
            .enumerate()
            .filter_map(|(i, between)| Some((i, between?)))
            .collect();
        if known.is_empty() {
            return Err(
                "interpolate: no picture says in its JSON what it lies between (a, b, alpha)"
                    .into(),
            );
        }
        let mut alphas: Vec<f32> = known.iter().map(|(_, b)| b.alpha).collect();
        alphas.sort_by(f32::total_cmp);
        alphas.dedup();
        // One row for each distance, as long as there are few; else one for all.
        let alphas: Vec<Option<f32>> = match alphas.len() {
            1..=5 => alphas.into_iter().map(Some).collect(),
            _ => vec![None],
        };
        let pca = match &self.train {
            Some(path) => Some(pca(&soda, path, &self.subject.data, self.subject.model.json)?.0),
            None => None,
        };
        let mut rows = Vec::new();
        for alpha in alphas {
            let chosen: Vec<_> = known
                .iter()
                .filter(|(_, b)| alpha.is_none_or(|alpha| b.alpha == alpha))
                .copied()
                .collect();
            let at = alpha.map_or(String::new(), |alpha| format!(" at {alpha}"));
            let fade = |a: Tensor<4>, b: Tensor<4>, t: Tensor<2>| {
                let t = t.unsqueeze_dims::<4>(&[2, 3]);
                a * (1.0 - t.clone()) + b * t
            };
            let mut add = |name: String, paint: Paint| -> CliResult {
                rows.push((name, self.measure(&soda, &data, &chosen, paint)?));
                Ok(())
            };
            add(format!("cross-fade{at}"), &|a, b, t| Ok(fade(a, b, t)))?;
            if let Some(pca) = &pca {
                add(format!("PCA{at}"), &|a, b, t| {
                    let faded = fade(a, b, t);
                    let shape = faded.dims();
                    Ok(pca.reconstruct(faded.flatten(1, 3)).reshape(shape))
                })?;
            }
            for (steps, name) in self.steps.rows(&soda) {
                let options = self.subject.noise.options(Some(steps));
                add(format!("{name}{at}"), &|a, b, t| {
                    let z = soda.encode(a) * (1.0 - t.clone()) + soda.encode(b) * t;
                    Ok(soda.decode(z, None, &options)?.finish())
                })?;
            }
        }
        let (text, rows) = table("interpolation", &rows);
        self.subject.say(
            &format!("{text}{} pictures", known.len()),
            serde_json::json!({"pictures": known.len(), "seed": self.subject.noise.seed, "rows": rows}),
        )
    }

    fn measure(
        &self,
        soda: &Soda,
        data: &Dataset,
        chosen: &[(usize, Between)],
        paint: Paint,
    ) -> Result<Quality, Box<dyn std::error::Error>> {
        let background = soda.manifest.background;
        let pixels = |samples: &mut dyn Iterator<Item = usize>| -> Vec<f32> {
            samples
                .flat_map(|s| data.samples[s].pictures[0].picture.compose(background))
                .collect()
        };
        let progress = bar(self.subject.model.json, chosen.len() as u64, "pictures");
        let mut quality = Quality::default();
        for part in chosen.chunks(self.subject.model.batch as usize) {
            let a = soda.pictures(pixels(&mut part.iter().map(|(_, b)| b.from)))?;
            let b = soda.pictures(pixels(&mut part.iter().map(|(_, b)| b.to)))?;
            let alphas: Vec<f32> = part.iter().map(|(_, b)| b.alpha).collect();
            let t = Tensor::<1>::from_floats(alphas.as_slice(), soda.device()).unsqueeze_dim(1);
            let wanted = pixels(&mut part.iter().map(|(i, _)| *i));
            let found = paint(a, b, t)?.try_into_vec_as::<f32>()?;
            quality = quality.join(Quality::measure(&found, &wanted, soda.size()));
            progress.inc(part.len() as u64);
        }
        progress.finish_and_clear();
        Ok(quality)
    }
}
