//! Features of pictures that another program computed, in a safetensors file.

use crate::cli::CliResult;
use crate::eval::{About, Encoded};
use crate::files::read_at_most;
use crate::recognition::Rows;
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::path::Path;

/// The one matrix of a file, a row a picture, and the names of the pictures if the file has them.
pub struct Outside {
    /// How messages and tables call the file.
    pub name: String,
    /// The matrix, all of it finite.
    pub rows: Rows,
    /// The metadata `names`, not yet checked.
    names: Option<String>,
}

impl Outside {
    /// Read a file.
    ///
    /// # Errors
    /// A file that cannot be read, that does not hold one f32 matrix, or numbers that are not
    /// finite.
    pub fn read(path: &Path) -> CliResult<Self> {
        let name = path.display().to_string();
        let fault = |text: &dyn std::fmt::Display| format!("{name}: {text}");
        let bytes = read_at_most(path, 4 << 30).map_err(|error| fault(&error))?;
        let broken = |error| fault(&format_args!("{error}; make it with scripts/features.sh"));
        let file = SafeTensors::deserialize(&bytes).map_err(broken)?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(broken)?;
        let names = header.metadata().as_ref();
        let names = names.and_then(|metadata| metadata.get("names")).cloned();
        let mut matrices = file.tensors();
        matrices.retain(|(_, tensor)| tensor.dtype() == Dtype::F32 && tensor.shape().len() == 2);
        let [(_, matrix)] = matrices.as_slice() else {
            let count = matrices.len();
            return Err(fault(&format_args!(
                "holds {count} f32 matrices where one is needed; make it with scripts/features.sh"
            ))
            .into());
        };
        let values = matrix.data().as_chunks::<4>().0.iter();
        let values: Vec<f32> = values.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return Err(fault(&"features must be finite numbers, and some").into());
        }
        let rows = Rows::new(values, matrix.shape()[1]);
        Ok(Self { name, rows, names })
    }

    /// The rows of these pictures, in their order, found by name.
    ///
    /// # Errors
    /// A file without names, or with one twice, or without a row for one of the pictures.
    pub fn of(&self, about: &[About]) -> CliResult<Encoded> {
        let fault = |text: String| format!("{}: {text}", self.name);
        let unnamed = || {
            fault(format!(
                "its metadata need \"names\", a JSON list of {} pictures' file names; \
                 scripts/features.sh writes them",
                self.rows.len()
            ))
        };
        let names: Option<Vec<String>> = self.names.as_ref().and_then(|names| {
            let names = serde_json::from_str(names).ok();
            names.filter(|names: &Vec<String>| names.len() == self.rows.len())
        });
        let names = names.ok_or_else(unnamed)?;
        let mut places = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            if places.insert(name, place).is_some() {
                return Err(fault(format!(
                    "two rows are named {name:?}; compute the features of one set at a time"
                ))
                .into());
            }
        }
        let missing = |about: &&About| !places.contains_key(&about.name);
        if let Some(first) = about.iter().find(missing) {
            return Err(fault(format!(
                "has no features of {} of {} pictures, of {:?} to begin with; compute them from \
                 the same --data",
                about.iter().filter(missing).count(),
                about.len(),
                first.name
            ))
            .into());
        }
        let chosen: Vec<usize> = about.iter().map(|about| places[&about.name]).collect();
        Ok(Encoded {
            codes: self.rows.chosen(&chosen),
            about: about.to_vec(),
        })
    }
}
