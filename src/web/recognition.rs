//! Recognition's own WebAssembly: thin, no mathematics, and nothing of the networks.
//!
//! `wasm/recognition` builds this file into a module by itself, small enough to lie within the
//! library's JavaScript, so that its calls need not be waited for. Rows of numbers come one after
//! another in one array, of `width` numbers each.

#[allow(dead_code, unused_imports)] // What only the command line uses.
#[path = "../recognition/mod.rs"]
mod recognition;

use recognition::{Curve, LeftOut, Near, Nearness, Rows, Search, components, leading};
use wasm_bindgen::prelude::*;

/// Times that the strongest edge of a map pulls.
const EPOCHS: usize = 500;

unsafe extern "C" {
    /// The linker's: runs static constructors.
    safe fn __wasm_call_ctors();
}

/// Sets the module up, once.
#[wasm_bindgen(start)]
pub fn start() {
    // Where nobody calls this, every exported function would, at every call.
    __wasm_call_ctors();
}

fn rows(values: Vec<f32>, width: usize) -> Rows {
    Rows::new(values, width.max(1))
}

/// Brings numbers of several units to one.
#[wasm_bindgen]
pub struct StandardScaler(recognition::StandardScaler);

#[wasm_bindgen]
impl StandardScaler {
    /// Of rows `[N, width]`.
    #[wasm_bindgen(constructor)]
    pub fn fit(values: Vec<f32>, width: usize) -> Self {
        Self(recognition::StandardScaler::fit(&rows(values, width)))
    }

    /// From what `mean` and `deviation` gave.
    pub fn restored(mean: Vec<f64>, deviation: Vec<f64>) -> Self {
        Self(recognition::StandardScaler { mean, deviation })
    }

    /// `[width]`.
    #[wasm_bindgen(getter)]
    pub fn mean(&self) -> Vec<f64> {
        self.0.mean.clone()
    }

    /// `[width]`, infinite for a number that never changes.
    #[wasm_bindgen(getter)]
    pub fn deviation(&self) -> Vec<f64> {
        self.0.deviation.clone()
    }

    /// A row less the mean, over the deviation.
    pub fn transform(&self, row: &[f32]) -> Vec<f64> {
        self.0.transform(row).collect()
    }
}

/// The nearest class mean.
#[wasm_bindgen]
pub struct NearestMean(recognition::NearestMean);

#[wasm_bindgen]
impl NearestMean {
    /// From examples `[N, width]` and their labels.
    #[wasm_bindgen(constructor)]
    pub fn fit(
        scaler: &StandardScaler,
        examples: Vec<f32>,
        labels: &[u32],
        classes: usize,
    ) -> Self {
        let examples = rows(examples, scaler.0.mean.len());
        let labels: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
        let scaler = scaler.0.clone();
        Self(recognition::NearestMean::fit(
            scaler, &examples, &labels, classes,
        ))
    }

    /// From what the getters gave: `means` one after another, of classes that have examples.
    pub fn restored(
        scaler: &StandardScaler,
        means: Vec<f64>,
        examples: &[u32],
        temperature: f64,
        right: usize,
        of: usize,
    ) -> Self {
        let mut means = means.chunks_exact(scaler.0.mean.len().max(1));
        let class = |&count: &u32| match count {
            0 => (Vec::new(), 0),
            _ => (means.next().unwrap_or_default().to_vec(), count as usize),
        };
        Self(recognition::NearestMean {
            classes: examples.iter().map(class).collect(),
            scaler: scaler.0.clone(),
            temperature,
            left_out: LeftOut { right, of },
        })
    }

    /// The label, then the probability of each class.
    pub fn guess(&self, row: &[f32]) -> Vec<f64> {
        let guess = self.0.guess(row);
        let mut values = vec![guess.label as f64];
        values.extend(guess.probabilities);
        values
    }

    /// Standardised means of the classes that have examples, one after another.
    #[wasm_bindgen(getter)]
    pub fn means(&self) -> Vec<f64> {
        let means = self.0.classes.iter().flat_map(|(mean, _)| mean);
        means.copied().collect()
    }

    /// Examples of each class.
    #[wasm_bindgen(getter)]
    pub fn examples(&self) -> Vec<u32> {
        let counts = self.0.classes.iter().map(|(_, count)| *count as u32);
        counts.collect()
    }

    /// What divides distances before the softmax.
    #[wasm_bindgen(getter)]
    pub fn temperature(&self) -> f64 {
        self.0.temperature
    }

    /// Examples that the others recognise.
    #[wasm_bindgen(getter)]
    pub fn right(&self) -> usize {
        self.0.left_out.right
    }

    /// Examples that were asked about.
    #[wasm_bindgen(getter)]
    pub fn of(&self) -> usize {
        self.0.left_out.of
    }
}

/// The share of a picture's detail that a painting misses, 0 for an even picture; RGBA.
#[wasm_bindgen]
pub fn unfamiliarity(original: &[u8], painted: &[u8], width: usize) -> f64 {
    recognition::unfamiliarity(original, painted, width)
}

/// The leading principal components of the numbers `from` to `to` of rows `[N, width]`: for each
/// its share of the variance, its standard deviation, and its direction `[width]`, of length 1.
#[wasm_bindgen(js_name = principalComponents)]
pub fn principal_components(
    values: Vec<f32>,
    width: usize,
    from: usize,
    to: usize,
    count: usize,
) -> Vec<f64> {
    let found = components(&rows(values, width), from..to, count);
    let one = |c: recognition::Component| {
        let direction = c.direction.into_iter().map(f64::from);
        [c.share, c.deviation].into_iter().chain(direction)
    };
    found.into_iter().flat_map(one).collect()
}

/// The `k` rows of `[N, width]` that are most like another one, by cosine: place and cosine of
/// each, the nearest first.
#[wasm_bindgen]
pub fn nearest(values: Vec<f32>, row: Vec<f32>, k: usize) -> Vec<f32> {
    let width = row.len();
    let (row, base) = (rows(row, width), rows(values, width));
    let search = Search::new(&row, &base, k, Nearness::Cosine, false);
    let near = search.block(0..1).concat();
    near.iter()
        .flat_map(|near| [near.place as f32, near.nearness])
        .collect()
}

/// A map of rows in the plane, in the making: first neighbours by cosine, then UMAP.
#[wasm_bindgen]
pub struct PictureMap {
    rows: Rows,
    each: usize,
    search: Search,
    /// Blocks that are not searched yet, the last first.
    blocks: Vec<std::ops::Range<usize>>,
    near: Vec<Vec<Near>>,
    umap: Option<recognition::Umap>,
    seed: u32,
}

#[wasm_bindgen]
impl PictureMap {
    /// Of rows `[N, width]`, by the `k` nearest of each.
    #[wasm_bindgen(constructor)]
    pub fn new(values: Vec<f32>, width: usize, k: usize, seed: u32) -> Self {
        let rows = rows(values, width).unit();
        let each = k.min(rows.len().saturating_sub(1));
        let search = Search::new(&rows, &rows, each, Nearness::Cosine, true);
        let mut blocks = search.blocks();
        blocks.reverse();
        Self {
            rows,
            each,
            search,
            blocks,
            near: Vec::new(),
            umap: None,
            seed,
        }
    }

    /// Neighbours of some rows more; the number of rows that have theirs.
    pub fn search(&mut self) -> usize {
        if let Some(block) = self.blocks.pop() {
            self.near.extend(self.search.block(block));
        }
        self.near.len()
    }

    /// Neighbours that each row has.
    #[wasm_bindgen(getter)]
    pub fn each(&self) -> usize {
        self.each
    }

    /// `[N, each]`, the nearest first.
    pub fn neighbours(&self) -> Vec<i32> {
        let near = self.near.iter().flatten();
        near.map(|near| near.place as i32).collect()
    }

    /// `[N, each]`: cosines.
    pub fn similarities(&self) -> Vec<f32> {
        let near = self.near.iter().flatten();
        near.map(|near| near.nearness).collect()
    }

    /// Some epochs more of UMAP, once all neighbours are known; the share of them that is done.
    pub fn settle(&mut self, epochs: usize) -> f64 {
        if self.umap.is_none() {
            let mut near = self.near.clone();
            for near in near.iter_mut().flatten() {
                near.nearness = near.nearness.min(1.0) - 1.0;
            }
            let (start, seed) = (leading(&self.rows), u64::from(self.seed));
            self.umap = Some(recognition::Umap::new(
                &near,
                &start,
                Curve::LOOSE,
                EPOCHS,
                seed,
            ));
        }
        let umap = self.umap.as_mut().expect("it was made above");
        for _ in 0..epochs {
            if !umap.step() {
                return 1.0;
            }
        }
        umap.epoch() as f64 / EPOCHS as f64
    }

    /// `[N, 2]`, as they are now.
    pub fn positions(&self) -> Vec<f32> {
        let map = self.umap.iter().flat_map(|umap| umap.map()).flatten();
        map.map(|&v| v as f32).collect()
    }
}
