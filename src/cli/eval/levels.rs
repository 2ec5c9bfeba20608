//! `soda eval levels`.

use super::options::Subject;
use super::table;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::data::{bar, cancel_flag};
use crate::cli::files::each_batch;
use crate::data::Dataset;
use crate::engine::{DecodeOptions, values};
use crate::eval::{Quality, RESPECTS, Swaps};
use crate::plot::Sheet;
use clap::Args;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

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
        let rows = self.drop_groups(&soda, &data)?;
        let mut text = format!("{:<24}", "group of B put into A");
        RESPECTS
            .iter()
            .for_each(|name| text += &format!("{name:>9}"));
        text += "\n";
        let mut shares = Vec::new();
        for (group, travel) in swaps.groups.iter().enumerate() {
            let length = soda.manifest.model.groups[group];
            text += &format!("{:<24}", format!("{group} ({length} numbers)"));
            let mut row = serde_json::json!({"group": group, "numbers": length});
            for (name, share) in RESPECTS.iter().zip(travel.shares()) {
                text += &format!("{:>8.1}%", 100.0 * share);
                row[name] = share.into();
            }
            text += "\n";
            shares.push(row);
        }
        let (dropped, rows) = table("reconstruction", &rows);
        self.subject.say(
            &format!(
                "{text}{} pairs\n\n{dropped}{} pictures",
                swaps.pairs,
                data.len()
            ),
            serde_json::json!({
                "pairs": swaps.pairs,
                "pictures": data.len(),
                "seed": self.subject.noise.seed,
                "shares": shares,
                "dropped": rows,
            }),
        )
    }

    fn options(&self) -> DecodeOptions {
        self.subject.noise.options(self.steps)
    }

    fn swap(&self, soda: &Soda, data: &Dataset) -> Result<Swaps, Box<dyn std::error::Error>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.subject.noise.seed);
        let mut pick = |sample: usize, pixels: &mut Vec<f32>| {
            let pictures = &data.samples[sample].pictures;
            let picture = &pictures[rng.random_range(0..pictures.len())].picture;
            pixels.extend(picture.compose(soda.manifest.background));
        };
        let mut left = pairs(
            data.samples.len(),
            self.pairs as usize,
            self.subject.noise.seed,
        );
        let progress = bar(self.subject.model.json, self.pairs.into(), "pairs");
        let cancel = cancel_flag()?;
        let mut swaps = Swaps::new(soda.manifest.model.groups.len());
        let mut sheet = Vec::new();
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(self.subject.model.batch as usize));
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for &(first, second) in &left {
                pick(first, &mut a);
                pick(second, &mut b);
            }
            let encode = |x| -> Result<_, crate::engine::RequestError> {
                Ok(soda.encode(soda.pictures(x)?))
            };
            let painted = swaps.add(soda, &encode(a)?, &encode(b)?, &self.options())?;
            if sheet.is_empty() {
                sheet = painted;
            }
            progress.inc(left.len() as u64);
            if cancel.load(Ordering::Relaxed) {
                return Err("cancelled".into());
            }
            left = rest;
        }
        progress.finish_and_clear();
        if let Some(path) = &self.sheet {
            let mut drawn = Sheet::new(soda.size());
            let unit = 3 * soda.size() * soda.size();
            for row in &sheet {
                drawn.row(&row[..row.len().min(SHOWN * unit)]);
            }
            drawn.save(path)?;
        }
        Ok(swaps)
    }

    /// Reconstruction from all groups, and with each left out.
    fn drop_groups(
        &self,
        soda: &Soda,
        data: &Dataset,
    ) -> Result<Vec<(String, Quality)>, Box<dyn std::error::Error>> {
        let groups = soda.manifest.model.groups.len();
        let choices = std::iter::once(None).chain((0..groups).map(Some));
        let mut rows = Vec::new();
        for dropped in choices {
            let options = DecodeOptions {
                dropped: Vec::from_iter(dropped),
                ..self.options()
            };
            let mut quality = Quality::default();
            each_batch(soda, data, &self.subject.model, |_, wanted| {
                let found = soda.decode(soda.encode(wanted.clone()), None, &options)?;
                let found = values(found.finish())?;
                let wanted = values(wanted)?;
                quality = quality.join(Quality::measure(&found, &wanted, soda.size()));
                Ok(())
            })?;
            let name = match dropped {
                None => "all groups".to_owned(),
                Some(group) => format!("without group {group}"),
            };
            rows.push((name, quality));
        }
        Ok(rows)
    }
}

/// `count` pairs of different numbers below `samples`, every number as often as any other, give or
/// take one.
pub fn pairs(samples: usize, count: usize, seed: u64) -> Vec<(usize, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..samples).collect();
    let mut pairs = Vec::new();
    while pairs.len() < count {
        order.shuffle(&mut rng);
        // A turn by one: no number meets itself.
        pairs.extend((0..samples).map(|i| (order[i], order[(i + 1) % samples])));
    }
    pairs.truncate(count);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_paired_with_itself() {
        for samples in [2, 3, 10] {
            let pairs = pairs(samples, 25, 3);
            assert_eq!(pairs.len(), 25);
            assert!(pairs.iter().all(|(a, b)| a != b && a.max(b) < &samples));
        }
        assert_ne!(pairs(10, 25, 3), pairs(10, 25, 4));
    }
}
