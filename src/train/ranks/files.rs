//! Files that rank 0 has and the others need: no shared file system is asked for.

use super::super::TrainError;
use super::Ranks;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A folder for as long as it is needed.
#[derive(Debug)]
pub(in crate::train) struct Received(PathBuf);

impl Received {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        // What stays behind in the system's folder for such things only takes room.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Give the files of rank 0's `folder`, if it has one, to all other ranks, in a folder of their
/// own.
pub(in crate::train) fn share_folder(
    ranks: &dyn Ranks,
    folder: Option<&Path>,
) -> Result<Option<Received>, TrainError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source: std::io::Error| TrainError::Io { path, source }
    };
    let is_first = ranks.rank() == 0;
    let mut names: Option<Vec<String>> = None;
    if let (true, Some(folder)) = (is_first, folder) {
        let entries = std::fs::read_dir(folder).map_err(io(folder))?.flatten();
        let files = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names = Some(files.collect());
    }
    let sent = serde_json::to_vec(&names).unwrap_or_default();
    let names: Option<Vec<String>> =
        serde_json::from_slice(&ranks.broadcast(sent)).unwrap_or_default();
    let Some(names) = names else { return Ok(None) };
    let received = (!is_first).then(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let name = format!(
            "soda-{}-{}-{}",
            std::process::id(),
            ranks.rank(),
            now.unwrap_or_default().as_nanos()
        );
        Received(std::env::temp_dir().join(name))
    });
    if let Some(received) = &received {
        std::fs::create_dir(received.path()).map_err(io(received.path()))?;
    }
    for name in names {
        let bytes = match (is_first, folder) {
            (true, Some(folder)) => {
                let path = folder.join(&name);
                std::fs::read(&path).map_err(io(&path))?
            }
            _ => Vec::new(),
        };
        let bytes = ranks.broadcast(bytes);
        if let Some(received) = &received {
            let path = received.path().join(&name);
            std::fs::write(&path, bytes).map_err(io(&path))?;
        }
    }
    Ok(received)
}
