//! The native training loop: data, steps, checkpoints, sheets, export. A stream of [`Event`]s
//! tells the caller what happens; raising the cancel flag stops it after the step under way, with
//! a checkpoint.

mod pace;
mod publisher;
mod start;

pub use start::last_origin;

use super::board::Board;
use super::{Origin, StepReport, TrainConfig, TrainError, Trainer};
use crate::data::{Dataset, PairSampler, Prefetcher};
use crate::weights::{Training, replace_file};
use burn::tensor::Device;
use pace::{Pace, seconds_left};
use publisher::Publisher;
use start::start;
use std::path::PathBuf;
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
    /// A checkpoint was written.
    Checkpoint(PathBuf),
    /// A sheet was painted.
    Sheet(PathBuf),
    /// The model was exported.
    Exported(PathBuf),
}

/// Train until the phases are over or `cancel` is raised. Gives back whether it finished. Several
/// `devices` share each batch; the first one also paints sheets.
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
    let origin = Origin::of(&data, &options.training, &options.licence);
    let (trainer, hours) = start(config, &data, options, device, &origin, on_event)?;
    let mut trainer = trainer.with_replicas(others);
    let json = serde_json::to_vec_pretty(trainer.config()).map_err(|e| TrainError::Run {
        path: options.dir.join("train.json"),
        reason: e.to_string(),
    })?;
    replace_file(&options.dir.join("train.json"), &json)?;
    let pairs = trainer.config().pairs.clone();
    let seed = trainer.config().seed;
    let sampler = Arc::new(PairSampler::new(Arc::clone(&data), pairs, seed)?);
    on_event(Event::Started {
        step: trainer.steps(),
        pictures: trainer.pictures(),
        total: trainer.config().pictures(),
    });

    let mut board = Board::new(&options.dir);
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
                Err(error) => {
                    // What was learnt up to here is kept, if it can be.
                    board.flush();
                    match keep(&trainer, hours + pace.hours()) {
                        Ok(path) => on_event(Event::Checkpoint(path)),
                        Err(trouble) => on_event(Event::Trouble(trouble.to_string())),
                    }
                    return Err(error);
                }
            };
            pace.step(phase.batch, asked.elapsed(), waited);
            if let Some(trouble) = board.step(&trainer, &report, pace.rate, pace.waiting()) {
                on_event(Event::Trouble(trouble));
            }
            on_event(Event::Step {
                report,
                rate: pace.rate,
                waiting: pace.waiting(),
                left: seconds_left(trainer.config(), trainer.pictures(), pace.rate),
            });
            let hours = hours + pace.hours();
            let stop = cancel.load(Ordering::Relaxed);
            if stop || checkpoint_at.elapsed() >= options.checkpoint_every {
                if let Some(trouble) = board.flush() {
                    on_event(Event::Trouble(trouble));
                }
                match keep(&trainer, hours) {
                    Ok(path) => on_event(Event::Checkpoint(path)),
                    Err(error) if stop => return Err(error),
                    // There may be room the next time, and the one before is still there.
                    Err(error) => on_event(Event::Trouble(error.to_string())),
                }
                checkpoint_at = Instant::now();
            }
            if stop {
                return Ok(false);
            }
            if sheet_at.elapsed() >= options.sheet_every {
                if let Err(error) = publisher.publish(&trainer, size, hours, on_event) {
                    on_event(Event::Trouble(error.to_string()));
                }
                sheet_at = Instant::now();
            }
        }
    }
    let hours = hours + pace.hours();
    let path = keep(&trainer, hours)?;
    if let Some(trouble) = board.flush() {
        on_event(Event::Trouble(trouble));
    }
    on_event(Event::Checkpoint(path));
    publisher.publish(&trainer, size, hours, on_event)?;
    Ok(true)
}
