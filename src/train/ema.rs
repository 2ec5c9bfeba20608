//! The moving average of weights, which is what gets shipped.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// `average ← decay·average + (1 − decay)·current`, parameter by parameter.
pub(super) fn average<M: Module>(average: M, current: &M, decay: f64) -> M {
    /// The current weights by parameter, in Burn's rank-erased map.
    struct Gather(GradientsParams);

    impl ModuleVisitor for Gather {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.register(param.id, param.val().inner());
        }
    }

    struct Blend {
        current: GradientsParams,
        decay: f64,
    }

    impl ModuleMapper for Blend {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            match self.current.remove::<D>(param.id) {
                Some(new) => param.map(|old| old * self.decay + new * (1.0 - self.decay)),
                None => param,
            }
        }
    }

    let mut gather = Gather(GradientsParams::new());
    current.visit(&mut gather);
    average.map(&mut Blend {
        current: gather.0,
        decay,
    })
}
