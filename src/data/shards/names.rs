//! Names in archives, which are untrusted, and what they say.

use super::super::paths::{is_litter, text};

/// The name of a member, with `/` between its parts.
///
/// # Errors
/// The name as it is, if it leads out of the archive: an absolute one, or one with `..` in it.
pub(super) fn member_name(bytes: &[u8]) -> std::result::Result<String, String> {
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

pub(super) fn is_hidden(name: &str) -> bool {
    name.split('/')
        .any(|part| part.starts_with('.') || is_litter(part))
}

/// Where a symbolic link in `folder` leads, as the name of a member; none if that is outside.
pub(super) fn resolved(folder: &str, target: &str) -> Option<String> {
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
pub(super) fn split(name: &str) -> (&str, Option<&str>) {
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
