//! Curves of a run for TensorBoard, in the run folder's `events`.
//!
//! Points wait in memory and are appended to the file a few times a minute. A file that cannot be
//! written costs points and never a step: its error is told once, and the next time tried again.

use super::{StepReport, Trainer};
use protobuf::Message;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tensorboard_proto::event::Event;
use tensorboard_proto::summary::{Summary, Summary_Value};
use tensorboard_rs::masked_crc32c::masked_crc32c;

/// Steps between two points of a curve.
const EVERY: usize = 10;
/// Time after which points not yet written are.
const FLUSH: Duration = Duration::from_secs(10);
/// Bytes that wait at most while the file cannot be written.
const MOST: usize = 4 << 20;

/// Writes curves. `tensorboard --logdir RUN` shows them.
pub(super) struct Board {
    path: PathBuf,
    file: Option<File>,
    /// Bytes of the file that are whole records.
    length: u64,
    waiting: Vec<u8>,
    flushed: Instant,
    failed: bool,
}

impl Board {
    /// In `dir`. A resumed run adds a file of its own; TensorBoard shows both as one curve.
    pub fn new(dir: &Path) -> Self {
        let now = seconds();
        let path = dir.join("events").join(format!(
            "events.out.tfevents.{:010}.{}",
            now as u64,
            std::process::id()
        ));
        let mut board = Self {
            path,
            file: None,
            length: 0,
            waiting: Vec::new(),
            flushed: Instant::now(),
            failed: false,
        };
        let mut event = Event::new();
        event.set_wall_time(now);
        event.set_file_version("brain.Event:2".into());
        board.record(&event);
        board
    }

    /// Take note of a step. `rate` is pictures per second, `waiting` the share of time spent
    /// waiting for data. Gives back what went wrong, the first time that something does.
    pub fn step(
        &mut self,
        trainer: &Trainer,
        report: &StepReport,
        rate: f64,
        waiting: f64,
    ) -> Option<String> {
        if !report.step.is_multiple_of(EVERY) && report.step != 1 {
            return None;
        }
        let curves = [
            ("loss/total", Some(report.loss)),
            ("loss/reconstruction", report.reconstruction),
            ("loss/dsm", report.dsm),
            ("loss/critic", report.critic),
            ("loss/consistency", report.consistency),
            ("gradient_norm", Some(report.gradient)),
            ("learning_rate", Some(report.rate as f32)),
            ("speed/pictures_per_second", Some(rate as f32)),
            ("speed/waiting_for_data", Some(waiting as f32)),
        ];
        for (name, value) in curves {
            if let Some(value) = value {
                self.point(name, value, report.step);
            }
        }
        let adapted = trainer.adapted();
        for (name, schedule) in [("pixels", &adapted.pixels), ("latents", &adapted.latents)] {
            if let Some(schedule) = schedule {
                let middle = crate::diffusion::NoiseSchedule::log_snr(schedule, 0.5);
                let name = format!("schedule/median_log_snr_{name}");
                self.point(&name, middle as f32, report.step);
            }
        }
        if self.flushed.elapsed() > FLUSH {
            self.flush()
        } else {
            None
        }
    }

    /// Write all points. Gives back what went wrong, the first time that something does.
    pub fn flush(&mut self) -> Option<String> {
        self.flushed = Instant::now();
        match self.write() {
            Ok(()) => {
                self.failed = false;
                None
            }
            Err(error) => {
                if self.waiting.len() > MOST {
                    self.waiting.clear();
                }
                let is_first = !std::mem::replace(&mut self.failed, true);
                let path = self.path.display();
                is_first.then(|| format!("{path}: {error}; training goes on without curves"))
            }
        }
    }

    fn write(&mut self) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            place => {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                let file = OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&self.path)?;
                place.insert(file)
            }
        };
        // What an attempt that failed has left of a record.
        file.set_len(self.length)?;
        file.write_all(&self.waiting)?;
        self.length += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    fn point(&mut self, name: &str, value: f32, step: usize) {
        let mut point = Summary_Value::new();
        point.set_tag(name.into());
        point.set_simple_value(value);
        let mut summary = Summary::new();
        summary.mut_value().push(point);
        let mut event = Event::new();
        event.set_wall_time(seconds());
        event.set_step(step as i64);
        event.set_summary(summary);
        self.record(&event);
    }

    /// A record of TFRecord: length and its checksum, the bytes and theirs.
    fn record(&mut self, event: &Event) {
        let Ok(bytes) = event.write_to_bytes() else {
            return;
        };
        let length = (bytes.len() as u64).to_le_bytes();
        self.waiting.extend(length);
        self.waiting.extend(masked_crc32c(&length).to_le_bytes());
        self.waiting.extend(&bytes);
        self.waiting.extend(masked_crc32c(&bytes).to_le_bytes());
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.write();
    }
}

fn seconds() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |now| now.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::read_curves;

    #[test]
    fn points_are_read_back_and_a_failure_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut board = Board::new(dir.path());
        board.point("loss", 2.0, 1);
        // A file where the folder should be.
        std::fs::write(dir.path().join("events"), "").unwrap();
        assert!(board.flush().unwrap().contains("events"));
        assert_eq!(board.flush(), None);
        std::fs::remove_file(dir.path().join("events")).unwrap();
        board.point("loss", 1.5, 10);
        assert_eq!(board.flush(), None);
        board.point("loss", 1.0, 20);
        drop(board);
        let curves = read_curves(dir.path()).unwrap();
        assert_eq!(curves["loss"], [(1, 2.0), (10, 1.5), (20, 1.0)]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_costs_curves_only() {
        let dir = tempfile::tempdir().unwrap();
        let mut board = Board::new(dir.path());
        std::fs::create_dir(dir.path().join("events")).unwrap();
        std::os::unix::fs::symlink("/dev/full", &board.path).unwrap();
        board.point("loss", 2.0, 1);
        assert!(board.flush().is_some());
        assert_eq!(board.flush(), None);
    }
}
