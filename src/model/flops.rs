//! What a model costs: parameters, and floating-point operations of one pass.

use super::{Autoencoder, ModelConfig};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// Cost of a model for one picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flops {
    /// Parameters of all networks, principal components included.
    pub parameters: usize,
    /// Operations of one encoding.
    pub encode: usize,
    /// Operations before the first step of a painting, on the latent alone.
    pub steer: usize,
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
        steer: 0,
        step: 0,
    };
    model.visit(&mut counter);
    let networks = model.encoder.num_params() + model.unet.num_params();
    Flops {
        parameters: networks + model.principal.as_ref().map_or(0, Module::num_params),
        encode: counter.encode,
        steer: counter.steer,
        step: counter.step,
    }
}

struct Counter<'a> {
    config: &'a ModelConfig,
    size: usize,
    path: Vec<String>,
    encode: usize,
    steer: usize,
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
        if !matches!(
            self.path.last().map(String::as_str),
            Some("weight" | "basis")
        ) {
            return;
        }
        let weights = param.lazy_shape().num_elements();
        let operations = match D {
            4 => 2 * weights * self.side().pow(2),
            // The view embedding is a lookup, not a product.
            2 if self.path.iter().all(|name| name != "view") => 2 * weights,
            _ => 0,
        };
        let once = |name: &String| matches!(name.as_str(), "seed" | "middle_seed" | "latent");
        match self.path[0].as_str() {
            "encoder" => self.encode += operations,
            "unet" if self.path.iter().any(once) => self.steer += operations,
            "unet" => self.step += operations,
            // The components are used both ways.
            "principal" => {
                self.encode += operations;
                self.steer += operations;
            }
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
        // Twelve components of luma at 16×16, four of chroma at twice 8×8.
        let principal = 12 * 256 + 4 * 128;
        let encode = stem + first + second + linear + principal;
        assert_eq!(cost("tiny").encode, 2 * encode);
        // Seeds of 8 and 4 channels at 4×4, projected to 16; the modulation of one block of 16 by
        // the first group, two of 16 by the second and two of 8 by the last.
        let seeds = 8 * (8 * 16) + 4 * (4 * 16) + (8 * 16) * 16 + (4 * 16) * 16;
        let latent = 8 * 2 * 16 + 4 * 2 * 32 + 4 * 2 * 16;
        assert_eq!(cost("tiny").steer, 2 * (seeds + latent + principal));
    }
}
