//! What the protocols on recognition share: labels, what is held out, and the table.

use super::Fallible;
use super::encoding::EncodingArgs;
use super::options::share;
use super::report::Format::{Percent, Plain};
use super::report::{Report, ResultArgs, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{Accuracy, HeldOut, LabelSource, Task};
use clap::Args;
use serde_json::json;
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
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    held_out_share: f64,
    /// Seed of what is held out and of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    results: ResultArgs,
}

impl TaskArgs {
    /// Load the model and encode the pictures.
    pub fn open(&self) -> Fallible<(Soda, Task)> {
        let soda = self.encoding.model.load()?;
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
        let train = train.as_ref().unwrap_or(&data);
        let task = Task::new(train, &data, &self.label, &held_out)?;
        Ok((soda, task))
    }

    /// Print and write a table of the task; `before` begins the line below it.
    pub fn say(&self, task: &Task, table: Table, before: &str) -> CliResult {
        let (learnt, judged) = (task.train.labels.len(), task.test.labels.len());
        let (classes, width) = (task.classes.len(), task.train.codes.width());
        let left_out = match task.left_out {
            0 => String::new(),
            count => format!("; {count} without a class to learn left out"),
        };
        let table = table.note(format!(
            "{before}{classes} classes by {}, {learnt} pictures to learn from, {judged} judged on, \
             {width} numbers each{left_out}",
            self.label
        ));
        let facts = json!({
            "label": self.label.to_string(), "classes": task.classes, "train": learnt,
            "test": judged, "left_out": task.left_out, "width": width, "seed": self.seed,
        });
        self.results
            .say(self.encoding.model.json, Report::new(facts).with(table))
    }

    /// Print and write rows of accuracy, below what always telling the most frequent class reaches.
    pub fn say_accuracies(
        &self,
        title: &str,
        task: &Task,
        rows: &[(String, Accuracy)],
        with_confusion: bool,
    ) -> CliResult {
        let columns = [
            ("row", title, Plain),
            ("accuracy", "accuracy", Percent(2)),
            ("balanced", "balanced", Percent(2)),
        ];
        let mut table = Table::new("rows", &columns);
        table.row(json!({
            "row": "most frequent class", "accuracy": task.chance(),
            "balanced": 1.0 / task.classes.len() as f64,
        }));
        for (name, found) in rows {
            let mut row = json!({
                "row": name, "accuracy": found.share(), "balanced": found.balanced(),
            });
            if with_confusion {
                row["confusion"] = found.confusion().collect();
            }
            table.row(row);
        }
        self.say(task, table, "")
    }
}
