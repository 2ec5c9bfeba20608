//! What the protocols on recognition share: labels, what is held out, and the table.

use super::encoding::EncodingArgs;
use super::options::ResultArgs;
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{Accuracy, HeldOut, LabelSource, Task};
use clap::Args;
use std::path::PathBuf;

/// A recognition task.
#[derive(Debug, Args)]
pub struct TaskArgs {
    #[command(flatten)]
    pub encoding: EncodingArgs,
    /// Labelled pictures to learn from; --data is then what is judged on. Without it, a part of
    /// --data is held out.
    #[arg(long)]
    train: Option<PathBuf>,
    /// What names a picture's class: class (sub-folder, .cls or label file), view, or a field of
    /// its JSON.
    #[arg(long, default_value = "class")]
    label: LabelSource,
    /// View to be judged on, such as one vendor's drawings; the others are learnt from.
    #[arg(long)]
    held_out_view: Option<String>,
    /// Share of the samples to be judged on, where neither --train nor --held-out-view says.
    #[arg(long, default_value_t = 0.2)]
    held_out_share: f64,
    /// Seed of what is held out and of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    results: ResultArgs,
}

impl TaskArgs {
    /// Load the model and encode the pictures.
    pub fn open(&self) -> Result<(Soda, Task), Box<dyn std::error::Error>> {
        let soda = self.encoding.model.load()?;
        if !(self.held_out_share > 0.0 && self.held_out_share < 1.0) {
            return Err(format!(
                "held-out-share: is {}, needs to lie between 0 and 1",
                self.held_out_share
            )
            .into());
        }
        let held_out = match (&self.held_out_view, &self.train) {
            (Some(view), _) => HeldOut::View(view.clone()),
            (None, Some(_)) => HeldOut::Set,
            (None, None) => HeldOut::Share(self.held_out_share, self.seed),
        };
        let data = self.encoding.encode(&soda, &self.encoding.data.data)?;
        let train = match &self.train {
            Some(path) => Some(self.encoding.encode(&soda, std::slice::from_ref(path))?),
            None => None,
        };
        let task = Task::new(
            train.as_ref().unwrap_or(&data),
            &data,
            &self.label,
            &held_out,
        )?;
        Ok((soda, task))
    }

    /// Print and write rows that have a name, numbers and their JSON.
    pub fn say(&self, task: &Task, table: &str, rows: Vec<serde_json::Value>) -> CliResult {
        let (learnt, judged) = (task.train.labels.len(), task.test.labels.len());
        let (classes, width) = (task.classes.len(), task.train.codes.width());
        let mut text = format!(
            "{table}{classes} classes by {}, {learnt} pictures to learn from, {judged} judged on, \
             {width} numbers each",
            self.label
        );
        if task.left_out > 0 {
            text += &format!("; {} without a class to learn left out", task.left_out);
        }
        let value = serde_json::json!({
            "label": self.label.to_string(),
            "classes": task.classes,
            "train": learnt,
            "test": judged,
            "left_out": task.left_out,
            "width": width,
            "seed": self.seed,
            "rows": rows,
        });
        self.results.say(self.encoding.model.json, &text, value)
    }
}

/// Rows of accuracy as a table and as JSON, below what always telling the most frequent class
/// reaches.
pub fn accuracies(
    title: &str,
    task: &Task,
    rows: &[(String, Accuracy)],
) -> (String, Vec<serde_json::Value>) {
    let mut text = format!("{title:<44} {:>11} {:>11}\n", "accuracy %", "balanced %");
    let chance = (
        "most frequent class",
        task.chance(),
        1.0 / task.classes.len() as f64,
    );
    let found = rows
        .iter()
        .map(|(name, found)| (name.as_str(), found.share(), found.balanced()));
    let mut json = Vec::new();
    for (name, share, balanced) in std::iter::once(chance).chain(found) {
        text += &format!(
            "{name:<44} {:>11.2} {:>11.2}\n",
            100.0 * share,
            100.0 * balanced
        );
        json.push(serde_json::json!({"row": name, "accuracy": share, "balanced": balanced}));
    }
    (text, json)
}
