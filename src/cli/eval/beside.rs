//! Models beside the one that is measured, and pictures kept for a perceptual distance.

use super::options::StepsArgs;
use crate::Soda;
use crate::cli::CliResult;
use crate::cli::files::ModelArgs;
use crate::cli::png::write_png;
use clap::Args;
use std::path::PathBuf;

/// Models to compare with.
#[derive(Debug, Args)]
pub struct BesideArgs {
    /// Folder of a model to compare with, such as an autoencoder or a VAE of the same width; may be
    /// given more than once.
    #[arg(long)]
    beside: Vec<PathBuf>,
}

impl BesideArgs {
    /// Load them, each with its name in tables. They must paint pictures of the same side.
    ///
    /// # Errors
    /// A model that cannot be read, that cannot paint, or that is of another side.
    pub fn load(&self, soda: &Soda, model: &ModelArgs) -> CliResult<Vec<(String, Soda)>> {
        let mut models = Vec::new();
        for path in &self.beside {
            let other = Soda::load(path, &model.device.open()?)?;
            let (path, objective) = (path.display(), other.manifest.training.objective);
            let (side, latent) = (other.size(), other.latent());
            if side != soda.size() {
                return Err(format!(
                    "{path}: paints pictures of side {side}, the model measured {}; compare models \
                     of one side",
                    soda.size()
                )
                .into());
            }
            if objective.is_contrastive() {
                return Err(format!(
                    "{path}: was trained by {objective} and cannot paint; leave it out"
                )
                .into());
            }
            models.push((format!("{objective} {path} ({latent})"), other));
        }
        Ok(models)
    }
}

/// What paints a row of a table: its name, the model, and how many steps it paints in. The model
/// that is measured comes first.
pub fn painters<'a>(
    soda: &'a Soda,
    others: &'a [(String, Soda)],
    steps: &StepsArgs,
) -> Vec<(String, &'a Soda, usize)> {
    let others = others
        .iter()
        .map(|(name, model)| (format!("{name}, "), model));
    let models = std::iter::once((String::new(), soda)).chain(others);
    let rows = models.flat_map(|(model_name, model)| {
        let rows = steps.rows(model).into_iter();
        rows.map(move |(steps, name)| (format!("{model_name}z, {name}"), model, steps))
    });
    rows.collect()
}

/// Keeping pictures.
#[derive(Debug, Args)]
pub struct KeepArgs {
    /// Folder for the pictures that each row is about, a sub-folder a row, and for the true ones in
    /// truth/: scripts/perceptual.sh measures them.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

impl KeepArgs {
    /// Whether pictures are kept.
    pub fn wanted(&self) -> bool {
        self.pictures.is_some()
    }

    /// Write `pixels`, pictures of side `size` one after another, as `row/000123.png`, the first
    /// with number `first`.
    pub fn keep(&self, row: &str, first: usize, pixels: &[f32], size: usize) -> CliResult {
        let Some(folder) = &self.pictures else {
            return Ok(());
        };
        let folder = folder.join(folder_name(row));
        for (picture, number) in pixels.chunks_exact(3 * size * size).zip(first..) {
            write_png(&folder.join(format!("{number:06}.png")), picture, size)?;
        }
        Ok(())
    }
}

/// A row's name as that of a folder.
fn folder_name(row: &str) -> String {
    let parts = row
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_names_of_folders() {
        assert_eq!(folder_name("z, 1 step at 0.5"), "z-1-step-at-0-5");
        assert_eq!(
            folder_name("vae runs/vae/model (256), 1 step"),
            "vae-runs-vae-model-256-1-step"
        );
    }
}
