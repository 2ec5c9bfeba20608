//! `soda eval frechet`.

use super::options::ResultArgs;
use crate::cli::CliResult;
use crate::eval::{Features, frechet_distance, kernel_distance};
use crate::files::read_at_most;
use clap::Args;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use safetensors::{Dtype, SafeTensors};
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
        let mut text = format!(
            "{:<44} {:>10} {:>10}\n",
            "distance from real pictures", "Fréchet", "kernel"
        );
        let mut json = Vec::new();
        for (name, features) in &rows {
            let frechet = frechet_distance(&half, features);
            let kernel = kernel_distance(&half, features);
            text += &format!("{name:<44} {frechet:>10.3} {kernel:>10.5}\n");
            json.push(serde_json::json!({"row": name, "frechet": frechet, "kernel": kernel}));
        }
        self.results.say(
            self.json,
            &format!(
                "{text}{each} pictures a row, {} features each",
                real.width()
            ),
            serde_json::json!({"pictures": each, "features": real.width(), "seed": self.seed,
                "rows": json}),
        )
    }
}

/// The one matrix of a safetensors file.
fn read(path: &Path) -> Result<Features, Box<dyn std::error::Error>> {
    let fault = |text: String| format!("{}: {text}", path.display());
    let bytes = read_at_most(path, 4 << 30).map_err(|e| fault(e.to_string()))?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| fault(format!("{e}; make it with scripts/features.sh")))?;
    let matrices: Vec<_> = file
        .tensors()
        .into_iter()
        .filter(|(_, tensor)| tensor.dtype() == Dtype::F32 && tensor.shape().len() == 2)
        .collect();
    let [(_, matrix)] = matrices.as_slice() else {
        let text = "holds {} f32 matrices where one is needed; make it with scripts/features.sh";
        return Err(fault(text.replace("{}", &matrices.len().to_string())).into());
    };
    let values: Vec<f64> = matrix
        .data()
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes).into())
        .collect();
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return Err(fault("features must be finite numbers, and some".to_owned()).into());
    }
    Ok(Features::new(values, matrix.shape()[1]))
}
