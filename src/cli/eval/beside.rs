//! Models beside the one that is measured, and pictures kept for a perceptual distance.

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
    pub fn load(
        &self,
        soda: &Soda,
        model: &ModelArgs,
    ) -> Result<Vec<(String, Soda)>, Box<dyn std::error::Error>> {
        let mut models = Vec::new();
        for path in &self.beside {
            let other = Soda::load(path, &model.device.open()?)?;
            let objective = other.manifest.training.objective;
            if other.size() != soda.size() {
                return Err(format!(
                    "{}: paints pictures of side {}, the model measured {}; compare models of one \
                     side",
                    path.display(),
                    other.size(),
                    soda.size()
                )
                .into());
            }
            if objective.is_contrastive() {
                return Err(format!(
                    "{}: was trained by {objective} and cannot paint; leave it out",
                    path.display()
                )
                .into());
            }
            let latent = other.latent();
            models.push((format!("{objective} {} ({latent})", path.display()), other));
        }
        Ok(models)
    }
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
        for (i, picture) in pixels.chunks_exact(3 * size * size).enumerate() {
            let name = format!("{:06}.png", first + i);
            write_png(&folder.join(folder_name(row)).join(name), picture, size)?;
        }
        Ok(())
    }

    /// Write the frames of way `way` as `paths/row/000123/00.png` and on.
    pub fn keep_way(&self, row: &str, way: usize, frames: &[f32], size: usize) -> CliResult {
        let Some(folder) = &self.pictures else {
            return Ok(());
        };
        let place = folder
            .join("paths")
            .join(folder_name(row))
            .join(format!("{way:06}"));
        for (i, picture) in frames.chunks_exact(3 * size * size).enumerate() {
            write_png(&place.join(format!("{i:02}.png")), picture, size)?;
        }
        Ok(())
    }
}

/// A row's name as that of a folder.
fn folder_name(row: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = row.chars().map(plain).collect();
    let parts: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
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
