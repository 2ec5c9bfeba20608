//! Clipping by the norm of the whole gradient; Burn's own clipping looks at one tensor at a time.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scale all gradients so that their joint norm is at most `most` (Pascanu et al. 2013). The norm
/// stays on the device: nothing is read back.
pub(super) fn clip_norm<M: Module>(
    networks: &M,
    grads: GradientsParams,
    most: f64,
) -> GradientsParams {
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
        return grads;
    };
    let factor = (squares.sqrt() + 1e-6)
        .recip()
        .mul_scalar(most)
        .clamp_max(1.0);
    let mut scale = Scale { grads, factor };
    networks.visit(&mut scale);
    scale.grads
}
