//! Where results go: checked before any work, for every command alike.
//!
//! - A file or folder to write to is made, with the folders above it, and tried for writing.
//! - No command writes over what it reads.
//! - No name from a data set leads out of the folder given.

use super::CliResult;
use crate::data::{Dataset, expand_paths, is_read};
use clap::ArgMatches;
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

/// Commands whose `--out` is a folder.
const FOLDERS: [&str; 8] = [
    "train",
    "fine-tune",
    "train-prior",
    "train-renderer",
    "directions",
    "sample",
    "reconstruct",
    "morph",
];
/// Options that name a file to write, beside `--out` of the other commands.
const FILES: [&str; 3] = ["csv", "sheet", "plot"];
/// Arguments that name what is read.
const INPUTS: [&str; 18] = [
    "data", "show", "train", "test", "outliers", "triples", "model", "from", "config", "real",
    "drawn", "beside", "run", "runs", "dir", "pictures", "picture", "sound",
];

/// Folders that were made for results.
static MADE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Where results go is ready. When this is dropped, folders made for them that are still empty are
/// removed again.
#[derive(Debug)]
pub struct Prepared(());

impl Drop for Prepared {
    fn drop(&mut self) {
        remove_empty();
    }
}

/// Remove the folders that were made for results and are empty.
pub fn remove_empty() {
    let mut made = MADE.lock().unwrap_or_else(|broken| broken.into_inner());
    for folder in made.drain(..).rev() {
        // Fails where there is something in it, as it should.
        let _ = std::fs::remove_dir(folder);
    }
}

/// Make ready every place that the command of `matches` writes to.
///
/// # Errors
/// One line: a place that cannot be written to, or one that the command reads from.
pub fn prepare(matches: &ArgMatches) -> CliResult<Prepared> {
    let (mut name, mut leaf) = ("", matches);
    let mut above = Vec::new();
    while let Some((command, inner)) = leaf.subcommand() {
        above.push(command);
        (name, leaf) = (command, inner);
    }
    let paths = |id: &str| -> Vec<PathBuf> {
        let given = leaf.try_get_raw(id).ok().flatten();
        given.map_or(Vec::new(), |values| values.map(PathBuf::from).collect())
    };
    let is_eval = above.first() == Some(&"eval");
    let inputs: Vec<(&str, PathBuf)> = INPUTS
        .iter()
        // `--train` of fine-tune is a word, its `--pictures` a number.
        .filter(|&&id| id != "train" || is_eval)
        .filter(|&&id| id != "pictures" || name == "morph")
        .flat_map(|&id| expand_paths(&paths(id)).into_iter().map(move |p| (id, p)))
        .collect();
    let prepared = Prepared(());
    for out in paths("out") {
        let is_film = name == "morph" && super::film::is_file(&out);
        if FOLDERS.contains(&name) && !is_eval && !is_film {
            folder(name, &out, &inputs)?
        } else {
            file("--out", &out, &inputs)?
        }
    }
    if is_eval {
        for out in ["maps", "pictures"].into_iter().flat_map(&paths) {
            folder(name, &out, &inputs)?;
        }
        for id in FILES {
            for out in paths(id) {
                file(&format!("--{id}"), &out, &inputs)?;
            }
        }
    }
    Ok(prepared)
}

fn folder(command: &str, out: &Path, inputs: &[(&str, PathBuf)]) -> CliResult {
    let shown = out.display();
    if out.exists() && !out.is_dir() {
        return Err(format!("--out {shown}: is a file; name a folder").into());
    }
    let place = absolute(out);
    for (id, input) in inputs {
        let read = absolute(input);
        let same = place == read;
        let clash = match (*id, command) {
            ("data" | "show" | "test" | "outliers", "train") => place.starts_with(&read),
            ("data" | "show" | "test" | "outliers", _) => same && input.is_dir(),
            ("model", "fine-tune") => same,
            ("from", _) => same || place.join("model") == read,
            ("pictures", _) => {
                read.parent() == Some(&place) && read.file_name().is_some_and(|n| is_frame(n, 0))
            }
            _ => false,
        };
        if clash {
            let read = input.display();
            return Err(format!(
                "--out {shown}: this command reads from {read} and would write over it; \
                 choose another folder"
            )
            .into());
        }
    }
    make(out)?;
    probe(out)
}

fn file(option: &str, out: &Path, inputs: &[(&str, PathBuf)]) -> CliResult {
    let shown = out.display();
    if out.is_dir() || out.file_name().is_none() {
        return Err(format!("{option} {shown}: is a folder; name a file").into());
    }
    let place = absolute(out);
    for (_, input) in inputs {
        let read = absolute(input);
        let inside = out.exists() && input.is_dir() && place.starts_with(&read);
        let part_of_model = ["config.json", "model.safetensors", "train.json"];
        let name = place.file_name().unwrap_or_default();
        let is_input = part_of_model.iter().any(|part| name == *part) || is_read(&place);
        if place == read || inside && is_input {
            return Err(format!(
                "{option} {shown}: this command reads it and would write over it; \
                 choose another file"
            )
            .into());
        }
    }
    // A device such as /dev/stdout is written to as it is.
    if out.exists() && !out.is_file() {
        return Ok(());
    }
    let parent = match out.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    make(parent)?;
    probe(parent)
}

/// Make a folder and those above it, taking note of them.
fn make(folder: &Path) -> CliResult {
    let missing: Vec<PathBuf> = folder
        .ancestors()
        .take_while(|path| *path != Path::new("") && !path.exists())
        .map(Path::to_owned)
        .collect();
    let mut made = MADE.lock().unwrap_or_else(|broken| broken.into_inner());
    made.extend(missing.into_iter().rev());
    std::fs::create_dir_all(folder)
        .map_err(|e| format!("{}: the folder cannot be made ({e})", folder.display()).into())
}

/// Whether files can be made in a folder, by making one.
fn probe(folder: &Path) -> CliResult {
    let file = folder.join(format!(".soda-{}.part", std::process::id()));
    std::fs::write(&file, b"soda")
        .and_then(|()| std::fs::remove_file(&file))
        .map_err(|e| {
            let _ = std::fs::remove_file(&file);
            format!("{}: cannot be written to ({e})", folder.display()).into()
        })
}

/// A path with links resolved as far as it exists, and what does not exist yet as it is given.
fn absolute(path: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for above in full.ancestors() {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), full.strip_prefix(above)) {
            // Joining nothing would add a slash at the end, which a file may not have.
            return if rest == Path::new("") {
                real
            } else {
                real.join(rest)
            };
        }
    }
    full
}

/// The file that each picture is written to below the folder of results, without two that clash,
/// also where upper and lower case are the same.
///
/// A picture keeps its name, with another extension, `ending`. Where other pictures have the same
/// name, as in shards that count from 0 each, it is named after its sample's key.
pub fn picture_names(data: &Dataset, ending: &str) -> Vec<PathBuf> {
    let mut same = HashMap::<&str, usize>::new();
    for (_, entry) in data.pictures() {
        *same.entry(&entry.name).or_default() += 1;
    }
    let bases: Vec<String> = data
        .pictures()
        .map(|(sample, entry)| match same.get(entry.name.as_str()) {
            Some(1) => inside(&entry.name),
            // With an extension, as the name of a file has.
            _ => inside(&format!("{}.{ending}", sample.key)),
        })
        .collect();
    let fold = |name: &str| name.to_lowercase();
    // Folders: a file cannot have the name of one.
    let mut taken: HashSet<String> = bases
        .iter()
        .flat_map(|base| base.match_indices('/').map(|(at, _)| fold(&base[..at])))
        .collect();
    bases
        .iter()
        .map(|base| {
            let stem = base.rsplit_once('.').map_or(base.as_str(), |(stem, _)| {
                if stem.is_empty() || stem.ends_with('/') {
                    base
                } else {
                    stem
                }
            });
            let names = [format!("{stem}.{ending}"), format!("{base}.{ending}")];
            let more = (2..).map(|i| format!("{stem}-{i}.{ending}"));
            names
                .into_iter()
                .chain(more)
                .find(|name| taken.insert(fold(name)))
                .map(PathBuf::from)
                .unwrap_or_default()
        })
        .collect()
}

/// Longest part of a path that is written, in bytes; file systems have 255.
const LONGEST: usize = 180;

/// A name that stays within the folder it is joined to, with `/` between its parts.
fn inside(name: &str) -> String {
    let parts: Vec<String> = Path::new(&name.replace(['\\', '\0'], "_"))
        .components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(short(&part.to_string_lossy())),
            _ => None,
        })
        .collect();
    if parts.is_empty() {
        "picture".into()
    } else {
        parts.join("/")
    }
}

/// A part of a path, cut in its middle where it is too long for a file system.
fn short(part: &str) -> String {
    if part.len() <= LONGEST {
        return part.into();
    }
    let cut = |mut at: usize| {
        while !part.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    format!(
        "{}~{}",
        &part[..cut(LONGEST / 2)],
        &part[cut(part.len() - LONGEST / 2)..]
    )
}

/// Refuse to write pictures over those that they were made from.
///
/// # Errors
/// One line that names the first such file.
pub fn keep_inputs(paths: &[PathBuf], data: &Dataset, out: &Path, names: &[PathBuf]) -> CliResult {
    let mut read = HashSet::new();
    for path in expand_paths(paths) {
        if path.is_dir() {
            read.extend(
                data.pictures()
                    .filter_map(|(_, entry)| path.join(&entry.name).canonicalize().ok()),
            )
        } else {
            read.extend(path.canonicalize().ok())
        }
    }
    let written = names.iter().map(|name| out.join(name));
    for target in written {
        if target.canonicalize().is_ok_and(|real| read.contains(&real)) {
            let target = target.display();
            return Err(format!(
                "{target}: this command reads it and would write over it; \
                 choose another folder for --out"
            )
            .into());
        }
    }
    Ok(())
}

/// Whether a file is called as frame `first` or a later one is, `007.png` or `007.wav`, or as the
/// picture or the sound of all.
fn is_frame(name: &std::ffi::OsStr, first: usize) -> bool {
    let name = name.to_string_lossy();
    if first == 0 && ["strip.png", "strip.wav", "sheet.png"].contains(&&*name) {
        return true;
    }
    let number = name
        .strip_suffix(".png")
        .or_else(|| name.strip_suffix(".wav"))
        .filter(|number| number.len() >= 3 && number.bytes().all(|digit| digit.is_ascii_digit()));
    number
        .and_then(|number| number.parse::<usize>().ok())
        .is_some_and(|number| number >= first)
}

/// Remove numbered pictures and sounds from `count` on that an earlier run of this program left in
/// `folder`. Pictures that are not its own stay.
pub fn remove_stale_frames(folder: &Path, count: usize) -> CliResult {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if is_frame(&entry.file_name(), count)
            && (super::png::is_own(&path) || super::sound::is_own(&path))
        {
            std::fs::remove_file(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        for (name, wanted) in [
            ("/etc/passwd.png", "etc/passwd.png"),
            ("../../x.png", "x.png"),
            ("a/../../x.png", "a/x.png"),
            ("./a//b.png", "a/b.png"),
            ("..\\x.png", ".._x.png"),
            ("/", "picture"),
            ("", "picture"),
        ] {
            assert_eq!(inside(name), wanted, "{name}");
        }
        let long = inside(&format!("a/{}.png", "ü".repeat(300)));
        assert!(long.split('/').all(|part| part.len() <= 200) && long.ends_with(".png"));
    }

    #[test]
    fn frames_are_told_by_their_numbers() {
        let is = |name: &str, first| is_frame(std::ffi::OsStr::new(name), first);
        assert!(is("007.png", 5) && is("1234.png", 5) && is("strip.png", 0));
        assert!(is("007.wav", 5) && is("strip.wav", 0) && !is("004.wav", 5));
        assert!(!is("004.png", 5) && !is("07.png", 5) && !is("a07.png", 0) && !is("strip.png", 5));
    }
}
