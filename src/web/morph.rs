//! The morph's own WebAssembly: thin, no mathematics, and nothing of the networks but the matcher.
//!
//! `wasm/morph` builds this file into a module by itself, so that a page can morph two pictures
//! before, and without, any engine or model.

#[allow(dead_code, unused_imports)] // What only the command line uses.
#[path = "../morph/mod.rs"]
mod morph;

use js_sys::{Float32Array, Uint8Array, Uint8ClampedArray};
use morph::{
    BANDS, Fit, Kind, Layers, MOST_PICTURES, Matcher, Moment, MorphError, Picture, Pin, Trajectory,
    describe, frame_size,
};
use wasm_bindgen::prelude::*;

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

impl From<MorphError> for JsValue {
    fn from(error: MorphError) -> Self {
        let code = match error {
            MorphError::Weights(_) => "weights",
            _ => "input",
        };
        let object = js_sys::Object::new();
        for (key, value) in [("code", code), ("message", &error.to_string())] {
            // Setting a property of a plain object cannot fail.
            let _ = js_sys::Reflect::set(&object, &key.into(), &value.into());
        }
        object.into()
    }
}

/// The network whose features are matched.
#[wasm_bindgen(js_name = Matcher)]
pub struct WebMatcher(Matcher);

#[wasm_bindgen(js_class = Matcher)]
impl WebMatcher {
    /// From the bytes of `models/matcher/model.safetensors`.
    pub fn load(weights: &Uint8Array) -> Result<WebMatcher, MorphError> {
        Ok(Self(Matcher::from_safetensors(&weights.to_vec())?))
    }

    /// What is in the middle square of a picture: 1,344 numbers. RGBA, colours not premultiplied.
    pub fn describe(
        &self,
        rgba: &Uint8ClampedArray,
        width: usize,
        height: usize,
    ) -> Result<Float32Array, MorphError> {
        let numbers = describe(&rgba.to_vec(), (width, height), &self.0)?;
        Ok(Float32Array::from(numbers.as_slice()))
    }

    /// Between the first two of `pictures`. `pins`: ax, ay, bx, by of each.
    pub fn solve(
        &self,
        pictures: Pictures,
        size: usize,
        contain: bool,
        pins: &[f32],
    ) -> Result<Morph, MorphError> {
        solved(&pictures, size, contain, Some(&self.0), pins)
    }

    /// All of `pictures`.
    pub fn group(
        &self,
        pictures: Pictures,
        size: usize,
        contain: bool,
    ) -> Result<Group, MorphError> {
        grouped(&pictures, size, contain, Some(&self.0))
    }
}

/// Pictures on their way to a morph.
#[wasm_bindgen]
#[derive(Default)]
pub struct Pictures {
    rgba: Vec<(Vec<u8>, (usize, usize))>,
}

#[wasm_bindgen]
impl Pictures {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: RGBA, colours not premultiplied.
    pub fn add(&mut self, rgba: &Uint8ClampedArray, width: usize, height: usize) {
        self.rgba.push((rgba.to_vec(), (width, height)));
    }

    fn fitted(&self, size: usize, contain: bool) -> Result<Vec<Picture>, MorphError> {
        let shapes: Vec<(usize, usize)> = self.rgba.iter().map(|(_, shape)| *shape).collect();
        let frame = frame_size(&shapes, size)?;
        let fit = if contain { Fit::Contain } else { Fit::Cover };
        let pictures = self.rgba.iter();
        pictures
            .map(|(rgba, shape)| Picture::fitted(rgba, *shape, frame, fit))
            .collect()
    }
}

/// Two pictures brought together.
#[wasm_bindgen]
pub struct Morph(morph::Morph);

#[wasm_bindgen]
impl Morph {
    /// Between the first two of `pictures`, by hand-made features; [`WebMatcher::solve`] has better
    /// ones. `pins`: ax, ay, bx, by of each.
    pub fn solve(
        pictures: Pictures,
        size: usize,
        contain: bool,
        pins: &[f32],
    ) -> Result<Morph, MorphError> {
        solved(&pictures, size, contain, None, pins)
    }

    /// Solves again with other pins.
    #[wasm_bindgen(js_name = setPins)]
    pub fn set_pins(&mut self, pins: &[f32]) {
        self.0.set_pins(&read_pins(pins));
    }

    /// The first two of `pictures` in the places of this morph's, brought together by the same
    /// field.
    pub fn repainted(&self, pictures: Pictures) -> Result<Morph, MorphError> {
        let frame = self.0.renderer().size();
        let mut fitted = pictures.rgba.iter().map(|(rgba, shape)| {
            Picture::fitted(rgba, *shape, frame, Fit::Cover)
        });
        match (fitted.next(), fitted.next()) {
            (Some(a), Some(b)) => Ok(Self(self.0.repainted(a?, b?))),
            _ => Err(MorphError::Count),
        }
    }

    /// Pixels of a frame across.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.renderer().size().0
    }

    /// Pixels of a frame down.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.0.renderer().size().1
    }

    /// Whether the matcher's features were used.
    #[wasm_bindgen(getter)]
    pub fn semantic(&self) -> bool {
        self.0.features() == Kind::Semantic
    }

    /// 0 to 1.
    #[wasm_bindgen(getter)]
    pub fn confidence(&self) -> f32 {
        self.0.confidence()
    }

    /// RGBA of a frame, colours not premultiplied.
    pub fn frame(&self, shape: f32, colour: f32, spiral: bool) -> Uint8ClampedArray {
        let trajectory = if spiral {
            Trajectory::Spiral
        } else {
            Trajectory::Straight
        };
        Uint8ClampedArray::from(self.0.frame(Moment { shape, colour }, trajectory).as_slice())
    }

    /// What a shader needs of one of the two pictures.
    pub fn layers(&self, second: bool) -> LayersView {
        let renderer = self.0.renderer();
        LayersView::new(if second { &renderer.b } else { &renderer.a })
    }

    /// `v` and its grid: width, height, padding, then across and down of each cell, four numbers a
    /// cell.
    pub fn field(&self) -> Float32Array {
        let field = self.0.renderer().field();
        let domain = field.domain;
        let mut output = vec![domain.width as f32, domain.height as f32, domain.padding];
        output.extend(four_channels(&field.planes));
        Float32Array::from(output.as_slice())
    }

    /// The similarity that a spiral path follows, `b = α·a + β`, in cells from the frame's upper
    /// left: the real and the imaginary part of α, then of β.
    pub fn similarity(&self) -> Vec<f32> {
        let similarity = self.0.renderer().similarity();
        let (alpha, beta) = (similarity.alpha, similarity.beta);
        vec![alpha.0, alpha.1, beta.0, beta.1]
    }

    /// Correlation of the bands on the half-way domain: width, height, then four numbers a cell.
    pub fn correlations(&self) -> Float32Array {
        let correlations = self.0.renderer().correlations();
        let mut output = vec![correlations.width as f32, correlations.height as f32];
        output.extend(four_channels(correlations));
        Float32Array::from(output.as_slice())
    }

    /// Cells of the mesh across and down.
    pub fn mesh(&self) -> Vec<usize> {
        let (columns, rows) = self.0.renderer().mesh_size();
        vec![columns, rows]
    }
}

/// Many pictures brought together.
#[wasm_bindgen]
pub struct Group(morph::Group);

#[wasm_bindgen]
impl Group {
    /// All of `pictures`, by hand-made features; [`WebMatcher::group`] has better ones.
    #[allow(clippy::self_named_constructors)] // The matcher has one of the same name.
    pub fn group(pictures: Pictures, size: usize, contain: bool) -> Result<Group, MorphError> {
        grouped(&pictures, size, contain, None)
    }

    /// Pixels of a frame across.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.size().0
    }

    /// Pixels of a frame down.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.0.size().1
    }

    /// Whether the matcher's features were used.
    #[wasm_bindgen(getter)]
    pub fn semantic(&self) -> bool {
        self.0.features() == Kind::Semantic
    }

    /// 0 to 1, of the picture that could be matched worst.
    #[wasm_bindgen(getter)]
    pub fn confidence(&self) -> f32 {
        self.0.confidence()
    }

    /// RGBA of a frame with a weight for each picture, colours not premultiplied.
    pub fn frame(&self, weights: &[f32]) -> Uint8ClampedArray {
        Uint8ClampedArray::from(self.0.frame(weights).as_slice())
    }

    /// What a shader needs of a picture.
    pub fn layers(&self, index: usize) -> LayersView {
        LayersView::new(&self.0.pictures()[index])
    }

    /// What a shader needs of a frame with these weights: `[rows + 1, pictures + 1, columns + 1,
    /// 4]`, in the last layer of each row the gains, in the others places and shares.
    pub fn corners(&self, weights: &[f32]) -> Float32Array {
        Float32Array::from(self.0.mesh(weights).corners().as_flattened())
    }

    /// Cells of the mesh across and down.
    pub fn mesh(&self) -> Vec<usize> {
        let (columns, rows) = self.0.mesh_size();
        vec![columns, rows]
    }
}

/// A picture in bands, as textures.
#[wasm_bindgen(getter_with_clone)]
pub struct LayersView {
    /// Premultiplied RGBA.
    pub sharp: Vec<u8>,
    /// Whether any pixel is not quite opaque.
    pub transparent: bool,
    /// Three blurred copies, one after the other, premultiplied RGBA.
    pub soft: Vec<u8>,
    /// Their width.
    pub soft_width: usize,
    /// Their height.
    pub soft_height: usize,
    /// Local deviation of each band, four numbers a cell.
    pub deviations: Vec<f32>,
    /// Width of that map.
    pub coarse_width: usize,
    /// Its height.
    pub coarse_height: usize,
}

impl LayersView {
    fn new(layers: &Layers) -> Self {
        let (width, height) = layers.soft_size();
        let mut soft = vec![0u8; 4 * BANDS * width * height];
        for (copy, output) in soft.chunks_exact_mut(4 * width * height).enumerate() {
            for (pixel, cell) in output.as_chunks_mut::<4>().0.iter_mut().zip(&layers.soft) {
                pixel.copy_from_slice(&cell[4 * copy..4 * copy + 4]);
            }
        }
        Self {
            sharp: layers.sharp.pixels.clone(),
            transparent: layers.sharp.transparent,
            soft,
            soft_width: width,
            soft_height: height,
            deviations: four_channels(&layers.deviations),
            coarse_width: layers.deviations.width,
            coarse_height: layers.deviations.height,
        }
    }
}

/// `[height, width, 4]`, as textures want it.
fn four_channels(planes: &morph::Planes) -> Vec<f32> {
    let mut output = vec![0.0; 4 * planes.area()];
    for channel in 0..planes.channels.min(4) {
        for (cell, value) in output.chunks_exact_mut(4).zip(planes.plane(channel)) {
            cell[channel] = *value;
        }
    }
    output
}

fn solved(
    pictures: &Pictures,
    size: usize,
    contain: bool,
    matcher: Option<&Matcher>,
    pins: &[f32],
) -> Result<Morph, MorphError> {
    let mut fitted = pictures.fitted(size, contain)?.into_iter();
    let (Some(a), Some(b)) = (fitted.next(), fitted.next()) else {
        return Err(MorphError::Count);
    };
    let pins = read_pins(pins);
    Ok(Morph(morph::Morph::new(a, b, matcher, &pins)))
}

fn grouped(
    pictures: &Pictures,
    size: usize,
    contain: bool,
    matcher: Option<&Matcher>,
) -> Result<Group, MorphError> {
    let fitted = pictures.fitted(size, contain)?;
    if !(2..=MOST_PICTURES).contains(&fitted.len()) {
        return Err(MorphError::Count);
    }
    Ok(Group(morph::Group::new(fitted, matcher)))
}

fn read_pins(numbers: &[f32]) -> Vec<Pin> {
    let pins = numbers.as_chunks::<4>().0.iter();
    pins.map(|&[ax, ay, bx, by]| Pin {
        a: [ax, ay],
        b: [bx, by],
    })
    .collect()
}
