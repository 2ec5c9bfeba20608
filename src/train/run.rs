//! The native training loop: data, steps, checkpoints, sheets, export. A stream of [`Event`]s
//! tells the caller what happens; raising the cancel flag stops it after the step under way, with
//! a checkpoint.

mod pace;
mod publisher;
mod start;

pub use start::last_origin;

use super::board::Board;
use super::ranks::{Ranks, agree, digest, program, share_folder};
use super::{Origin, StepReport, TrainConfig, TrainError, Trainer};
use crate::data::{Dataset, PairSampler, Prefetcher};
use crate::weights::{Precision, Training, replace_file, save_tensors};
use burn::module::Module;
use burn::tensor::Device;
use pace::{Pace, seconds_left};
use publisher::Publisher;
use serde_json::json;
use start::start;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a run needs besides [`TrainConfig`].
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The run's folder: `train.json`, checkpoints, sheets and the exported model.
    pub dir: PathBuf,
    /// Go on from the newest whole checkpoint.
    pub resume: bool,
    /// Folder of a model whose weights a new run starts from.
    pub from: Option<PathBuf>,
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
    /// Time between sheets and exports.
    pub sheet_every: Duration,
    /// Words for the model card.
    pub training: Training,
    /// Licence of the weights.
    pub licence: String,
    /// The processes that train together; [`Alone`](super::ranks::Alone) is one. All but rank 0
    /// need no run folder.
    pub ranks: Arc<dyn Ranks>,
}

/// What happens during a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// About to take the first step.
    Started {
        /// Steps already taken, when resuming.
        step: usize,
        /// Pictures already seen.
        pictures: usize,
        /// Pictures in the whole run.
        total: usize,
    },
    /// A checkpoint that could not be read; an older one is tried.
    Damaged(String),
    /// Something could not be written: a sheet, a curve, a checkpoint. The run goes on.
    Trouble(String),
    /// A step has been taken.
    Step {
        /// What it did.
        report: StepReport,
        /// Pictures per second, averaged over the last steps.
        rate: f64,
        /// Share of time spent waiting for data, since the start.
        waiting: f64,
        /// Seconds left at this pace, resolutions to come taken into account.
        left: f64,
    },
    /// Ranks had come to differ and go on alike.
    Realigned(String),
    /// A checkpoint was written.
    Checkpoint(PathBuf),
    /// A sheet was painted.
    Sheet(PathBuf),
    /// The model was exported.
    Exported(PathBuf),
}

/// Train until the phases are over or `cancel` is raised. Gives back whether it finished. Several
/// `devices` share each batch; the first one also paints sheets.
///
/// Where there are several ranks, `cancel` may be raised on any of them, and all stop at the same
/// step. Events are told on rank 0 alone.
pub fn run(
    config: TrainConfig,
    data: Arc<Dataset>,
    shown: &Dataset,
    options: &RunOptions,
    devices: &[Device],
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<bool, TrainError> {
    let Some((device, others)) = devices.split_first() else {
        return Err(TrainError::Setting {
            field: "devices",
            reason: "are none, needs at least one".to_owned(),
        });
    };
    let ranks = &*options.ranks;
    let is_first = ranks.rank() == 0;
    let on_event = &mut |event| {
        if is_first {
            on_event(event)
        }
    };
    let origin = Origin::of(&data, &options.training, &options.licence);
    compare(&config, &origin, options, devices)?;
    let (trainer, hours) = start(config, &data, options, device, &origin, on_event)?;
    if ranks.size() > 1 {
        agree(ranks, &json!({ "weights": weights_digest(&trainer)? }))?;
    }
    let trainer = trainer.with_replicas(others);
    let mut trainer = trainer.with_ranks(Arc::clone(&options.ranks));
    if is_first {
        let json = serde_json::to_vec_pretty(trainer.config()).map_err(|e| TrainError::Run {
            path: options.dir.join("train.json"),
            reason: e.to_string(),
        })?;
        replace_file(&options.dir.join("train.json"), &json)?;
    }
    let pairs = trainer.config().pairs.clone();
    let seed = trainer.config().seed;
    let sampler = Arc::new(PairSampler::new(Arc::clone(&data), pairs, seed)?);
    on_event(Event::Started {
        step: trainer.steps(),
        pictures: trainer.pictures(),
        total: trainer.config().pictures(),
    });

    let mut board = is_first.then(|| Board::new(&options.dir));
    let flush = |board: &mut Option<Board>, on_event: &mut dyn FnMut(Event)| {
        if let Some(trouble) = board.as_mut().and_then(Board::flush) {
            on_event(Event::Trouble(trouble));
        }
    };
    let keep = |trainer: &Trainer, hours: f64| {
        trainer.save_checkpoint_with(&options.dir, |checkpoint| {
            checkpoint.hours = hours;
            checkpoint.origin = Some(origin.clone());
        })
    };
    let mut pace = Pace::new();
    let publisher = Publisher {
        data: &data,
        shown,
        options,
        device,
    };
    let (mut checkpoint_at, mut sheet_at) = (Instant::now(), Instant::now());
    let mut size = trainer.config().model.size;
    while let Some((phase, left)) = trainer.config().phase(trainer.pictures()) {
        size = phase.size;
        let position = trainer.pictures() as u64;
        let mut batches = Prefetcher::start(Arc::clone(&sampler), position, phase.batch, size, 1)?;
        pace.rate = 0.0;
        for _ in 0..left.div_ceil(phase.batch) {
            let asked = Instant::now();
            let batch = batches.next();
            let waited = asked.elapsed();
            let stepped = match batch {
                Some(batch) => trainer.step(&batch),
                None => Err(TrainError::Run {
                    path: options.dir.clone(),
                    reason: "the thread that prepares pictures has ended; go on with --resume"
                        .into(),
                }),
            };
            let report = match stepped {
                Ok(report) => report,
                Err(error) if !is_first => return Err(error),
                Err(error) => {
                    // What was learnt up to here is kept, if it can be.
                    flush(&mut board, on_event);
                    match keep(&trainer, hours + pace.hours()) {
                        Ok(path) => on_event(Event::Checkpoint(path)),
                        Err(trouble) => on_event(Event::Trouble(trouble.to_string())),
                    }
                    return Err(error);
                }
            };
            pace.step(phase.batch, asked.elapsed(), waited);
            if let Some(board) = &mut board
                && let Some(trouble) = board.step(&trainer, &report, pace.rate, pace.waiting())
            {
                on_event(Event::Trouble(trouble));
            }
            on_event(Event::Step {
                report,
                rate: pace.rate,
                waiting: pace.waiting(),
                left: seconds_left(trainer.config(), trainer.pictures(), pace.rate),
            });
            let hours = hours + pace.hours();
            let due = checkpoint_at.elapsed() >= options.checkpoint_every;
            let Signals { stop, due } = signals(ranks, cancel.load(Ordering::Relaxed), due);
            if stop || due {
                let mut kept = None;
                if is_first {
                    flush(&mut board, on_event);
                    match keep(&trainer, hours) {
                        Ok(path) => {
                            kept = Some(path.clone());
                            on_event(Event::Checkpoint(path));
                        }
                        Err(error) if stop => return Err(error),
                        // There may be room the next time, and the one before is still there.
                        Err(error) => on_event(Event::Trouble(error.to_string())),
                    }
                }
                if !stop {
                    trainer = realigned(trainer, options, devices, kept.as_deref(), on_event)?;
                }
                checkpoint_at = Instant::now();
            }
            if stop {
                return Ok(false);
            }
            if is_first && sheet_at.elapsed() >= options.sheet_every {
                if let Err(error) = publisher.publish(&trainer, size, hours, on_event) {
                    on_event(Event::Trouble(error.to_string()));
                }
                sheet_at = Instant::now();
            }
        }
    }
    if !is_first {
        return Ok(true);
    }
    let hours = hours + pace.hours();
    let path = keep(&trainer, hours)?;
    flush(&mut board, on_event);
    on_event(Event::Checkpoint(path));
    publisher.publish(&trainer, size, hours, on_event)?;
    Ok(true)
}

/// What all ranks do after a step.
struct Signals {
    /// Stop: one of them was asked to.
    stop: bool,
    /// Keep a checkpoint: it is time by the clock of rank 0.
    due: bool,
}

fn signals(ranks: &dyn Ranks, stop: bool, due: bool) -> Signals {
    if ranks.size() == 1 {
        return Signals { stop, due };
    }
    let all = ranks.gather(&[u8::from(stop), u8::from(due)]);
    Signals {
        stop: all.iter().any(|rank| rank.first() == Some(&1)),
        due: all.first().is_some_and(|first| first.last() == Some(&1)),
    }
}

/// Whether all ranks are about to train the same thing with the same program.
fn compare(
    config: &TrainConfig,
    origin: &Origin,
    options: &RunOptions,
    devices: &[Device],
) -> Result<(), TrainError> {
    let ranks = &*options.ranks;
    if ranks.size() == 1 {
        return Ok(());
    }
    // First: other programs may have other settings.
    agree(ranks, &json!({ "program": program() }))?;
    let backend = options.training.device.split([':', ',', ' ']).next();
    let devices = format!("{} of {}", devices.len(), backend.unwrap_or_default());
    let data = json!({
        "views": origin.views,
        "samples": origin.samples,
        "pictures": origin.pictures,
        "fingerprint": origin.fingerprint,
    });
    agree(
        ranks,
        &json!({ "config": config, "data": data, "devices": devices }),
    )
}

/// A hash of weights and of their moving average.
fn weights_digest(trainer: &Trainer) -> Result<String, TrainError> {
    let mut bytes = save_tensors(&trainer.learner.networks.valid(), Precision::F32)?;
    bytes.extend(save_tensors(trainer.averaged(), Precision::F32)?);
    Ok(digest(&bytes))
}

/// The trainer, or one that goes on from rank 0's checkpoint where ranks have come to differ:
/// unlike processors may add up in another order, and differences of a bit would grow.
fn realigned(
    trainer: Trainer,
    options: &RunOptions,
    devices: &[Device],
    checkpoint: Option<&Path>,
    on_event: &mut dyn FnMut(Event),
) -> Result<Trainer, TrainError> {
    let ranks = &*options.ranks;
    if ranks.size() == 1 {
        return Ok(trainer);
    }
    let all = ranks.gather(weights_digest(&trainer)?.as_bytes());
    let unlike: Vec<usize> = (0..all.len()).filter(|&rank| all[rank] != all[0]).collect();
    if unlike.is_empty() {
        return Ok(trainer);
    }
    on_event(Event::Realigned(format!(
        "ranks {unlike:?} took the checkpoint of rank 0, since their weights had come to differ"
    )));
    let (Some(received), Some((device, others))) =
        (share_folder(ranks, checkpoint)?, devices.split_first())
    else {
        return Ok(trainer);
    };
    let config = trainer.config().clone();
    let (trainer, _) = Trainer::load_checkpoint(config, received.path(), device)?;
    let trainer = trainer.with_files(received).with_replicas(others);
    Ok(trainer.with_ranks(Arc::clone(&options.ranks)))
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::super::ranks::Threads;
    use super::*;
    use crate::model::ModelConfig;
    use burn::module::{Module, ModuleMapper, Param};
    use burn::tensor::Tensor;

    #[test]
    fn a_rank_whose_weights_have_come_to_differ_takes_those_of_rank_0() {
        struct Nudge;
        impl ModuleMapper for Nudge {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                param.map(|tensor| tensor * 1.001)
            }
        }
        let folder = std::env::temp_dir().join(format!("soda-realigned-{}", std::process::id()));
        let device = Device::flex();
        let config = TrainConfig {
            model: ModelConfig::preset("tiny").unwrap(),
            phases: vec!["16:8:2".parse().unwrap()],
            ..TrainConfig::default()
        };
        let digests = Threads::run(3, |ranks| {
            let options = RunOptions {
                dir: folder.clone(),
                resume: false,
                from: None,
                checkpoint_every: Duration::ZERO,
                sheet_every: Duration::ZERO,
                training: Training::default(),
                licence: String::new(),
                ranks,
            };
            let rank = options.ranks.rank();
            let mut trainer = Trainer::new(config.clone(), &device).unwrap();
            if rank == 2 {
                trainer.learner.networks = trainer.learner.networks.map(&mut Nudge);
            }
            let before = weights_digest(&trainer).unwrap();
            let kept = (rank == 0).then(|| trainer.save_checkpoint(&folder, 0.0).unwrap());
            let mut told = Vec::new();
            let devices = std::slice::from_ref(&device);
            let trainer = realigned(trainer, &options, devices, kept.as_deref(), &mut |event| {
                told.push(event)
            });
            let told = matches!(&told[..], [Event::Realigned(text)] if text.contains("[2]"));
            (before, weights_digest(&trainer.unwrap()).unwrap(), told)
        });
        let _ = std::fs::remove_dir_all(&folder);
        assert_ne!(digests[2].0, digests[0].0);
        assert!(digests.iter().all(|(_, after, _)| *after == digests[0].0));
        assert!(digests.iter().all(|(.., told)| *told));
    }
}
