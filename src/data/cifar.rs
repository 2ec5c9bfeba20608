//! The binary files that CIFAR-10 and CIFAR-100 are published in (Krizhevsky 2009).
//!
//! A record is one byte for the class, in CIFAR-100 two (coarse, fine), then 32×32 bytes of red, of
//! green and of blue.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::error::{DataError, Result};
use super::paths::file_name;
use super::source::{Content, Found, Sink};
use crate::files::{MOST_TEXT, read_file};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// The files to read at `path`: the file itself if it is one of these by its name, or those of a
/// folder that hold the training part. None if there is no such file.
pub(super) fn find(path: &Path) -> Result<Option<Vec<PathBuf>>> {
    if !path.is_dir() {
        return Ok(labels(path).map(|_| vec![path.to_owned()]));
    }
    let unreadable = |source| DataError::Unreadable {
        path: path.into(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if labels(&file).is_some() && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok((!files.is_empty()).then_some(files))
}

/// Class bytes of a record, by the file's name.
fn labels(path: &Path) -> Option<usize> {
    let name = path.file_name()?.to_string_lossy();
    let batch = name
        .strip_prefix("data_batch_")
        .and_then(|rest| rest.strip_suffix(".bin"));
    match name.as_ref() {
        "test_batch.bin" => Some(1),
        "train.bin" | "test.bin" => Some(2),
        _ => batch.map(|_| 1),
    }
}

/// Read these files, the ones with the test part only if there is no other.
pub(super) fn read(files: &[PathBuf], sink: &mut Sink) -> Result<()> {
    let name = |file: &PathBuf| file_name(file);
    let is_test = |file: &PathBuf| name(file).starts_with("test");
    let only_test = files.iter().all(is_test);
    for file in files {
        if is_test(file) && !only_test {
            let reason =
                "lies beside the training part and was not read; to read it, give the file itself";
            sink.notes.skip(name(file), reason);
        } else {
            batch(file, &name(file), sink)?;
        }
    }
    Ok(())
}

fn batch(path: &Path, name: &str, sink: &mut Sink) -> Result<()> {
    let labels = labels(path).unwrap_or(1);
    let record = labels + PIXELS;
    let unreadable = |source| DataError::Unreadable {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len() as usize;
    let shard = sink.notes.shard(path);
    if !length.is_multiple_of(record) {
        let reason = format!(
            "is cut short or no CIFAR-{} file: {length} bytes are no multiple of {record}; its {} \
             whole pictures were read",
            if labels == 1 { 10 } else { 100 },
            length / record
        );
        sink.notes.skip(name, reason);
    }
    sink.expect(length / record);
    let names = |file: &str| names(&path.with_file_name(file));
    let (fine, coarse) = match labels {
        1 => (names("batches.meta.txt"), Vec::new()),
        _ => (
            names("fine_label_names.txt"),
            names("coarse_label_names.txt"),
        ),
    };
    let called = |names: &[String], class: u8| {
        let known = names.get(class as usize).cloned();
        known.unwrap_or_else(|| class.to_string())
    };
    let mut reader = BufReader::new(file);
    let mut bytes = vec![0; record];
    for i in 0..length / record {
        reader.read_exact(&mut bytes).map_err(unreadable)?;
        let (classes, planes) = bytes.split_at(labels);
        let key = format!("{i:05}");
        if labels == 2 {
            let meta = serde_json::json!({"coarse": called(&coarse, classes[0])});
            sink.notes.metas.insert((shard, key.clone()), meta);
        }
        let area = SIDE * SIDE;
        let rgba = (0..area)
            .flat_map(|p| [planes[p], planes[area + p], planes[2 * area + p], 255])
            .collect();
        sink.picture(Found {
            name: format!("{name}/{key}"),
            key,
            shard,
            view: None,
            class: Some(called(&fine, classes[labels - 1])),
            content: Content::Pixels {
                rgba,
                width: SIDE,
                height: SIDE,
            },
            share: None,
        })?;
    }
    Ok(())
}

/// Names of classes, a line each; none if the file is not there.
fn names(path: &Path) -> Vec<String> {
    let text = read_file(path, MOST_TEXT).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}
