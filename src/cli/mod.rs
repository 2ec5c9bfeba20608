//! The command line: thin, no mathematics.

mod curves;
mod data;
mod device;
mod directions;
mod eval;
mod files;
mod film;
mod fine_tune;
mod info;
#[cfg(feature = "wgpu")]
mod lost;
mod memory;
mod morph;
mod notes;
mod output;
mod painted;
mod png;
mod print;
mod prior;
mod ranks;
mod renderer;
mod schedules;
mod shapes;
mod sound;
mod terms;
mod together;
mod train;
mod yuv;

use crate::fault;
use crate::train::ranks::{Alone, Ranks, abort};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

/// Teach a bottleneck diffusion autoencoder pictures, and use it on files.
#[derive(Debug, Parser)]
#[command(name = "soda", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a model on pictures.
    Train(Box<train::TrainArgs>),
    /// Teach a model a handful of pictures.
    FineTune(fine_tune::FineTuneArgs),
    /// Train the prior of a model, from which new pictures are drawn.
    TrainPrior(prior::TrainPriorArgs),
    /// Train the renderer of a model, which enlarges what it paints four times.
    TrainRenderer(renderer::TrainRendererArgs),
    /// Learn sliders with names from labelled pictures, and keep them with the model.
    Directions(directions::DirectionsArgs),
    /// Draw new pictures from a model's prior.
    Sample(prior::SampleArgs),
    /// Draw where noise schedules put their times.
    Schedules(schedules::SchedulesArgs),
    /// Draw a curve of training runs.
    Curves(curves::CurvesArgs),
    /// Encode pictures to latents, in a safetensors file.
    Encode(files::EncodeArgs),
    /// Encode pictures and paint them back, a PNG each.
    Reconstruct(files::ReconstructArgs),
    /// Turn pictures into one another: a film of the originals, or one that a model paints.
    Morph(Box<morph::MorphArgs>),
    /// Say what a model is: parameters, operations a step, licence, training data.
    Info(info::InfoArgs),
    /// Make pictures with known factors, to measure models on.
    Shapes(shapes::ShapesArgs),
    /// Make sounds with known factors: notes of drums and instruments.
    Notes(notes::NotesArgs),
    /// Draw the spectrogram of a sound.
    Spectrogram(sound::SpectrogramArgs),
    /// Make the sound that a spectrogram is of.
    Sonify(sound::SonifyArgs),
    /// Measure a model on held-out pictures.
    Eval(Box<eval::EvalArgs>),
    /// Time encoding, one U-Net step and a morph of nine frames.
    Bench(info::BenchArgs),
}

/// Any error, as one line.
pub type CliResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The program: read the command line, make ready where results go, carry out the command.
///
/// Whatever happens ends in one line on standard error and a status other than 0. A panic, such as
/// one of a device's driver, is no exception.
pub fn main() -> ExitCode {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => error.exit(),
        Err(error) => {
            // Help, or the version.
            print::line(error.render().to_string().trim_end());
            return end(Ok(()));
        }
    };
    static PANIC: Mutex<Option<String>> = Mutex::new(None);
    let traced = std::env::var_os("RUST_BACKTRACE").is_some();
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.to_string().replace(['\n', '\r'], " ");
        let said = panic.payload_as_str().unwrap_or(&text);
        let remedy = if said.to_lowercase().contains("out of memory") {
            " (smaller batches need less; --device flex uses the computer's own memory)"
        } else {
            ""
        };
        fault::record(&format!("{said}{remedy}"));
        if let Ok(mut last) = PANIC.lock() {
            *last = Some(text);
        }
        if traced {
            usual(panic);
        }
    }));
    #[cfg(feature = "wgpu")]
    lost::watch();
    let run = || -> CliResult {
        let cli = Cli::from_arg_matches(&matches)?;
        let ranks = cli.ranks()?;
        let is_first = ranks.rank() == 0;
        let _prepared = is_first.then(|| output::prepare(&matches)).transpose()?;
        cli.run(ranks)
    };
    end(catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let reason = PANIC.lock().ok().and_then(|mut last| last.take());
        Err(format!(
            "stopped by a fault of the device or of this program: {}",
            reason.unwrap_or_else(|| "no reason was given".into())
        )
        .into())
    }))
}

/// Say how it ended.
fn end(result: CliResult) -> ExitCode {
    let faults = || print::failure().or(fault::of_device().map(str::to_owned));
    let result = result.and_then(|()| match faults() {
        Some(reason) => Err(reason.into()),
        None => Ok(()),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if print::is_silent() {
                // What all ranks find out is told by the first, which ends this one.
                std::thread::sleep(std::time::Duration::from_secs(1));
            }
            let reason = fault::loss().map_or_else(|| error.to_string(), str::to_owned);
            print::fault(&print::plain(&reason));
            abort();
            ExitCode::FAILURE
        }
    }
}

impl Command {
    fn trains(&self) -> bool {
        matches!(
            self,
            Self::Train(_) | Self::FineTune(_) | Self::TrainPrior(_) | Self::TrainRenderer(_)
        )
    }
}

impl Cli {
    /// The processes that carry out the command together: this one alone, unless it says otherwise.
    fn ranks(&self) -> Result<Arc<dyn Ranks>, Box<dyn std::error::Error>> {
        match &self.command {
            Command::Train(args) => args.ranks.start(),
            _ => Ok(Arc::new(Alone)),
        }
    }

    /// Carry out the command, on this process of those.
    fn run(self, ranks: Arc<dyn Ranks>) -> CliResult {
        if self.command.trains() {
            memory::keep_freed();
        }
        match self.command {
            Command::Train(args) => args.run(ranks),
            Command::FineTune(args) => args.run(),
            Command::TrainPrior(args) => args.run(),
            Command::TrainRenderer(args) => args.run(),
            Command::Directions(args) => args.run(),
            Command::Sample(args) => args.run(),
            Command::Schedules(args) => args.run(),
            Command::Curves(args) => args.run(),
            Command::Encode(args) => args.run(),
            Command::Reconstruct(args) => args.run(),
            Command::Morph(args) => args.run(),
            Command::Info(args) => args.run(),
            Command::Shapes(args) => args.run(),
            Command::Notes(args) => args.run(),
            Command::Spectrogram(args) => args.run(),
            Command::Sonify(args) => args.run(),
            Command::Eval(args) => args.run(),
            Command::Bench(args) => args.run(),
        }
    }
}

/// Print a result, for people or for machines.
fn say(json: bool, text: &str, value: serde_json::Value) {
    if json {
        print::line(value)
    } else {
        print::line(text)
    }
}
