//! `soda eval familiarity`.

use super::options::Subject;
use super::progress::Progress;
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, Table};
use crate::cli::CliResult;
use crate::data::to_rgba8;
use crate::engine::values;
use crate::recognition::unfamiliarity;
use crate::weights::write_settings;
use clap::Args;
use serde_json::json;

/// How far pictures are from what the model knows: the share of their detail that a painting from
/// their latents misses, 0 for an even picture. The page calls a person's picture far where it is
/// above 95 of 100 held-out pictures of the model's own world.
#[derive(Debug, Args)]
pub struct FamiliarityArgs {
    #[command(flatten)]
    subject: Subject,
    /// Also say how many pictures are above this, such as what 95 of 100 held-out pictures stay
    /// below.
    #[arg(long)]
    limit: Option<f64>,
    /// Keep what 95 of 100 stay below in the model's config.json: the page calls pictures above it
    /// far from what the model knows.
    #[arg(long)]
    keep: bool,
}

impl FamiliarityArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (mut soda, data) = self.subject.open()?;
        let pictures: Vec<_> = data.pictures().map(|(_, entry)| &entry.picture).collect();
        if pictures.is_empty() {
            return Err("familiarity: there are no pictures".into());
        }
        let progress = Progress::new(self.subject.model.json, pictures.len(), "pictures")?;
        let (options, size) = (self.subject.noise.options(None), soda.size());
        let mut scores = Vec::with_capacity(pictures.len());
        for part in pictures.chunks(self.subject.model.batch as usize) {
            let pixels = part
                .iter()
                .flat_map(|picture| picture.compose(soda.manifest.background));
            let pixels: Vec<f32> = pixels.collect();
            let z = soda.encode(soda.pictures(pixels.clone())?);
            let painted = values(soda.decode(z, None, &options)?.finish())?;
            let length = 3 * size * size;
            let pairs = pixels
                .chunks_exact(length)
                .zip(painted.chunks_exact(length));
            for (original, painted) in pairs {
                let (original, painted) = (to_rgba8(original, size)?, to_rgba8(painted, size)?);
                scores.push(unfamiliarity(&original, &painted, size));
            }
            progress.add(part.len())?;
        }
        scores.sort_by(f64::total_cmp);
        let below = |share: f64| {
            let place = (share * scores.len() as f64) as usize;
            scores[place.min(scores.len() - 1)]
        };
        if self.keep {
            // To three places, rounded up, so that the pictures measured stay below it.
            soda.manifest.unfamiliarity_limit = Some((below(0.95) * 1000.0).ceil() / 1000.0);
            write_settings(&self.subject.model.model, &soda.manifest)?;
        }
        let mut columns = vec![
            ("pictures", "pictures", Plain),
            ("half_below", "half below", Fixed(3)),
            ("most_below", "95 of 100 below", Fixed(3)),
        ];
        let mut row = json!({
            "pictures": scores.len(), "half_below": below(0.5), "most_below": below(0.95),
        });
        if let Some(limit) = self.limit {
            let far = scores.iter().filter(|score| **score > limit).count();
            columns.push(("far", "above the limit", Percent(1)));
            row["far"] = json!(far as f64 / scores.len() as f64);
        }
        let mut table = Table::new("rows", &columns);
        table.row(row);
        let seed = self.subject.noise.seed;
        let report = json!({"pictures": scores.len(), "limit": self.limit, "seed": seed});
        self.subject.say(Report::new(report).with(table))
    }
}
