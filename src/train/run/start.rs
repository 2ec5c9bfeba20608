//! How a run begins: afresh, from a model's weights, or from its own checkpoint, which rank 0
//! reads.

use super::super::origin::networks_differ;
use super::super::ranks::share_folder;
use super::super::{Checkpoint, Origin, TrainConfig, TrainError, Trainer, latest_checkpoints};
use super::{Event, RunOptions};
use crate::Soda;
use crate::data::Dataset;
use crate::files::{MOST_TEXT, read_file};
use crate::model::{Autoencoder, ModelConfig};
use burn::tensor::Device;
use std::path::{Path, PathBuf};

/// A fresh trainer or a resumed one, with the hours it has had. All ranks come to the same.
pub fn start(
    config: TrainConfig,
    data: &Dataset,
    options: &RunOptions,
    device: &Device,
    origin: &Origin,
    on_event: &mut dyn FnMut(Event),
) -> Result<(Trainer, f64), TrainError> {
    let ranks = &*options.ranks;
    if ranks.rank() == 0 {
        let (trainer, hours, checkpoint) =
            start_first(config, data, options, device, origin, on_event)?;
        share_folder(ranks, checkpoint.as_deref())?;
        return Ok((trainer, hours));
    }
    match share_folder(ranks, None)? {
        Some(checkpoint) => {
            let (trainer, read) = Trainer::load_checkpoint(config, checkpoint.path(), device)?;
            Ok((trainer.with_files(checkpoint), read.hours))
        }
        None => Ok((afresh(config, data, options, device)?, 0.0)),
    }
}

/// Networks that have learnt nothing, or what a model has.
fn afresh(
    config: TrainConfig,
    data: &Dataset,
    options: &RunOptions,
    device: &Device,
) -> Result<Trainer, TrainError> {
    match &options.from {
        Some(model) => {
            let networks = learnt(model, &config, data, device)?;
            Trainer::resume(config, networks, device)
        }
        None => Trainer::new(config, device),
    }
}

/// Where this process has the run folder: a trainer, its hours and the checkpoint that it goes on
/// from.
fn start_first(
    config: TrainConfig,
    data: &Dataset,
    options: &RunOptions,
    device: &Device,
    origin: &Origin,
    on_event: &mut dyn FnMut(Event),
) -> Result<(Trainer, f64, Option<PathBuf>), TrainError> {
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
        let stored = read_file(&dir.join("train.json"), MOST_TEXT).ok();
        let stored = stored.and_then(|json| serde_json::from_slice::<TrainConfig>(&json).ok());
        let networks = stored.and_then(|run| networks_differ(&run, &config));
        if let Some(reason) = networks.or_else(|| begun.pictures_differ(origin)) {
            return refuse(&reason);
        }
    }
    if checkpoints.is_empty() {
        return Ok((afresh(config, data, options, device)?, 0.0, None));
    }
    let mut newest = None;
    for path in checkpoints {
        match Trainer::load_checkpoint(config.clone(), &path, device) {
            Ok((trainer, checkpoint)) => {
                let (seen, planned) = (trainer.pictures(), trainer.config().pictures());
                let batch = trainer
                    .config()
                    .phases
                    .last()
                    .map_or(1, |phase| phase.batch);
                // A run ends with a whole batch.
                if seen >= planned + batch {
                    return refuse(&format!(
                        "has seen {seen} pictures already, and the settings end at {planned}; \
                         name more than it has seen to go on"
                    ));
                }
                return Ok((trainer, checkpoint.hours, Some(path)));
            }
            // The settings are at fault, not the checkpoint.
            Err(error @ TrainError::Setting { .. }) => return Err(error),
            Err(error) => {
                let reason = error.to_string();
                newest.get_or_insert_with(|| reason.clone());
                on_event(Event::Damaged(reason));
            }
        }
    }
    refuse(&format!(
        "none of its checkpoints can be read (the newest: {}); if that cannot be mended, start \
         again in another folder",
        newest.unwrap_or_default()
    ))
}

/// What the run in folder `dir` was made from, as its newest checkpoint that can be read says.
pub fn last_origin(dir: &Path) -> Option<Origin> {
    latest_checkpoints(dir)
        .iter()
        .find_map(|path| Checkpoint::read(path).ok())
        .and_then(|checkpoint| checkpoint.origin)
}

/// The networks of a model, if it has the same architecture and views. A prior or renderer that the
/// settings ask for and the model does not have begins afresh; one that they do not name is left
/// out.
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
        renderer: config.model.renderer.clone(),
        ..soda.manifest.model.clone()
    };
    if same != config.model {
        let reason =
            "has another architecture than the settings name; leave `model` as it is there";
        return Err(refuse(reason.to_owned()));
    }
    let mut networks = soda.networks;
    let fresh = config.model.init_seeded(config.seed, device)?;
    if soda.manifest.model.prior != config.model.prior {
        networks.prior = fresh.prior;
        networks.prior_guide = fresh.prior_guide;
    }
    if soda.manifest.model.renderer != config.model.renderer {
        networks.renderer = fresh.renderer;
    }
    Ok(networks)
}
