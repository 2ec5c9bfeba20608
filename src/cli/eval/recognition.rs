//! What the protocols on recognition share: labels, what is held out, and the table.

use super::encoding::EncodingArgs;
use super::options::share;
use super::outside::Outside;
use super::report::Format::{Percent, Plain};
use super::report::{Report, ResultArgs, Table};
use crate::Soda;
use crate::cli::CliResult;
use crate::eval::{Accuracy, Encoded, HeldOut, LabelSource, Task};
use clap::{Args, ValueEnum};
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
    pub fn open(&self) -> CliResult<(Soda, Task)> {
        let soda = self.encoding.model.load()?;
        let task = self.task(&self.sets(&soda)?)?;
        Ok((soda, task))
    }

    /// The task, and the same one by the features in each of these files, with how tables call
    /// what each goes by.
    pub fn open_beside(&self, files: &[PathBuf]) -> CliResult<Vec<(String, Task)>> {
        // A fault in a file is said before the pictures are encoded.
        let files = files.iter().map(|file| Outside::read(file));
        let files: Vec<Outside> = files.collect::<CliResult<_>>()?;
        let sets = self.sets(&self.encoding.model.load()?)?;
        let own = self.encoding.features.to_possible_value();
        let own = own.map_or_else(String::new, |value| value.get_name().to_owned());
        let mut tasks = vec![(own, self.task(&sets)?)];
        for file in files {
            let sets = sets.iter().map(|set| file.of(&set.about));
            let task = self.task(&sets.collect::<CliResult<Vec<_>>>()?)?;
            tasks.push((file.name, task));
        }
        Ok(tasks)
    }

    /// --data as rows, then --train if there is one.
    fn sets(&self, soda: &Soda) -> CliResult<Vec<Encoded>> {
        let data = self.encoding.data.data.as_slice();
        let train = self.train.as_ref().map(std::slice::from_ref);
        let paths = std::iter::once(data).chain(train);
        paths.map(|path| self.encoding.encode(soda, path)).collect()
    }

    fn task(&self, sets: &[Encoded]) -> CliResult<Task> {
        let held_out = match (&self.held_out_view, &self.train) {
            (Some(view), _) => HeldOut::View(view.clone()),
            (None, Some(_)) => HeldOut::Set,
            (None, None) => HeldOut::Share(self.held_out_share, self.seed),
        };
        let (data, train) = (&sets[0], &sets[sets.len() - 1]);
        Ok(Task::new(train, data, &self.label, &held_out)?)
    }

    /// Print and write a table of the task; `after` ends the line below it.
    pub fn say(&self, task: &Task, table: Table, after: &str) -> CliResult {
        let (learnt, judged) = (task.train.labels.len(), task.test.labels.len());
        let classes = task.classes.len();
        let left_out = match task.left_out {
            0 => String::new(),
            count => format!("; {count} without a class to learn left out"),
        };
        let table = table.note(format!(
            "{classes} classes by {}, {learnt} pictures to learn from, {judged} judged on, \
             {after}{left_out}",
            self.label
        ));
        let facts = json!({
            "label": self.label.to_string(), "classes": task.classes, "train": learnt,
            "test": judged, "left_out": task.left_out, "width": task.train.codes.width(),
            "seed": self.seed,
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
        let after = format!("{} numbers each", task.train.codes.width());
        self.say(task, table, &after)
    }
}
