//! AdamW in three passes over memory, where Burn's own takes fifteen, one operation each: on a CPU
//! that is time in which the other cores wait.

use crate::ops::{AdamStep, Blend, Operations};
use burn::backend::Dispatch;
use burn::backend::tensor::FloatTensor;
use burn::optim::{AdamW, AdamWState, AdaptiveMomentumState, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019). Its state is that of Burn's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FusedAdamW {
    /// Decay of the mean gradient.
    pub beta_1: f32,
    /// Decay of the mean square.
    pub beta_2: f32,
    /// Added to the root mean square.
    pub epsilon: f32,
    /// What is taken off each weight per step and unit of the learning rate, relative.
    pub weight_decay: f32,
}

impl FusedAdamW {
    /// β₁ = 0.9, β₂ = 0.99, ε = 10⁻⁸.
    pub fn new(weight_decay: f32) -> Self {
        Self {
            beta_1: 0.9,
            beta_2: 0.99,
            epsilon: 1e-8,
            weight_decay,
        }
    }

    /// For all parameters of a module.
    pub fn init(self) -> ModuleOptimizer {
        self.into()
    }
}

type Floats = FloatTensor<Dispatch>;

impl FusedAdamW {
    /// The parameters and both moments after a step, for tensors of any rank: once in the program,
    /// not once for each rank, since pages fetch it.
    #[inline(never)]
    fn update(
        &self,
        rate: f64,
        time: usize,
        tensor: Floats,
        grad: Floats,
        moments: Option<[Floats; 2]>,
    ) -> [Floats; 3] {
        // Without moments the first ones are the gradient's share alone.
        let is_first = moments.is_none();
        let [moment_1, moment_2] = moments.unwrap_or_else(|| [grad.clone(), grad.clone()]);
        let mean = |beta: f32, squared| Blend {
            keep: if is_first { 0.0 } else { beta },
            add: 1.0 - beta,
            squared,
        };
        let moment_1 = Dispatch::ext_blend(moment_1, grad.clone(), mean(self.beta_1, false));
        let moment_2 = Dispatch::ext_blend(moment_2, grad, mean(self.beta_2, true));
        let step = AdamStep {
            rate: rate as f32,
            decay: self.weight_decay,
            bias_1: 1.0 - self.beta_1.powi(time as i32),
            bias_2: 1.0 - self.beta_2.powi(time as i32),
            epsilon: self.epsilon,
        };
        let tensor = Dispatch::ext_adam_step(tensor, moment_1.clone(), moment_2.clone(), step);
        [tensor, moment_1, moment_2]
    }
}

impl Optimizer for FusedAdamW {
    type State<const D: usize> = AdamWState<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<AdamWState<D>>,
    ) -> (Tensor<D>, Option<AdamWState<D>>) {
        let (time, moments) = match state {
            Some(AdamWState { momentum }) => {
                let moments = [momentum.moment_1, momentum.moment_2];
                (momentum.time + 1, Some(moments.map(Tensor::into_dispatch)))
            }
            None => (1, None),
        };
        let updated = self.update(
            rate,
            time,
            tensor.into_dispatch(),
            grad.into_dispatch(),
            moments,
        );
        let [tensor, moment_1, moment_2] = updated.map(Tensor::from_dispatch);
        let momentum = AdaptiveMomentumState {
            time,
            moment_1,
            moment_2,
            max_moment_2: None,
        };
        (tensor, Some(AdamWState { momentum }))
    }

    fn to_device<const D: usize>(state: AdamWState<D>, device: &Device) -> AdamWState<D> {
        <AdamW as Optimizer>::to_device(state, device)
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::optim::AdamWConfig;
    use burn::tensor::{Distribution, Tolerance};

    /// Both from the same place over some steps, with a state that is shared and one that is not.
    #[test]
    fn it_does_what_burns_does() {
        let device = Device::flex();
        device.seed(3);
        let ours = FusedAdamW::new(0.05);
        let theirs = AdamWConfig::new()
            .with_beta_2(0.99)
            .with_epsilon(1e-8)
            .with_weight_decay(0.05)
            .build();
        // More numbers than a vector has lanes, and some left over.
        let start = Tensor::<2>::random([37, 5], Distribution::Normal(0.0, 1.0), &device);
        let (mut a, mut state_a) = (start.clone(), None);
        let (mut b, mut state_b) = (start, None);
        for i in 0..6 {
            let grad = Tensor::<2>::random([37, 5], Distribution::Normal(0.1, 1.0), &device);
            let shared = (i % 2 == 0).then(|| state_a.clone());
            (a, state_a) = ours.step(0.01, a, grad.clone(), state_a);
            (b, state_b) = theirs.step(0.01, b, grad, state_b);
            drop(shared);
        }
        a.into_data()
            .assert_approx_eq::<f32>(&b.into_data(), Tolerance::absolute(1e-6));
        let (a, b) = (state_a.unwrap().momentum, state_b.unwrap().momentum);
        assert_eq!(a.time, b.time);
        for (a, b) in [(a.moment_1, b.moment_1), (a.moment_2, b.moment_2)] {
            a.into_data()
                .assert_approx_eq::<f32>(&b.into_data(), Tolerance::absolute(1e-6));
        }
    }
}
