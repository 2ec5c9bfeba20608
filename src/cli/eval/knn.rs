//! `soda eval knn`.

use super::encoding::FeaturesArg;
use super::options::positive;
use super::recognition::TaskArgs;
use crate::cli::CliResult;
use crate::eval::{Accuracy, Labelled, vote};
use crate::recognition::{Near, Nearness, StandardScaler, neighbours};
use clap::Args;

/// Nearest neighbours: classes told by the k most similar latents, by cosine, weighed by a softmax
/// or one vote each.
#[derive(Debug, Args)]
pub struct KnnArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// Numbers of neighbours.
    #[arg(
        long,
        value_delimiter = ',',
        default_values_t = [20, 200],
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    k: Vec<u32>,
    /// Temperature of the softmax that weighs neighbours.
    #[arg(long, default_value_t = 0.07, value_parser = positive)]
    knn_temperature: f64,
}

impl KnnArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (_, task) = self.task.open()?;
        let (train, test, classes) = (&task.train, &task.test, task.classes.len());
        let most = self.k.iter().copied().max().unwrap_or(1) as usize;
        // Numbers of two networks come in two units, and the matcher's are far from zero mean.
        let (learnt, judged) = match self.task.encoding.features {
            FeaturesArg::Matcher | FeaturesArg::LatentMatcher => {
                let scaler = StandardScaler::fit(&train.codes);
                let of = |side: &Labelled| scaler.transform_all(&side.codes);
                (&of(train), &of(test))
            }
            _ => (&train.codes, &test.codes),
        };
        let near = neighbours(judged, learnt, most, Nearness::Cosine, false);
        let mut rows = Vec::new();
        for &k in &self.k {
            let k = (k as usize).min(train.codes.len());
            let tell = |temperature| {
                let one = |near: &Vec<Near>| vote(&near[..k], &train.labels, classes, temperature);
                let told: Vec<usize> = near.iter().map(one).collect();
                Accuracy::new(&test.labels, &told, classes)
            };
            let temperature = self.knn_temperature as f32;
            let name = format!("k = {k}, weighed, τ = {temperature}");
            rows.push((name, tell(Some(temperature))));
            rows.push((format!("k = {k}, one vote each"), tell(None)));
        }
        self.task
            .say_accuracies("nearest neighbours, cosine", &task, &rows, false)
    }
}
