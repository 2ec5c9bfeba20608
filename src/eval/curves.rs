//! The curves of a training run, read back from its TensorBoard files.

use crate::files::read_file;
use crate::plot::{Chart, Line};
use protobuf::Message;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tensorboard_proto::event::Event;
use tensorboard_rs::masked_crc32c::masked_crc32c;

/// Most bytes of a file of curves.
const MOST_CURVES: u64 = 1 << 30;

/// Points `(step, value)` of each curve, in the order of steps.
pub type Curves = BTreeMap<String, Vec<(usize, f32)>>;

/// Why curves cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CurvesError {
    /// No such folder, or one without files for TensorBoard.
    #[error("{}: holds no TensorBoard files; give the folder of a run", .0.display())]
    None(PathBuf),
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// All scalar curves in `run/events`. Where a resumed run has repeated a step, the later file
/// counts. What a kill left half-written at the end of a file is left out.
///
/// # Errors
/// [`CurvesError`] where there is nothing to read.
pub fn read_curves(run: &Path) -> Result<Curves, CurvesError> {
    let dir = run.join("events");
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| CurvesError::Io { path, source }
    };
    let Ok(entries) = std::fs::read_dir(&dir) else {
        return Err(CurvesError::None(run.to_owned()));
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().contains(".tfevents."))
        .collect();
    if files.is_empty() {
        return Err(CurvesError::None(run.to_owned()));
    }
    // Their names hold the second they were begun.
    files.sort();
    let mut curves: BTreeMap<String, BTreeMap<usize, f32>> = BTreeMap::new();
    for file in files {
        let bytes = read_file(&file, MOST_CURVES).map_err(fail(&file))?;
        for record in Records(&bytes) {
            let Ok(event) = Event::parse_from_bytes(record) else {
                continue;
            };
            for value in event.get_summary().get_value() {
                let curve = curves.entry(value.get_tag().to_owned()).or_default();
                curve.insert(event.get_step().max(0) as usize, value.get_simple_value());
            }
        }
    }
    let in_order = |(name, points): (String, BTreeMap<_, _>)| (name, points.into_iter().collect());
    Ok(curves.into_iter().map(in_order).collect())
}

/// The records of a TFRecord file, up to the first that is not whole: its length and the length's
/// checksum, the bytes and their checksum.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<8>()?;
        let (length_sum, rest) = rest.split_first_chunk::<4>()?;
        if masked_crc32c(length) != u32::from_le_bytes(*length_sum) {
            return None;
        }
        let (record, rest) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        if masked_crc32c(record) != u32::from_le_bytes(*sum) {
            return None;
        }
        self.0 = rest;
        Some(record)
    }
}

/// The mean over each point and up to `width − 1` before it.
fn smoothed(points: &[(usize, f32)], width: usize) -> Vec<(f64, f64)> {
    (0..points.len())
        .map(|i| {
            let window = &points[(i + 1).saturating_sub(width.max(1))..=i];
            let sum: f64 = window.iter().map(|&(_, value)| value as f64).sum();
            (points[i].0 as f64, sum / window.len() as f64)
        })
        .collect()
}

/// A chart of the curves named `tag` of several runs, each the mean over `width` points; the
/// logarithm to base 10 where `logarithm` is set.
pub fn curves_chart(runs: &[(String, Curves)], tag: &str, width: usize, logarithm: bool) -> Chart {
    let lines = runs.iter().filter_map(|(name, curves)| {
        let points = smoothed(curves.get(tag)?, width);
        let scaled = points.into_iter().map(|(step, value)| {
            if logarithm {
                (step, value.log10())
            } else {
                (step, value)
            }
        });
        Some(Line {
            name: name.clone(),
            points: scaled.collect(),
        })
    });
    Chart {
        title: tag.to_owned(),
        x: "step".into(),
        y: if logarithm { "log10" } else { "value" }.into(),
        lines: lines.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tensorboard_rs::summary_writer::SummaryWriter;

    fn written(run: &Path, points: &[(usize, f32)]) -> PathBuf {
        let mut writer = SummaryWriter::new(run.join("events"));
        for &(step, value) in points {
            writer.add_scalar("loss", value, step);
        }
        writer.flush();
        drop(writer);
        let entries = std::fs::read_dir(run.join("events")).unwrap();
        entries.map(|entry| entry.unwrap().path()).max().unwrap()
    }

    #[test]
    fn what_was_written_is_read_back_and_a_torn_end_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let points = [(1, 3.0), (10, 2.0), (20, 1.5)];
        let file = written(dir.path(), &points);
        assert_eq!(read_curves(dir.path()).unwrap()["loss"], points);

        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
        assert_eq!(read_curves(dir.path()).unwrap()["loss"], points[..2]);
        let mut wrong = bytes.clone();
        let last = wrong.len() - 6;
        wrong[last] ^= 1;
        std::fs::write(&file, &wrong).unwrap();
        assert_eq!(read_curves(dir.path()).unwrap()["loss"], points[..2]);
    }

    #[test]
    fn a_folder_without_curves_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = read_curves(dir.path()).unwrap_err().to_string();
        assert!(error.contains("holds no TensorBoard files"), "{error}");
    }

    #[test]
    fn charts_show_means_over_a_window() {
        let points = [(0, 4.0), (1, 2.0), (2, 0.0)];
        assert_eq!(smoothed(&points, 2), [(0.0, 4.0), (1.0, 3.0), (2.0, 1.0)]);
        let curves = Curves::from([("loss".to_owned(), vec![(1, 100.0)])]);
        let chart = curves_chart(&[("run".into(), curves)], "loss", 1, true);
        assert_eq!(chart.lines[0].points, [(1.0, 2.0)]);
    }
}
