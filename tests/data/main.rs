//! Folders and archives of pictures, good and bad, become data sets.

mod archives;
mod folders;
mod sounds;
mod strange;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba as Pixel, RgbaImage};
use soda::data::{DataError, Dataset, OpenOptions, Views};
use tempfile::TempDir;

const RED: [u8; 3] = [200, 20, 30];
const BLUE: [u8; 3] = [20, 30, 200];

const OPTIONS: OpenOptions = OpenOptions {
    size: 8,
    views: Views::Own,
};
const BY_NAME: OpenOptions = OpenOptions {
    size: 8,
    views: Views::ByName,
};

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn plain(colour: [u8; 3]) -> DynamicImage {
    RgbImage::from_pixel(16, 12, Rgb(colour)).into()
}

fn png(colour: [u8; 3]) -> Vec<u8> {
    encoded(&plain(colour), ImageFormat::Png)
}

/// A folder with these files in it.
fn folder<'a>(files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// An archive with these members, in this order.
fn tar<'a>(members: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, bytes.as_slice())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn members() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("1f600.noto.png", png(RED)),
        ("1f600.twemoji.png", png(BLUE)),
        ("1f600.json", br#"{"name": "grinning face"}"#.to_vec()),
        ("b/0001.jpg", encoded(&plain(RED), ImageFormat::Jpeg)),
        ("b/0001.cls", b"7\n".to_vec()),
        ("b/0001.txt", b"a caption".to_vec()),
        ("a.noto.webp", encoded(&plain(BLUE), ImageFormat::WebP)),
    ]
}

fn open(path: &Path) -> Dataset {
    Dataset::open(path, &OPTIONS).unwrap()
}

fn error(path: &Path, options: &OpenOptions) -> String {
    Dataset::open(path, options).unwrap_err().to_string()
}

fn keys(dataset: &Dataset) -> Vec<&str> {
    dataset
        .samples
        .iter()
        .map(|sample| sample.key.as_str())
        .collect()
}

fn skipped(dataset: &Dataset) -> Vec<&str> {
    dataset
        .skipped
        .iter()
        .map(|skipped| skipped.name.as_str())
        .collect()
}

fn centre(dataset: &Dataset, sample: usize, picture: usize) -> [u8; 4] {
    let bytes = dataset.samples[sample].pictures[picture]
        .picture
        .premultiplied();
    bytes.as_chunks::<4>().0[8 * 4 + 4]
}

fn near(pixel: [u8; 4], [r, g, b]: [u8; 3], tolerance: u8) -> bool {
    pixel
        .iter()
        .zip([r, g, b, 255])
        .all(|(value, wanted)| value.abs_diff(wanted) <= tolerance)
}

#[test]
fn broken_files_are_named_and_the_rest_is_read() {
    let jpeg = encoded(&plain(RED), ImageFormat::Jpeg);
    let folder = folder([
        ("good.png", png(RED)),
        ("text.png", b"not a picture at all".to_vec()),
        ("empty.jpg", Vec::new()),
        ("cut.png", png(RED)[..60].to_vec()),
        ("head.jpg", jpeg[..40].to_vec()),
        ("large.ppm", b"P6 60000 60000 255\n".to_vec()),
        ("heavy.ppm", b"P6 16000 16000 255\n".to_vec()),
        (
            "drawing.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        ),
        ("renamed.png", jpeg),
        ("no-extension", png(BLUE)),
        ("notes.txt", b"hello".to_vec()),
        (".hidden.png", b"junk".to_vec()),
        ("__MACOSX/resource.png", b"junk".to_vec()),
    ]);
    let set = open(folder.path());
    assert_eq!(keys(&set), ["good", "no-extension", "renamed"]);
    let bad = [
        "cut.png",
        "drawing.svg",
        "empty.jpg",
        "head.jpg",
        "heavy.ppm",
        "large.ppm",
        "text.png",
    ];
    assert_eq!(skipped(&set), bad);
    let reason = |name| {
        &set.skipped
            .iter()
            .find(|skipped| skipped.name == name)
            .unwrap()
            .reason
    };
    assert!(reason("empty.jpg").contains("empty"));
    assert!(reason("text.png").contains("not a picture"));
    assert!(reason("large.ppm").contains("too large") && reason("heavy.ppm").contains("too large"));
    assert!(
        set.skipped
            .iter()
            .all(|skipped| !skipped.reason.contains('\n'))
    );
}

#[test]
fn nothing_to_read_is_an_error_that_says_what_is_there() {
    let empty = TempDir::new().unwrap();
    let texts = folder([
        ("a.txt", Vec::new()),
        ("b.txt", Vec::new()),
        ("sub/c.csv", Vec::new()),
    ]);
    let said = error(empty.path(), &OPTIONS);
    assert!(
        said.contains("no picture") && said.contains("empty") && said.contains("PNG"),
        "{said}"
    );
    assert!(said.starts_with(&empty.path().display().to_string()));
    let said = error(texts.path(), &OPTIONS);
    assert!(said.contains("3 other files: 2 .txt, 1 .csv"), "{said}");

    let broken = folder([("a.png", b"text".to_vec()), ("b.png", Vec::new())]);
    let said = error(broken.path(), &OPTIONS);
    assert!(
        said.contains("none of its 2 pictures") && said.contains("a.png"),
        "{said}"
    );
    let said = error(&broken.path().join("b.png"), &OPTIONS);
    assert!(said.contains("b.png") && said.contains("empty"), "{said}");

    let archives = folder([
        ("text.tar", b"this is no archive".repeat(100)),
        ("zero.tar", Vec::new()),
        ("json.tar", tar([("a.json", b"{}".to_vec())])),
        ("cut.tar.gz", gzip(&tar(members()))[..30].to_vec()),
    ]);
    for name in ["text.tar", "zero.tar", "json.tar", "cut.tar.gz"] {
        let said = error(&archives.path().join(name), &OPTIONS);
        assert!(said.contains("no picture") && said.contains(name), "{said}");
    }
    let missing = Dataset::open(&empty.path().join("nowhere"), &OPTIONS).unwrap_err();
    assert!(matches!(missing, DataError::Missing { .. }), "{missing}");
    let sizeless = OpenOptions { size: 0, ..OPTIONS };
    assert!(matches!(
        Dataset::open(texts.path(), &sizeless),
        Err(DataError::Dimensions { .. })
    ));
}

#[test]
fn transparency_is_kept_until_composing() {
    let clear = RgbaImage::from_pixel(8, 8, Pixel([0, 255, 0, 0]));
    let folder = folder([("clear.png", encoded(&clear.into(), ImageFormat::Png))]);
    let set = open(&folder.path().join("clear.png"));
    assert_eq!(keys(&set), ["clear"]);
    let composed = set.samples[0].pictures[0].picture.compose([1.0, 1.0, 1.0]);
    assert!(
        composed.iter().all(|&value| value == 1.0),
        "white, without a trace of green"
    );
}

#[test]
fn progress_counts_pictures_and_cancelling_stops() {
    let names: Vec<String> = (0..40).map(|i| format!("{i}.png")).collect();
    let pictures = || names.iter().map(|name| (name.as_str(), png(RED)));
    let archive = folder([("set.tar", tar(pictures()))]);
    let folder = folder(pictures());
    for path in [folder.path().to_path_buf(), archive.path().join("set.tar")] {
        let (mut calls, cancel) = (Vec::new(), AtomicBool::new(false));
        let mut progress = |done, total| calls.push((done, total));
        Dataset::open_with(&path, &OPTIONS, &mut progress, &cancel).unwrap();
        assert_eq!(calls, (1..=40).map(|done| (done, 40)).collect::<Vec<_>>());

        let mut raise = |_, _| cancel.store(true, Ordering::Relaxed);
        let stopped = Dataset::open_with(&path, &OPTIONS, &mut raise, &cancel);
        assert!(matches!(stopped, Err(DataError::Cancelled)));
    }
}
