//! Pictures as rows of numbers with what is known about them, and the file they are kept in.

use crate::recognition::Rows;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

/// What is known about a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Key of its sample.
    pub key: String,
    /// Its file name.
    pub name: String,
    /// Its sample's class, if it has one.
    pub class: Option<String>,
    /// Its view label, if it has one.
    pub view: Option<String>,
    /// Its sample's JSON, if it has one.
    pub meta: Option<serde_json::Value>,
}

/// A data set as rows of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// A row a picture.
    pub codes: Rows,
    /// What is known about each.
    pub about: Vec<About>,
}

impl Encoded {
    /// Both sets, this one first. Rows must be of one width.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        let mut values = self.codes.values().to_vec();
        values.extend_from_slice(other.codes.values());
        self.codes = Rows::new(values, self.codes.width());
        self.about.extend(other.about);
        self
    }

    /// As a safetensors file: `codes [N, D]`, f32, and `about`, JSON in UTF-8.
    ///
    /// # Errors
    /// None that can be foreseen, as text.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let codes: Vec<u8> = self
            .codes
            .values()
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let about = serde_json::to_vec(&self.about).map_err(|error| error.to_string())?;
        let shape = vec![self.codes.len(), self.codes.width()];
        let view = |dtype, shape, data| {
            TensorView::new(dtype, shape, data).map_err(|error| error.to_string())
        };
        let tensors = [
            ("codes", view(Dtype::F32, shape, &codes)?),
            ("about", view(Dtype::U8, vec![about.len()], &about)?),
        ];
        safetensors::serialize(tensors, None).map_err(|error| error.to_string())
    }

    /// Read what [`to_bytes`](Self::to_bytes) wrote; none for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let file = SafeTensors::deserialize(bytes).ok()?;
        let codes = file.tensor("codes").ok()?;
        let about: Vec<About> = serde_json::from_slice(file.tensor("about").ok()?.data()).ok()?;
        let (Dtype::F32, &[n, width]) = (codes.dtype(), codes.shape()) else {
            return None;
        };
        let values = codes.data().as_chunks::<4>().0.iter();
        let values = values.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        (n == about.len() && width > 0).then(|| Self {
            codes: Rows::new(values, width),
            about,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_survives_the_file_and_damage_is_noticed() {
        let about = |key: &str| About {
            key: key.into(),
            name: format!("{key}.png"),
            class: Some("cat".into()),
            view: None,
            meta: Some(serde_json::json!({"group": "animals"})),
        };
        let encoded = Encoded {
            codes: Rows::new(vec![1.0, -2.5, 3.0, 0.25], 2),
            about: vec![about("a"), about("ü")],
        };
        let bytes = encoded.to_bytes().unwrap();
        assert_eq!(Encoded::from_bytes(&bytes), Some(encoded));
        assert_eq!(Encoded::from_bytes(&bytes[..bytes.len() - 3]), None);
        assert_eq!(Encoded::from_bytes(b"{}"), None);
    }
}
