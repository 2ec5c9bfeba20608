//! The native training loop: data, steps, checkpoints, sheets, export. A stream of [`Event`]s
//! tells the caller what happens; raising the cancel flag stops it after the step under way, with
//! a checkpoint.

use super::board::Board;
use super::origin::networks_differ;
use super::{
    Adapted, Checkpoint, Origin, StepReport, TrainConfig, TrainError, Trainer, latest_checkpoints,
};
use crate::Soda;
use crate::data::{Dataset, PairSampler, Prefetcher};
use crate::eval::schedules_chart;
use crate::eval::sheet::training_sheet;
use crate::latent::Normaliser;
use crate::model::{Autoencoder, ModelConfig};
use crate::weights::{Manifest, Precision, Sampled, Training, replace_file};
use burn::tensor::{Device, Tensor, TensorData};
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

/// A fresh trainer or a resumed one, with the hours it has had.
fn start(
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

/// How fast it goes.
struct Pace {
    begin: Instant,
    waited: Duration,
    worked: Duration,
    /// Pictures per second, a running mean over about twenty steps.
    rate: f64,
}

impl Pace {
    fn new() -> Self {
        Self {
            begin: Instant::now(),
            waited: Duration::ZERO,
            worked: Duration::ZERO,
            rate: 0.0,
        }
    }

    fn step(&mut self, pictures: usize, took: Duration, waited: Duration) {
        self.worked += took;
        self.waited += waited;
        let now = pictures as f64 / took.as_secs_f64().max(1e-9);
        self.rate = match self.rate {
            0.0 => now,
            rate => 0.95 * rate + 0.05 * now,
        };
    }

    fn waiting(&self) -> f64 {
        self.waited.as_secs_f64() / self.worked.as_secs_f64().max(1e-9)
    }

    fn hours(&self) -> f64 {
        self.begin.elapsed().as_secs_f64() / 3600.0
    }
}

/// Seconds to the end at `rate` pictures per second now; the cost of a picture grows with its
/// area.
fn seconds_left(config: &TrainConfig, seen: usize, rate: f64) -> f64 {
    let Some((now, left)) = config.phase(seen) else {
        return 0.0;
    };
    let mut end = 0;
    let later: f64 = config
        .phases
        .iter()
        .filter(|phase| {
            end += phase.pictures;
            end > seen + left
        })
        .map(|phase| phase.pictures as f64 * (phase.size as f64 / now.size as f64).powi(2))
        .sum();
    (left as f64 + later) / rate.max(1e-9)
}

/// Paints sheets and exports models.
struct Publisher<'a> {
    data: &'a Dataset,
    shown: &'a Dataset,
    options: &'a RunOptions,
    device: &'a Device,
}

impl Publisher<'_> {
    /// The averaged weights, with their normaliser measured, as a model, and as a sheet where the
    /// objective trains a decoder.
    fn publish(
        &self,
        trainer: &Trainer,
        size: usize,
        hours: f64,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), TrainError> {
        let soda = self.soda(trainer, size, hours)?;
        if !trainer.config().objective.is_contrastive()
            && let Err(error) = self.paint(&soda, trainer.steps(), size, on_event)
        {
            on_event(Event::Trouble(error.to_string()));
        }
        if *trainer.adapted() != Adapted::default() {
            let path = self.options.dir.join("schedules.svg");
            if let Err(error) = schedules_chart(trainer.adapted()).save(&path) {
                on_event(Event::Trouble(error));
            }
        }
        let dir = self.options.dir.join("model");
        soda.save(&dir, Precision::F16)?;
        on_event(Event::Exported(dir));
        Ok(())
    }

    fn paint(
        &self,
        soda: &Soda,
        step: usize,
        size: usize,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), TrainError> {
        let sheets = self.options.dir.join("sheets");
        std::fs::create_dir_all(&sheets).map_err(|source| TrainError::Io {
            path: sheets.clone(),
            source,
        })?;
        let path = sheets.join(format!("{step:09}.png"));
        let sheet = training_sheet(soda, self.shown, size).map_err(TrainError::Device)?;
        sheet.save(&path).map_err(|e| TrainError::Io {
            path: path.clone(),
            source: std::io::Error::other(e),
        })?;
        on_event(Event::Sheet(path));
        Ok(())
    }

    fn soda(&self, trainer: &Trainer, size: usize, hours: f64) -> Result<Soda, TrainError> {
        let config = trainer.config();
        let views = self.data.views.clone();
        let mut manifest = Manifest::new(&config.name, config.model.clone(), views);
        manifest.background = config.pairs.background;
        manifest.schedule = config.schedule;
        manifest.sampled = Sampled::of(config.objective);
        manifest.licence = self.options.licence.clone();
        manifest.training = Training {
            objective: config.objective,
            steps: trainer.steps(),
            pictures: trainer.pictures(),
            seed: config.seed,
            hours: (hours * 100.0).round() / 100.0,
            ..self.options.training.clone()
        };
        let mut networks = trainer.averaged().clone();
        networks.normaliser = self.measure(&networks, config, size)?;
        Ok(Soda::new(manifest, networks, self.device))
    }

    /// The normaliser over up to 1024 training pictures, evenly spaced.
    fn measure(
        &self,
        networks: &crate::model::Autoencoder,
        config: &TrainConfig,
        size: usize,
    ) -> Result<Normaliser, TrainError> {
        let pictures: Vec<_> = self.data.pictures().map(|(_, entry)| entry).collect();
        let every = pictures.len().div_ceil(1024);
        let chosen: Vec<_> = pictures.iter().step_by(every).collect();
        let mut latents = Vec::new();
        for part in chosen.chunks(32) {
            let pixels: Vec<f32> = part
                .iter()
                .flat_map(|entry| entry.picture.resized(size).compose(config.pairs.background))
                .collect();
            let shape = [part.len(), 3, size, size];
            let x = Tensor::<4>::from_data(TensorData::new(pixels, shape), self.device);
            let z = networks.encode(x).try_into_vec_as::<f32>();
            latents.extend(z.map_err(|error| TrainError::Device(error.to_string()))?);
        }
        let width = config.model.latent();
        Ok(Normaliser::measure(&latents, width, self.device))
    }
}
