//! `soda schedules`.

use super::{CliResult, say};
use crate::train::schedules_chart;
use crate::train::{Adapted, Checkpoint, latest_checkpoints};
use clap::Args;
use std::path::PathBuf;

/// Draw where noise schedules put their times, those that a run has come to among them.
#[derive(Debug, Args)]
pub struct SchedulesArgs {
    /// Folder of a run with an adaptive schedule.
    #[arg(long)]
    run: Option<PathBuf>,
    /// The chart, an SVG file.
    #[arg(long)]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl SchedulesArgs {
    /// Draw them.
    pub fn run(self) -> CliResult {
        let adapted = match &self.run {
            None => Adapted::default(),
            Some(run) => {
                let checkpoints = latest_checkpoints(run);
                let newest = checkpoints.first().ok_or_else(|| {
                    let run = run.display();
                    format!("{run}: holds no checkpoint; give the folder of a run that has one")
                })?;
                Checkpoint::read(newest)?.adapted
            }
        };
        if self.run.is_some() && adapted == Adapted::default() {
            return Err(
                "the run has no adaptive schedule; leave --run out, or train with --adaptive"
                    .into(),
            );
        }
        schedules_chart(&adapted).save(&self.out)?;
        let out = self.out.display();
        say(
            self.json,
            &format!("schedules: {out}"),
            serde_json::json!({"out": self.out}),
        );
        Ok(())
    }
}
