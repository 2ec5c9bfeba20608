//! The norm of the whole gradient, and clipping by it; Burn's own clipping looks at one tensor at a
//! time.

use crate::engine::values;
use crate::ops::sum_of_squares;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Norm of all gradients together, `[1]`, which stays on the device: nothing is read back. 0 where
/// there are none.
pub(super) fn norm<M: Module>(networks: &M, grads: &GradientsParams) -> Tensor<1> {
    struct Sum<'a> {
        grads: &'a GradientsParams,
        squares: Option<Tensor<1>>,
    }

    impl ModuleVisitor for Sum<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.get::<D>(param.id) {
                let square = sum_of_squares(grad);
                self.squares = Some(match self.squares.take() {
                    Some(sum) => sum + square,
                    None => square,
                });
            }
        }
    }

    let mut sum = Sum {
        grads,
        squares: None,
    };
    networks.visit(&mut sum);
    match sum.squares {
        Some(squares) => squares.sqrt(),
        None => {
            let devices = networks.devices();
            let device = devices.first().cloned().unwrap_or_default();
            Tensor::zeros([1], &device.inner())
        }
    }
}

/// Scale all gradients, whose joint norm is `norm`, so that it is at most `most` (Pascanu et al.
/// 2013). Nothing is read back.
pub(super) fn clip<M: Module>(
    networks: &M,
    grads: GradientsParams,
    norm: Tensor<1>,
    most: f64,
) -> GradientsParams {
    let factor = (norm + 1e-6).recip().mul_scalar(most).clamp_max(1.0);
    scaled(networks, grads, factor)
}

/// The same where the norm is known, of gradients that were multiplied by `scale`.
pub(super) fn clip_known<M: Module>(
    networks: &M,
    grads: GradientsParams,
    norm: f32,
    most: f64,
    scale: f64,
) -> GradientsParams {
    let factor = (most / (f64::from(norm) + 1e-6)).min(1.0) / scale;
    if factor == 1.0 {
        return grads;
    }
    scaled(networks, grads, factor)
}

/// What gradients are multiplied by: a number, or one that stays on the device.
trait Factor {
    fn times<const D: usize>(&self, grad: Tensor<D>) -> Tensor<D>;
}

impl Factor for f64 {
    fn times<const D: usize>(&self, grad: Tensor<D>) -> Tensor<D> {
        grad.mul_scalar(*self)
    }
}

impl Factor for Tensor<1> {
    fn times<const D: usize>(&self, grad: Tensor<D>) -> Tensor<D> {
        grad * self.clone().reshape([1; D])
    }
}

fn scaled<M: Module>(networks: &M, grads: GradientsParams, factor: impl Factor) -> GradientsParams {
    struct Scale<F> {
        grads: GradientsParams,
        factor: F,
    }

    impl<F: Factor> ModuleVisitor for Scale<F> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.remove::<D>(param.id) {
                self.grads.register(param.id, self.factor.times(grad));
            }
        }
    }

    let mut scale = Scale { grads, factor };
    networks.visit(&mut scale);
    scale.grads
}

/// Names of the parameters whose gradients hold something that is no number. Reads all of them
/// back.
pub(super) fn not_finite<M: Module>(networks: &M, grads: &GradientsParams) -> Vec<String> {
    struct Search<'a> {
        grads: &'a GradientsParams,
        path: Vec<String>,
        found: Vec<String>,
    }

    impl ModuleVisitor for Search<'_> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.get::<D>(param.id)
                && values(grad.sum()).is_ok_and(|sum| !sum[0].is_finite())
            {
                self.found.push(self.path.join("."));
            }
        }
    }

    let mut search = Search {
        grads,
        path: Vec::new(),
        found: Vec::new(),
    };
    networks.visit(&mut search);
    search.found
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::model::{Autoencoder, ModelConfig};
    use burn::tensor::Device;

    /// Gradients of ones, but for `other` in every place of the parameters whose name ends so.
    fn gradients(networks: &Autoencoder, name: &'static str, other: f32) -> GradientsParams {
        struct Fill {
            path: Vec<String>,
            name: &'static str,
            other: f32,
            grads: GradientsParams,
        }

        impl ModuleVisitor for Fill {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.to_owned());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let special = self.path.join(".").ends_with(self.name);
                let value = if special { self.other } else { 1.0 };
                let grad = param.val().zeros_like() + value;
                self.grads.register(param.id, grad);
            }
        }

        let mut fill = Fill {
            path: Vec::new(),
            name,
            other,
            grads: GradientsParams::new(),
        };
        networks.visit(&mut fill);
        fill.grads
    }

    fn networks() -> Autoencoder {
        let config = ModelConfig::preset("tiny").unwrap();
        config.init(&Device::flex()).unwrap()
    }

    #[test]
    fn clipping_bounds_the_norm_of_the_whole_gradient() {
        let networks = networks();
        let length = |grads: &GradientsParams| norm(&networks, grads).into_scalar::<f32>() as f64;
        let grads = gradients(&networks, "", 1.0);
        let before = length(&grads);
        assert!((before - (networks.num_params() as f64).sqrt()).abs() < 1e-2);
        let whole = norm(&networks, &grads);
        let grads = clip(&networks, grads, whole, 2.0);
        assert!((length(&grads) - 2.0).abs() < 1e-4);
        let short = norm(&networks, &grads);
        let grads = clip(&networks, grads, short, 5.0);
        assert!((length(&grads) - 2.0).abs() < 1e-4);
    }

    #[test]
    fn clipping_by_a_known_norm_takes_the_scale_of_the_loss_off() {
        let networks = networks();
        let length = |grads: &GradientsParams| norm(&networks, grads).into_scalar::<f32>() as f64;
        let grads = gradients(&networks, "", 1.0);
        let whole = length(&grads) as f32;
        let grads = clip_known(&networks, grads, whole, 2.0, 1.0);
        assert!((length(&grads) - 2.0).abs() < 1e-4);
        let grads = clip_known(&networks, grads, 2.0, 5.0, 1.0);
        assert!((length(&grads) - 2.0).abs() < 1e-4);
        // Of a loss that was scaled by 8.
        let grads = clip_known(&networks, grads, 0.25, 5.0, 8.0);
        assert!((length(&grads) - 0.25).abs() < 1e-4);
    }

    #[test]
    fn parameters_whose_gradients_are_no_numbers_are_named_and_no_others() {
        let networks = networks();
        assert!(not_finite(&networks, &gradients(&networks, "", 1.0)).is_empty());
        for wrong in [f32::NAN, f32::INFINITY] {
            let grads = gradients(&networks, "encoder.project.bias", wrong);
            assert!(!norm(&networks, &grads).into_scalar::<f32>().is_finite());
            assert_eq!(not_finite(&networks, &grads), ["encoder.project.bias"]);
        }
    }
}
