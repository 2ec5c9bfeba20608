//! The operations under autodiff.

use super::{AdamStep, Blend, Gradients, Operations, Rearrange};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients as Grads;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend};

/// A convolution with bias, by the side of its kernel.
#[derive(Debug)]
enum Convolution {
    Three,
    One,
}

impl<B: Gradients> Backward<B, 3> for Convolution {
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Grads, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let [x, weight, bias] = ops.state;
        let wanted = [0, 1, 2].map(|i| ops.parents[i].is_some());
        let gradients = match self {
            Self::Three => B::conv3x3_backward(x, weight, bias, dy, wanted),
            Self::One => B::conv1x1_backward(x, weight, bias, dy, wanted),
        };
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

impl Convolution {
    fn forward<B: Gradients, C: CheckpointStrategy>(
        self,
        inputs: [FloatTensor<Autodiff<B, C>>; 3],
    ) -> FloatTensor<Autodiff<B, C>> {
        let nodes = [0, 1, 2].map(|i| inputs[i].node());
        let inputs = inputs.map(|tensor| tensor.into_primitive());
        let [x, weight, bias] = inputs.clone();
        let y = match self {
            Self::Three => B::conv3x3_once(x, weight, bias),
            Self::One => B::ext_conv1x1(x, weight, bias),
        };
        match self.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(inputs, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}

impl<B: Gradients> Backward<B, 1> for Rearrange {
    type State = ();

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Grads, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            grads.register::<B>(parent.id, B::ext_rearrange(dy, self.adjoint()));
        }
    }
}

#[derive(Debug)]
struct NormSilu {
    groups: usize,
    epsilon: f64,
}

impl<B: Gradients> Backward<B, 3> for NormSilu {
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Grads, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let [x, scale, shift] = ops.state;
        let gradients = B::norm_silu_backward(x, scale, shift, dy, self.groups, self.epsilon);
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct Linear;

impl<B: Gradients> Backward<B, 3> for Linear {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Grads, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let [x, weight] = ops.state;
        let [by_x, by_weight, by_bias] = ops.parents;
        if let Some(parent) = by_x {
            grads.register::<B>(parent.id, B::linear_input_gradient(weight, dy.clone()));
        }
        if let Some(parent) = by_weight {
            grads.register::<B>(parent.id, B::linear_weight_gradient(x, dy.clone()));
        }
        if let Some(parent) = by_bias {
            grads.register::<B>(parent.id, B::linear_bias_backward(dy));
        }
    }
}

impl<B: Gradients, C: CheckpointStrategy> Operations for Autodiff<B, C> {
    fn ext_conv3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Convolution::Three.forward::<B, C>([x, weight, bias])
    }

    fn ext_conv1x1(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Convolution::One.forward::<B, C>([x, weight, bias])
    }

    fn ext_rearrange(x: FloatTensor<Self>, kind: Rearrange) -> FloatTensor<Self> {
        let prepared = kind.prepare::<C>([x.node()]);
        let y = B::ext_rearrange(x.into_primitive(), kind);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn ext_norm_silu(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), scale.node(), shift.node()];
        let inputs = [x, scale, shift].map(|tensor| tensor.into_primitive());
        let [x, scale, shift] = inputs.clone();
        let y = B::ext_norm_silu(x, scale, shift, groups, epsilon);
        let operation = NormSilu { groups, epsilon };
        match operation.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(inputs, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn ext_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
        let y = B::ext_linear(x.clone(), weight.clone(), bias);
        match Linear.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish([x, weight], y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    // What updates parameters has no gradient.

    fn ext_blend(x: FloatTensor<Self>, y: FloatTensor<Self>, blend: Blend) -> FloatTensor<Self> {
        let [x, y] = [x, y].map(|tensor| tensor.into_primitive());
        Self::from_inner(B::ext_blend(x, y, blend))
    }

    fn ext_adam_step(
        x: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        step: AdamStep,
    ) -> FloatTensor<Self> {
        let [x, first, second] = [x, moment_1, moment_2].map(|tensor| tensor.into_primitive());
        Self::from_inner(B::ext_adam_step(x, first, second, step))
    }

    fn ext_sum_of_squares(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(B::ext_sum_of_squares(x.into_primitive()))
    }
}
