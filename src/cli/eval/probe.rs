//! `soda eval probe`.

use super::options::positive;
use super::progress::Progress;
use super::recognition::TaskArgs;
use crate::cli::CliResult;
use crate::eval::{Accuracy, Logistic, ProbeOptimiser, ProbeSettings, linear_probe};
use clap::{Args, ValueEnum};

/// Linear probe: classes told by a linear layer on standardised latents, trained by Adam or SGD
/// with cosine decay; and multinomial logistic regression by L-BFGS as a check.
#[derive(Debug, Args)]
pub struct ProbeArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// What trains the layer.
    #[arg(long, value_enum, default_value_t = OptimiserArg::Adam)]
    optimiser: OptimiserArg,
    /// Times that every picture is seen.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    epochs: u16,
    /// Learning rate at the start [default: 0.001 for adam, 0.1 for sgd].
    #[arg(long, value_parser = positive)]
    learning_rate: Option<f64>,
    /// Pictures a step of the layer's training.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    probe_batch: u16,
    /// Inverse strength of the penalty on the weights of logistic regression.
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    c: f64,
    /// Leave logistic regression out.
    #[arg(long)]
    no_check: bool,
}

/// `--optimiser`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OptimiserArg {
    /// Adam.
    Adam,
    /// SGD with momentum 0.9.
    Sgd,
}

impl ProbeArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (optimiser, name, rate) = match self.optimiser {
            OptimiserArg::Adam => (ProbeOptimiser::Adam, "Adam", 1e-3),
            OptimiserArg::Sgd => (ProbeOptimiser::Sgd, "SGD", 0.1),
        };
        let (soda, task) = self.task.open()?;
        let settings = ProbeSettings {
            optimiser,
            epochs: self.epochs.into(),
            learning_rate: self.learning_rate.unwrap_or(rate),
            batch: self.probe_batch.into(),
            seed: self.task.seed,
        };
        let progress = Progress::new(self.task.encoding.model.json, settings.epochs, "epochs")?;
        let probe = linear_probe(&task, &settings, soda.device(), &mut |epoch| {
            progress.set(epoch);
        })?;
        drop(progress);
        let mut rows = vec![(format!("linear, {name}, {} epochs", self.epochs), probe)];
        if !self.no_check {
            let classes = task.classes.len();
            let told = Logistic::fit(&task.train, classes, self.c)?.tell(&task.test.codes);
            let found = Accuracy::new(&task.test.labels, &told, classes);
            rows.push(("logistic regression, L-BFGS".to_owned(), found));
        }
        self.task.say_accuracies("linear probe", &task, &rows, true)
    }
}
