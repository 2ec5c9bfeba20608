//! `soda shapes`.

use super::data::{bar, cancel_flag};
use super::{CliResult, say};
use crate::data::{MAX_SIDE, shapes_archive};
use crate::weights::replace_file;
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Make pictures with known factors: one shape over grey, in a WebDataset archive whose JSON says
/// shape, hue, size, x, y, rotation and background.
#[derive(Debug, Args)]
pub struct ShapesArgs {
    /// The archive, such as shapes.tar.
    out: PathBuf,
    /// Pictures.
    #[arg(
        long,
        default_value_t = 5000,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    count: u32,
    /// Their side.
    #[arg(long, default_value_t = 64)]
    size: usize,
    /// Seed of the factors.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl ShapesArgs {
    /// Make them.
    pub fn run(self) -> CliResult {
        if !(8..=MAX_SIDE).contains(&self.size) {
            return Err(format!("size: is {}, needs to be 8 to {MAX_SIDE}", self.size).into());
        }
        let progress = bar(self.json, self.count.into(), "drawing");
        let cancel = cancel_flag()?;
        let archive = shapes_archive(self.count as usize, self.size, self.seed, &mut |done| {
            progress.set_position(done as u64);
            !cancel.load(Ordering::Relaxed)
        })?;
        progress.finish_and_clear();
        replace_file(&self.out, &archive.ok_or("cancelled")?)?;
        let out = self.out.display();
        say(
            self.json,
            &format!("{} pictures of side {}: {out}", self.count, self.size),
            serde_json::json!({"pictures": self.count, "size": self.size, "seed": self.seed,
                "out": self.out}),
        );
        Ok(())
    }
}
