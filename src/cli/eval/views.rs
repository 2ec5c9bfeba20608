//! `soda eval views`.

use super::options::Subject;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::{bar, cancel_flag};
use crate::cli::files::each_batch;
use crate::data::Dataset;
use crate::eval::{Painted, Quality, Transfer, ViewPair, view_pairs};
use crate::plot::Sheet;
use burn::tensor::Tensor;
use clap::Args;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Painting a thing in another view: from the latent of one drawing and the label of the wanted
/// view, against the real drawing, and against copying the drawing that was encoded.
#[derive(Debug, Args)]
pub struct ViewsArgs {
    #[command(flatten)]
    subject: Subject,
    /// Steps to paint with [default: the model's own].
    #[arg(long)]
    steps: Option<usize>,
    /// Use only so many samples, evenly spread [default: all].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// File for a PNG to look at. Two rows for each of eight samples: the drawing that is encoded
    /// and the real ones, one view a column; below, what is painted without a label and with each.
    #[arg(long)]
    sheet: Option<PathBuf>,
}

const SHOWN: usize = 8;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

impl ViewsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let views = soda.manifest.views.clone();
        if views.is_empty() {
            return Err(
                "views: this model knows none; train one on pictures with view labels".into(),
            );
        }
        let mut data = data.with_views(&views);
        if let Some(limit) = self.limit {
            thin(&mut data, limit as usize);
        }
        let pairs = view_pairs(&data);
        if pairs.is_empty() {
            return Err(
                format!("views: no sample is drawn in two of the model's views {views:?}").into(),
            );
        }
        let painted = self.encode(&soda, &data)?;
        if let Some(path) = &self.sheet {
            draw(&soda, &data, &painted)?.save(path)?;
        }
        let found = self.compare(&painted, &pairs, &views)?;
        let mut rows: Vec<(String, Transfer)> = Vec::new();
        for (v, view) in views.iter().enumerate() {
            let own = found.iter().filter(|(pair, _)| pair[1] == v);
            if let Some(all) = own.map(|(_, t)| *t).reduce(Transfer::join) {
                rows.push((format!("to {view}"), all));
            }
        }
        let all = found.values().copied().reduce(Transfer::join);
        rows.extend(all.map(|all| ("all".to_owned(), all)));
        let cells: Vec<_> = found
            .iter()
            .map(|([from, to], t)| row(&[("from", &views[*from]), ("to", &views[*to])], t))
            .collect();
        let json: Vec<_> = rows
            .iter()
            .map(|(name, t)| row(&[("row", name)], t))
            .collect();
        self.subject.say(
            &table(&rows),
            serde_json::json!({
                "samples": data.samples.len(),
                "seed": self.subject.noise.seed,
                "rows": json,
                "pairs": cells,
            }),
        )
    }

    fn encode<'a>(&self, soda: &'a Soda, data: &Dataset) -> Fallible<Painted<'a>> {
        let (mut real, mut latents) = (Vec::new(), Vec::new());
        each_batch(soda, data, &self.subject.model, |_, pixels| {
            latents.push(soda.encode(pixels.clone()));
            let values = pixels.try_into_vec_as::<f32>()?;
            let unit = 3 * soda.size() * soda.size();
            real.extend(values.chunks_exact(unit).map(<[f32]>::to_vec));
            Ok(())
        })?;
        let options = self.subject.noise.options(self.steps);
        Ok(Painted::new(soda, real, Tensor::cat(latents, 0), options))
    }

    /// By source and target view.
    fn compare(
        &self,
        painted: &Painted,
        pairs: &[ViewPair],
        views: &[String],
    ) -> Fallible<BTreeMap<[usize; 2], Transfer>> {
        let progress = bar(self.subject.model.json, pairs.len() as u64, "pairs");
        let cancel = cancel_flag()?;
        // What depends on one picture alone is painted once.
        let (mut unlabelled, mut own) = (BTreeMap::new(), BTreeMap::new());
        let mut found: BTreeMap<[usize; 2], Transfer> = BTreeMap::new();
        for part in pairs.chunk_by(|a, b| a.views[1] == b.views[1]) {
            let label = views[part[0].views[1]].as_str();
            for part in part.chunks(self.subject.model.batch as usize) {
                let sources: Vec<usize> = part.iter().map(|pair| pair.source).collect();
                let targets: Vec<usize> = part.iter().map(|pair| pair.target).collect();
                fill(&mut unlabelled, &sources, |new| painted.paint(new, None))?;
                fill(&mut own, &targets, |new| painted.paint(new, Some(label)))?;
                let labelled = painted.paint(&sources, Some(label))?;
                let compared: Vec<Transfer> = part
                    .par_iter()
                    .zip(&labelled)
                    .map(|(pair, labelled)| {
                        let pictures = [&unlabelled[&pair.source], labelled, &own[&pair.target]];
                        painted.compare(pair, pictures.map(Vec::as_slice))
                    })
                    .collect();
                for (pair, transfer) in part.iter().zip(compared) {
                    let sum = found.entry(pair.views).or_default();
                    *sum = sum.join(transfer);
                }
                progress.inc(part.len() as u64);
                if cancel.load(Ordering::Relaxed) {
                    return Err("cancelled".into());
                }
            }
        }
        progress.finish_and_clear();
        Ok(found)
    }
}

/// Paint those of `places` that are not there yet.
fn fill<E>(
    known: &mut BTreeMap<usize, Vec<f32>>,
    places: &[usize],
    paint: impl FnOnce(&[usize]) -> Result<Vec<Vec<f32>>, E>,
) -> Result<(), E> {
    let mut new: Vec<usize> = places.to_vec();
    new.retain(|place| !known.contains_key(place));
    new.sort_unstable();
    new.dedup();
    if !new.is_empty() {
        let pictures = paint(&new)?;
        known.extend(new.into_iter().zip(pictures));
    }
    Ok(())
}

/// Keep `count` samples, evenly spread.
fn thin(data: &mut Dataset, count: usize) {
    let all = std::mem::take(&mut data.samples);
    let (n, mut i) = (all.len(), 0);
    let count = count.min(n);
    data.samples = all
        .into_iter()
        .filter(|_| {
            i += 1;
            i * count / n > (i - 1) * count / n
        })
        .collect();
}

fn table(rows: &[(String, Transfer)]) -> String {
    let mut text = format!(
        "{:<16}{:>7}{:>16}{:>16}{:>16}{:>16}{:>16}\n",
        "PSNR dB, SSIM", "pairs", "copy", "z, no label", "z and label", "own z", "beats copy"
    );
    let cell = |q: Quality| format!("{:>9.2}{:>7.3}", q.psnr, q.ssim);
    for (name, t) in rows {
        let share = |wins: usize| 100.0 * wins as f64 / t.pairs() as f64;
        text += &format!("{name:<16}{:>7}", t.pairs());
        for quality in [t.copy, t.unlabelled, t.painted, t.own] {
            text += &cell(quality);
        }
        text += &format!("{:>8.1}%{:>6.1}%\n", share(t.nearer), share(t.alike));
    }
    text.truncate(text.trim_end().len());
    text
}

fn row(names: &[(&str, &String)], t: &Transfer) -> serde_json::Value {
    let quality = |q: Quality| serde_json::json!({"psnr": q.psnr, "ssim": q.ssim});
    let share = |wins: usize| wins as f64 / t.pairs() as f64;
    let mut row = serde_json::json!({
        "pairs": t.pairs(),
        "copy": quality(t.copy),
        "no_label": quality(t.unlabelled),
        "label": quality(t.painted),
        "own": quality(t.own),
        "beats_copy": {"psnr": share(t.nearer), "ssim": share(t.alike)},
    });
    for (key, value) in names {
        row[key] = value.as_str().into();
    }
    row
}

/// Real drawings and, below them, the first one's latent with each label.
fn draw(soda: &Soda, data: &Dataset, painted: &Painted) -> Fallible<Sheet> {
    let views = &soda.manifest.views;
    let empty = vec![0.0; 3 * soda.size() * soda.size()];
    let mut sheet = Sheet::new(soda.size());
    let every = (data.samples.len() / SHOWN).max(1);
    let mut first = 0;
    for (s, sample) in data.samples.iter().enumerate() {
        let place = |view| {
            let at = sample.pictures.iter().position(|p| p.view == Some(view));
            at.map(|at| first + at)
        };
        let drawn: Vec<Option<usize>> = (0..views.len()).map(place).collect();
        first += sample.pictures.len();
        let Some(source) = drawn.iter().flatten().next().copied() else {
            continue;
        };
        if s % every != 0 || s / every >= SHOWN {
            continue;
        }
        let mut real = painted.real(source).to_vec();
        for place in &drawn {
            real.extend(place.map_or(empty.as_slice(), |place| painted.real(place)));
        }
        sheet.row(&real);
        let mut row = painted.paint(&[source], None)?.concat();
        for view in views {
            row.extend(painted.paint(&[source], Some(view))?.concat());
        }
        sheet.row(&row);
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_spreads_evenly_and_keeps_what_is_asked_for() {
        for (n, count, wanted) in [(10, 3, 3), (10, 10, 10), (4, 9, 4), (248, 25, 25)] {
            let sample = |i: usize| crate::data::Sample {
                key: format!("{i:03}"),
                pictures: Vec::new(),
                class: None,
                meta: None,
            };
            let mut data = Dataset {
                size: 1,
                samples: (0..n).map(sample).collect(),
                views: Vec::new(),
                skipped: Vec::new(),
            };
            thin(&mut data, count);
            assert_eq!(data.samples.len(), wanted);
            let keys: Vec<usize> = data
                .samples
                .iter()
                .map(|s| s.key.parse().unwrap())
                .collect();
            assert!(keys.windows(2).all(|k| k[1] - k[0] <= n.div_ceil(wanted)));
        }
    }
}
