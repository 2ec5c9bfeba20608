//! From the members of one archive to files that wait to be decoded.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::super::decode::{begins_like_picture, extension, is_picture};
use super::super::error::Result;
use super::super::paths::{is_litter, text};
use super::super::source::{Content, Found, SIDE_FILE, Sink};
use super::MAX_FILE;
use super::headers::{BoundedHeaders, stored};
use super::names::{is_hidden, member_name, resolved, split};
use crate::files::json_text;

/// Most links of one archive that are followed.
const MAX_LINKS: usize = 1_000_000;
/// A member that is a link: its name, and the name of what it leads to.
pub(super) type Link = (String, String);

/// A member, read within bounds.
type Entry<'a, R> = tar::Entry<'a, BoundedHeaders<R>>;

/// Hands on the members of one archive.
pub(super) struct Members<'a, 'b> {
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
    pub fn new(shard: usize, archive: &'a str, sink: &'a mut Sink<'b>) -> Self {
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
    pub fn read(&mut self, stream: impl Read) -> Result<()> {
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
    pub fn linked(&mut self, stream: impl Read, links: Vec<Link>) -> Result<()> {
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

    pub fn links(self) -> Vec<Link> {
        self.links
    }

    /// Call `work` with every member that may be read, and its name.
    fn each<R: Read>(
        &mut self,
        stream: R,
        mut work: impl FnMut(&mut Self, &mut Entry<'_, R>, String) -> Result<Next>,
    ) -> Result<()> {
        let (stream, bound) = BoundedHeaders::new(stream);
        let mut tar = tar::Archive::new(stream);
        // Archives are joined end to end; two empty blocks do not end them.
        tar.set_ignore_zeros(true);
        let mut entries = match tar.entries() {
            Ok(entries) => entries,
            Err(error) => {
                let reason = format!("is not a tar archive ({error})");
                self.sink.notes.skip(self.archive, reason);
                return Ok(());
            }
        };
        let mut before = 0;
        loop {
            bound.header(before);
            let Some(entry) = entries.next() else {
                return Ok(());
            };
            bound.content();
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
            before = stored(&entry);
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
        let full = if entry.header().entry_type().is_symlink() {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            resolved(folder, &target)
        } else {
            member_name(target.as_bytes()).ok()
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
        let most = if names.iter().all(|name| side(name)) {
            SIDE_FILE
        } else {
            MAX_FILE
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
            let (bytes, share) = if is_last {
                (std::mem::take(&mut bytes), share.take())
            } else {
                (bytes.clone(), None)
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
