//! The sounds' own WebAssembly: thin, no mathematics, and nothing of the networks.
//!
//! `wasm/sound` builds this file into a module by itself, so that a page can turn sounds into
//! pictures and pictures into sounds before, and without, any engine or model.

#[allow(dead_code, unused_imports)] // What only the command line uses.
#[path = "../audio/mod.rs"]
mod audio;

use audio::{BANDS, FRAMES, HOP, Kind, SAMPLES, Spectrogram, Voice};
use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;

/// The noise of notes, and the phases that sounds of pictures begin with.
const SEED: u64 = 0;

unsafe extern "C" {
    /// The linker's: runs static constructors.
    safe fn __wasm_call_ctors();
}

/// Sets a worker up, once.
#[wasm_bindgen(start)]
pub fn start() {
    // Where nobody calls this, every exported function would, at every call.
    __wasm_call_ctors();
}

/// Of samples at 16 kHz those that are made into a picture: 16,384 at most, of more what follows
/// the first sound.
#[wasm_bindgen]
pub fn excerpt(samples: &Float32Array) -> Float32Array {
    Float32Array::from(audio::from_onset(&samples.to_vec(), SAMPLES, HOP))
}

/// The spectrogram of up to 16,384 samples at 16 kHz: RGBA of 64 × 64, grey and opaque, as `soda
/// spectrogram` draws it.
#[wasm_bindgen]
pub fn spectrogram(samples: &Float32Array) -> Uint8ClampedArray {
    let rgba = Spectrogram::of(&samples.to_vec()).rgba();
    Uint8ClampedArray::from(rgba.as_slice())
}

/// The 16,384 samples at 16 kHz that a spectrogram is about of, as `soda sonify` makes them.
/// `rgba`: 64 × 64, read as opaque.
///
/// # Errors
/// `rgba` of another length.
#[wasm_bindgen]
pub fn sound(rgba: &Uint8ClampedArray) -> Result<Float32Array, JsError> {
    let rgba = rgba.to_vec();
    if rgba.len() != 4 * BANDS * FRAMES {
        let message = format!("a spectrogram is {FRAMES} × {BANDS} pixels of RGBA");
        return Err(JsError::new(&message));
    }
    let pixels = rgba.as_chunks::<4>().0.iter();
    let rgb: Vec<u8> = pixels.flat_map(|&[r, g, b, _]| [r, g, b]).collect();
    let sound = Spectrogram::from_rgb(&rgb).sound(SEED);
    Ok(Float32Array::from(sound.as_slice()))
}

/// 16,384 samples at 16 kHz of a note as `soda notes` plays them, in the middle of its kind, such
/// as `bell`.
///
/// # Errors
/// A kind that there is not.
#[wasm_bindgen]
pub fn note(kind: &str) -> Result<Float32Array, JsError> {
    let kind = Kind::named(kind).ok_or_else(|| JsError::new("there is no such kind of note"))?;
    let sound = Voice::typical(kind).sound(SEED);
    Ok(Float32Array::from(sound.as_slice()))
}

/// A WAV file of samples at 16 kHz, one channel of 16 bits.
#[wasm_bindgen]
pub fn wav(samples: &Float32Array) -> Uint8Array {
    Uint8Array::from(audio::wav(&samples.to_vec()).as_slice())
}
