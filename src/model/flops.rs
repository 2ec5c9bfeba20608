//! What a model costs: parameters, and floating-point operations of one pass.

use super::{Autoencoder, ModelConfig};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// Cost of a model for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flops {
    /// Parameters, encoder and U-Net together.
    pub parameters: usize,
    /// Operations of one encoding.
    pub encode: usize,
    /// Operations of one U-Net step.
    pub step: usize,
}

/// Count the operations of convolutions and linear layers, a multiply and an add being two, for
/// one picture of side `size`. Normalisation, activations and sums are left out: they come to a
/// few operations a feature against `18·channels` of a 3×3 convolution.
pub fn flops(model: &Autoencoder, config: &ModelConfig, size: usize) -> Flops {
    let mut counter = Counter {
        config,
        size,
        path: Vec::new(),
        encode: 0,
        step: 0,
    };
    model.visit(&mut counter);
    Flops {
        parameters: model.encoder.num_params() + model.unet.num_params(),
        encode: counter.encode,
        step: counter.step,
    }
}

struct Counter<'a> {
    config: &'a ModelConfig,
    size: usize,
    path: Vec<String>,
    encode: usize,
    step: usize,
}

impl Counter<'_> {
    /// Side of the feature map that the convolution at the current path puts out.
    fn side(&self) -> usize {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let level = |name: &str| name.parse::<usize>().unwrap_or(0);
        match path.as_slice() {
            ["encoder", "stages", stage, ..] => {
                (self.size / self.config.encoder.stem) >> level(stage)
            }
            ["encoder", ..] => self.size / self.config.encoder.stem,
            ["unet", "levels", l, ..] => (self.size / self.config.unet.patch) >> level(l),
            ["unet", "middle" | "middle_seed", ..] => self.config.coarsest(self.size),
            _ => self.size / self.config.unet.patch,
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
        if self.path.last().is_none_or(|name| name != "weight") {
            return;
        }
        let weights = param.lazy_shape().num_elements();
        let operations = match D {
            4 => 2 * weights * self.side().pow(2),
            // The view embedding is a lookup, not a product.
            2 if self.path.iter().all(|name| name != "view") => 2 * weights,
            _ => 0,
        };
        match self.path[0].as_str() {
            "encoder" => self.encode += operations,
            "unet" => self.step += operations,
            _ => {}
        }
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
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

    #[test]
    fn the_count_agrees_with_one_made_by_hand() {
        // tiny's encoder: stem 2 (3→8 at 8×8), block 8→8 at 8×8, block 8→16 at 4×4 with a 1×1
        // skip, linear 16·2·2 → 16.
        let stem = 3 * 8 * 4 * 64;
        let first = 2 * 8 * 8 * 9 * 64;
        let second = (8 * 16 * 9 + 16 * 16 * 9 + 8 * 16) * 16;
        let linear = 16 * 2 * 2 * 16;
        assert_eq!(cost("tiny").encode, 2 * (stem + first + second + linear));
    }
}
