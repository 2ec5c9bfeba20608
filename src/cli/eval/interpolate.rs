//! `soda eval interpolate`.

use super::beside::{BesideArgs, KeepArgs, painters};
use super::options::{EllipseArgs, StepsArgs, Subject, known_between};
use super::progress::Progress;
use super::report::Format::Fixed;
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::data::{Between, Dataset};
use crate::engine::values;
use crate::eval::{Quality, psnr_inside};
use burn::tensor::Tensor;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Interpolation against pictures that are known to lie between two others: samples whose JSON
/// names two samples `a` and `b` and how far from the first to the second it lies, `alpha`. Where
/// none is known, `midpoints` and `morph` measure interpolations.
#[derive(Debug, Args)]
pub struct InterpolateArgs {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    steps: StepsArgs,
    #[command(flatten)]
    beside: BesideArgs,
    /// Training pictures, from which PCA is computed.
    #[arg(long)]
    train: Option<PathBuf>,
    #[command(flatten)]
    ellipse: EllipseArgs,
    #[command(flatten)]
    keep: KeepArgs,
}

/// What is asked of each way to interpolate: pictures at `alpha` from the first to the second.
type Paint<'a> = Box<dyn Fn(Tensor<4>, Tensor<4>, Tensor<2>) -> CliResult<Tensor<4>> + 'a>;

const NONE_KNOWN: &str = "interpolate: no sample's JSON says that its picture lies between two \
    others (\"a\", \"b\", \"alpha\"); without such pictures use soda eval midpoints or soda \
    eval morph";

impl InterpolateArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let others = self.beside.load(&soda, &self.subject.model)?;
        let known = known_between(&data)?;
        if known.is_empty() {
            return Err(NONE_KNOWN.into());
        }
        let mut kinds: Vec<(String, Paint)> =
            vec![("cross-fade".into(), Box::new(|a, b, t| Ok(fade(a, b, t))))];
        if let Some(path) = &self.train {
            let (pca, _) = self.subject.pca(&soda, path)?;
            let paint: Paint = Box::new(move |a, b, t| Ok(pca.reconstruct_pictures(fade(a, b, t))));
            kinds.push(("PCA".into(), paint));
        }
        for (name, model, steps) in painters(&soda, &others, &self.steps) {
            let options = self.subject.noise.options(Some(steps));
            let paint: Paint = Box::new(move |a, b, t| {
                let ends = [model.encode_corrected(a)?, model.encode_corrected(b)?];
                let z = between(model, ends, t)?;
                Ok(model.decode(z, None, &options)?.finish())
            });
            kinds.push((name, paint));
        }
        let rows = self.against_known(&soda, &data, &known, &kinds)?;
        let inside: Vec<f64> = rows.iter().map(|(_, _, inside)| *inside).collect();
        let rows = rows.into_iter().map(|(name, quality, _)| (name, quality));
        let table = Table::of_quality("rows", "interpolation", rows)
            .with_column(("inside", "inside dB", Fixed(2)), inside);
        let report = Report::new(json!({
            "pictures": known.len(), "seed": self.subject.noise.seed,
        }));
        let note = format!("{} pictures", known.len());
        self.subject.say(report.with(table.note(note)))
    }

    /// One row for each distance, as long as there are few; else one for all.
    fn against_known(
        &self,
        soda: &Soda,
        data: &Dataset,
        known: &[(usize, Between)],
        kinds: &[(String, Paint)],
    ) -> CliResult<Vec<(String, Quality, f64)>> {
        let mut alphas: Vec<f32> = known.iter().map(|(_, b)| b.alpha).collect();
        alphas.sort_by(f32::total_cmp);
        alphas.dedup();
        let alphas: Vec<Option<f32>> = match alphas.len() {
            1..=5 => alphas.into_iter().map(Some).collect(),
            _ => vec![None],
        };
        let mut rows = Vec::new();
        for alpha in alphas {
            let mut chosen = known.to_vec();
            chosen.retain(|(_, b)| alpha.is_none_or(|alpha| b.alpha == alpha));
            let at = alpha.map_or(String::new(), |alpha| format!(" at {alpha}"));
            for (name, paint) in kinds {
                let name = format!("{name}{at}");
                let (quality, inside) = self.measure(soda, data, &chosen, &name, paint)?;
                rows.push((name, quality, inside));
            }
            let truth = pixels(soda, data, chosen.iter().map(|(i, _)| *i));
            self.keep
                .keep(&format!("truth{at}"), 0, &truth, soda.size())?;
        }
        Ok(rows)
    }

    /// In the whole frame, and the mean PSNR inside the ellipse.
    fn measure(
        &self,
        soda: &Soda,
        data: &Dataset,
        chosen: &[(usize, Between)],
        name: &str,
        paint: &Paint,
    ) -> CliResult<(Quality, f64)> {
        let progress = Progress::new(self.subject.model.json, chosen.len(), "pictures")?;
        let (mut quality, mut inside, mut done) = (Quality::default(), 0.0, 0);
        let (size, holds) = (soda.size(), |i| self.ellipse.holds(i, soda.size()));
        for part in chosen.chunks(self.subject.model.batch as usize) {
            let a = soda.pictures(pixels(soda, data, part.iter().map(|(_, b)| b.from)))?;
            let b = soda.pictures(pixels(soda, data, part.iter().map(|(_, b)| b.to)))?;
            let alphas: Vec<f32> = part.iter().map(|(_, b)| b.alpha).collect();
            let t = Tensor::<1>::from_floats(alphas.as_slice(), soda.device()).unsqueeze_dim(1);
            let truth = pixels(soda, data, part.iter().map(|(i, _)| *i));
            let found = values(paint(a, b, t)?)?;
            quality = quality.join(Quality::measure(&found, &truth, size));
            let both = found.chunks_exact(3 * size * size);
            let both = both.zip(truth.chunks_exact(3 * size * size));
            inside += both.map(|(f, t)| psnr_inside(f, t, holds)).sum::<f64>();
            self.keep.keep(name, done, &found, soda.size())?;
            done += part.len();
            progress.add(part.len())?;
        }
        Ok((quality, inside / done.max(1) as f64))
    }
}

/// The latents at `t` between two.
fn between(soda: &Soda, [a, b]: [Tensor<2>; 2], t: Tensor<2>) -> CliResult<Tensor<2>> {
    let (a, b, t) = (values(a)?, values(b)?, values(t)?);
    let width = soda.latent();
    let ends = a.chunks_exact(width).zip(b.chunks_exact(width));
    let between = ends
        .zip(t)
        .flat_map(|((a, b), t)| soda.interpolate(a, b, t));
    Ok(soda.latents(between.collect())?)
}

fn fade(a: Tensor<4>, b: Tensor<4>, t: Tensor<2>) -> Tensor<4> {
    let t = t.unsqueeze_dims::<4>(&[2, 3]);
    a * (1.0 - t.clone()) + b * t
}

/// The first picture of each of these samples.
fn pixels(soda: &Soda, data: &Dataset, samples: impl Iterator<Item = usize>) -> Vec<f32> {
    let pictures = samples.map(|s| &data.samples[s].pictures[0].picture);
    pictures
        .flat_map(|picture| picture.compose(soda.manifest.background))
        .collect()
}
