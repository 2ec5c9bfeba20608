//! The moving average of weights, which is what gets shipped.

use crate::ops::{self, Blend};
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

    struct Follow {
        current: GradientsParams,
        blend: Blend,
    }

    impl ModuleMapper for Follow {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            match self.current.remove::<D>(param.id) {
                Some(new) => param.map(|old| ops::blend(old, new, self.blend)),
                None => param,
            }
        }
    }

    let mut gather = Gather(GradientsParams::new());
    current.visit(&mut gather);
    average.map(&mut Follow {
        current: gather.0,
        blend: Blend {
            keep: decay as f32,
            add: (1.0 - decay) as f32,
            squared: false,
        },
    })
}
