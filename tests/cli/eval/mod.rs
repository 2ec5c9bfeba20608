//! Protocols on representations, as people run them.

mod edits;
mod latents;
mod paintings;

use super::{TINY, done};
use std::path::Path;

/// Pictures of shapes of the fixture's side, and a folder for what is written.
fn shapes(count: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let tar = path(folder.path(), "shapes.tar");
    let said = done(&["shapes", &tar, "--count", count, "--size", "16", "--json"]);
    assert_eq!(said["pictures"].to_string(), count);
    (folder, tar)
}

pub(crate) fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn measured(protocol: &str, data: &str, more: &[&str]) -> serde_json::Value {
    let args = ["eval", protocol, "--model", TINY, "--data", data, "--json"];
    done(&[&args[..], more].concat())
}

fn row<'a>(said: &'a serde_json::Value, start: &str) -> &'a serde_json::Value {
    let mut rows = said["rows"].as_array().unwrap().iter();
    let found = rows.find(|row| row["row"].as_str().unwrap().starts_with(start));
    found.unwrap_or_else(|| panic!("no row {start:?} in {said}"))
}

/// A bar whose colour and place are its attributes, twice each of their settings.
pub(crate) fn bars(file: &Path) {
    let mut tar = tar::Builder::new(std::fs::File::create(file).unwrap());
    let mut add = |name: String, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    for i in 0..16u32 {
        let (colour, place) = (i % 2, i / 2 % 2);
        let picture = image::RgbImage::from_fn(16, 16, |x, y| {
            let lit = (4 + 6 * place..8 + 6 * place).contains(&x) && y > i / 4;
            image::Rgb(match (lit, colour) {
                (false, _) => [255; 3],
                (true, 0) => [200, 0, 0],
                (true, _) => [0, 0, 200],
            })
        });
        let mut png = Vec::new();
        let mut to = std::io::Cursor::new(&mut png);
        picture.write_to(&mut to, image::ImageFormat::Png).unwrap();
        let colours = ["red", "blue"];
        let json = serde_json::json!({"colour": colours[colour as usize], "place": format!("at {place}"), "height": i / 4});
        add(format!("{i:03}.json"), json.to_string().as_bytes());
        add(format!("{i:03}.png"), &png);
    }
    tar.finish().unwrap();
}
