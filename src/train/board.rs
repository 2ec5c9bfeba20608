//! Curves of a run for TensorBoard, in the run folder's `events`.

use super::{StepReport, Trainer};
use std::path::Path;
use std::time::{Duration, Instant};
use tensorboard_rs::summary_writer::SummaryWriter;

/// Steps between two points of a curve.
const EVERY: usize = 10;
/// Time after which points not yet written are.
const FLUSH: Duration = Duration::from_secs(10);

/// Writes curves. `tensorboard --logdir RUN` shows them.
pub(super) struct Board {
    writer: SummaryWriter,
    flushed: Instant,
}

impl Board {
    /// In `dir`, which must exist. A resumed run adds a file of its own; TensorBoard shows both as
    /// one curve.
    pub fn new(dir: &Path) -> std::io::Result<Self> {
        let events = dir.join("events");
        std::fs::create_dir_all(&events)?;
        Ok(Self {
            writer: SummaryWriter::new(&events),
            flushed: Instant::now(),
        })
    }

    /// Take note of a step. `rate` is pictures per second, `waiting` the share of time spent waiting
    /// for data.
    pub fn step(&mut self, trainer: &Trainer, report: &StepReport, rate: f64, waiting: f64) {
        if !report.step.is_multiple_of(EVERY) && report.step != 1 {
            return;
        }
        let curves = [
            ("loss/total", Some(report.loss)),
            ("loss/reconstruction", report.reconstruction),
            ("loss/dsm", report.dsm),
            ("loss/consistency", report.consistency),
            ("gradient_norm", Some(report.gradient)),
            ("learning_rate", Some(report.rate as f32)),
            ("speed/pictures_per_second", Some(rate as f32)),
            ("speed/waiting_for_data", Some(waiting as f32)),
        ];
        for (name, value) in curves {
            if let Some(value) = value {
                self.writer.add_scalar(name, value, report.step);
            }
        }
        let adapted = trainer.adapted();
        for (name, schedule) in [("pixels", &adapted.pixels), ("latents", &adapted.latents)] {
            if let Some(schedule) = schedule {
                let middle = crate::diffusion::NoiseSchedule::log_snr(schedule, 0.5);
                let name = format!("schedule/median_log_snr_{name}");
                self.writer.add_scalar(&name, middle as f32, report.step);
            }
        }
        if self.flushed.elapsed() > FLUSH {
            self.flush();
        }
    }

    /// Write all points.
    pub fn flush(&mut self) {
        self.writer.flush();
        self.flushed = Instant::now();
    }
}
