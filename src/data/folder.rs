//! Pictures in folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::decode::{begins_like_picture, is_picture};
use super::error::{DataError, Result};
use super::paths::{file_name, is_litter, text};
use super::shards::has_archive_name;
use super::source::{Content, Found, Notes, Sink, Views};

/// Deepest folder below the root that is looked into.
const DEEPEST: usize = 64;

/// The pictures below a folder, and what was found beside them.
#[derive(Default)]
pub(super) struct Listing {
    /// Name below the root, path; sorted.
    files: Vec<(String, PathBuf)>,
    notes: Notes,
}

impl Listing {
    /// Whether a picture lies in a sub-folder.
    pub fn has_folders(&self) -> bool {
        self.files.iter().any(|(name, _)| name.contains('/'))
    }

    /// What was found beside pictures.
    pub fn into_notes(self) -> Notes {
        self.notes
    }
}

/// Find every picture below `root`.
pub(super) fn list(root: &Path) -> Result<Listing> {
    let mut listing = Listing::default();
    walk(root, "", &mut Vec::new(), &mut listing).map_err(|source| DataError::Unreadable {
        path: root.into(),
        source,
    })?;
    listing.files.sort();
    Ok(listing)
}

/// Hand on the pictures of a listing.
///
/// With [`Views::Own`] each file is a sample: its key is its path below `root` without extension
/// (with it, where two files differ in nothing else), its class the first sub-folder. With
/// [`Views::ByName`] the first sub-folder is the view and what follows is the key; a second
/// sub-folder is then the class. With [`Views::ByFolder`] the folder that a file is in is the key,
/// and the first of several folders the class.
pub(super) fn read(root: &Path, listing: Listing, views: Views, sink: &mut Sink) -> Result<()> {
    let Listing { files, notes } = listing;
    sink.notes.take(notes);
    let by_name = views == Views::ByName;
    if views != Views::Own && !files.is_empty() && !files.iter().any(|(name, _)| name.contains('/'))
    {
        let found = format!("the {} pictures here are in no sub-folder", files.len());
        return Err(DataError::NoViews {
            path: root.into(),
            found,
        });
    }
    let shard = sink.notes.shard(root);
    let names: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
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
        // `photo.webp` is no key for photo.webp.png where there is a file called so.
        let stem_of_name = stem(&name);
        let is_free = stem_of_name == name || !names.contains(stem_of_name);
        let unique = by_name || (stems.get(stem_of_name) == Some(&1) && is_free);
        let key = if unique { stem(rest) } else { rest }.to_owned();
        let (key, below) = match name.rsplit_once('/') {
            Some((folder, _)) if views == Views::ByFolder => (folder.to_owned(), folder),
            _ => (key, rest),
        };
        let class = below.split_once('/').map(|(class, _)| class.to_owned());
        sink.picture(Found {
            key,
            shard,
            view,
            class,
            content: Content::File(path),
            share: None,
            name,
        })?;
    }
    Ok(())
}

/// Take one file as a data set of one picture.
pub(super) fn read_file(path: &Path, sink: &mut Sink) -> Result<()> {
    let name = file_name(path);
    sink.expect(1);
    let shard = sink.notes.shard(path);
    sink.picture(Found {
        key: stem(&name).to_owned(),
        shard,
        view: None,
        class: None,
        content: Content::File(path.into()),
        share: None,
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

/// Collect the pictures below `folder`.
///
/// Links are followed, except to a folder that they are in.
fn walk(
    folder: &Path,
    prefix: &str,
    above: &mut Vec<PathBuf>,
    listing: &mut Listing,
) -> std::io::Result<()> {
    let real = folder.canonicalize()?;
    if above.contains(&real) {
        return Ok(());
    }
    if above.len() > DEEPEST {
        let reason = format!("lies more than {DEEPEST} folders deep and was not read");
        listing.notes.skip(prefix.trim_end_matches('/'), reason);
        return Ok(());
    }
    let entries = std::fs::read_dir(folder)?;
    above.push(real);
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                listing.notes.skip(
                    prefix.trim_end_matches('/'),
                    format!("the folder could not be listed to its end ({error})"),
                );
                break;
            }
        };
        let path = entry.path();
        let file = text(entry.file_name().as_encoded_bytes());
        if is_litter(&file) {
            continue;
        }
        let name = format!("{prefix}{file}");
        // Through links; one that leads nowhere is named only if it should have been a picture.
        match std::fs::metadata(&path) {
            found if file.starts_with('.') => {
                let slash = if found.is_ok_and(|found| found.is_dir()) {
                    "/"
                } else {
                    ""
                };
                listing.notes.pass(&format!("{name}{slash}"));
            }
            Ok(found) if found.is_dir() => {
                if let Err(error) = walk(&path, &format!("{name}/"), above, listing) {
                    let reason = format!("the folder cannot be read ({error})");
                    listing.notes.skip(name, reason);
                }
            }
            // Reading a pipe would wait for ever.
            Ok(found) if !found.is_file() => listing.notes.pass(&name),
            _ if is_picture(&file) => listing.files.push((name, path)),
            _ if prefix.is_empty() && has_archive_name(&path) => {}
            _ if is_picture_inside(&path) => listing.files.push((name, path)),
            _ => listing.notes.pass(&name),
        }
    }
    above.pop();
    Ok(())
}

/// Whether a file begins like a picture.
pub(super) fn is_picture_inside(path: &Path) -> bool {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path).is_ok_and(|file| file.take(32).read_to_end(&mut bytes).is_ok())
        && begins_like_picture(&bytes)
}
