//! The browser's face: thin, no mathematics.
//!
//! One [`Engine`] lives in one worker. Calls are not re-entrant: the worker runs one job at a
//! time, and yields to its event loop between the steps of a [`Sampling`] so that a cancellation
//! gets through. Every error is a plain object `{ code, message }`.

mod error;
mod tuning;

use crate::data::{Rgba, to_rgba8};
use crate::diffusion::SamplerKind;
use crate::engine::{DecodeOptions, InvertOptions, Painting, SampleOptions, Soda};
use crate::latent::{Interpolation, slerp_noise};
use crate::model::flops;
use crate::weights::{Directions, Manifest};
use burn::tensor::{Device, Tensor};
use error::{Failure, Result};
use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

unsafe extern "C" {
    /// The linker's: runs the static constructors of every crate, such as CubeCL's registrations.
    safe fn __wasm_call_ctors();
}

/// Set a worker up, once: static constructors run, and panics go to the console with their message.
#[wasm_bindgen(start)]
pub fn start() {
    // In a module where nobody calls this, the linker has every exported function call it first, at
    // every call; and each value that goes to JavaScript is such a call.
    __wasm_call_ctors();
    // Only engines that have them compile a module with these instructions.
    #[cfg(feature = "relaxed")]
    pulp::wasm::enable_relaxed_simd();
    console_error_panic_hook::set_once();
}

/// A loaded model.
#[wasm_bindgen]
pub struct Engine {
    soda: Soda,
}

/// What a page learns of a model: `ModelConfig` of the TypeScript library.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    name: &'a str,
    size: usize,
    latent: usize,
    groups: &'a [usize],
    views: &'a [String],
    /// Sliders that the model brings along.
    directions: Option<&'a Directions>,
    unfamiliarity_limit: Option<f64>,
    parameters: usize,
    licence: &'a str,
    /// Whether new latents can be drawn.
    prior: bool,
    guide: bool,
    /// Side of rendered pictures, if there is a renderer.
    rendered_size: Option<usize>,
    steps: usize,
    /// Steps of an inversion, and of decoding an inverted picture.
    invert_steps: usize,
    interpolation: Interpolation,
}

/// `DecodeOptions` of the TypeScript library, without what concerns the page alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    steps: Option<usize>,
    sampler: Option<String>,
    guidance: f64,
    level_guidance: Vec<f64>,
    seed: f64,
    view: Option<String>,
    size: Option<usize>,
}

#[wasm_bindgen]
impl Engine {
    /// From the text of `config.json` and the bytes of `model.safetensors`.
    pub async fn load(config: String, weights: Uint8Array) -> Result<Engine> {
        let manifest = Manifest::from_json(config.as_bytes())?;
        let device = open_device().await?;
        let soda = Soda::from_parts(manifest, &weights.to_vec(), &device)?;
        Ok(Self { soda })
    }

    /// What the model is.
    pub fn info(&self) -> Result<JsValue> {
        let manifest = &self.soda.manifest;
        let cost = flops(&self.soda.networks, &manifest.model, manifest.model.size);
        let info = Info {
            name: &manifest.name,
            size: manifest.model.size,
            latent: manifest.model.latent(),
            groups: &manifest.model.groups,
            views: &manifest.views,
            directions: manifest.directions.as_ref(),
            unfamiliarity_limit: manifest.unfamiliarity_limit,
            parameters: cost.parameters,
            licence: &manifest.licence,
            prior: self.soda.networks.prior.is_some(),
            guide: self.soda.networks.prior_guide.is_some(),
            rendered_size: self.soda.rendered_size(),
            steps: manifest.sampled.steps,
            invert_steps: manifest.sampled.invert_steps,
            interpolation: manifest.sampled.interpolation,
        };
        Ok(serde_wasm_bindgen::to_value(&info)?)
    }

    /// `frames` latents from `a` to `b`, both included, one after another.
    pub fn interpolate(&self, a: &[f32], b: &[f32], frames: usize) -> Vec<f32> {
        path(frames, |t| self.soda.interpolate(a, b, t))
    }

    /// RGBA bytes of any size to the pixels that networks see: the centre square, resized and
    /// laid on the model's background, `[3·size·size]` in [-1, 1].
    pub fn prepare(
        &self,
        rgba: Uint8ClampedArray,
        width: usize,
        height: usize,
    ) -> Result<Float32Array> {
        let picture = Rgba::from_rgba8(&rgba.to_vec(), width, height, self.soda.size())?;
        let pixels = picture.compose(self.soda.manifest.background);
        Ok(Float32Array::from(pixels.as_slice()))
    }

    /// The first step, which compiles shaders, and whether this driver gets them right.
    #[wasm_bindgen(js_name = warmUp)]
    pub async fn warm_up(&self) -> Result<()> {
        let pixels = host(self.soda.warm_up()?).await?;
        self.soda.check_warm_up(&pixels).map_err(Failure::wrong)
    }

    /// Pixels of `N` pictures to their normalised latents, `[N·D]`; corrected to be painted, or as
    /// the encoder alone has them.
    pub async fn encode(&self, pixels: Float32Array, corrected: bool) -> Result<Float32Array> {
        let pictures = self.soda.pictures(pixels.to_vec())?;
        read(if corrected {
            self.soda.encode_corrected(pictures)?
        } else {
            self.soda.encode(pictures)
        })
        .await
    }

    /// Start painting `[N·D]` latents, from noise `[N·3·size·size]` or, where it is empty, from
    /// seeded noise that all pictures share.
    pub fn decoding(
        &self,
        values: Float32Array,
        noise: Float32Array,
        options: JsValue,
    ) -> Result<Sampling> {
        let latents = self.soda.latents(values.to_vec())?;
        let noise = match noise.length() {
            0 => None,
            _ => Some(self.soda.pictures(noise.to_vec())?),
        };
        let options: Options = parse(options)?;
        let sampler = options.sampler.as_deref().map(str::parse::<SamplerKind>);
        let options = DecodeOptions {
            steps: options.steps,
            sampler: sampler.transpose()?,
            guidance: options.guidance,
            level_guidance: options.level_guidance,
            seed: options.seed as u64,
            view: options.view,
            size: options.size,
            ..DecodeOptions::default()
        };
        let painting = self.soda.decode(latents, noise, &options)?;
        Ok(Sampling { painting })
    }

    /// Start drawing `count` new latents from the prior; the end state is `[count·D]`, normalised.
    pub fn drawing(&self, count: usize, seed: f64, autoguidance: Option<f64>) -> Result<Sampling> {
        let options = SampleOptions {
            seed: seed as u64,
            autoguidance,
            ..SampleOptions::default()
        };
        let painting = self.soda.draw(count, &options)?;
        Ok(Sampling { painting })
    }

    /// Start finding the noise that decodes to given pictures.
    pub fn inversion(
        &self,
        pixels: Float32Array,
        values: Float32Array,
        options: JsValue,
    ) -> Result<Sampling> {
        let options: Options = parse(options)?;
        let pictures = self.soda.pictures(pixels.to_vec())?;
        let latents = self.soda.latents(values.to_vec())?;
        let options = InvertOptions {
            steps: options.steps,
            ..InvertOptions::default()
        };
        let painting = self.soda.invert(pictures, latents, &options)?;
        Ok(Sampling { painting })
    }
}

/// A painting, an inversion or a drawing of latents under way.
#[wasm_bindgen]
pub struct Sampling {
    painting: Painting,
}

#[wasm_bindgen]
impl Sampling {
    /// Steps in all.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> usize {
        self.painting.steps()
    }

    /// Steps taken.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.painting.done()
    }

    /// One step of the network, and the wait for it: a GPU takes orders faster than it carries
    /// them out, and a cancellation would otherwise come after all steps.
    pub async fn step(&mut self) -> Result<()> {
        self.painting.step();
        let corner = self.painting.state().slice([0..1, 0..1, 0..1, 0..1]);
        host(corner).await?;
        Ok(())
    }

    /// The state as it is, `[N·3·size·size]`: pictures in [-1, 1], or noise when inverting; `[N·D]`
    /// when drawing latents.
    pub async fn tensor(&self) -> Result<Float32Array> {
        read(self.painting.state()).await
    }

    /// The pictures as RGBA bytes, `[N·size·size·4]`, opaque: at the model's own size, and once
    /// they are done at the one that was asked for.
    pub async fn pixels(&self) -> Result<Uint8ClampedArray> {
        let pictures = self.painting.pictures();
        let [count, _, _, size] = pictures.dims();
        let values = host(pictures).await?;
        let mut bytes = Vec::with_capacity(count * size * size * 4);
        for picture in values.chunks_exact(3 * size * size) {
            bytes.extend(to_rgba8(picture, size)?);
        }
        Ok(Uint8ClampedArray::from(bytes.as_slice()))
    }
}

/// `frames` noises on the great circle from `a` to `b`, both included, one after another.
#[wasm_bindgen]
pub fn interpolate_noise(a: &[f32], b: &[f32], frames: usize) -> Vec<f32> {
    path(frames, |t| slerp_noise(a, b, t))
}

fn path(frames: usize, point: impl Fn(f32) -> Vec<f32>) -> Vec<f32> {
    let last = frames.saturating_sub(1).max(1) as f32;
    (0..frames).flat_map(|i| point(i as f32 / last)).collect()
}

fn parse<T: Default + DeserializeOwned>(options: JsValue) -> Result<T> {
    if options.is_undefined() || options.is_null() {
        Ok(T::default())
    } else {
        Ok(serde_wasm_bindgen::from_value(options)?)
    }
}

async fn host<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.into_data_async().await.map_err(Failure::device)?;
    data.convert::<f32>()
        .try_into_vec()
        .map_err(Failure::internal)
}

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Float32Array> {
    Ok(Float32Array::from(host(tensor).await?.as_slice()))
}

#[cfg(feature = "webgpu")]
async fn open_device() -> Result<Device> {
    Device::wgpu_options()
        .init_async()
        .await
        .map_err(Failure::unsupported)
}

#[cfg(not(feature = "webgpu"))]
async fn open_device() -> Result<Device> {
    Ok(Device::flex())
}
