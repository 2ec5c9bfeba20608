//! Models on disk and on the wire: `config.json` beside `model.safetensors`.
//!
//! [`Manifest`] is `config.json`. Tensors are named by their place in
//! [`Autoencoder`](crate::model::Autoencoder), such as `unet.levels.0.down.0.conv1.weight`;
//! convolutions are `[out, in, height, width]` and linear layers `[in, out]`. Tensors are f16
//! unless f32 is asked for, and become f32 when they are loaded.

mod directions;
mod manifest;
mod objective;
mod reference;
mod tensors;

pub use directions::{Directions, NamedDirection};
pub use manifest::{FORMAT, Manifest, Sampled, Training};
pub use objective::{Objective, UnknownObjective};
pub use reference::Reference;
pub use tensors::{Precision, load_tensors, save_tensors, save_tensors_async};

use crate::files::{MOST_TEXT, read_file};
use crate::model::{Autoencoder, ConfigError};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What can be wrong with a model's files.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// A file that cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The device gave no weights back.
    #[error("weights: the device gave no result back: {0}")]
    Device(String),
    /// A `config.json` that is not one.
    #[error("config: {0}")]
    Json(#[from] serde_json::Error),
    /// A `config.json` of another version of the format.
    #[error("config: format {found} is not format {FORMAT}; this program is too {age} for the \
        model", age = if *found > FORMAT { "old" } else { "new" })]
    Format {
        /// The version found.
        found: u32,
    },
    /// A configuration whose parts do not fit together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Not a safetensors file, or one that is cut short.
    #[error("weights: not a whole safetensors file ({0}); download or export it again")]
    Damaged(String),
    /// A tensor that the model needs and the file lacks.
    #[error("weights: {name} is missing; is model.safetensors from the same model as config.json?")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// A tensor that the model does not know.
    #[error(
        "weights: {name} is not part of this model; is model.safetensors from the same model as \
         config.json?"
    )]
    Unknown {
        /// The tensor.
        name: String,
    },
    /// A tensor of another shape.
    #[error(
        "weights: {name} is {found:?}, this model needs {wanted:?}; is model.safetensors from the \
         same model as config.json, and both from this version of the program?"
    )]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape the model needs.
        wanted: Vec<usize>,
    },
    /// A tensor of numbers that weights are not stored in.
    #[error("weights: {name} is {found}, needs F16, BF16 or F32")]
    Number {
        /// The tensor.
        name: String,
        /// Its type in the file.
        found: String,
    },
    /// A tensor with a NaN or an infinity in it.
    #[error(
        "weights: {name} holds a number that is not finite; the training run that wrote it has \
         failed"
    )]
    NotFinite {
        /// The tensor.
        name: String,
    },
}

impl WeightsError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Read `config.json` and `model.safetensors` of folder `dir`.
pub fn read_files(dir: &Path) -> Result<(Manifest, Vec<u8>), WeightsError> {
    let read = |path: PathBuf, most| read_file(&path, most).map_err(WeightsError::io(&path));
    let config = if is_half_moved(dir) {
        staged(dir, CONFIG)
    } else {
        dir.join(CONFIG)
    };
    let manifest = Manifest::from_json(&read(config, MOST_TEXT)?)?;
    Ok((manifest, read(dir.join(WEIGHTS), MOST_WEIGHTS)?))
}

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";

/// Most bytes of weights: a billion numbers.
const MOST_WEIGHTS: u64 = 4 << 30;

/// Where a new file of a model waits until both are there.
fn staged(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.new"))
}

/// Whether a program ended between the two moves of [`write_files`]: the weights are new, and the
/// settings that belong to them still wait.
fn is_half_moved(dir: &Path) -> bool {
    staged(dir, CONFIG).exists() && !staged(dir, WEIGHTS).exists()
}

/// Write `config.json` and `model.safetensors` into folder `dir`, which is made if need be.
///
/// Both change or neither does, wherever the program ends: both wait as `NAME.new`, weights first,
/// until they are whole on the disk; then the weights are moved into place, then the settings.
/// [`read_files`] takes settings that wait alone for those of the weights.
pub fn write_files(
    dir: &Path,
    manifest: &Manifest,
    networks: &Autoencoder,
    precision: Precision,
) -> Result<(), WeightsError> {
    std::fs::create_dir_all(dir).map_err(WeightsError::io(dir))?;
    let bytes = save_tensors(networks, precision)?;
    let json = config_json(manifest, &bytes)?;
    if is_half_moved(dir) {
        move_into_place(dir, CONFIG)?;
    }
    let staging = replace_file(&staged(dir, WEIGHTS), &bytes)
        .and_then(|()| replace_file(&staged(dir, CONFIG), &json));
    if staging.is_err() {
        // The settings go first: alone they would mean that the weights are in place.
        let _ = std::fs::remove_file(staged(dir, CONFIG));
        let _ = std::fs::remove_file(staged(dir, WEIGHTS));
        return staging;
    }
    move_into_place(dir, WEIGHTS)?;
    move_into_place(dir, CONFIG)
}

/// Write `config.json` of the model in folder `dir` anew; its weights stay as they are.
pub fn write_settings(dir: &Path, manifest: &Manifest) -> Result<(), WeightsError> {
    let (_, weights) = read_files(dir)?;
    if is_half_moved(dir) {
        move_into_place(dir, CONFIG)?;
    }
    replace_file(&dir.join(CONFIG), &config_json(manifest, &weights)?)
}

/// `config.json`, which names its weights at the end: by that a page knows that they are whole and
/// belong to it.
fn config_json(manifest: &Manifest, weights: &[u8]) -> Result<Vec<u8>, WeightsError> {
    #[derive(serde::Serialize)]
    struct Named<'a> {
        #[serde(flatten)]
        manifest: &'a Manifest,
        weights: Name,
    }
    #[derive(serde::Serialize)]
    struct Name {
        sha256: String,
        bytes: usize,
    }
    let digest = Sha256::digest(weights);
    let name = Name {
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes: weights.len(),
    };
    let mut json = serde_json::to_vec_pretty(&Named {
        manifest,
        weights: name,
    })?;
    json.push(b'\n');
    Ok(json)
}

fn move_into_place(dir: &Path, name: &str) -> Result<(), WeightsError> {
    let place = dir.join(name);
    std::fs::rename(staged(dir, name), &place)
        .and_then(|()| sync_folder(dir))
        .map_err(WeightsError::io(&place))
}

/// Put `bytes` at `path` in one move, making the folders above it. If that fails, what was there
/// stays and nothing is left behind. What is not a plain file, such as `/dev/stdout`, is written to
/// as it is.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), WeightsError> {
    use std::io::Write;
    let io = WeightsError::io(path);
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let file = std::fs::OpenOptions::new().write(true).open(path);
        return file.and_then(|mut file| file.write_all(bytes)).map_err(io);
    }
    // A link stays one, and what it leads to is replaced.
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match place.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    // The name may be as long as file systems allow.
    let start: String = name.chars().take(40).collect();
    let part = folder.join(format!(".{start}.{}.part", name.len()));
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, &place)?;
        sync_folder(&folder)
    };
    write().map_err(|source| {
        let _ = std::fs::remove_file(&part);
        io(source)
    })
}

/// Have the entries of a folder on the disk, so that a file moved there is still there after a
/// power failure. Systems on which a folder cannot be opened do without.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::File::open(folder) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_name_their_weights_and_are_read_again() {
        let shipped = include_bytes!("../../models/emoji64/config.json");
        let manifest = Manifest::from_json(shipped).unwrap();
        let json = config_json(&manifest, b"abc").unwrap();
        let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        // The example of FIPS 180-4.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(value["weights"]["sha256"], digest);
        assert_eq!(value["weights"]["bytes"], 3);
        assert_eq!(Manifest::from_json(&json).unwrap(), manifest);
    }
}
