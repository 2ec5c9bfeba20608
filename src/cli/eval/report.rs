//! What a protocol found, as tables, as JSON and as CSV.

use crate::cli::{CliResult, say};
use crate::eval::Quality;
use crate::weights::replace_file;
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where results go, beside the tables that are printed.
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
    /// Print the tables, or JSON if that was asked for, and write the files.
    pub fn say(&self, json: bool, report: Report) -> CliResult {
        let text = report.text();
        let rows = report.tables.first().map(|table| table.field);
        let value = report.json();
        if let Some(path) = &self.out {
            replace_file(path, format!("{value:#}\n").as_bytes())?;
        }
        if let Some(path) = &self.csv {
            let rows = rows.and_then(|field| value[field].as_array());
            save_rows(path, rows.map_or(&[], Vec::as_slice))?;
        }
        say(json, &text, value);
        Ok(())
    }
}

/// Fields that are said once, and tables.
pub struct Report {
    facts: Value,
    tables: Vec<Table>,
}

impl Report {
    /// Of a JSON object; tables follow, and the first is what CSV has.
    pub fn new(facts: Value) -> Self {
        let tables = Vec::new();
        Self { facts, tables }
    }

    /// Add a table.
    pub fn with(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// The tables, one below the other.
    fn text(&self) -> String {
        let tables = self.tables.iter().filter(|table| !table.rows.is_empty());
        tables.map(Table::text).collect::<Vec<_>>().join("\n\n")
    }

    /// The object with the rows of every table that has a field there; tables of one field share
    /// a list.
    fn json(self) -> Value {
        let mut object = self.facts;
        for table in self
            .tables
            .into_iter()
            .filter(|table| !table.field.is_empty())
        {
            match object[table.field].as_array_mut() {
                Some(rows) => rows.extend(table.rows),
                None => object[table.field] = table.rows.into(),
            }
        }
        object
    }
}

/// How the numbers of a column are printed. Texts stay as they are; null leaves a cell empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Format {
    /// As they are.
    Plain,
    /// With so many digits after the point.
    Fixed(usize),
    /// Shares as per cent, with so many digits after the point.
    Percent(usize),
}

/// Rows, each a JSON object, and the columns of them that are printed.
pub struct Table {
    field: &'static str,
    columns: Vec<(String, String, Format)>,
    rows: Vec<Value>,
    note: String,
}

impl Table {
    /// A table that is the report's `field` in JSON, or is only printed if that is empty. Columns
    /// are a field of the rows (`a.b` for field `b` of `a`), their heading and their format; the
    /// first one names the row.
    pub fn new<T: AsRef<str>>(field: &'static str, columns: &[(T, T, Format)]) -> Self {
        let owned = |(field, heading, format): &(T, T, Format)| {
            (field.as_ref().into(), heading.as_ref().into(), *format)
        };
        Self {
            field,
            columns: columns.iter().map(owned).collect(),
            rows: Vec::new(),
            note: String::new(),
        }
    }

    /// PSNR, SSIM and MSE of each of `rows`.
    pub fn of_quality(
        field: &'static str,
        title: &str,
        rows: impl IntoIterator<Item = (String, Quality)>,
    ) -> Self {
        let columns = [
            ("row", title, Format::Plain),
            ("psnr", "PSNR dB", Format::Fixed(2)),
            ("ssim", "SSIM", Format::Fixed(3)),
            ("mse", "MSE", Format::Fixed(5)),
        ];
        let mut table = Self::new(field, &columns);
        for (name, q) in rows {
            table.row(json!({"row": name, "psnr": q.psnr, "ssim": q.ssim, "mse": q.mse}));
        }
        table
    }

    /// The same with one more column, a value for each row.
    pub fn with_column(
        mut self,
        (field, heading, format): (&str, &str, Format),
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        self.columns
            .push((field.to_owned(), heading.to_owned(), format));
        for (row, value) in self.rows.iter_mut().zip(values) {
            row[field] = json!(value);
        }
        self
    }

    /// Add a row.
    pub fn row(&mut self, row: Value) {
        self.rows.push(row);
    }

    /// A line below the rows.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn text(&self) -> String {
        let headings = self.columns.iter().map(|(_, heading, _)| heading.clone());
        let mut lines: Vec<Vec<String>> = vec![headings.collect()];
        lines.extend(self.rows.iter().map(|row| {
            let columns = self.columns.iter();
            let cells = columns.map(|(field, _, format)| cell(row, field, *format));
            cells.collect()
        }));
        let width = |column: usize| {
            let lengths = lines.iter().map(|line| line[column].chars().count());
            lengths.max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let (name, rest) = (&cells[0], cells[1..].iter().zip(&widths[1..]));
            let start = format!("{name:<0$}", widths[0]);
            let line = rest.fold(start, |line, (cell, width)| {
                format!("{line}  {cell:>width$}")
            });
            line.trim_end().to_owned()
        };
        let mut lines: Vec<String> = lines.iter().map(line).collect();
        lines.extend((!self.note.is_empty()).then(|| self.note.clone()));
        lines.join("\n")
    }
}

fn cell(row: &Value, field: &str, format: Format) -> String {
    let inner = || row.pointer(&format!("/{}", field.replace('.', "/")));
    match (row.get(field).or_else(inner), format) {
        (None | Some(Value::Null), _) => String::new(),
        (Some(Value::String(text)), _) => text.clone(),
        (Some(value), Format::Plain) => value.to_string(),
        (Some(value), Format::Fixed(digits)) => {
            format!("{:.digits$}", value.as_f64().unwrap_or(f64::NAN))
        }
        (Some(value), Format::Percent(digits)) => {
            format!("{:.digits$}%", 100.0 * value.as_f64().unwrap_or(f64::NAN))
        }
    }
}

/// Write rows as CSV.
pub fn save_rows(path: &Path, rows: &[Value]) -> CliResult {
    Ok(replace_file(path, csv(rows).as_bytes())?)
}

/// Rows as CSV (RFC 4180): a column for every number, text or truth value that some row has, `row`
/// first; those of objects in rows are called `object.field`.
fn csv(rows: &[Value]) -> String {
    fn flat<'a>(
        fields: &'a Map<String, Value>,
        above: &str,
        cells: &mut BTreeMap<String, &'a Value>,
    ) {
        for (field, value) in fields {
            match value {
                Value::Object(fields) => flat(fields, &format!("{above}{field}."), cells),
                Value::Array(_) => {}
                scalar => {
                    cells.insert(format!("{above}{field}"), scalar);
                }
            }
        }
    }
    let rows: Vec<BTreeMap<String, &Value>> = rows
        .iter()
        .map(|row| {
            let mut cells = BTreeMap::new();
            if let Some(fields) = row.as_object() {
                flat(fields, "", &mut cells);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_csv_with_what_needs_it_quoted() {
        let rows = [
            json!({"row": "k = 5, \"all\"", "accuracy": 0.5, "by": {"psnr": 3}}),
            json!({"row": "b", "confusion": [[1]], "note": "x"}),
        ];
        let wanted = "row,accuracy,by.psnr,note\r\n\"k = 5, \"\"all\"\"\",0.5,3,\r\nb,,,x\r\n";
        assert_eq!(csv(&rows), wanted);
    }

    #[test]
    fn tables_line_up_and_tables_of_one_field_share_its_rows() {
        let columns = [
            ("row", "name", Format::Plain),
            ("by.share", "share", Format::Percent(1)),
            ("db", "dB", Format::Fixed(2)),
        ];
        let (mut first, mut second) = (Table::new("rows", &columns), Table::new("rows", &columns));
        first.row(json!({"row": "größer", "by": {"share": 0.256}, "db": 7}));
        first.row(json!({"row": "b", "by": {"share": null}, "db": -12.346}));
        second.row(json!({"row": "c"}));
        let empty = Table::new("", &columns);
        let report = Report::new(json!({"seed": 3}));
        let report = report
            .with(first.note("2 pictures"))
            .with(empty)
            .with(second);
        let wanted = "name    share      dB\n\
                      größer  25.6%    7.00\n\
                      b              -12.35\n\
                      2 pictures\n\n\
                      name  share  dB\n\
                      c";
        assert_eq!(report.text(), wanted);
        let value = report.json();
        assert_eq!(
            (&value["seed"], value["rows"].as_array().unwrap().len()),
            (&json!(3), 3)
        );
        assert_eq!(value.as_object().unwrap().len(), 2);
    }
}
