//! `soda eval knn`.

use super::encoding::FeaturesArg;
use super::recognition::{TaskArgs, accuracies};
use crate::cli::CliResult;
use crate::eval::{Accuracy, Near, Nearness, neighbours, vote};
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
    #[arg(long, default_value_t = 0.07)]
    knn_temperature: f32,
}

impl KnnArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let temperature = self.knn_temperature;
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(format!("knn-temperature: is {temperature}, needs to be above 0").into());
        }
        let (_, task) = self.task.open()?;
        let (train, test, classes) = (&task.train, &task.test, task.classes.len());
        let most = self.k.iter().copied().max().unwrap_or(1) as usize;
        // Numbers of two networks come in two units, and the matcher's are far from zero mean.
        let features = self.task.encoding.features;
        let (learnt, judged) = match features {
            FeaturesArg::Matcher | FeaturesArg::LatentMatcher => {
                let moments = train.codes.moments();
                (
                    &train.codes.standardised(&moments),
                    &test.codes.standardised(&moments),
                )
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
            rows.push((
                format!("k = {k}, weighed, τ = {temperature}"),
                tell(Some(temperature)),
            ));
            rows.push((format!("k = {k}, one vote each"), tell(None)));
        }
        let (text, json) = accuracies("nearest neighbours, cosine", &task, &rows);
        self.task.say(&task, &text, json)
    }
}
