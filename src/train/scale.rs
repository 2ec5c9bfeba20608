//! Loss scaling for f16 (Micikevicius et al., *Mixed Precision Training*, ICLR 2018, §3.2).

use crate::model::MixedPrecision;
use serde::{Deserialize, Serialize};

/// Steps without an overflow after which the factor doubles.
const PATIENCE: usize = 1000;
/// Where the factor begins.
const FIRST: f32 = 4096.0;
/// Where it ends.
const MOST: f32 = 65536.0;

/// The factor that a loss is multiplied by before gradients are taken, and those divided by after:
/// small ones would be 0 in f16. It halves when a gradient overflows, and the step is taken again;
/// so nothing is lost and a run stays what its seed makes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossScale {
    factor: f32,
    /// Steps since the factor last changed.
    steps: usize,
}

impl Default for LossScale {
    /// No scaling.
    fn default() -> Self {
        Self {
            factor: 1.0,
            steps: 0,
        }
    }
}

impl LossScale {
    /// What a run begins with: f16 alone needs scaling, bf16 has the range of f32.
    pub(super) fn new(precision: MixedPrecision) -> Self {
        match precision {
            MixedPrecision::F16 => Self {
                factor: FIRST,
                steps: 0,
            },
            _ => Self::default(),
        }
    }

    /// The factor, at least 1, a power of two.
    pub fn factor(self) -> f64 {
        self.factor.into()
    }

    /// Look at the norm of a scaled gradient, whose loss was `loss`. Whether the step is to be
    /// taken again, with half the factor.
    pub(super) fn overflowed(&mut self, norm: f32, loss: f32) -> bool {
        let again = !norm.is_finite() && loss.is_finite() && self.factor > 1.0;
        if again {
            *self = Self {
                factor: self.factor / 2.0,
                steps: 0,
            };
        }
        again
    }

    /// A step was taken.
    pub(super) fn took_a_step(&mut self) {
        if self.factor == 1.0 {
            return;
        }
        self.steps += 1;
        if self.steps == PATIENCE {
            *self = Self {
                factor: (2.0 * self.factor).min(MOST),
                steps: 0,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_halves_until_a_gradient_fits_and_doubles_in_good_times() {
        let mut scale = LossScale::new(MixedPrecision::F16);
        assert!(scale.overflowed(f32::INFINITY, 1.0));
        assert!(scale.overflowed(f32::NAN, 1.0));
        assert_eq!(scale.factor(), 1024.0);
        assert!(!scale.overflowed(7.0, 1.0));
        (0..PATIENCE).for_each(|_| scale.took_a_step());
        assert_eq!(scale.factor(), 2048.0);
        (0..20 * PATIENCE).for_each(|_| scale.took_a_step());
        assert_eq!(scale.factor(), MOST as f64);
    }

    #[test]
    fn what_no_factor_helps_is_not_tried_again_for_ever() {
        let mut scale = LossScale::new(MixedPrecision::F16);
        assert!(!scale.overflowed(f32::NAN, f32::NAN));
        let tries = (0..100).take_while(|_| scale.overflowed(f32::INFINITY, 1.0));
        assert_eq!(tries.count(), 12);
        let mut none = LossScale::new(MixedPrecision::Bf16);
        assert!(!none.overflowed(f32::INFINITY, 1.0));
        none.took_a_step();
        assert_eq!(none, LossScale::default());
    }
}
