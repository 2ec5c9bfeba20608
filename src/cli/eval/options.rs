//! Options that protocols share.

use crate::Soda;
use crate::cli::data::{PathArgs, open_pictures};
use crate::cli::files::{ModelArgs, NoiseArgs};
use crate::cli::{CliResult, say};
use crate::data::Dataset;
use crate::weights::replace_file;
use clap::Args;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is measured, on what, and where the results go.
#[derive(Debug, Args)]
pub struct Subject {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Held-out pictures.
    #[command(flatten)]
    pub data: PathArgs,
    #[command(flatten)]
    pub noise: NoiseArgs,
    #[command(flatten)]
    pub results: ResultArgs,
}

/// Where results go, beside the table that is printed.
#[derive(Debug, Args)]
pub struct ResultArgs {
    /// File for the results as JSON.
    #[arg(long)]
    out: Option<PathBuf>,
    /// File for the table as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
}

impl ResultArgs {
    /// Print a table, or JSON if that was asked for, and write the files.
    pub fn say(&self, json: bool, text: &str, value: serde_json::Value) -> CliResult {
        if let Some(path) = &self.out {
            replace_file(path, format!("{value:#}\n").as_bytes())?;
        }
        if let Some(path) = &self.csv {
            let rows = ["rows", "shares"]
                .into_iter()
                .find_map(|name| value[name].as_array());
            save_rows(path, rows.map_or(&[], Vec::as_slice))?;
        }
        say(json, text, value);
        Ok(())
    }
}

/// Write rows as CSV.
pub fn save_rows(path: &Path, rows: &[Value]) -> CliResult {
    Ok(replace_file(path, csv(rows).as_bytes())?)
}

/// `count` places below `all`, evenly spread; all of them if there are no more.
pub fn places_evenly(all: usize, count: usize) -> Vec<usize> {
    let count = count.min(all);
    (0..count).map(|i| i * all / count).collect()
}

/// Rows as CSV (RFC 4180): a column for every number, text or truth value that some row has, `row`
/// first; those of objects in rows are called `object.field`.
fn csv(rows: &[Value]) -> String {
    fn flat<'a>(value: &'a Value, name: &str, cells: &mut BTreeMap<String, &'a Value>) {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    let name = if name.is_empty() {
                        field.clone()
                    } else {
                        format!("{name}.{field}")
                    };
                    flat(value, &name, cells);
                }
            }
            Value::Array(_) => {}
            scalar => {
                cells.insert(name.to_owned(), scalar);
            }
        }
    }
    let rows: Vec<BTreeMap<String, &Value>> = rows
        .iter()
        .map(|row| {
            let mut cells = BTreeMap::new();
            flat(row, "", &mut cells);
            cells
        })
        .collect();
    let mut names: Vec<&String> = rows.iter().flat_map(BTreeMap::keys).collect();
    names.sort_by_key(|&name| (name != "row", name));
    names.dedup();
    let quoted = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let mut text = line(names.iter().map(|name| quoted(name)).collect());
    for row in &rows {
        let cell = |name: &&String| match row.get(*name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => quoted(text),
            Some(value) => value.to_string(),
        };
        text += &line(names.iter().map(cell).collect());
    }
    text
}

impl Subject {
    /// Load the model and read the pictures.
    pub fn open(&self) -> Result<(Soda, Dataset), Box<dyn std::error::Error>> {
        let soda = self.model.load()?;
        let data = open_pictures(&self.data, soda.size(), self.model.json)?;
        Ok((soda, data))
    }

    /// Print and write the results.
    pub fn say(&self, text: &str, value: serde_json::Value) -> CliResult {
        self.results.say(self.model.json, text, value)
    }
}

/// Numbers of steps to compare.
#[derive(Debug, Args)]
pub struct StepsArgs {
    /// Numbers of steps to paint with; a model that knows no more paints in 1 [default: 1,4,8].
    #[arg(long, value_delimiter = ',')]
    steps: Vec<usize>,
}

impl StepsArgs {
    /// Each number, with the name of its row.
    pub fn rows(&self, soda: &Soda) -> impl Iterator<Item = (usize, String)> {
        let steps = match (
            self.steps.as_slice(),
            soda.manifest.training.objective.denoises(),
        ) {
            ([], true) => vec![1, 4, 8],
            (asked, true) => asked.to_vec(),
            (_, false) => vec![1],
        };
        let name = |steps| format!("z, {steps} step{}", if steps == 1 { "" } else { "s" });
        steps.into_iter().map(move |steps| (steps, name(steps)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_csv_with_what_needs_it_quoted() {
        let rows = [
            serde_json::json!({"row": "k = 5, \"all\"", "accuracy": 0.5, "by": {"psnr": 3}}),
            serde_json::json!({"row": "b", "confusion": [[1]], "note": "x"}),
        ];
        let wanted = "row,accuracy,by.psnr,note\r\n\"k = 5, \"\"all\"\"\",0.5,3,\r\nb,,,x\r\n";
        assert_eq!(csv(&rows), wanted);
    }
}
