//! Errors as the TypeScript library knows them: `{ code, message }`.

use crate::data::DataError;
use crate::diffusion::SamplerError;
use crate::engine::RequestError;
use crate::train::TrainError;
use crate::weights::WeightsError;
use js_sys::{Object, Reflect};
use std::fmt::Display;
use wasm_bindgen::JsValue;

pub type Result<T> = std::result::Result<T, Failure>;

/// A `SodaErrorCode` and the words to go with it.
pub struct Failure {
    code: &'static str,
    message: String,
}

impl Failure {
    fn new(code: &'static str, error: impl Display) -> Self {
        let message = error.to_string();
        Self { code, message }
    }

    /// The device gave no result back.
    pub fn device(error: impl Display) -> Self {
        Self::new("device-lost", error)
    }

    /// There is no such device here.
    #[cfg(feature = "webgpu")]
    pub fn unsupported(error: impl std::fmt::Debug) -> Self {
        Self::new("unsupported", format!("WebGPU did not start: {error:?}"))
    }

    /// What this device computes is wrong.
    pub fn wrong(what: String) -> Self {
        Self::new(
            "unsupported",
            format!("this graphics driver gets the model wrong: {what}"),
        )
    }

    /// A fault of ours.
    pub fn internal(error: impl std::fmt::Debug) -> Self {
        Self::new("internal", format!("{error:?}"))
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let object = Object::new();
        for (key, value) in [("code", failure.code), ("message", &failure.message)] {
            // Setting a property of a fresh object cannot fail.
            let _ = Reflect::set(&object, &key.into(), &value.into());
        }
        object.into()
    }
}

impl From<WeightsError> for Failure {
    fn from(error: WeightsError) -> Self {
        match error {
            WeightsError::Device(_) => Self::device(error),
            error => Self::new("weights", error),
        }
    }
}

impl From<TrainError> for Failure {
    /// What goes wrong in training is a matter of what was given: pictures, settings, a learning
    /// rate at which the loss runs away.
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Device(_) => Self::device(error),
            error => Self::new("input", error),
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::new("input", error)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Device(_) => Self::device(error),
            error => Self::new("input", error),
        }
    }
}

impl From<SamplerError> for Failure {
    fn from(error: SamplerError) -> Self {
        Self::new("input", error)
    }
}

impl From<serde_wasm_bindgen::Error> for Failure {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::new("input", error)
    }
}
