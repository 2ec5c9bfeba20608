//! What a model costs: parameters, and floating-point operations of one pass.

use super::{Autoencoder, ModelConfig};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// Cost of a model for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flops {
    /// Parameters of encoder and U-Net.
    pub parameters: usize,
    /// Operations of one encoding.
    pub encode: usize,
    /// Operations before the first step of a sampling run, on the latent alone.
    pub condition: usize,
    /// Operations of one U-Net step.
    pub step: usize,
    /// Operations of one rendering, 0 without a renderer.
    pub render: usize,
}

/// Count the operations of convolutions and products of matrices, a multiply and an add being two,
/// for one picture of side `size`. Normalisation, activations and sums are left out: they come to a
/// few operations a feature against `18·channels` of a 3×3 convolution.
pub fn flops(model: &Autoencoder, config: &ModelConfig, size: usize) -> Flops {
    let mut counter = Counter {
        config,
        size,
        path: Vec::new(),
        encode: 0,
        condition: 0,
        step: 0,
        render: 0,
    };
    model.visit(&mut counter);
    Flops {
        parameters: model.encoder.num_params() + model.unet.num_params(),
        encode: counter.encode,
        condition: counter.condition,
        step: counter.step,
        render: counter.render,
    }
}

struct Counter<'a> {
    config: &'a ModelConfig,
    size: usize,
    path: Vec<String>,
    encode: usize,
    condition: usize,
    step: usize,
    render: usize,
}

impl Counter<'_> {
    /// Side of the feature map that the convolution at the current path puts out.
    fn side(&self) -> usize {
        let (encoder, unet) = (&self.config.encoder, &self.config.unet);
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let level = |name: &str| name.parse::<usize>().unwrap_or(0);
        match path.as_slice() {
            ["encoder", "stages", stage, ..] => (self.size / encoder.stem) >> level(stage),
            // The last stage but one.
            ["encoder", "blobs", ..] => (self.size / encoder.stem) >> (encoder.channels.len() - 2),
            ["encoder", ..] => self.size / encoder.stem,
            ["unet", "levels", l, ..] | ["unet", "splat", "levels", l, ..] => {
                (self.size / unet.patch) >> level(l)
            }
            ["unet", "middle", ..] => self.config.coarsest(self.size),
            ["unet", "output", ..] => self.size,
            ["renderer", "half" | "detail", ..] => self.size,
            ["renderer", "own", ..] => 2 * self.size,
            ["renderer", "twice" | "output", ..] => 4 * self.size,
            ["renderer", ..] => self.size / 2,
            _ => self.size / unet.patch,
        }
    }
}

impl ModuleVisitor for Counter<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.lazy_shape();
        let weights = shape.num_elements();
        let within = |name: &str| self.path.iter().any(|part| part == name);
        let operations = match (self.path.last().map_or("", String::as_str), D) {
            ("weight", 4) => 2 * weights * self.side().pow(2),
            // The view embedding is a lookup, not a product.
            ("weight", 2) if !within("view") => 2 * weights,
            // Heat maps by coordinates and features, then pooled features by the projection.
            ("project", 3) => {
                let pooled = shape[0] * (2 + shape[1]) * self.side().pow(2);
                2 * (weights + pooled)
            }
            // Amplitudes, then amplitudes by the basis.
            ("amplitude", 3) => 2 * (weights + shape[0] * shape[2] * self.side().pow(2)),
            _ => 0,
        };
        match self.path[0].as_str() {
            "encoder" => self.encode += operations,
            "unet" if within("splat") || within("latent") => self.condition += operations,
            "unet" => self.step += operations,
            "renderer" => self.render += operations,
            _ => {}
        }
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::model::RendererConfig;
    use burn::tensor::Device;

    fn cost(preset: &str) -> Flops {
        let config = ModelConfig::preset(preset).unwrap();
        let model = config.init(&Device::flex()).unwrap();
        flops(&model, &config, config.size)
    }

    #[test]
    fn the_browser_preset_meets_its_budget() {
        let cost = cost("browser");
        println!("browser: {cost:?}");
        assert!(cost.parameters <= 12_000_000, "{cost:?}");
        assert!(cost.step <= 1_000_000_000, "{cost:?}");
    }

    /// And its 1.5 MB of half precision.
    #[test]
    fn the_renderer_meets_its_budget() {
        let config = ModelConfig {
            renderer: Some(RendererConfig::default()),
            ..ModelConfig::preset("browser").unwrap()
        };
        let model = config.init(&Device::flex()).unwrap();
        let cost = flops(&model, &config, config.size);
        println!("renderer: {cost:?}");
        assert!(cost.render > 0 && cost.render <= 700_000_000, "{cost:?}");
        assert!(2 * model.renderer.unwrap().num_params() <= 1_500_000);
    }

    #[test]
    fn the_count_agrees_with_one_made_by_hand() {
        // tiny's encoder: stem 12→8 at 8×8, block 8→8 at 8×8, block 8→16 at 4×4 with a 1×1 skip,
        // linear 16·2·2 → 2.
        let stem = 12 * 8 * 9 * 64;
        let first = 2 * 8 * 8 * 9 * 64;
        let second = (8 * 16 * 9 + 16 * 16 * 9 + 8 * 16) * 16;
        let linear = 16 * 2 * 2 * 2;
        // Blobs: 24→8, 1×1 to two heat maps and 8 features at 8×8; heat by coordinates and
        // features; 8 → 3 + 2 for each of two blobs.
        let heat = (24 * 8 * 9 + 8 * 10) * 64 + 2 * (2 + 8) * 64;
        let encode = stem + first + second + linear + heat + 2 * 8 * 5;
        assert_eq!(cost("tiny").encode, 2 * encode);
        // Amplitudes of two blobs, three basis maps, at 8×8 with 8 channels and 4×4 with 16, mixed
        // by a 1×1 convolution; the modulation of two blocks of 8 and three of 16.
        let level = |channels: usize, side: usize| {
            2 * 3 * (3 * channels) + (2 * 3 * channels + channels * channels) * side * side
        };
        let latent = 2 * 2 * (2 * 8 + 3 * 16);
        let condition = level(8, 8) + level(16, 4) + latent;
        assert_eq!(cost("tiny").condition, 2 * condition);
    }
}
