//! Reading files without taking in more than such a file can have.

use std::fs::{File, Metadata};
use std::io::{Error, Read, Result};
use std::path::Path;

/// Most bytes of a file of settings or of names.
pub const MOST_TEXT: u64 = 16 << 20;

/// A file of a folder that may come from anywhere: not a device or a pipe, which may have no end or
/// never begin.
///
/// # Errors
/// It cannot be read, is no file, or has more than `most` bytes.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?;
    if !kind.is_file() {
        return Err(Error::other("is not a file"));
    }
    read_at_most(path, most)
}

/// What a person names, which may be a pipe, too.
///
/// # Errors
/// It cannot be read, or has more than `most` bytes.
pub fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata().as_ref().map_or(0, Metadata::len);
    let mut bytes = Vec::new();
    if length <= most {
        bytes.reserve(length as usize);
        file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    }
    if length > most || bytes.len() as u64 > most {
        let reason = format!("is too large; such a file may have {} MB", most >> 20);
        return Err(Error::other(reason));
    }
    Ok(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let endless = Path::new("/dev/zero");
        let said = |result: Result<Vec<u8>>| result.unwrap_err().to_string();
        assert_eq!(said(read_file(endless, 9)), "is not a file");
        let reason = said(read_at_most(endless, 2 << 20));
        assert_eq!(reason, "is too large; such a file may have 2 MB");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, [1; 9]).unwrap();
        assert_eq!(read_file(&path, 9).unwrap(), [1; 9]);
        assert!(read_file(&path, 8).is_err());
    }
}
