//! The command line: thin, no mathematics.

mod curves;
mod data;
mod device;
mod eval;
mod files;
mod film;
mod fine_tune;
mod info;
mod morph;
mod painted;
mod prior;
mod schedules;
mod shapes;
mod terms;
mod train;

use clap::{Parser, Subcommand};

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
    /// Measure a model on held-out pictures.
    Eval(Box<eval::EvalArgs>),
    /// Time encoding, one U-Net step and a morph of nine frames.
    Bench(info::BenchArgs),
}

/// Any error, as one line.
pub type CliResult = Result<(), Box<dyn std::error::Error>>;

impl Cli {
    /// Carry out the command.
    pub fn run(self) -> CliResult {
        match self.command {
            Command::Train(args) => args.run(),
            Command::FineTune(args) => args.run(),
            Command::TrainPrior(args) => args.run(),
            Command::Sample(args) => args.run(),
            Command::Schedules(args) => args.run(),
            Command::Curves(args) => args.run(),
            Command::Encode(args) => args.run(),
            Command::Reconstruct(args) => args.run(),
            Command::Morph(args) => args.run(),
            Command::Info(args) => args.run(),
            Command::Shapes(args) => args.run(),
            Command::Eval(args) => args.run(),
            Command::Bench(args) => args.run(),
        }
    }
}

/// Print a result, for people or for machines.
fn say(json: bool, text: &str, value: serde_json::Value) {
    match json {
        true => println!("{value}"),
        false => println!("{text}"),
    }
}
