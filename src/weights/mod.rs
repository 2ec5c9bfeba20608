//! Models on disk and on the wire: `config.json` beside `model.safetensors`.
//!
//! [`Manifest`] is `config.json`. Tensors are named by their place in
//! [`Autoencoder`](crate::model::Autoencoder), such as `unet.levels.0.down.0.conv1.weight`;
//! convolutions are `[out, in, height, width]` and linear layers `[in, out]`. Tensors are f16 unless f32 is asked
//! for, and become f32 when they are loaded.

mod manifest;
mod objective;
mod tensors;

pub use manifest::{FORMAT, Manifest, Sampled, Training};
pub use objective::{Objective, UnknownObjective};
pub use tensors::{Precision, load_tensors, save_tensors, save_tensors_async};

use crate::model::{Autoencoder, ConfigError};
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
    #[error("config: format {found} is not format {FORMAT}; this program is too {age} for the model", age = if *found > FORMAT { "old" } else { "new" })]
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
        "weights: {name} is not part of this model; is model.safetensors from the same model as config.json?"
    )]
    Unknown {
        /// The tensor.
        name: String,
    },
    /// A tensor of another shape.
    #[error("weights: {name} is {found:?}, this model needs {wanted:?}")]
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
        "weights: {name} holds a number that is not finite; the training run that wrote it has failed"
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
    let read = |name: &str| {
        let path = dir.join(name);
        std::fs::read(&path).map_err(WeightsError::io(&path))
    };
    let manifest = Manifest::from_json(&read("config.json")?)?;
    Ok((manifest, read("model.safetensors")?))
}

/// Write `config.json` and `model.safetensors` into folder `dir`, which is made if need be. Each
/// file is written beside its place first and then moved, so that a reader never sees half of one.
pub fn write_files(
    dir: &Path,
    manifest: &Manifest,
    networks: &Autoencoder,
    precision: Precision,
) -> Result<(), WeightsError> {
    std::fs::create_dir_all(dir).map_err(WeightsError::io(dir))?;
    let bytes = save_tensors(networks, precision)?;
    replace_file(&dir.join("model.safetensors"), &bytes)?;
    let mut json = serde_json::to_vec_pretty(manifest)?;
    json.push(b'\n');
    replace_file(&dir.join("config.json"), &json)
}

/// Put `bytes` at `path` in one move.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), WeightsError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().map_err(WeightsError::io(path))
}
