//! Pictures in WebDataset archives: `.tar`, plain or compressed with gzip.
//!
//! Names of members are untrusted: one that leads out of the archive is named and not read. Hard
//! and symbolic links are read as the member they lead to, in a second pass.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::decode::{begins_like_picture, extension, is_picture};
use super::error::{DataError, Result};
use super::paths::{file_name, is_litter, text};
use super::source::{Content, Found, SIDE_FILE, Sink};
use crate::weights::json_text;

/// Largest file that is read as one picture, in bytes.
pub(super) const MAX_FILE: u64 = 256 << 20;

/// Most links of one archive that are followed.
const MAX_LINKS: usize = 1_000_000;

/// The archives directly in a folder, sorted by name, and the names of the pictures beside them.
pub(super) fn in_folder(folder: &Path) -> Result<(Vec<PathBuf>, Vec<String>)> {
    let unreadable = |source| DataError::Unreadable {
        path: folder.into(),
        source,
    };
    let (mut archives, mut beside) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = file_name(&path);
        if has_archive_name(&path) && path.is_file() {
            archives.push(path);
        } else if is_picture(&name) && !is_hidden(&name) && !path.is_dir() {
            beside.push(name);
        }
    }
    archives.sort();
    beside.sort();
    Ok((archives, beside))
}

/// Whether a file is an archive, by its name or by its content.
pub(super) fn is_archive(path: &Path) -> Result<bool> {
    let unreadable = |source| DataError::Unreadable {
        path: path.into(),
        source,
    };
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(262).read_to_end(&mut start))
        .map_err(unreadable)?;
    let is_tar = start.get(257..262) == Some(b"ustar");
    Ok(has_archive_name(path) || is_gzip(&start) || is_tar)
}

pub(super) fn has_archive_name(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    !name.starts_with('.')
        && [".tar", ".tar.gz", ".tgz"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn is_gzip(start: &[u8]) -> bool {
    start.starts_with(&[0x1f, 0x8b])
}

/// Read archives one after the other.
pub(super) fn read(archives: &[PathBuf], sink: &mut Sink) -> Result<()> {
    let mut streams = Vec::new();
    let mut total = Some(0);
    for path in archives {
        sink.check()?;
        let shard = sink.notes.shard(path);
        match open(path) {
            Ok(mut file) => {
                let compressed = starts_like_gzip(&mut file);
                // Counting means decompressing; then the total stays unknown.
                total = total
                    .filter(|_| !compressed)
                    .map(|total| total + count(&mut file));
                streams.push((shard, Ok((file, compressed))));
            }
            Err(source) if archives.len() == 1 => {
                return Err(DataError::Unreadable {
                    path: path.clone(),
                    source,
                });
            }
            Err(error) => streams.push((shard, Err(error))),
        }
    }
    sink.expect(total.unwrap_or(0));
    for (path, (shard, stream)) in archives.iter().zip(streams) {
        let archive = file_name(path);
        let links = match stream {
            Ok((file, compressed)) => {
                let mut reader = Members::new(shard, &archive, sink);
                reader.read(unpacked(file, compressed))?;
                reader.links()
            }
            Err(error) => {
                let reason = format!("cannot be read ({error})");
                sink.notes.skip(archive, reason);
                continue;
            }
        };
        if links.is_empty() {
            continue;
        }
        match open(path) {
            Ok(mut file) => {
                let compressed = starts_like_gzip(&mut file);
                let mut reader = Members::new(shard, &archive, sink);
                reader.linked(unpacked(file, compressed), links)?;
            }
            Err(error) => {
                let reason = format!("cannot be read again for its links ({error})");
                sink.notes.skip(archive, reason);
            }
        }
    }
    Ok(())
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path)?))
}

fn unpacked(file: BufReader<File>, compressed: bool) -> Box<dyn Read> {
    match compressed {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    }
}

fn starts_like_gzip(file: &mut BufReader<File>) -> bool {
    // What cannot be read here cannot be read later, and is reported then.
    file.fill_buf().is_ok_and(is_gzip)
}

/// How many pictures an archive has, from its headers alone; as far as they can be read.
fn count(file: &mut BufReader<File>) -> usize {
    let mut archive = tar::Archive::new(&mut *file);
    archive.set_ignore_zeros(true);
    let pictures = archive.entries_with_seek().map_or(0, |entries| {
        entries
            .map_while(std::result::Result::ok)
            .filter(|entry| match member_name(&entry.path_bytes()) {
                Ok(name) => is_picture(&name) && !is_hidden(&name),
                Err(_) => false,
            })
            .count()
    });
    // Where this fails reading fails too, and says so.
    let _ = file.rewind();
    pictures
}

/// The name of a member, with `/` between its parts.
///
/// # Errors
/// The name as it is, if it leads out of the archive: an absolute one, or one with `..` in it.
fn member_name(bytes: &[u8]) -> std::result::Result<String, String> {
    let name = text(bytes);
    let windows_drive = name.as_bytes().get(1) == Some(&b':')
        && name.as_bytes()[0].is_ascii_alphabetic()
        && matches!(name.as_bytes().get(2), Some(b'/' | b'\\'));
    let leads_out = name.starts_with(['/', '\\'])
        || windows_drive
        || name.split(['/', '\\']).any(|part| part == "..");
    if leads_out {
        return Err(name);
    }
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    Ok(parts.join("/"))
}

fn is_hidden(name: &str) -> bool {
    name.split('/')
        .any(|part| part.starts_with('.') || is_litter(part))
}

/// A member that is a link: its name, and the name of what it leads to.
type Link = (String, String);

/// Hands on the members of one archive.
struct Members<'a, 'b> {
    shard: usize,
    archive: &'a str,
    sink: &'a mut Sink<'b>,
    links: Vec<Link>,
    /// Whether this is the pass for links, after all else was told.
    is_second: bool,
    /// The member read last.
    last: Option<String>,
}

/// What becomes of a member.
enum Next {
    Go,
    /// The archive is damaged here, and the rest of it cannot be read.
    Stop,
}

impl<'a, 'b> Members<'a, 'b> {
    fn new(shard: usize, archive: &'a str, sink: &'a mut Sink<'b>) -> Self {
        Self {
            shard,
            archive,
            sink,
            links: Vec::new(),
            is_second: false,
            last: None,
        }
    }

    /// Read all but links. A damaged archive gives what comes before the damage.
    fn read(&mut self, stream: impl Read) -> Result<()> {
        self.each(stream, |members, entry, name| {
            let kind = entry.header().entry_type();
            if kind.is_hard_link() || kind.is_symlink() {
                members.link(entry, name);
                return Ok(Next::Go);
            }
            if kind.is_dir() || kind.is_pax_global_extensions() {
                return Ok(Next::Go);
            }
            if !kind.is_file() && !kind.is_contiguous() && !kind.is_gnu_sparse() {
                members.sink.notes.pass(&name);
                return Ok(Next::Go);
            }
            if is_sparse_pax(entry) {
                let reason = "is stored with holes, which is not read; pack it without --sparse";
                members.sink.notes.skip(name, reason);
                return Ok(Next::Go);
            }
            members.file(entry, &[name])
        })
    }

    /// Read what links lead to, once for each.
    fn linked(&mut self, stream: impl Read, links: Vec<Link>) -> Result<()> {
        self.is_second = true;
        let direct: HashMap<&str, &str> = links
            .iter()
            .map(|(name, target)| (name.as_str(), target.as_str()))
            .collect();
        let mut wanted = HashMap::<String, Vec<String>>::new();
        for (name, target) in &links {
            // A link to a link to a file; as many as systems follow.
            let mut end = target.as_str();
            for _ in 0..8 {
                end = direct.get(end).copied().unwrap_or(end);
            }
            wanted.entry(end.into()).or_default().push(name.clone());
        }
        let mut found = HashSet::new();
        self.each(stream, |members, entry, name| {
            let kind = entry.header().entry_type();
            let is_file = kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse();
            match wanted.get(&name).filter(|_| is_file) {
                Some(names) if found.insert(name.clone()) => members.file(entry, names),
                _ => Ok(Next::Go),
            }
        })?;
        for (target, names) in wanted {
            if !found.contains(&target) {
                for name in names {
                    let reason = format!("is a link to {target}, which the archive does not hold");
                    self.sink.notes.skip(name, reason);
                }
            }
        }
        Ok(())
    }

    fn links(self) -> Vec<Link> {
        self.links
    }

    /// Call `work` with every member that may be read, and its name.
    fn each<R: Read>(
        &mut self,
        stream: R,
        mut work: impl FnMut(&mut Self, &mut tar::Entry<'_, R>, String) -> Result<Next>,
    ) -> Result<()> {
        let mut tar = tar::Archive::new(stream);
        // Archives are joined end to end; two empty blocks do not end them.
        tar.set_ignore_zeros(true);
        let entries = match tar.entries() {
            Ok(entries) => entries,
            Err(error) => {
                let reason = format!("is not a tar archive ({error})");
                self.sink.notes.skip(self.archive, reason);
                return Ok(());
            }
        };
        for entry in entries {
            self.sink.check()?;
            let mut entry = match entry {
                Ok(entry) => entry,
                // Told in the first pass.
                Err(_) if self.is_second => return Ok(()),
                Err(error) => {
                    let reason = match &self.last {
                        None => format!("is not a tar archive, or damaged at its start ({error})"),
                        Some(last) => format!(
                            "is damaged or cut short after {last} ({error}); \
                             what came before was read"
                        ),
                    };
                    self.sink.notes.skip(self.archive, reason);
                    return Ok(());
                }
            };
            let name = match member_name(&entry.path_bytes()) {
                Ok(name) => name,
                Err(name) => {
                    if !self.is_second {
                        let reason = "has a name that leads out of the archive; it was not read";
                        self.sink.notes.skip(name, reason);
                    }
                    continue;
                }
            };
            if is_hidden(&name) {
                let is_file = !entry.header().entry_type().is_dir();
                if !self.is_second && is_file && !name.split('/').any(is_litter) {
                    self.sink.notes.pass(&name);
                }
                continue;
            }
            let next = work(self, &mut entry, name.clone())?;
            self.last = Some(name);
            if matches!(next, Next::Stop) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Take note of a link, if it is one that could be a picture.
    fn link(&mut self, entry: &tar::Entry<'_, impl Read>, name: String) {
        let target = entry.link_name_bytes().map(|bytes| text(&bytes));
        let target = target.unwrap_or_default();
        if self.links.len() >= MAX_LINKS {
            let reason = "is a link beyond the number of them that are followed";
            self.sink.notes.skip(name, reason);
            return;
        }
        // A hard link names a member, a symbolic one a path from where it is.
        let full = match entry.header().entry_type().is_symlink() {
            true => {
                let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
                resolved(folder, &target)
            }
            false => member_name(target.as_bytes()).ok(),
        };
        match full {
            Some(target) => self.links.push((name, target)),
            None => {
                let reason = format!("is a link to {target}, which is not in the archive");
                self.sink.notes.skip(name, reason);
            }
        }
    }

    /// Hand on a file under each of these names.
    fn file(&mut self, entry: &mut tar::Entry<'_, impl Read>, names: &[String]) -> Result<Next> {
        let size = entry.size();
        let side = |name: &str| matches!(extension(name).as_str(), "json" | "cls");
        let mut start = Vec::new();
        let unknown = names.iter().any(|name| !is_picture(name) && !side(name));
        if unknown && size <= MAX_FILE {
            // Failing here it fails below.
            let _ = entry.by_ref().take(32).read_to_end(&mut start);
        }
        let by_content = begins_like_picture(&start);
        let is_wanted = |name: &String| is_picture(name) || side(name) || by_content;
        for name in names.iter().filter(|name| !is_wanted(name)) {
            self.sink.notes.pass(name);
        }
        let names: Vec<&String> = names.iter().filter(|name| is_wanted(name)).collect();
        if names.is_empty() {
            return Ok(Next::Go);
        }
        let most = match names.iter().all(|name| side(name)) {
            true => SIDE_FILE,
            false => MAX_FILE,
        };
        if size > most {
            for name in names {
                let reason = format!("too large; such a file may have {} MB", most >> 20);
                self.sink.notes.skip(name, reason);
            }
            return Ok(Next::Go);
        }
        let mut share = Some(self.sink.waiting.take(size));
        let mut bytes = start;
        bytes.reserve(size.min(1 << 20) as usize);
        let read = entry.read_to_end(&mut bytes);
        if read.is_err() || (bytes.len() as u64) < size {
            let cause = read
                .err()
                .map(|error| format!(" ({error})"))
                .unwrap_or_default();
            let reason = format!(
                "is cut short in {}{cause}; what came before was read",
                names[0]
            );
            self.sink.notes.skip(self.archive, reason);
            return Ok(Next::Stop);
        }
        for (i, name) in names.iter().enumerate() {
            if side(name) {
                self.side(name, &bytes);
                continue;
            }
            let is_last = i + 1 == names.len();
            let (bytes, share) = match is_last {
                true => (std::mem::take(&mut bytes), share.take()),
                false => (bytes.clone(), None),
            };
            let (key, view) = split(name);
            self.sink.picture(Found {
                name: (*name).clone(),
                key: key.to_owned(),
                shard: self.shard,
                view: view.map(str::to_owned),
                class: None,
                content: Content::Bytes(bytes),
                share,
            })?;
        }
        Ok(Next::Go)
    }

    /// Keep what a `.cls` or `.json` member says about its sample.
    fn side(&mut self, name: &str, bytes: &[u8]) {
        let notes = &mut self.sink.notes;
        let extension = extension(name);
        *notes.others.entry(extension.clone()).or_default() += 1;
        if !notes.keep(bytes.len()) {
            let reason = "is beyond what is kept of such files; its sample goes without";
            notes.skip(name, reason);
            return;
        }
        let id = (self.shard, split(name).0.to_owned());
        let bytes = json_text(bytes);
        if extension == "cls" {
            let class = String::from_utf8_lossy(&bytes).trim().to_owned();
            notes.classes.insert(id, class);
            return;
        }
        match serde_json::from_slice(&bytes) {
            Ok(meta) => {
                notes.metas.insert(id, meta);
            }
            Err(error) => {
                let reason = format!("is not JSON ({error}); its sample goes without");
                notes.skip(name, reason);
            }
        }
    }
}

/// Whether a member is one that GNU tar stores with holes in the POSIX format.
fn is_sparse_pax(entry: &mut tar::Entry<'_, impl Read>) -> bool {
    let extensions = entry.pax_extensions().ok().flatten();
    extensions.is_some_and(|extensions| {
        extensions
            .flatten()
            .any(|extension| extension.key_bytes().starts_with(b"GNU.sparse."))
    })
}

/// Where a symbolic link in `folder` leads, as the name of a member; none if that is outside.
fn resolved(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Key and view of a member: the key is the name up to the first dot of its last part, the view
/// what stands between that and the extension. `a/1f600.noto.webp` is `a/1f600` and `noto`.
fn split(name: &str) -> (&str, Option<&str>) {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let Some(first) = name[file..].find('.') else {
        return (name, None);
    };
    let last = name.rfind('.').unwrap_or(name.len());
    (
        &name[..file + first],
        name.get(file + first + 1..last)
            .filter(|view| !view.is_empty()),
    )
}
