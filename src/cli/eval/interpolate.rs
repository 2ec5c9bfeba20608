//! `soda eval interpolate`.

use super::beside::{BesideArgs, KeepArgs};
use super::levels::pairs;
use super::options::{StepsArgs, Subject};
use super::{names_width, pca, table};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::{bar, cancel_flag};
use crate::data::{Between, Dataset, between};
use crate::eval::{Quality, WayQuality};
use burn::tensor::Tensor;
use clap::Args;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

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

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// What is asked of each way to interpolate: pictures at `alpha` from the first to the second.
type Paint<'a> = Box<dyn Fn(Tensor<4>, Tensor<4>, Tensor<2>) -> Fallible<Tensor<4>> + 'a>;

impl InterpolateArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let others = self.beside.load(&soda, &self.subject.model)?;
        let known: Vec<(usize, Between)> = between(&data)?
            .into_iter()
            .enumerate()
            .filter_map(|(i, between)| Some((i, between?)))
            .collect();
        let ways = self.ways.unwrap_or(if known.is_empty() { 100 } else { 0 });
        if data.samples.len() < 2 {
            return Err("interpolate: a way needs pictures of at least two samples".into());
        }
        let pca = match &self.train {
            Some(path) => Some(pca(&soda, path, &self.subject.data, self.subject.model.json)?.0),
            None => None,
        };
        let mut kinds: Vec<(String, Paint)> =
            vec![("cross-fade".into(), Box::new(|a, b, t| Ok(fade(a, b, t))))];
        if let Some(pca) = &pca {
            let paint: Paint = Box::new(|a, b, t| {
                let faded = fade(a, b, t);
                let shape = faded.dims();
                Ok(pca.reconstruct(faded.flatten(1, 3)).reshape(shape))
            });
            kinds.push(("PCA".into(), paint));
        }
        let models = std::iter::once((None, &soda));
        for (name, model) in models.chain(others.iter().map(|(name, model)| (Some(name), model))) {
            for (steps, own) in self.steps.rows(model) {
                let options = self.subject.noise.options(Some(steps));
                let paint: Paint = Box::new(move |a, b, t| {
                    let z = model.encode(a) * (1.0 - t.clone()) + model.encode(b) * t;
                    Ok(model.decode(z, None, &options)?.finish())
                });
                kinds.push((
                    name.map_or(own.clone(), |name| format!("{name}, {own}")),
                    paint,
                ));
            }
        }
        let mut text = String::new();
        let mut value = serde_json::json!({
            "pictures": known.len(), "ways": ways, "frames": self.frames,
            "seed": self.subject.noise.seed,
        });
        if !known.is_empty() {
            let (table, rows) = table(
                "interpolation",
                &self.against_known(&soda, &data, &known, &kinds)?,
            );
            text += &format!("{table}{} pictures", known.len());
            value["rows"] = rows.into();
        }
        if ways > 0 {
            if !text.is_empty() {
                text += "\n\n";
            }
            let (table, rows) = way_table(&self.along_ways(&soda, &data, ways, &kinds)?);
            text += &format!("{table}{ways} ways of {} frames", self.frames);
            value[if known.is_empty() { "rows" } else { "way_rows" }] = rows.into();
        }
        self.subject.say(&text, value)
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
            let chosen: Vec<_> = known
                .iter()
                .filter(|(_, b)| alpha.is_none_or(|alpha| b.alpha == alpha))
                .copied()
                .collect();
            let at = alpha.map_or(String::new(), |alpha| format!(" at {alpha}"));
            for (name, paint) in kinds {
                let name = format!("{name}{at}");
                let quality = self.measure(soda, data, &chosen, &name, paint)?;
                rows.push((name, quality));
            }
            let truth = pixels(soda, data, &mut chosen.iter().map(|(i, _)| *i));
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
        let progress = bar(self.subject.model.json, chosen.len() as u64, "pictures");
        let (mut quality, mut done) = (Quality::default(), 0);
        for part in chosen.chunks(self.subject.model.batch as usize) {
            let a = soda.pictures(pixels(soda, data, &mut part.iter().map(|(_, b)| b.from)))?;
            let b = soda.pictures(pixels(soda, data, &mut part.iter().map(|(_, b)| b.to)))?;
            let alphas: Vec<f32> = part.iter().map(|(_, b)| b.alpha).collect();
            let t = Tensor::<1>::from_floats(alphas.as_slice(), soda.device()).unsqueeze_dim(1);
            let wanted = pixels(soda, data, &mut part.iter().map(|(i, _)| *i));
            let found = paint(a, b, t)?.try_into_vec_as::<f32>()?;
            quality = quality.join(Quality::measure(&found, &wanted, soda.size()));
            self.keep.keep(name, done, &found, soda.size())?;
            done += part.len();
            progress.inc(part.len() as u64);
        }
        progress.finish_and_clear();
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
        let mut rng = ChaCha8Rng::seed_from_u64(self.subject.noise.seed);
        let mut pick = |sample: usize| {
            let pictures = &data.samples[sample].pictures;
            let picture = &pictures[rng.random_range(0..pictures.len())].picture;
            picture.compose(soda.manifest.background)
        };
        let pairs: Vec<[Vec<f32>; 2]> = pairs(data.samples.len(), ways, self.subject.noise.seed)
            .into_iter()
            .map(|(a, b)| [pick(a), pick(b)])
            .collect();
        let times: Vec<f32> = (0..frames)
            .map(|k| k as f32 / (frames - 1) as f32)
            .collect();
        let t = Tensor::<1>::from_floats(times.as_slice(), soda.device()).unsqueeze_dim::<2>(1);
        let progress = bar(self.subject.model.json, (kinds.len() * ways) as u64, "ways");
        let cancel = cancel_flag()?;
        let mut rows = Vec::new();
        for (name, paint) in kinds {
            let mut quality = WayQuality::default();
            for (way, [a, b]) in pairs.iter().enumerate() {
                let ends = |pixels: &[f32]| -> Fallible<Tensor<4>> {
                    Ok(soda
                        .pictures(pixels.to_vec())?
                        .expand([frames, 3, size, size]))
                };
                let painted = paint(ends(a)?, ends(b)?, t.clone())?.try_into_vec_as::<f32>()?;
                quality = quality.join(WayQuality::measure(&painted, a, b, size));
                self.keep.keep_way(name, way, &painted, size)?;
                progress.inc(1);
                if cancel.load(Ordering::Relaxed) {
                    return Err("cancelled".into());
                }
            }
            rows.push((name.clone(), quality));
        }
        progress.finish_and_clear();
        Ok(rows)
    }
}

fn fade(a: Tensor<4>, b: Tensor<4>, t: Tensor<2>) -> Tensor<4> {
    let t = t.unsqueeze_dims::<4>(&[2, 3]);
    a * (1.0 - t.clone()) + b * t
}

/// The first picture of each of these samples.
fn pixels(soda: &Soda, data: &Dataset, samples: &mut dyn Iterator<Item = usize>) -> Vec<f32> {
    let background = soda.manifest.background;
    samples
        .flat_map(|s| data.samples[s].pictures[0].picture.compose(background))
        .collect()
}

fn way_table(rows: &[(String, WayQuality)]) -> (String, Vec<serde_json::Value>) {
    let wide = names_width(rows);
    let mut text = format!(
        "{:<wide$} {:>8} {:>9} {:>10} {:>10} {:>8}\n",
        "ways from picture to picture", "length", "monotone", "sharpness", "ends", "uneven"
    );
    let mut json = Vec::new();
    for (name, way) in rows {
        let monotone = format!("{:.1}%", 100.0 * way.monotone);
        text += &format!(
            "{name:<wide$} {:>8.3} {monotone:>9} {:>10.3} {:>10.3} {:>8.2}\n",
            way.length, way.sharpness, way.ends, way.uneven
        );
        json.push(serde_json::json!({
            "row": name, "length": way.length, "monotone": way.monotone, "sharpness": way.sharpness,
            "ends": way.ends,
            "uneven": way.uneven,
        }));
    }
    (text, json)
}
