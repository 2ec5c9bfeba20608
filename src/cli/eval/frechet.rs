//! `soda eval frechet`.

use super::outside::Outside;
use super::report::Format::{Fixed, Plain};
use super::report::{Report, ResultArgs, Table};
use crate::cli::CliResult;
use crate::eval::{Features, frechet_distance, kernel_distance};
use clap::Args;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::path::{Path, PathBuf};

/// How far drawn pictures are from real ones as distributions: Fréchet and kernel distance of their
/// features, which scripts/features.sh computes. Every row compares equally many pictures with one
/// half of the real ones; the other half is the floor.
#[derive(Debug, Args)]
pub struct FrechetArgs {
    /// Features of real pictures: a safetensors file with one matrix, a row a picture.
    #[arg(long)]
    real: PathBuf,
    /// Features of drawn pictures; may be given more than once.
    #[arg(long, required = true)]
    drawn: Vec<PathBuf>,
    /// Seed that halves the real pictures and chooses among too many drawn ones.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print results as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    results: ResultArgs,
}

impl FrechetArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let real = read(&self.real)?;
        let mut sets = Vec::new();
        for path in &self.drawn {
            let drawn = read(path)?;
            if drawn.width() != real.width() {
                return Err(format!(
                    "{}: {} features a picture, {} has {}; both must come from one network",
                    path.display(),
                    drawn.width(),
                    self.real.display(),
                    real.width()
                )
                .into());
            }
            sets.push((path.display().to_string(), drawn));
        }
        let each = sets
            .iter()
            .map(|(_, f)| f.len())
            .fold(real.len() / 2, usize::min);
        if each < 2 {
            return Err("frechet: give at least four real pictures and two drawn ones".into());
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut some = |count: usize| {
            let mut places: Vec<usize> = (0..count).collect();
            places.shuffle(&mut rng);
            places
        };
        let halves = some(real.len());
        let half = real.chosen(&halves[..each]);
        let mut rows = vec![(
            "real, the other half".to_owned(),
            real.chosen(&halves[each..2 * each]),
        )];
        for (name, drawn) in sets {
            let places = some(drawn.len());
            rows.push((name, drawn.chosen(&places[..each])));
        }
        let columns = [
            ("row", "distance from real pictures", Plain),
            ("frechet", "Fréchet", Fixed(3)),
            ("kernel", "kernel", Fixed(5)),
        ];
        let mut table = Table::new("rows", &columns);
        for (name, features) in &rows {
            table.row(json!({
                "row": name, "frechet": frechet_distance(&half, features),
                "kernel": kernel_distance(&half, features),
            }));
        }
        let width = real.width();
        let table = table.note(format!("{each} pictures a row, {width} features each"));
        let facts = json!({"pictures": each, "features": width, "seed": self.seed});
        self.results.say(self.json, Report::new(facts).with(table))
    }
}

/// The features in a file.
fn read(path: &Path) -> CliResult<Features> {
    let rows = Outside::read(path)?.rows;
    let values = rows.values().iter().map(|&value| value.into());
    Ok(Features::new(values, rows.width()))
}
