//! `soda train`.

use super::data::{PathArgs, cancel_flag, open_pictures};
use super::device::DevicesArgs;
use super::ranks::RanksArgs;
use super::terms::TermArgs;
use super::{CliResult, print};
use crate::data::Dataset;
use crate::files;
use crate::model::ModelConfig;
use crate::train::ranks::Ranks;
use crate::train::run::{Event, RunOptions, last_origin, run};
use crate::train::{Origin, Phase, TrainConfig, TrainError, latest_checkpoints};
use crate::weights::{self, Objective, Training};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Train a model on a folder or on WebDataset tars.
#[derive(Debug, Args)]
pub struct TrainArgs {
    #[command(flatten)]
    data: PathArgs,
    /// Pictures for the sheets; the training pictures themselves if not given.
    #[arg(long)]
    show: Option<PathBuf>,
    /// Folder of the run: settings, checkpoints, sheets, the model.
    #[arg(long)]
    out: PathBuf,
    /// Networks to train: tiny, browser, resnet18, resnet50 [default: browser].
    #[arg(long)]
    preset: Option<String>,
    /// What to minimise: soda, or a baseline on the same encoder: simclr, byol, vicreg,
    /// autoencoder, vae [default: soda].
    #[arg(long)]
    objective: Option<Objective>,
    /// All settings as JSON, as the run folder's train.json has them; other options come on top.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Name of the model [default: the run's when resuming, else the run folder's].
    #[arg(long)]
    name: Option<String>,
    /// Resolutions in order, SIZE:PICTURES:BATCH each, such as 32:200000:32,64:100000:32.
    #[arg(long, value_delimiter = ',')]
    phases: Vec<Phase>,
    /// Peak learning rate.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Decay of the moving average of weights.
    #[arg(long)]
    ema: Option<f64>,
    /// Seed of weights, noise and order.
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    terms: TermArgs,
    /// Go on from the last checkpoint in the run folder.
    #[arg(long)]
    resume: bool,
    /// Start from the weights of the model in this folder, with its architecture.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Seconds between checkpoints.
    #[arg(long, default_value_t = 120)]
    checkpoint_every: u64,
    /// Seconds between sheets of reconstructions and morphs.
    #[arg(long, default_value_t = 900)]
    sheet_every: u64,
    /// The training set in words, for the model card [default: the run's when resuming].
    #[arg(long)]
    data_name: Option<String>,
    /// Licences of the training set, for the model card [default: the run's when resuming].
    #[arg(long)]
    data_licence: Option<String>,
    /// Licence of the weights, as an SPDX expression [default: the run's when resuming, else MIT OR
    /// Apache-2.0].
    #[arg(long)]
    licence: Option<String>,
    #[command(flatten)]
    devices: DevicesArgs,
    #[command(flatten)]
    pub ranks: RanksArgs,
    /// Print one JSON object a line instead of a progress bar.
    #[arg(long)]
    json: bool,
}

impl TrainArgs {
    /// Train, together with the other ranks.
    pub fn run(self, ranks: Arc<dyn Ranks>) -> CliResult {
        let is_first = ranks.rank() == 0;
        let trained = self.train(Arc::clone(&ranks));
        match trained {
            Ok(()) => {
                ranks.finish();
                Ok(())
            }
            // Rank 0 tells it, and may have a checkpoint to write before: leaving waits for it.
            Err(error) if !is_first && is_shared(&*error) => {
                ranks.finish();
                std::process::exit(1)
            }
            Err(error) => Err(error),
        }
    }

    fn train(self, ranks: Arc<dyn Ranks>) -> CliResult {
        let is_first = ranks.rank() == 0;
        // The run folder is rank 0's: the others may have none.
        let kept = match is_first {
            true => self.check_resume()?,
            false => Origin::default(),
        };
        let stored = match is_first && self.resume {
            true => self.stored()?,
            false => Vec::new(),
        };
        let mut config = self.config(&ranks.broadcast(stored))?;
        config.validate()?;
        let devices = self.devices.open(config.is_divisible())?;
        let quiet = self.json || !is_first;
        let data = open_pictures(&self.data, config.model.size, quiet)?
            .without_views(&config.held_out_views)?;
        config.model.views = data.views.len();
        let shown = match &self.show {
            Some(path) if is_first => {
                let show = PathArgs {
                    data: vec![path.clone()],
                    ..self.data.clone()
                };
                Some(open_pictures(&show, config.model.size, self.json)?)
            }
            _ => None,
        };
        let data = Arc::new(data);
        let shown: &Dataset = shown.as_ref().unwrap_or(&data);
        let word = |given: &Option<String>, kept: &String| given.clone().unwrap_or(kept.clone());
        let options = RunOptions {
            dir: self.out.clone(),
            resume: self.resume,
            from: self.from.clone(),
            checkpoint_every: Duration::from_secs(self.checkpoint_every),
            sheet_every: Duration::from_secs(self.sheet_every),
            training: Training {
                data: word(&self.data_name, &kept.data),
                data_licence: word(&self.data_licence, &kept.data_licence),
                device: match ranks.size() {
                    1 => self.devices.name()?,
                    size => format!("{} on each of {size} ranks", self.devices.name()?),
                },
                ..Training::default()
            },
            licence: word(&self.licence, &kept.licence),
            ranks,
        };
        let cancel = cancel_flag()?;
        let mut show = Display::new(quiet, config.pictures() as u64, config.objective);
        let finished = run(
            config,
            Arc::clone(&data),
            shown,
            &options,
            &devices,
            &cancel,
            &mut |event| {
                show.event(&event);
            },
        )?;
        show.end(finished, &self.out);
        Ok(())
    }

    /// What the run to go on with says about itself; for a new run what it begins with.
    ///
    /// # Errors
    /// No run to go on with, or an option that would be passed over.
    fn check_resume(&self) -> Result<Origin, Box<dyn std::error::Error>> {
        let fresh = Origin {
            licence: "MIT OR Apache-2.0".into(),
            ..Origin::default()
        };
        if !self.resume {
            return Ok(fresh);
        }
        let out = self.out.display();
        if latest_checkpoints(&self.out).is_empty() {
            return Err(format!(
                "--resume: {out} holds no checkpoint to go on from; leave --resume out to begin a \
                 run"
            )
            .into());
        }
        if let Some(from) = &self.from {
            return Err(format!(
                "--from {}: the run in {out} goes on from its own checkpoint; leave --from out",
                from.display()
            )
            .into());
        }
        let stored = self.run_config(&self.stored()?)?;
        if let (Some(preset), Some(run)) = (&self.preset, &stored)
            && self.config.is_none()
        {
            let wanted = ModelConfig::preset(preset)?;
            let same = (wanted.size, &wanted.encoder, &wanted.unet)
                == (run.model.size, &run.model.encoder, &run.model.unet);
            if !same {
                return Err(format!(
                    "--preset {preset}: the run in {out} trains other networks, of {} pixels a \
                     side; leave --preset out",
                    run.model.size
                )
                .into());
            }
        }
        if let (Some(seed), Some(run)) = (self.seed, &stored)
            && seed != run.seed
        {
            return Err(format!(
                "--seed {seed}: the run in {out} has seed {}; leave --seed out",
                run.seed
            )
            .into());
        }
        Ok(last_origin(&self.out).unwrap_or(fresh))
    }

    /// The file of settings in the run folder, empty if there is none.
    fn stored(&self) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let path = self.out.join("train.json");
        if !path.exists() {
            return Ok(Vec::new());
        }
        match read_text(&path)? {
            text if text.is_empty() => Err(format!("{}: is empty", path.display()).into()),
            text => Ok(text),
        }
    }

    /// The settings in that file, if there are some.
    fn run_config(&self, stored: &[u8]) -> Result<Option<TrainConfig>, Box<dyn std::error::Error>> {
        match stored {
            [] => Ok(None),
            text => parse_config(&self.out.join("train.json"), text).map(Some),
        }
    }

    /// The settings of this run. `stored`: the file in the folder of the run that goes on.
    fn config(&self, stored: &[u8]) -> Result<TrainConfig, Box<dyn std::error::Error>> {
        let stored = self.run_config(stored)?;
        // A run that goes on keeps its name, whatever its folder is called.
        let kept = stored.as_ref().map(|run| run.name.clone());
        let source = match &self.config {
            Some(path) => Some(parse_config(path, &read_text(path)?)?),
            None => stored,
        };
        let mut config = match source {
            Some(config) => config,
            None => {
                let model = match &self.from {
                    Some(dir) => weights::read_files(dir)?.0.model,
                    None => ModelConfig::preset(self.preset.as_deref().unwrap_or("browser"))?,
                };
                let whole = Phase {
                    size: model.size,
                    pictures: 1_000_000,
                    batch: 32,
                };
                TrainConfig {
                    phases: vec![whole],
                    model,
                    ..TrainConfig::default()
                }
            }
        };
        if let (Some(_), Some(preset)) = (&self.config, &self.preset) {
            config.model = ModelConfig::preset(preset)?;
        }
        let folder = std::path::absolute(&self.out).ok();
        let folder = folder.as_deref().and_then(std::path::Path::file_name);
        let folder = folder.map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = self.name.clone().or(kept).or(folder) {
            config.name = name;
        }
        if !self.phases.is_empty() {
            config.phases = self.phases.clone();
        }
        config.objective = self.objective.unwrap_or(config.objective);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config.ema = self.ema.unwrap_or(config.ema);
        config.seed = self.seed.unwrap_or(config.seed);
        self.terms.apply(&mut config);
        Ok(config)
    }
}

/// Whether all ranks have this error.
fn is_shared(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error.downcast_ref::<TrainError>();
    error.is_some_and(TrainError::is_shared)
}

fn read_text(path: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    files::read_at_most(path, files::MOST_TEXT)
        .map_err(|e| format!("{}: {e}", path.display()).into())
}

fn parse_config(path: &Path, text: &[u8]) -> Result<TrainConfig, Box<dyn std::error::Error>> {
    serde_json::from_slice(&files::json_text(text))
        .map_err(|e| format!("{}: {e}", path.display()).into())
}

/// A progress bar for people, or lines of JSON for machines.
struct Display {
    bar: Option<ProgressBar>,
    objective: Objective,
    loss: f64,
    printed: Instant,
}

impl Display {
    fn new(json: bool, total: u64, objective: Objective) -> Self {
        let style = "{bar:30} {percent:>3}% {human_pos}/{human_len} pictures  {msg}";
        let bar = (!json).then(|| {
            ProgressBar::new(total).with_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        Self {
            bar,
            objective,
            loss: 0.0,
            printed: Instant::now(),
        }
    }

    fn event(&mut self, event: &Event) {
        match (event, &self.bar) {
            (Event::Started { step, pictures, .. }, Some(bar)) => {
                bar.set_position(*pictures as u64);
                if *step > 0 {
                    bar.println(format!("going on at step {step}"));
                }
            }
            (
                Event::Started {
                    step,
                    pictures,
                    total,
                },
                None,
            ) => {
                print::line(serde_json::json!({
                    "event": "started", "objective": self.objective, "step": step,
                    "pictures": pictures, "total": total,
                }));
            }
            (
                Event::Step {
                    report,
                    rate,
                    waiting,
                    left,
                },
                bar,
            ) => {
                let loss = report.loss as f64;
                self.loss = if self.loss == 0.0 {
                    loss
                } else {
                    0.98 * self.loss + 0.02 * loss
                };
                if let Some(bar) = bar {
                    bar.set_position(report.pictures as u64);
                    let left = indicatif::HumanDuration(Duration::from_secs_f64(*left));
                    bar.set_message(format!(
                        "step {}  {} {:.4}  {rate:.1} pictures/s  {:.0}% waiting for data  {left} \
                         left",
                        report.step,
                        self.objective.loss_name(),
                        self.loss,
                        100.0 * waiting
                    ));
                } else if self.printed.elapsed() >= Duration::from_secs(5) {
                    self.printed = Instant::now();
                    print::line(serde_json::json!({
                        "event": "step", "step": report.step, "pictures": report.pictures,
                        "loss": self.loss,
                        "terms": [report.reconstruction, report.dsm, report.consistency],
                        "critic": report.critic,
                        "gradient": report.gradient, "learning_rate": report.rate,
                        "pictures_per_second": rate, "waiting": waiting, "seconds_left": left,
                    }));
                }
            }
            (other, bar) => {
                let (name, text) = match other {
                    Event::Damaged(text) => ("damaged", text.clone()),
                    Event::Trouble(text) => {
                        if bar.is_none() {
                            print::note(format_args!("not written: {text}"));
                        }
                        ("not written", text.clone())
                    }
                    Event::Checkpoint(path) => ("checkpoint", path.display().to_string()),
                    Event::Realigned(text) => ("realigned", text.clone()),
                    Event::Sheet(path) => ("sheet", path.display().to_string()),
                    Event::Exported(path) => ("exported", path.display().to_string()),
                    Event::Started { .. } | Event::Step { .. } => return,
                };
                match bar {
                    Some(_) if name == "checkpoint" => {}
                    Some(bar) => bar.println(format!("{name}: {text}")),
                    None => print::line(serde_json::json!({"event": name, "path": text})),
                }
            }
        }
    }

    fn end(&self, finished: bool, out: &std::path::Path) {
        let out = out.display();
        match (&self.bar, finished) {
            (Some(bar), true) => {
                bar.abandon_with_message(format!("done: the model is in {out}/model"))
            }
            (Some(bar), false) => {
                bar.abandon_with_message(format!(
                    "stopped; go on with: soda train --resume --out {out} ..."
                ));
            }
            (None, finished) => {
                print::line(serde_json::json!({"event": "end", "finished": finished}))
            }
        }
    }
}
