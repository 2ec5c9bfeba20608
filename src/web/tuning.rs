//! Fine-tuning in the page.

use super::error::{Failure, Result};
use super::{Engine, parse};
use crate::data::Rgba;
use crate::train::{FineTune, FineTuning};
use burn::module::Module;
use serde::Deserialize;
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;

/// `TrainOptions` of the TypeScript library, without what concerns the page alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    steps: Option<usize>,
    batch_size: Option<usize>,
    parts: Option<usize>,
    learning_rate: Option<f64>,
    seed: Option<f64>,
    train: Option<String>,
}

impl Options {
    fn settings(&self) -> Result<FineTune> {
        let usual = FineTune::default();
        Ok(FineTune {
            steps: self.steps.unwrap_or(usual.steps),
            batch: self.batch_size.unwrap_or(usual.batch),
            parts: self.parts.unwrap_or(usual.parts),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            seed: self.seed.map_or(usual.seed, |seed| seed as u64),
            taught: self.train.as_deref().unwrap_or("all").parse()?,
        })
    }
}

/// Pictures to learn.
#[wasm_bindgen]
pub struct Album {
    size: usize,
    pictures: Vec<Rgba>,
}

#[wasm_bindgen]
impl Album {
    /// One more: RGBA bytes of any size, of which the centre square is taken.
    pub fn add(&mut self, rgba: Clamped<Vec<u8>>, width: usize, height: usize) -> Result<()> {
        let picture = Rgba::from_rgba8(&rgba, width, height, self.size)?;
        self.pictures.push(picture);
        Ok(())
    }
}

/// A fine-tuning under way. The engine learns nothing by itself: [`Engine::adopt`] takes over what
/// has been learnt so far, [`Engine::restore`] undoes it.
#[wasm_bindgen]
pub struct Tuning {
    inner: FineTuning,
}

#[wasm_bindgen]
impl Tuning {
    /// Steps in all.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> usize {
        self.inner.steps()
    }

    /// Steps taken.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.inner.done()
    }

    /// One step; gives back its loss.
    pub async fn step(&mut self) -> Result<f32> {
        Ok(self.inner.step_async().await?.loss)
    }
}

#[wasm_bindgen]
impl Engine {
    /// An album without pictures.
    pub fn album(&self) -> Album {
        Album {
            size: self.soda.size(),
            pictures: Vec::new(),
        }
    }

    /// Get ready to learn an album, which is used up.
    pub async fn tuning(&self, album: Album, options: JsValue) -> Result<Tuning> {
        let settings = parse::<Options>(options)?.settings()?;
        let inner = FineTuning::new(&self.soda, album.pictures, settings)?;
        Ok(Tuning { inner })
    }

    /// Become what `tuning` has learnt so far.
    pub fn adopt(&mut self, tuning: &Tuning) {
        tuning.inner.give_to(&mut self.soda);
        self.soda.manifest.reference = None;
    }

    /// Become what this was before `tuning`.
    pub fn restore(&mut self, tuning: &Tuning) {
        tuning.inner.take_back(&mut self.soda);
    }

    /// Whether there is room to learn so many pictures at once. Asking first is the only way:
    /// memory that runs out within a step ends the engine.
    #[wasm_bindgen(js_name = hasRoom)]
    pub fn has_room(&self, pictures: usize) -> bool {
        let mut room: Vec<u8> = Vec::new();
        room.try_reserve_exact(self.bytes(pictures) as usize)
            .is_ok()
    }

    /// Memory that learning so many pictures at once takes, in bytes, as measured on the shipped
    /// models: it goes with the finest features of the U-Net and, for the optimiser, with the
    /// parameters.
    pub fn bytes(&self, pictures: usize) -> f64 {
        let model = &self.soda.manifest.model;
        crate::model::learning_bytes(model, self.soda.networks.num_params(), pictures)
    }

    /// `config.json` as it is now. What has learnt has no reference of what it paints any more.
    pub fn config(&self) -> Result<String> {
        serde_json::to_string_pretty(&self.soda.manifest).map_err(Failure::internal)
    }

    /// `model.safetensors` as it is now, in half precision if `half`.
    pub async fn weights(&self, half: bool) -> Result<js_sys::Uint8Array> {
        let precision = if half {
            crate::weights::Precision::F16
        } else {
            crate::weights::Precision::F32
        };
        let bytes = crate::weights::save_tensors_async(&self.soda.networks, precision).await?;
        Ok(js_sys::Uint8Array::from(bytes.as_slice()))
    }
}
