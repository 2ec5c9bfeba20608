//! Checkpoints: all the state of a run, in a folder that appears in one move.

#[cfg(feature = "cli")]
use super::Origin;
use super::critic::Criticism;
use super::{Adapted, LossScale, TrainConfig, TrainError, Trainer};
use crate::fault::{self, guarded};
use crate::files::{MOST_TEXT, read_file};
use crate::model::{Autoencoder, MixedPrecision};
use crate::weights::{Objective, sync_folder};
use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::store::ModuleRecord;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The numbers of a checkpoint; networks and optimiser lie beside it in Burn's own format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What it was trained by.
    #[serde(default)]
    pub objective: Objective,
    /// Steps taken.
    pub step: usize,
    /// Pictures seen.
    pub pictures: usize,
    /// Hours of computing so far.
    pub hours: f64,
    /// Schedules that follow the loss.
    #[serde(default)]
    pub adapted: Adapted,
    /// What losses are multiplied by, where feature maps are f16.
    #[serde(default)]
    pub loss_scale: Option<LossScale>,
    /// Running means of the critic's logits, of pictures and of reconstructions.
    #[serde(default)]
    pub critic_means: Option<[f32; 2]>,
    /// What the run was made from; none in checkpoints of earlier versions.
    #[cfg(feature = "cli")]
    #[serde(default)]
    pub origin: Option<Origin>,
}

impl Checkpoint {
    /// The numbers of the checkpoint in folder `path`.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let fail = |reason: String| TrainError::Checkpoint {
            path: path.to_owned(),
            reason,
        };
        let json =
            read_file(&path.join("checkpoint.json"), MOST_TEXT).map_err(|e| fail(e.to_string()))?;
        serde_json::from_slice(&json).map_err(|e| fail(e.to_string()))
    }
}

/// Checkpoints of run folder `dir`, newest first.
pub fn latest_checkpoints(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let number = name.strip_prefix("checkpoint-");
            number.is_some_and(|n| n.parse::<usize>().is_ok())
        })
        .collect();
    found.sort();
    found.reverse();
    found
}

impl Trainer {
    /// Write a checkpoint into run folder `dir` and remove all but the two newest. A kill at any
    /// moment leaves whole checkpoints only: a new one is renamed into place when it is complete.
    pub fn save_checkpoint(&self, dir: &Path, hours: f64) -> Result<PathBuf, TrainError> {
        self.save_checkpoint_with(dir, |checkpoint| checkpoint.hours = hours)
    }

    /// [`save_checkpoint`](Self::save_checkpoint), with what `complete` adds to its numbers.
    pub fn save_checkpoint_with(
        &self,
        dir: &Path,
        complete: impl FnOnce(&mut Checkpoint),
    ) -> Result<PathBuf, TrainError> {
        let part = dir.join("checkpoint.part");
        let fail = |path: &Path, reason: String| TrainError::Checkpoint {
            path: path.to_owned(),
            reason,
        };
        if part.exists() {
            std::fs::remove_dir_all(&part).map_err(|e| fail(&part, e.to_string()))?;
        }
        std::fs::create_dir_all(&part).map_err(|e| fail(&part, e.to_string()))?;
        let mut checkpoint = Checkpoint {
            objective: self.config.objective,
            step: self.step,
            pictures: self.pictures,
            hours: 0.0,
            adapted: self.adapted.clone(),
            loss_scale: Some(self.loss_scale),
            critic_means: self.critic.as_ref().map(|state| state.means),
            #[cfg(feature = "cli")]
            origin: None,
        };
        complete(&mut checkpoint);
        let json = serde_json::to_vec_pretty(&checkpoint);
        let json = json.map_err(|e| fail(&part, e.to_string()))?;
        let save = || -> Result<(), String> {
            let text = |e: burn::store::RecordError| e.to_string();
            let write =
                |record: ModuleRecord, name: &str| record.save(part.join(name)).map_err(text);
            let learner = self.learner.valid();
            write(learner.networks.into_record(), "networks.bpk")?;
            write(self.averaged.clone().into_record(), "averaged.bpk")?;
            if let Some(heads) = learner.heads {
                write(heads.into_record(), "heads.bpk")?;
            }
            if let Some(target) = &self.target {
                write(target.clone().into_record(), "target.bpk")?;
            }
            if let Some(state) = &self.critic {
                write(state.critic.valid().into_record(), "critic.bpk")?;
                let optimizer = state.optimizer.save(part.join("critic-optimizer.bpk"));
                optimizer.map_err(text)?;
            }
            self.optimizer
                .save(part.join("optimizer.bpk"))
                .map_err(text)?;
            std::fs::write(part.join("checkpoint.json"), json).map_err(|e| e.to_string())?;
            for entry in std::fs::read_dir(&part)
                .map_err(|e| e.to_string())?
                .flatten()
            {
                let file = std::fs::File::open(entry.path());
                file.and_then(|f| f.sync_all()).map_err(|e| e.to_string())?;
            }
            sync_folder(&part).map_err(|e| e.to_string())
        };
        // The library that writes the networks may panic where the disk is full, and reading them
        // from a device that is lost does.
        let saved = guarded(save).unwrap_or_else(|_| {
            let reason = fault::of_device().unwrap_or("cannot be written; is the disk full?");
            Err(reason.to_owned())
        });
        if let Err(reason) = saved {
            // Half a checkpoint only takes room.
            let _ = std::fs::remove_dir_all(&part);
            return Err(fail(&part, reason));
        }
        let place = dir.join(format!("checkpoint-{:09}", self.step));
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(|e| fail(&place, e.to_string()))?;
        }
        std::fs::rename(&part, &place).map_err(|e| fail(&place, e.to_string()))?;
        // Older ones go only when the new one is there to stay.
        sync_folder(dir).map_err(|e| fail(dir, e.to_string()))?;
        for old in latest_checkpoints(dir).into_iter().skip(2) {
            // One too many does no harm, and is removed the next time.
            let _ = std::fs::remove_dir_all(&old);
        }
        Ok(place)
    }

    /// Go on from checkpoint folder `path`.
    pub fn load_checkpoint(
        config: TrainConfig,
        path: &Path,
        device: &Device,
    ) -> Result<(Self, Checkpoint), TrainError> {
        let fail = |reason: String| TrainError::Checkpoint {
            path: path.to_owned(),
            reason,
        };
        config.validate()?;
        let checkpoint = Checkpoint::read(path)?;
        if checkpoint.objective != config.objective {
            return Err(TrainError::Setting {
                field: "objective",
                reason: format!(
                    "is {}, and {} was trained by {}; go on with that, or start in another folder",
                    config.objective,
                    path.display(),
                    checkpoint.objective
                ),
            });
        }
        let read = |name: &str| -> Result<ModuleRecord, TrainError> {
            ModuleRecord::load(path.join(name)).map_err(|e| fail(e.to_string()))
        };
        let network = |name: &str| -> Result<Autoencoder, TrainError> {
            // Weights that are drawn while a record is loaded would disturb whoever has just
            // seeded the device's generator.
            let fresh = config.model.init_seeded(config.seed, device)?;
            fresh
                .try_load_record(read(name)?)
                .map_err(|e| fail(e.to_string()))
        };
        let (networks, averaged) = (network("networks.bpk")?, network("averaged.bpk")?);
        let precision = config.precision;
        let mut trainer = Self::resume(config, networks, device)?;
        if let Some(heads) = trainer.learner.heads.take() {
            let heads = heads.valid().try_load_record(read("heads.bpk")?);
            trainer.learner.heads = Some(heads.map_err(|e| fail(e.to_string()))?.train());
        }
        if let Some(target) = trainer.target.take() {
            let target = target.try_load_record(read("target.bpk")?);
            trainer.target = Some(target.map_err(|e| fail(e.to_string()))?);
        }
        trainer.critic = match (trainer.critic, checkpoint.critic_means) {
            (Some(state), Some(means)) => {
                let critic = state.critic.valid().try_load_record(read("critic.bpk")?);
                let optimizer = state.optimizer.load(path.join("critic-optimizer.bpk"));
                Some(Criticism {
                    critic: critic.map_err(|e| fail(e.to_string()))?.train(),
                    optimizer: optimizer.map_err(|e| fail(e.to_string()))?,
                    means,
                })
            }
            // A run that a critic joins later has none in its checkpoint.
            (fresh, _) => fresh,
        };
        let optimizer: ModuleOptimizer = trainer.optimizer;
        trainer.optimizer = optimizer
            .load(path.join("optimizer.bpk"))
            .map_err(|e| fail(e.to_string()))?;
        trainer.averaged = averaged.with_precision(precision.on(device).0);
        if let (MixedPrecision::F16, Some(scale)) = (precision, checkpoint.loss_scale) {
            trainer.loss_scale = scale;
        }
        trainer.adapted = trainer.adapted.having_seen(&checkpoint.adapted);
        trainer.step = checkpoint.step;
        trainer.pictures = checkpoint.pictures;
        Ok((trainer, checkpoint))
    }
}
