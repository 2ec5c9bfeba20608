//! `soda eval levels`.

use super::options::Subject;
use super::progress::Progress;
use super::report::Format::{Percent, Plain};
use super::report::{Report, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::files::each_batch;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, values};
use crate::eval::{Quality, RESPECTS, Swaps, picture_pairs};
use crate::plot::Sheet;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// What each latent group carries: how far a picture moves towards another when it is given one of
/// the other's groups, and what is lost when a group is left out.
#[derive(Debug, Args)]
pub struct LevelsArgs {
    #[command(flatten)]
    subject: Subject,
    /// Steps to paint with [default: the model's own].
    #[arg(long)]
    steps: Option<usize>,
    /// Pairs of pictures of different samples.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: u32,
    /// File for a PNG to look at. Rows: eight pictures A, eight B, then A with each group of B.
    #[arg(long)]
    sheet: Option<PathBuf>,
}

const SHOWN: usize = 8;

impl LevelsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        if data.samples.len() < 2 {
            return Err("levels: a swap needs pictures of at least two samples".into());
        }
        let swaps = self.swap(&soda, &data)?;
        let mut columns = vec![
            ("group", "group of B put into A", Plain),
            ("numbers", "numbers", Plain),
        ];
        columns.extend(RESPECTS.map(|name| (name, name, Percent(1))));
        let mut shares = Table::new("shares", &columns);
        for (group, travel) in swaps.groups.iter().enumerate() {
            let length = soda.manifest.model.groups[group];
            let mut row = json!({"group": group, "numbers": length});
            for (name, share) in RESPECTS.iter().zip(travel.shares()) {
                row[name] = share.into();
            }
            shares.row(row);
        }
        let dropped = self.drop_groups(&soda, &data)?;
        let dropped = Table::of_quality("dropped", "reconstruction", dropped);
        let facts = json!({
            "pairs": swaps.pairs, "pictures": data.len(), "seed": self.subject.noise.seed,
        });
        let report = Report::new(facts).with(shares.note(format!("{} pairs", swaps.pairs)));
        self.subject
            .say(report.with(dropped.note(format!("{} pictures", data.len()))))
    }

    fn swap(&self, soda: &Soda, data: &Dataset) -> CliResult<Swaps> {
        let (count, seed) = (self.pairs as usize, self.subject.noise.seed);
        let pairs = picture_pairs(data, soda.manifest.background, count, seed);
        let options = self.subject.noise.options(self.steps);
        let progress = Progress::new(self.subject.model.json, count, "pairs")?;
        let mut swaps = Swaps::new(soda.manifest.model.groups.len());
        let mut shown = Vec::new();
        for part in pairs.chunks(self.subject.model.batch as usize) {
            let encode = |end: usize| -> CliResult<_> {
                let pixels = part.iter().flat_map(|pair| &pair[end]).copied().collect();
                Ok(soda.encode_corrected(soda.pictures(pixels)?)?)
            };
            let painted = swaps.add(soda, &encode(0)?, &encode(1)?, &options)?;
            if shown.is_empty() {
                shown = painted;
            }
            progress.add(part.len())?;
        }
        if let Some(path) = &self.sheet {
            let mut sheet = Sheet::new(soda.size());
            let most = 3 * SHOWN * soda.size() * soda.size();
            shown
                .iter()
                .for_each(|row| sheet.row(&row[..row.len().min(most)]));
            sheet.save(path)?;
        }
        Ok(swaps)
    }

    /// Reconstruction from all groups, and with each left out.
    fn drop_groups(&self, soda: &Soda, data: &Dataset) -> CliResult<Vec<(String, Quality)>> {
        let groups = (0..soda.manifest.model.groups.len()).map(Some);
        let mut rows = Vec::new();
        for dropped in std::iter::once(None).chain(groups) {
            let options = DecodeOptions {
                dropped: Vec::from_iter(dropped),
                ..self.subject.noise.options(self.steps)
            };
            let mut quality = Quality::default();
            each_batch(soda, data, &self.subject.model, |_, pictures| {
                let z = soda.encode_corrected(pictures.clone())?;
                let found = soda.decode(z, None, &options)?;
                let (found, truth) = (values(found.finish())?, values(pictures)?);
                quality = quality.join(Quality::measure(&found, &truth, soda.size()));
                Ok(())
            })?;
            let name = dropped.map(|group| format!("without group {group}"));
            rows.push((name.unwrap_or("all groups".to_owned()), quality));
        }
        Ok(rows)
    }
}
