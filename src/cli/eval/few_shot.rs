//! `soda eval few-shot`.

use super::recognition::TaskArgs;
use crate::cli::CliResult;
use crate::cli::data::{bar, cancel_flag};
use crate::eval::few_shot;
use crate::plot::{Chart, Line};
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

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
    /// File for a chart of accuracy against labels, as SVG.
    #[arg(long)]
    plot: Option<PathBuf>,
}

impl FewShotArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (_, task) = self.task.open()?;
        let progress = bar(
            self.task.encoding.model.json,
            self.shots.len() as u64,
            "shots",
        );
        let cancel = cancel_flag()?;
        let mut text = format!(
            "{:<14} {:>18} {:>18} {:>24} {:>18}\n",
            "labels a class",
            "nearest mean, %",
            "balanced, %",
            "logistic regression, %",
            "balanced, %"
        );
        let (mut json, mut lines) = (Vec::new(), [Vec::new(), Vec::new()]);
        for &shots in &self.shots {
            let found = few_shot(
                &task,
                shots as usize,
                self.episodes as usize,
                self.task.seed,
            )?;
            text += &format!("{shots:<14}");
            let mut row = serde_json::json!({"shots": shots});
            let columns = [
                ("centroid", found.centroid, 18),
                ("centroid_balanced", found.centroid_balanced, 18),
                ("logistic", found.logistic, 24),
                ("logistic_balanced", found.logistic_balanced, 18),
            ];
            for (column, (name, spread, width)) in columns.into_iter().enumerate() {
                let cell = format!(
                    "{:.2} ± {:.2}",
                    100.0 * spread.mean,
                    100.0 * spread.deviation
                );
                text += &format!(" {cell:>width$}");
                row[name] = spread.mean.into();
                row[format!("{name}_deviation")] = spread.deviation.into();
                if column % 2 == 0 {
                    lines[column / 2].push((f64::from(shots).log10(), 100.0 * spread.mean));
                }
            }
            text += "\n";
            json.push(row);
            progress.inc(1);
            if cancel.load(Ordering::Relaxed) {
                return Err("cancelled".into());
            }
        }
        progress.finish_and_clear();
        if let Some(path) = &self.plot {
            let named = ["nearest mean", "logistic regression"]
                .into_iter()
                .zip(lines);
            let chart = Chart {
                title: format!(
                    "Recognition from few labels, {} classes",
                    task.classes.len()
                ),
                x: "labels a class, log₁₀".into(),
                y: "accuracy, %".into(),
                lines: named
                    .map(|(name, points)| Line {
                        name: name.into(),
                        points,
                    })
                    .collect(),
            };
            chart.save(path)?;
        }
        text += &format!("{} episodes; ", self.episodes);
        self.task.say(&task, &text, json)
    }
}
