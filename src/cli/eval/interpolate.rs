//! `soda eval interpolate`.

use super::Fallible;
use super::beside::{BesideArgs, KeepArgs, painters};
use super::options::{StepsArgs, Subject, known_between};
use super::progress::Progress;
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::data::{Between, Dataset};
use crate::engine::values;
use crate::eval::{Quality, WayQuality, picture_pairs};
use burn::tensor::Tensor;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Interpolation against pictures that are known to lie between two others, samples whose JSON
/// names two samples `a` and `b` and how far from the first to the second it lies, `alpha`; and
/// without any (--ways): how straight, monotone, even and sharp the way from one picture to another
/// is.
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
    /// Ways between pictures of different samples, drawn at random [default: 100 where no picture
    /// is known to lie between two others, else none].
    #[arg(long)]
    ways: Option<usize>,
    /// Frames of a way, both ends included.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(3..=100))]
    frames: u16,
    #[command(flatten)]
    keep: KeepArgs,
}

/// What is asked of each way to interpolate: pictures at `alpha` from the first to the second.
type Paint<'a> = Box<dyn Fn(Tensor<4>, Tensor<4>, Tensor<2>) -> Fallible<Tensor<4>> + 'a>;

impl InterpolateArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let others = self.beside.load(&soda, &self.subject.model)?;
        let known = known_between(&data)?;
        let ways = self.ways.unwrap_or(if known.is_empty() { 100 } else { 0 });
        if data.samples.len() < 2 {
            return Err("interpolate: a way needs pictures of at least two samples".into());
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
                let z = model.encode(a) * (1.0 - t.clone()) + model.encode(b) * t;
                Ok(model.decode(z, None, &options)?.finish())
            });
            kinds.push((name, paint));
        }
        let mut report = Report::new(json!({
            "pictures": known.len(), "ways": ways, "frames": self.frames,
            "seed": self.subject.noise.seed,
        }));
        if !known.is_empty() {
            let rows = self.against_known(&soda, &data, &known, &kinds)?;
            let table = Table::of_quality("rows", "interpolation", rows);
            report = report.with(table.note(format!("{} pictures", known.len())));
        }
        if ways > 0 {
            let field = if known.is_empty() { "rows" } else { "way_rows" };
            let columns = [
                ("row", "ways from picture to picture", Plain),
                ("length", "length", Fixed(3)),
                ("monotone", "monotone", Percent(1)),
                ("sharpness", "sharpness", Fixed(3)),
                ("ends", "ends", Fixed(3)),
                ("uneven", "uneven", Fixed(2)),
            ];
            let mut table = Table::new(field, &columns);
            for (name, way) in self.along_ways(&soda, &data, ways, &kinds)? {
                table.row(json!({
                    "row": name, "length": way.length, "monotone": way.monotone,
                    "sharpness": way.sharpness, "ends": way.ends, "uneven": way.uneven,
                }));
            }
            report = report.with(table.note(format!("{ways} ways of {} frames", self.frames)));
        }
        self.subject.say(report)
    }

    /// One row for each distance, as long as there are few; else one for all.
    fn against_known(
        &self,
        soda: &Soda,
        data: &Dataset,
        known: &[(usize, Between)],
        kinds: &[(String, Paint)],
    ) -> Fallible<Vec<(String, Quality)>> {
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
                let quality = self.measure(soda, data, &chosen, &name, paint)?;
                rows.push((name, quality));
            }
            let truth = pixels(soda, data, chosen.iter().map(|(i, _)| *i));
            self.keep
                .keep(&format!("truth{at}"), 0, &truth, soda.size())?;
        }
        Ok(rows)
    }

    fn measure(
        &self,
        soda: &Soda,
        data: &Dataset,
        chosen: &[(usize, Between)],
        name: &str,
        paint: &Paint,
    ) -> Fallible<Quality> {
        let progress = Progress::new(self.subject.model.json, chosen.len(), "pictures")?;
        let (mut quality, mut done) = (Quality::default(), 0);
        for part in chosen.chunks(self.subject.model.batch as usize) {
            let a = soda.pictures(pixels(soda, data, part.iter().map(|(_, b)| b.from)))?;
            let b = soda.pictures(pixels(soda, data, part.iter().map(|(_, b)| b.to)))?;
            let alphas: Vec<f32> = part.iter().map(|(_, b)| b.alpha).collect();
            let t = Tensor::<1>::from_floats(alphas.as_slice(), soda.device()).unsqueeze_dim(1);
            let truth = pixels(soda, data, part.iter().map(|(i, _)| *i));
            let found = values(paint(a, b, t)?)?;
            quality = quality.join(Quality::measure(&found, &truth, soda.size()));
            self.keep.keep(name, done, &found, soda.size())?;
            done += part.len();
            progress.add(part.len())?;
        }
        Ok(quality)
    }

    /// The same pairs for every kind.
    fn along_ways(
        &self,
        soda: &Soda,
        data: &Dataset,
        ways: usize,
        kinds: &[(String, Paint)],
    ) -> Fallible<Vec<(String, WayQuality)>> {
        let (size, frames) = (soda.size(), self.frames as usize);
        let pairs = picture_pairs(
            data,
            soda.manifest.background,
            ways,
            self.subject.noise.seed,
        );
        let times: Vec<f32> = (0..frames)
            .map(|k| k as f32 / (frames - 1) as f32)
            .collect();
        let t = Tensor::<1>::from_floats(times.as_slice(), soda.device()).unsqueeze_dim::<2>(1);
        let progress = Progress::new(self.subject.model.json, kinds.len() * ways, "ways")?;
        let mut rows = Vec::new();
        for (name, paint) in kinds {
            let mut quality = WayQuality::default();
            for (way, [a, b]) in pairs.iter().enumerate() {
                let ends = |pixels: &[f32]| -> Fallible<Tensor<4>> {
                    Ok(soda
                        .pictures(pixels.to_vec())?
                        .expand([frames, 3, size, size]))
                };
                let painted = values(paint(ends(a)?, ends(b)?, t.clone())?)?;
                quality = quality.join(WayQuality::measure(&painted, a, b, size));
                self.keep.keep_way(name, way, &painted, size)?;
                progress.add(1)?;
            }
            rows.push((name.clone(), quality));
        }
        Ok(rows)
    }
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
