//! Opening pictures with progress, and Ctrl-C.

use super::print::{note, plain};
use crate::cli::CliResult;
use crate::data::{Dataset, OpenOptions, Views};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where pictures come from.
#[derive(Debug, Clone, Args)]
pub struct PathArgs {
    /// A folder of pictures or sounds (sub-folder = class), a WebDataset .tar or .tar.gz, a folder
    /// of those, binary files of CIFAR-10 or CIFAR-100, IDX files as of Fashion-MNIST, or one
    /// picture or sound. Several of them are read as one data set; shard-{000..012}.tar is written
    /// out.
    #[arg(long, required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// How a folder's files are views of one thing.
    #[arg(long, value_enum, default_value_t = ViewsArg::Own)]
    pub views: ViewsArg,
}

/// `--views`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ViewsArg {
    /// Folders have none; in a tar, 1f600.noto.webp is view "noto" of 1f600.
    Own,
    /// Files of one name in sibling folders; the folder is the view.
    ByName,
    /// Files of one folder, such as frames of a clip.
    ByFolder,
}

/// A flag that Ctrl-C raises; a second Ctrl-C stops at once.
pub fn cancel_flag() -> CliResult<Arc<AtomicBool>> {
    static FLAG: std::sync::OnceLock<Arc<AtomicBool>> = std::sync::OnceLock::new();
    if let Some(flag) = FLAG.get() {
        return Ok(Arc::clone(flag));
    }
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(Arc::clone(FLAG.get_or_init(|| flag)))
}

/// A progress bar over `total` things, 0 if that is not known yet, unseen if `quiet`.
pub fn bar(quiet: bool, total: u64, what: &'static str) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let style = "{prefix} {bar:30} {human_pos}/{human_len} {elapsed}";
    let bar = match total {
        0 => ProgressBar::no_length(),
        total => ProgressBar::new(total),
    };
    bar.with_prefix(what).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

/// Read all pictures at `size`, naming the broken ones on standard error.
pub fn open_pictures(path: &PathArgs, size: usize, quiet: bool) -> CliResult<Dataset> {
    let views = match path.views {
        ViewsArg::Own => Views::Own,
        ViewsArg::ByName => Views::ByName,
        ViewsArg::ByFolder => Views::ByFolder,
    };
    let bar = bar(quiet, 0, "reading pictures");
    let cancel = cancel_flag()?;
    let mut progress = |done, total| {
        // 0: a compressed archive does not say how many it holds.
        if total > 0 {
            bar.set_length(total);
        }
        bar.set_position(done);
    };
    let (data, passed) = Dataset::open_all(
        &path.data,
        &OpenOptions { size, views },
        &mut progress,
        &cancel,
    )?;
    bar.finish_and_clear();
    for skipped in &data.skipped {
        let (name, reason) = (plain(&skipped.name), plain(&skipped.reason));
        note(format_args!("skipped {name}: {reason}"));
    }
    if passed.count > 0 {
        note(format_args!("passed over {}", plain(&passed.to_string())));
    }
    Ok(data)
}
