//! `soda eval few-shot`.

use super::progress::Progress;
use super::recognition::TaskArgs;
use super::report::Format::{Percent, Plain};
use super::report::Table;
use crate::cli::CliResult;
use crate::eval::few_shot;
use crate::plot::{Chart, Line};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Few-shot recognition: classes from a handful of labels, by the nearest mean and by logistic
/// regression, in several draws of which pictures are labelled.
#[derive(Debug, Args)]
pub struct FewShotArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// Labels a class.
    #[arg(
        long,
        value_delimiter = ',',
        default_values_t = [1, 5, 10, 50],
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    shots: Vec<u32>,
    /// Draws.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    episodes: u32,
    /// Features that another program computed, such as scripts/features.sh: a safetensors file with
    /// one matrix and, in its metadata, the pictures' names. Judged by the same draws of the same
    /// pictures; may be given more than once.
    #[arg(long)]
    beside: Vec<PathBuf>,
    /// File for a chart of accuracy against labels, as SVG.
    #[arg(long)]
    plot: Option<PathBuf>,
}

impl FewShotArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let tasks = self.task.open_beside(&self.beside)?;
        let count = self.shots.len() * tasks.len();
        let progress = Progress::new(self.task.encoding.model.json, count, "shots")?;
        let columns = [
            ("features", "features", Plain),
            ("width", "numbers", Plain),
            ("shots", "labels a class", Plain),
            ("centroid", "nearest mean", Percent(2)),
            ("centroid_deviation", "±", Percent(2)),
            ("centroid_balanced", "balanced", Percent(2)),
            ("centroid_balanced_deviation", "±", Percent(2)),
            ("logistic", "logistic regression", Percent(2)),
            ("logistic_deviation", "±", Percent(2)),
            ("logistic_balanced", "balanced", Percent(2)),
            ("logistic_balanced_deviation", "±", Percent(2)),
        ];
        let mut table = Table::new("rows", &columns);
        let mut lines = Vec::new();
        for (features, task) in &tasks {
            let (mut by_mean, mut by_logistic) = (Vec::new(), Vec::new());
            for &shots in &self.shots {
                let (episodes, seed) = (self.episodes as usize, self.task.seed);
                let found = few_shot(task, shots as usize, episodes, seed)?;
                let width = task.train.codes.width();
                let mut row = json!({"features": features, "width": width, "shots": shots});
                for (name, spread) in [
                    ("centroid", found.centroid),
                    ("centroid_balanced", found.centroid_balanced),
                    ("logistic", found.logistic),
                    ("logistic_balanced", found.logistic_balanced),
                ] {
                    row[name] = spread.mean.into();
                    row[format!("{name}_deviation")] = spread.deviation.into();
                }
                table.row(row);
                let x = f64::from(shots).log10();
                by_mean.push((x, 100.0 * found.centroid.mean));
                by_logistic.push((x, 100.0 * found.logistic.mean));
                progress.add(1)?;
            }
            for (method, points) in [
                ("nearest mean", by_mean),
                ("logistic regression", by_logistic),
            ] {
                let name = format!("{method}, {features}");
                lines.push(Line { name, points });
            }
        }
        drop(progress);
        let (_, task) = &tasks[0];
        if let Some(path) = &self.plot {
            let classes = task.classes.len();
            let chart = Chart {
                title: format!("Recognition from few labels, {classes} classes"),
                x: "labels a class, log₁₀".into(),
                y: "accuracy, %".into(),
                lines,
            };
            chart.save(path)?;
        }
        let after = format!("{} episodes", self.episodes);
        self.task.say(task, table, &after)
    }
}
