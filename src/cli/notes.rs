//! `soda notes`.

use super::data::{bar, cancel_flag};
use super::{CliResult, say};
use crate::data::notes_archive;
use crate::weights::replace_file;
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Make sounds with known factors: notes of ten drums and instruments by one synthesiser, in a
/// WebDataset archive whose JSON says kind, pitch, velocity, attack, decay, brightness and more.
#[derive(Debug, Args)]
pub struct NotesArgs {
    /// The archive, such as notes.tar.
    out: PathBuf,
    /// Notes.
    #[arg(
        long,
        default_value_t = 3000,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    count: u32,
    /// How many of them lie between two others, which their JSON names: what `pairs.p_between` in
    /// the settings of training learns from.
    #[arg(long, default_value_t = 0)]
    between: u32,
    /// Seed of the factors.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl NotesArgs {
    /// Make them.
    pub fn run(self) -> CliResult {
        if self.between > 0 && self.between.saturating_add(2) > self.count {
            return Err(format!(
                "between: is {}, needs to leave two of the {} notes for its ends",
                self.between, self.count
            )
            .into());
        }
        let progress = bar(self.json, self.count.into(), "playing");
        let cancel = cancel_flag()?;
        let (count, between) = (self.count as usize, self.between as usize);
        let archive = notes_archive(count, between, self.seed, &mut |done| {
            progress.set_position(done as u64);
            !cancel.load(Ordering::Relaxed)
        })?;
        progress.finish_and_clear();
        replace_file(&self.out, &archive.ok_or("cancelled")?)?;
        let out = self.out.display();
        say(
            self.json,
            &format!("{count} notes, {between} of them between two others: {out}"),
            serde_json::json!({"notes": count, "between": between, "seed": self.seed,
                "out": self.out}),
        );
        Ok(())
    }
}
