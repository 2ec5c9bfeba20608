//! `soda eval directions`.

use super::encoding::CacheArgs;
use super::gallery::{Gallery, paint};
use super::options::{Subject, places_evenly, share};
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{
    DirectionKind, HeldOut, LabelSource, Labelled, Look, RESPECTS, Task, along,
    attribute_direction, auroc, cosine,
};
use crate::plot::Sheet;
use crate::recognition::{Rows, components};
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::path::PathBuf;

/// Directions in the space of latents, and what they do: the leading principal components of each
/// latent group, and the directions of attributes (--attribute) found from labelled pictures and
/// judged on pictures that were held out.
#[derive(Debug, Args)]
pub struct DirectionsArgs {
    #[command(flatten)]
    subject: Subject,
    /// Steps to paint with [default: the model's own].
    #[arg(long)]
    steps: Option<usize>,
    /// Principal components of each group.
    #[arg(long, default_value_t = 3)]
    components: usize,
    /// How far to go along a component to either side, in its standard deviations.
    #[arg(long, default_value_t = 2.0)]
    reach: f32,
    /// Pictures that components are applied to, for what they move.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..))]
    pictures: u32,
    /// Attributes: class, view, or fields of the samples' JSON with a few values; each value
    /// against the others.
    #[arg(long, value_delimiter = ',')]
    attribute: Vec<LabelSource>,
    /// Share of the samples that attributes are judged on.
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    held_out_share: f64,
    /// File for a PNG to look at. A row a direction, in the order of the tables: two pictures, each
    /// from one end to the other, as they are in the middle.
    #[arg(long)]
    sheet: Option<PathBuf>,
    #[command(flatten)]
    cache: CacheArgs,
}

/// Frames of a strip.
const FRAMES: usize = 7;

/// A table, and the direction at full reach of each of its rows.
type Found = (Table, Vec<Vec<f32>>);

impl DirectionsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, gallery) = self.subject.open_gallery(&self.cache)?;
        if gallery.len() < 2 {
            return Err("directions: latents of one picture have none; give more pictures".into());
        }
        let (table, mut strips) = self.components(&soda, &gallery)?;
        let mut report = Report::new(json!({
            "pictures": gallery.len(),
            "reach": self.reach,
            "seed": self.subject.noise.seed,
            "attributes": [],
        }))
        .with(table);
        for attribute in &self.attribute {
            let (table, directions) = self.attribute(&gallery, attribute)?;
            report = report.with(table);
            strips.extend(directions);
        }
        if let Some(path) = &self.sheet {
            self.draw(&soda, &gallery, &strips)?.save(path)?;
        }
        self.subject.say(report)
    }

    fn paint(&self, soda: &Soda, codes: &Rows) -> CliResult<Rows> {
        let options = self.subject.noise.options(self.steps);
        paint(soda, codes, &options, &self.subject.model)
    }

    fn components(&self, soda: &Soda, gallery: &Gallery) -> CliResult<Found> {
        let codes = &gallery.encoded.codes;
        let some = codes.chosen(&places_evenly(gallery.len(), self.pictures as usize));
        let size = soda.size();
        let looks = |codes: &Rows| -> CliResult<Vec<Look>> {
            let painted = self.paint(soda, codes)?;
            let pictures = painted.values().par_chunks(painted.width());
            Ok(pictures.map(|picture| Look::of(picture, size)).collect())
        };
        // What two different pictures differ by.
        let own = looks(&some)?;
        let turned = own.iter().cycle().skip(1);
        let whole = sums(own.iter().zip(turned));
        let mut columns = vec![
            ("row", "component of a group", Plain),
            ("variance", "variance", Percent(1)),
        ];
        columns.extend(RESPECTS.map(|name| (name, name, Percent(1))));
        let mut table = Table::new("rows", &columns);
        let (mut strips, mut first) = (Vec::new(), 0);
        for (group, &length) in soda.manifest.model.groups.iter().enumerate() {
            let found = components(codes, first..first + length, self.components);
            first += length;
            for (c, component) in found.into_iter().enumerate() {
                let by = self.reach * component.deviation as f32;
                let direction: Vec<f32> = component.direction.iter().map(|v| v * by).collect();
                let ends = [-1.0, 1.0].map(|sign| looks(&moved(&some, &direction, sign)));
                let [low, high] = ends;
                let moves = sums(low?.iter().zip(&high?));
                let mut row = json!({
                    "row": format!("group {group}, component {}", c + 1),
                    "variance": component.share,
                });
                for (k, name) in RESPECTS.iter().enumerate() {
                    let share = if whole[k] > 0.0 {
                        moves[k] / whole[k]
                    } else {
                        0.0
                    };
                    row[name] = share.into();
                }
                table.row(row);
                strips.push(direction);
            }
        }
        let table = table.note(format!(
            "variance: of the group's latents; others: squared difference between ±{} \
             deviations over that of two pictures",
            self.reach
        ));
        Ok((table, strips))
    }

    fn attribute(&self, gallery: &Gallery, attribute: &LabelSource) -> CliResult<Found> {
        let held_out = HeldOut::Share(self.held_out_share, self.subject.noise.seed);
        let task = Task::new(&gallery.encoded, &gallery.encoded, attribute, &held_out)?;
        const MOST: usize = 24;
        if task.classes.len() > MOST {
            let count = task.classes.len();
            return Err(format!(
                "attribute: {attribute} has {count} values, more than {MOST}; choose one with a few"
            )
            .into());
        }
        let title = format!("{attribute}, AUROC on held-out pictures");
        let columns = [
            ("value", title.as_str(), Plain),
            ("judged_with", "with", Plain),
            ("auroc_mean_difference", "mean difference", Fixed(3)),
            ("auroc_logistic", "logistic", Fixed(3)),
            ("cosine", "cosine", Fixed(2)),
        ];
        let mut table = Table::new("attributes", &columns);
        let mut strips = Vec::new();
        // The second of two values is the first turned round.
        let classes = match task.classes.len() {
            2 => 1..2,
            more => 0..more,
        };
        for class in classes {
            let of = |side: &Labelled| Labelled {
                codes: side.codes.clone(),
                labels: side
                    .labels
                    .iter()
                    .map(|&label| usize::from(label == class))
                    .collect(),
            };
            let (learnt, judged) = (of(&task.train), of(&task.test));
            let find = |kind| attribute_direction(&learnt, kind);
            let mean = find(DirectionKind::MeanDifference)?;
            let logistic = find(DirectionKind::Logistic)?;
            let area = |direction: &[f32]| {
                let scores = along(&judged.codes, direction);
                let of = |wanted| -> Vec<f64> {
                    let both = scores.iter().zip(&judged.labels);
                    both.filter(|(_, label)| **label == wanted)
                        .map(|(score, _)| *score)
                        .collect()
                };
                auroc(&of(0), &of(1))
            };
            let (by_mean, by_logistic) = (area(&mean), area(&logistic));
            let (name, angle) = (&task.classes[class], cosine(&mean, &logistic));
            let with = judged.labels.iter().sum::<usize>();
            table.row(json!({
                "attribute": attribute.to_string(), "value": name, "judged_with": with,
                "judged": judged.labels.len(),
                "auroc_mean_difference": by_mean, "auroc_logistic": by_logistic, "cosine": angle,
            }));
            strips.push(mean);
        }
        let (learnt, judged) = (task.train.labels.len(), task.test.labels.len());
        let table = table.note(format!("{learnt} pictures to learn from, {judged} judged"));
        Ok((table, strips))
    }

    fn draw(&self, soda: &Soda, gallery: &Gallery, strips: &[Vec<f32>]) -> CliResult<Sheet> {
        let shown = gallery
            .encoded
            .codes
            .chosen(&places_evenly(gallery.len(), 2));
        let mut frames = Vec::new();
        for direction in strips {
            for row in shown.iter() {
                let row = Rows::new(row.to_vec(), row.len());
                for k in 0..FRAMES {
                    let t = 2.0 * k as f32 / (FRAMES - 1) as f32 - 1.0;
                    frames.extend_from_slice(moved(&row, direction, t).values());
                }
            }
        }
        let mut sheet = Sheet::new(soda.size());
        if frames.is_empty() {
            return Ok(sheet);
        }
        let painted = self.paint(soda, &Rows::new(frames, shown.width()))?;
        for row in painted
            .values()
            .chunks(shown.len() * FRAMES * painted.width())
        {
            sheet.row(row);
        }
        Ok(sheet)
    }
}

/// Every row, so far along a direction.
fn moved(rows: &Rows, direction: &[f32], by: f32) -> Rows {
    let moved = rows
        .iter()
        .flat_map(|row| row.iter().zip(direction).map(move |(v, d)| v + by * d));
    Rows::new(moved.collect(), rows.width())
}

/// Squared differences in each respect, over all pairs.
fn sums<'a>(pairs: impl Iterator<Item = (&'a Look, &'a Look)>) -> [f64; 4] {
    pairs.fold([0.0; 4], |sums, (a, b)| {
        let apart = a.apart(b);
        [0, 1, 2, 3].map(|k| sums[k] + apart[k])
    })
}
