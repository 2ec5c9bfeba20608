//! Pictures in folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::decode::{extension, is_picture};
use super::error::{DataError, Result};
use super::open::Views;
use super::source::{Content, Found, Notes, Sink};

/// Find every picture below `root`.
///
/// With [`Views::Own`] each file is a sample: its key is its path below `root` without extension
/// (with it, where two files differ in nothing else), its class the first sub-folder. With
/// [`Views::ByName`] the first sub-folder is the view and what follows is the key; a second
/// sub-folder is then the class.
pub(super) fn read(root: &Path, views: Views, sink: &mut Sink) -> Result<()> {
    let mut files = Vec::new();
    let mut above = Vec::new();
    walk(root, "", &mut above, &mut files, &mut sink.notes).map_err(|source| {
        DataError::Unreadable {
            path: root.into(),
            source,
        }
    })?;
    files.sort();
    let by_name = views == Views::ByName;
    if by_name && !files.is_empty() && !files.iter().any(|(name, _)| name.contains('/')) {
        let found = format!("the {} pictures here are in no sub-folder", files.len());
        return Err(DataError::NoViews {
            path: root.into(),
            found,
        });
    }
    let mut stems = BTreeMap::<String, usize>::new();
    for (name, _) in &files {
        *stems.entry(stem(name).to_owned()).or_default() += 1;
    }
    sink.expect(files.len());
    for (name, path) in files {
        let (view, rest) = match name.split_once('/') {
            Some((view, rest)) if by_name => (Some(view.to_owned()), rest),
            _ => (None, name.as_str()),
        };
        let unique = by_name || stems.get(stem(&name)) == Some(&1);
        let key = if unique { stem(rest) } else { rest }.to_owned();
        let class = rest.split_once('/').map(|(class, _)| class.to_owned());
        sink.picture(Found {
            key,
            shard: 0,
            view,
            class,
            content: Content::File(path),
            name,
        })?;
    }
    Ok(())
}

/// Take one file as a data set of one picture.
pub(super) fn read_file(path: &Path, sink: &mut Sink) -> Result<()> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    sink.expect(1);
    let content = Content::File(path.into());
    sink.picture(Found {
        key: stem(&name).to_owned(),
        shard: 0,
        view: None,
        class: None,
        content,
        name,
    })
}

/// A path without its extension.
fn stem(name: &str) -> &str {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[file..].rfind('.') {
        Some(dot) if dot > 0 => &name[..file + dot],
        _ => name,
    }
}

/// Collect the pictures below `folder` as (name below the root, path).
///
/// Links are followed, except to a folder that they are in.
fn walk(
    folder: &Path,
    prefix: &str,
    above: &mut Vec<PathBuf>,
    files: &mut Vec<(String, PathBuf)>,
    notes: &mut Notes,
) -> std::io::Result<()> {
    let real = folder.canonicalize()?;
    if above.contains(&real) {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder)?;
    above.push(real);
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                notes.skip(
                    prefix.trim_end_matches('/'),
                    format!("the folder could not be listed to its end ({error})"),
                );
                break;
            }
        };
        let (path, file) = (
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
        );
        if file.starts_with('.') || file == "__MACOSX" {
            continue;
        }
        let name = format!("{prefix}{file}");
        // Through links; one that leads nowhere is named only if it should have been a picture.
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => {
                if let Err(error) = walk(&path, &format!("{name}/"), above, files, notes) {
                    notes.skip(name, format!("the folder cannot be read ({error})"));
                }
            }
            Ok(found) if !found.is_file() => {}
            _ if is_picture(&file) || has_signature(&path, &file) => files.push((name, path)),
            _ => *notes.others.entry(extension(&file)).or_default() += 1,
        }
    }
    above.pop();
    Ok(())
}

/// Whether a file without any extension begins like a picture.
fn has_signature(path: &Path, file: &str) -> bool {
    use std::io::Read;
    let mut bytes = Vec::new();
    !file.contains('.')
        && std::fs::File::open(path).is_ok_and(|file| file.take(32).read_to_end(&mut bytes).is_ok())
        && image::guess_format(&bytes).is_ok()
}
