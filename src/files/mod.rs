//! Files in: no more of them than such a file can have, and JSON as editors write it.

mod json;
mod read;

pub use json::json_text;
pub use read::{MOST_TEXT, read_at_most, read_file};
