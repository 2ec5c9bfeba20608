//! Paths as people write them: several, and shards in braces.

use std::path::{Path, PathBuf};

/// Most paths that one pattern stands for.
const MOST: usize = 100_000;

/// Paths with braces written out, as WebDataset does: `shard-{000000..000002}.tar` is three files,
/// `{a,b}.tar` two. A path that exists is taken as it is, and so is one whose braces mean nothing.
pub fn expand_paths(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths
        .iter()
        .flat_map(|path| match path.to_str() {
            Some(text) if !path.exists() => {
                let written_out = expand(text).into_iter().map(PathBuf::from);
                written_out.collect::<Vec<_>>()
            }
            _ => vec![path.clone()],
        })
        .collect()
}

/// Write out the braces of a pattern; the pattern itself where there are none, or too many.
pub(super) fn expand(pattern: &str) -> Vec<String> {
    let mut open = vec![String::new()];
    let mut rest = pattern;
    while let Some((before, choices, after)) = first_braces(rest) {
        if open.len().saturating_mul(choices.len()) > MOST {
            return vec![pattern.into()];
        }
        open = open
            .iter()
            .flat_map(|start| {
                choices
                    .iter()
                    .map(move |choice| format!("{start}{before}{choice}"))
            })
            .collect();
        rest = after;
    }
    open.iter().map(|start| format!("{start}{rest}")).collect()
}

/// What stands before the first braces that mean something, what they stand for, what comes after.
fn first_braces(text: &str) -> Option<(&str, Vec<String>, &str)> {
    for (start, _) in text.match_indices('{') {
        let end = start + text[start..].find('}')?;
        let inner = &text[start + 1..end];
        if let Some(choices) = range(inner).or_else(|| list(inner)) {
            return Some((&text[..start], choices, &text[end + 1..]));
        }
    }
    None
}

fn list(inner: &str) -> Option<Vec<String>> {
    let is_list = inner.contains(',') && !inner.contains('{');
    is_list.then(|| inner.split(',').map(str::to_owned).collect())
}

/// `000..010` or `0..10..5`; numbers are as wide as the first one is written.
fn range(inner: &str) -> Option<Vec<String>> {
    let mut parts = inner.split("..");
    let (from, to, step) = (parts.next()?, parts.next()?, parts.next());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(from) || !digits(to) {
        return None;
    }
    let width = from.len();
    let step = step.map_or(Some(1), |step| step.parse::<usize>().ok())?;
    let (from, to) = (from.parse::<usize>().ok()?, to.parse::<usize>().ok()?);
    if step == 0 || from.abs_diff(to) / step >= MOST {
        return None;
    }
    let numbers: Vec<usize> = if from <= to {
        (from..=to).step_by(step).collect()
    } else {
        (to..=from).rev().step_by(step).collect()
    };
    Some(
        numbers
            .iter()
            .map(|number| format!("{number:0width$}"))
            .collect(),
    )
}

/// The last part of a path, in UTF-8.
pub(super) fn file_name(path: &Path) -> String {
    text(path.file_name().unwrap_or_default().as_encoded_bytes())
}

/// Bytes of a name as text; those that are not UTF-8 are written `%FF`, so that names that differ
/// stay different.
pub(super) fn text(name: &[u8]) -> String {
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Whether a file or folder is what systems and storage devices leave among pictures: previews,
/// waste baskets, notes about folders.
pub(super) fn is_litter(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "__MACOSX",
        "$RECYCLE.BIN",
        "System Volume Information",
        "lost+found",
        "@eaDir",
        "@Recycle",
        "@Recently-Snapshot",
        "@tmp",
        "@sharebin",
        "@SynoResource",
        "@__thumb",
        "#recycle",
        "#snapshot",
        "~snapshot",
        ".@__thumb",
        ".DS_Store",
        "Thumbs.db",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "desktop.ini",
        "Icon\r",
        "Network Trash Folder",
    ];
    let starts = ["._", "SYNOFILE_THUMB_", "SYNOPHOTO_THUMB_", ".Trash"];
    NAMES.iter().any(|litter| name.eq_ignore_ascii_case(litter))
        || starts.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_written_out() {
        assert_eq!(
            expand("s-{08..10}.tar"),
            ["s-08.tar", "s-09.tar", "s-10.tar"]
        );
        assert_eq!(expand("{a,b}/{1..3..2}"), ["a/1", "a/3", "b/1", "b/3"]);
        assert_eq!(expand("x{2..1}"), ["x2", "x1"]);
        for plain in [
            "a",
            "{",
            "{a}",
            "a}b",
            "{1..}",
            "{1..2..0}",
            "{0..99999999999999}",
        ] {
            assert_eq!(expand(plain), [plain], "{plain}");
        }
        let many = "{0..9999}{0..9999}";
        assert_eq!(expand(many), [many]);
    }

    #[test]
    fn names_that_differ_stay_different() {
        assert_eq!(text(b"a\xff.png"), "a%FF.png");
        assert_eq!(text(b"a\xfe.png"), "a%FE.png");
        assert_eq!(text("写真.png".as_bytes()), "写真.png");
    }
}
