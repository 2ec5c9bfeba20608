//! How a run begins: afresh, from a model's weights, or from its own checkpoint.

use super::super::origin::networks_differ;
use super::super::{Checkpoint, Origin, TrainConfig, TrainError, Trainer, latest_checkpoints};
use super::{Event, RunOptions};
use crate::Soda;
use crate::data::Dataset;
use crate::model::{Autoencoder, ModelConfig};
use burn::tensor::Device;
use std::path::Path;

/// A fresh trainer or a resumed one, with the hours it has had.
pub fn start(
    config: TrainConfig,
    data: &Dataset,
    options: &RunOptions,
    device: &Device,
    origin: &Origin,
    on_event: &mut dyn FnMut(Event),
) -> Result<(Trainer, f64), TrainError> {
    let dir = &options.dir;
    std::fs::create_dir_all(dir).map_err(|source| TrainError::Io {
        path: dir.clone(),
        source,
    })?;
    let checkpoints = latest_checkpoints(dir);
    let refuse = |reason: &str| {
        Err(TrainError::Run {
            path: dir.clone(),
            reason: reason.to_owned(),
        })
    };
    if !options.resume && !checkpoints.is_empty() {
        return refuse(
            "holds a run already; add --resume to go on with it, or choose another folder",
        );
    }
    if options.resume && checkpoints.is_empty() {
        return refuse("holds no checkpoint to go on from; leave --resume out to begin a run");
    }
    if options.resume {
        let begun = last_origin(dir).unwrap_or_else(|| origin.clone());
        if let Some(reason) = begun.views_differ(origin) {
            return refuse(&reason);
        }
        let stored = std::fs::read(dir.join("train.json")).ok();
        let stored = stored.and_then(|json| serde_json::from_slice::<TrainConfig>(&json).ok());
        let networks = stored.and_then(|run| networks_differ(&run, &config));
        if let Some(reason) = networks.or_else(|| begun.pictures_differ(origin)) {
            return refuse(&reason);
        }
    }
    let learnt = match &options.from {
        Some(model) if checkpoints.is_empty() => Some(learnt(model, &config, data, device)?),
        _ => None,
    };
    if checkpoints.is_empty() {
        let trainer = match learnt {
            Some(networks) => Trainer::resume(config, networks, device)?,
            None => Trainer::new(config, device)?,
        };
        return Ok((trainer, 0.0));
    }
    for path in &checkpoints {
        match Trainer::load_checkpoint(config.clone(), path, device) {
            Ok((trainer, checkpoint)) => return Ok((trainer, checkpoint.hours)),
            // The settings are at fault, not the checkpoint.
            Err(error @ TrainError::Setting { .. }) => return Err(error),
            Err(error) => on_event(Event::Damaged(error.to_string())),
        }
    }
    refuse("none of its checkpoints can be read; start again in another folder")
}

/// What the run in folder `dir` was made from, as its newest checkpoint that can be read says.
pub fn last_origin(dir: &Path) -> Option<Origin> {
    latest_checkpoints(dir)
        .iter()
        .find_map(|path| Checkpoint::read(path).ok())
        .and_then(|checkpoint| checkpoint.origin)
}

/// The networks of a model, if it has the same architecture and views. A prior that the settings ask
/// for and the model does not have begins afresh.
fn learnt(
    model: &Path,
    config: &TrainConfig,
    data: &Dataset,
    device: &Device,
) -> Result<Autoencoder, TrainError> {
    let soda = Soda::load(model, device)?;
    let refuse = |reason: String| TrainError::Run {
        path: model.to_owned(),
        reason,
    };
    if soda.manifest.views != data.views {
        return Err(refuse(format!(
            "knows the views {:?} and the pictures have {:?}; they must be the same",
            soda.manifest.views, data.views
        )));
    }
    let same = ModelConfig {
        prior: config.model.prior.clone(),
        ..soda.manifest.model.clone()
    };
    if same != config.model {
        let reason =
            "has another architecture than the settings name; leave `model` as it is there";
        return Err(refuse(reason.to_owned()));
    }
    let mut networks = soda.networks;
    if soda.manifest.model.prior != config.model.prior {
        networks.prior = config.model.init_seeded(config.seed, device)?.prior;
    }
    Ok(networks)
}
