//! `soda eval views`.

use super::options::Subject;
use super::progress::Progress;
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::files::each_batch;
use crate::data::Dataset;
use crate::engine::values;
use crate::eval::{Painted, Transfer, ViewPair, view_pairs};
use crate::plot::Sheet;
use crate::recognition::Rows;
use clap::Args;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
        let columns = [
            ("row", "against the real drawing", Plain),
            ("pairs", "pairs", Plain),
            ("copy.psnr", "copy, dB", Fixed(2)),
            ("copy.ssim", "SSIM", Fixed(3)),
            ("no_label.psnr", "z, no label, dB", Fixed(2)),
            ("no_label.ssim", "SSIM", Fixed(3)),
            ("label.psnr", "z and label, dB", Fixed(2)),
            ("label.ssim", "SSIM", Fixed(3)),
            ("own.psnr", "own z, dB", Fixed(2)),
            ("own.ssim", "SSIM", Fixed(3)),
            ("beats_copy.psnr", "beats copy in dB", Percent(1)),
            ("beats_copy.ssim", "in SSIM", Percent(1)),
        ];
        let mut table = Table::new("rows", &columns);
        let mut add = |name: String, chosen: &mut dyn Iterator<Item = &Transfer>| {
            if let Some(all) = chosen.copied().reduce(Transfer::join) {
                table.row(row(json!({"row": name}), &all));
            }
        };
        for (v, view) in views.iter().enumerate() {
            let to_view = found.iter().filter(|(pair, _)| pair[1] == v);
            add(
                format!("to {view}"),
                &mut to_view.map(|(_, transfer)| transfer),
            );
        }
        add("all".to_owned(), &mut found.values());
        let cells = found.iter().map(|([from, to], transfer)| {
            row(json!({"from": views[*from], "to": views[*to]}), transfer)
        });
        let facts = json!({
            "samples": data.samples.len(), "seed": self.subject.noise.seed,
            "pairs": cells.collect::<Vec<_>>(),
        });
        self.subject.say(Report::new(facts).with(table))
    }

    fn encode<'a>(&self, soda: &'a Soda, data: &Dataset) -> CliResult<Painted<'a>> {
        let (mut real, mut latents) = (Vec::new(), Vec::new());
        each_batch(soda, data, &self.subject.model, |_, pixels| {
            latents.extend(values(soda.encode_corrected(pixels.clone())?)?);
            real.extend(values(pixels)?);
            Ok(())
        })?;
        Ok(Painted {
            soda,
            options: self.subject.noise.options(self.steps),
            real: Rows::new(real, 3 * soda.size() * soda.size()),
            latents: Rows::new(latents, soda.latent()),
        })
    }

    /// By source and target view.
    fn compare(
        &self,
        painted: &Painted,
        pairs: &[ViewPair],
        views: &[String],
    ) -> CliResult<BTreeMap<[usize; 2], Transfer>> {
        let progress = Progress::new(self.subject.model.json, pairs.len(), "pairs")?;
        // What depends on one picture alone is painted once.
        let (mut unlabelled, mut own) = (BTreeMap::new(), BTreeMap::new());
        let mut found: BTreeMap<[usize; 2], Transfer> = BTreeMap::new();
        for part in pairs.chunk_by(|a, b| a.views[1] == b.views[1]) {
            let label = Some(views[part[0].views[1]].as_str());
            for part in part.chunks(self.subject.model.batch as usize) {
                let sources: Vec<usize> = part.iter().map(|pair| pair.source).collect();
                let targets: Vec<usize> = part.iter().map(|pair| pair.target).collect();
                painted.paint_new(&mut unlabelled, &sources, None)?;
                painted.paint_new(&mut own, &targets, label)?;
                let labelled = painted.paint(&sources, label)?;
                let compared: Vec<Transfer> = part
                    .par_iter()
                    .zip(labelled.values().par_chunks(labelled.width()))
                    .map(|(pair, labelled)| {
                        let unlabelled = unlabelled[&pair.source].as_slice();
                        painted.compare(pair, [unlabelled, labelled, &own[&pair.target]])
                    })
                    .collect();
                for (pair, transfer) in part.iter().zip(compared) {
                    let sum = found.entry(pair.views).or_default();
                    *sum = sum.join(transfer);
                }
                progress.add(part.len())?;
            }
        }
        Ok(found)
    }
}

/// Keep `count` samples, evenly spread.
fn thin(data: &mut Dataset, count: usize) {
    let n = data.samples.len();
    let count = count.min(n);
    let mut i = 0;
    data.samples.retain(|_| {
        i += 1;
        i * count / n > (i - 1) * count / n
    });
}

fn row(mut row: Value, t: &Transfer) -> Value {
    let share = |wins: usize| wins as f64 / t.pairs() as f64;
    row["pairs"] = t.pairs().into();
    for (name, q) in [
        ("copy", t.copy),
        ("no_label", t.unlabelled),
        ("label", t.painted),
        ("own", t.own),
    ] {
        row[name] = json!({"psnr": q.psnr, "ssim": q.ssim});
    }
    row["beats_copy"] = json!({"psnr": share(t.nearer), "ssim": share(t.alike)});
    row
}

/// Real drawings and, below them, the first one's latent with each label.
fn draw(soda: &Soda, data: &Dataset, painted: &Painted) -> CliResult<Sheet> {
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
        let mut real = painted.real.row(source).to_vec();
        for place in &drawn {
            real.extend(place.map_or(empty.as_slice(), |place| painted.real.row(place)));
        }
        sheet.row(&real);
        let mut row = painted.paint(&[source], None)?.values().to_vec();
        for view in views {
            row.extend_from_slice(painted.paint(&[source], Some(view))?.values());
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
