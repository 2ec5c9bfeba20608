//! Clipping by the norm of the whole gradient; Burn's own clipping looks at one tensor at a time.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scale all gradients so that their joint norm is at most `most` (Pascanu et al. 2013). Gives the
/// norm they had as well, `[1]`, which stays on the device: nothing is read back. There is none
/// where there are no gradients.
pub(super) fn clip_norm<M: Module>(
    networks: &M,
    grads: GradientsParams,
    most: f64,
) -> (GradientsParams, Option<Tensor<1>>) {
    struct Sum<'a> {
        grads: &'a GradientsParams,
        squares: Option<Tensor<1>>,
    }

    impl ModuleVisitor for Sum<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.get::<D>(param.id) {
                let square = grad.square().sum();
                self.squares = Some(match self.squares.take() {
                    Some(sum) => sum + square,
                    None => square,
                });
            }
        }
    }

    struct Scale {
        grads: GradientsParams,
        factor: Tensor<1>,
    }

    impl ModuleVisitor for Scale {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.remove::<D>(param.id) {
                let factor = self.factor.clone().reshape([1; D]);
                self.grads.register(param.id, grad * factor);
            }
        }
    }

    let mut sum = Sum {
        grads: &grads,
        squares: None,
    };
    networks.visit(&mut sum);
    let Some(squares) = sum.squares else {
        return (grads, None);
    };
    let norm = squares.sqrt();
    let factor = (norm.clone() + 1e-6)
        .recip()
        .mul_scalar(most)
        .clamp_max(1.0);
    let mut scale = Scale { grads, factor };
    networks.visit(&mut scale);
    (scale.grads, Some(norm))
}

/// Names of the parameters whose gradients hold something that is no number. Reads all of them back.
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
                && !grad.sum().into_scalar::<f32>().is_finite()
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
