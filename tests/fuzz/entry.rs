//! What is fuzzed: each function takes any bytes, and must neither panic nor take much memory.
//! `fuzz/` runs them under libFuzzer, `tests/fuzz/main.rs` on the corpus and mutants of it.

use burn::tensor::Device;
use soda::data::{Dataset, OpenOptions, Views, decode, expand_paths};
use soda::eval::read_curves;
use soda::files::json_text;
use soda::model::ModelConfig;
use soda::train::{Phase, TrainConfig};
use soda::weights::{Manifest, load_tensors};
use std::path::PathBuf;
use tempfile::TempDir;

/// Takes any bytes; must not panic.
type Target = fn(&[u8]);

/// Name and function of every target.
pub const TARGETS: [(&str, Target); 10] = [
    ("config", config),
    ("weights", weights),
    ("tar", tar),
    ("idx", idx),
    ("cifar", cifar),
    ("picture", picture),
    ("sound", sound),
    ("phases", phases),
    ("paths", paths),
    ("curves", curves),
];

/// `config.json`: what is accepted can be built.
pub fn config(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::from_json(bytes) {
        let networks = manifest.model.init(&Device::flex()).expect("it is valid");
        // An empty file fits no networks, whatever their size.
        assert!(load_tensors(networks, b"\x02\0\0\0\0\0\0\0{}").is_err());
    }
}

/// `model.safetensors`.
pub fn weights(bytes: &[u8]) {
    let config = ModelConfig::preset("tiny").expect("a preset");
    let networks = config.init(&Device::flex()).expect("it is valid");
    let _ = load_tensors(networks, bytes);
}

/// A WebDataset archive, plain or compressed.
pub fn tar(bytes: &[u8]) {
    if let Some(data) = opened("x.tar", bytes) {
        let mut keys: Vec<_> = data.samples.iter().map(|sample| &sample.key).collect();
        keys.dedup();
        assert_eq!(keys.len(), data.samples.len(), "keys are unique");
        for (_, entry) in data.pictures() {
            let mut parts = entry.name.split(['/', '\\']);
            assert!(!entry.name.starts_with('/') && !parts.any(|part| part == ".."));
        }
    }
}

/// MNIST's files.
pub fn idx(bytes: &[u8]) {
    opened("train-images-idx3-ubyte", bytes);
}

/// CIFAR's files.
pub fn cifar(bytes: &[u8]) {
    opened("data_batch_1.bin", bytes);
}

/// Pictures of any format.
pub fn picture(bytes: &[u8]) {
    if let Ok(picture) = decode(bytes, "x.tga", 8) {
        assert_eq!(picture.size(), 8);
    }
}

/// Sounds: decoded, resampled, and the picture of their spectrogram. What is no sound goes the way of
/// pictures.
pub fn sound(bytes: &[u8]) {
    if let Ok(picture) = decode(bytes, "x.wav", 8) {
        assert_eq!(picture.size(), 8);
    }
}

/// `--phases`, and the lengths that follow from it.
pub fn phases(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let phases: Result<Vec<Phase>, _> = text.split(',').map(str::parse).collect();
    if let Ok(phases) = phases {
        let config = TrainConfig {
            phases,
            ..TrainConfig::default()
        };
        if config.validate().is_ok() {
            let pictures = config.pictures();
            assert!(config.phase(pictures).is_none() && config.phase(pictures - 1).is_some());
            assert!(config.rate(0, 0).is_finite());
        }
    }
}

/// Paths with braces, and JSON in any encoding.
pub fn paths(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    assert!(!expand_paths(&[PathBuf::from(text)]).is_empty());
    let _ = serde_json::from_slice::<serde_json::Value>(&json_text(bytes));
}

/// A file of curves.
pub fn curves(bytes: &[u8]) {
    let folder = folder();
    let events = folder.join("events");
    std::fs::create_dir_all(&events).expect("a folder for files");
    std::fs::write(events.join("x.tfevents.1"), bytes).expect("a file");
    let _ = read_curves(&folder);
}

fn opened(name: &str, bytes: &[u8]) -> Option<Dataset> {
    let path = folder().join(name);
    std::fs::write(&path, bytes).expect("a file");
    let options = OpenOptions {
        size: 8,
        views: Views::Own,
    };
    Dataset::open(&path, &options).ok()
}

thread_local! {
    /// A folder of this thread alone, gone with it.
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder for files");
}

fn folder() -> PathBuf {
    FOLDER.with(|folder| folder.path().to_owned())
}
