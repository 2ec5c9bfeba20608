//! The kernels of [`super::cpu`] for Burn's CPU backend.

use super::cpu::conv;
use super::cpu::maps::Maps;
use super::cpu::winograd::{self, Kernels};
use super::cpu::{linear, norm, pointwise, rearrange, update};
use super::{AdamStep, Blend, Gradients, Operations, Rearrange, composed};
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Bytes, DType, Shape, TensorData};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

type Floats = FloatTensor<Flex>;

/// Most rows of a linear layer that our kernels are ahead of a general matrix product for.
const FEW_ROWS: usize = 64;

/// Whether the kernels, which know f32 alone, can take these.
fn all_f32(tensors: &[&Floats]) -> bool {
    tensors.iter().all(|tensor| tensor.dtype() == DType::F32)
}

/// The floats of a tensor laid out in order.
fn floats(tensor: &Floats) -> &[f32] {
    let start = tensor.layout().start_offset();
    &tensor.storage()[start..start + tensor.layout().num_elements()]
}

fn tensor(values: Vec<f32>, shape: Shape) -> Floats {
    Floats::from_data(TensorData::new(values, shape))
}

fn maps(x: &Floats) -> Maps {
    let [batch, _, height, width] = x.shape().dims();
    Maps {
        batch,
        height,
        width,
    }
}

fn norm_groups(x: &Floats, groups: usize, epsilon: f64) -> norm::Groups {
    let [_, channels, height, width] = x.shape().dims();
    norm::Groups {
        channels: channels / groups,
        pixels: height * width,
        epsilon: epsilon as f32,
    }
}

/// `kept` says whether the same weights are likely to come again.
fn conv3x3(x: Floats, weight: Floats, bias: Floats, kept: bool) -> Floats {
    if !all_f32(&[&x, &weight, &bias]) {
        return composed::conv::<Flex>(x, weight, bias);
    }
    let [x, weight, bias] = [x, weight, bias].map(|t| t.to_contiguous());
    let [batch, channels, height, width] = x.shape().dims();
    let [outputs, _, _, _] = weight.shape().dims();
    let (maps, bias) = (maps(&x), Some(floats(&bias)));
    let y = if kept && winograd::pays_with_kernels(maps, channels, outputs) {
        winograd::forward(floats(&x), &kernels(&weight), bias, maps)
    } else {
        conv::forward(floats(&x), floats(&weight), bias, maps)
    };
    tensor(y, Shape::new([batch, outputs, height, width]))
}

/// Kernels of weights, transformed when they are first used and kept as long as the weights are.
fn kernels(weight: &Floats) -> Arc<Kernels> {
    type Kept = HashMap<(usize, usize), (Weak<Bytes>, Arc<Kernels>)>;
    static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = weight.data_arc();
    // A place in memory that a weak reference still points to is not given to anything else, and
    // Burn moves what it changes away from there.
    let place = (
        Arc::as_ptr(&memory) as usize,
        weight.layout().start_offset(),
    );
    if let Some((owner, kernels)) = kept.get(&place)
        && owner.strong_count() > 0
    {
        return Arc::clone(kernels);
    }
    kept.retain(|_, (owner, _)| owner.strong_count() > 0);
    let [outputs, channels, _, _] = weight.shape().dims();
    let kernels = Arc::new(Kernels::new(floats(weight), channels, outputs));
    kept.insert(place, (Arc::downgrade(&memory), Arc::clone(&kernels)));
    kernels
}

/// Gradients in the shapes of what they are gradients by.
fn those_wanted(
    gradients: [Vec<f32>; 3],
    by: [&Floats; 3],
    wanted: [bool; 3],
) -> [Option<Floats>; 3] {
    let mut by = by.into_iter().zip(wanted);
    gradients.map(|values| {
        let (by, wanted) = by.next().expect("three");
        wanted.then(|| tensor(values, by.shape()))
    })
}

impl Operations for Flex {
    fn ext_conv3x3(x: Floats, weight: Floats, bias: Floats) -> Floats {
        conv3x3(x, weight, bias, true)
    }

    fn ext_conv1x1(x: Floats, weight: Floats, bias: Floats) -> Floats {
        if !all_f32(&[&x, &weight, &bias]) {
            return composed::conv::<Self>(x, weight, bias);
        }
        let [x, weight, bias] = [x, weight, bias].map(|t| t.to_contiguous());
        let [batch, _, height, width] = x.shape().dims();
        let [outputs, _, _, _] = weight.shape().dims();
        let bias = Some(floats(&bias));
        let y = pointwise::forward(floats(&x), floats(&weight), bias, maps(&x));
        tensor(y, Shape::new([batch, outputs, height, width]))
    }

    fn ext_linear(x: Floats, weight: Floats, bias: Floats) -> Floats {
        let [rows, _] = x.shape().dims();
        let [_, outputs] = weight.shape().dims();
        if !all_f32(&[&x, &weight, &bias]) || rows > FEW_ROWS {
            return Self::linear(x, weight, Some(bias));
        }
        let [x, weight, bias] = [x, weight, bias].map(|t| t.to_contiguous());
        let y = linear::forward(floats(&x), floats(&weight), floats(&bias));
        tensor(y, Shape::new([rows, outputs]))
    }

    fn ext_linear_transposed(x: Floats, weight: Floats) -> Floats {
        Self::linear_input_gradient(weight, x)
    }

    fn ext_rearrange(x: Floats, kind: Rearrange) -> Floats {
        if !all_f32(&[&x]) {
            return composed::rearrange::<Self>(x, kind);
        }
        let x = x.to_contiguous();
        let y = rearrange::rearrange(floats(&x), kind, maps(&x));
        tensor(y, Shape::new(kind.shape(x.shape().dims())))
    }

    fn ext_norm_silu(
        x: Floats,
        scale: Floats,
        shift: Floats,
        groups: usize,
        epsilon: f64,
    ) -> Floats {
        if !all_f32(&[&x, &scale, &shift]) {
            return composed::norm_silu::<Self>(x, scale, shift, groups, epsilon);
        }
        let [x, scale, shift] = [x, scale, shift].map(|t| t.to_contiguous());
        let shape = norm_groups(&x, groups, epsilon);
        let y = norm::forward(floats(&x), floats(&scale), floats(&shift), shape);
        tensor(y, x.shape())
    }

    fn ext_blend(mut x: Floats, y: Floats, blend: Blend) -> Floats {
        if !all_f32(&[&x, &y]) || !x.is_contiguous() {
            return composed::blend::<Self>(x, y, blend);
        }
        let y = y.to_contiguous();
        let (start, shape) = (x.layout().start_offset(), x.shape());
        let place = start..start + x.layout().num_elements();
        // In place where nobody else has it.
        if let Some(values) = x.try_storage_mut::<f32>() {
            update::blend(&mut values[place], floats(&y), blend);
            return x;
        }
        let mut values = floats(&x).to_vec();
        update::blend(&mut values, floats(&y), blend);
        tensor(values, shape)
    }

    fn ext_adam_step(x: Floats, moment_1: Floats, moment_2: Floats, step: AdamStep) -> Floats {
        if !all_f32(&[&x, &moment_1, &moment_2]) {
            return composed::adam_step::<Self>(x, moment_1, moment_2, step);
        }
        let [x, moment_1, moment_2] = [x, moment_1, moment_2].map(|t| t.to_contiguous());
        let y = update::adam_step(floats(&x), floats(&moment_1), floats(&moment_2), step);
        tensor(y, x.shape())
    }

    fn ext_sum_of_squares(x: Floats) -> Floats {
        if !all_f32(&[&x]) {
            return Self::float_sum(Self::float_mul(x.clone(), x));
        }
        let x = x.to_contiguous();
        tensor(vec![update::sum_of_squares(floats(&x))], Shape::new([1]))
    }
}

impl Gradients for Flex {
    fn linear_input_gradient(weight: Floats, dy: Floats) -> Floats {
        let [inputs, outputs] = weight.shape().dims();
        let [rows, _] = dy.shape().dims();
        if !all_f32(&[&weight, &dy]) || rows > FEW_ROWS {
            return Self::linear_x_backward(weight, dy);
        }
        let [weight, dy] = [weight, dy].map(|t| t.to_contiguous());
        let dx = linear::input_gradient(floats(&weight), floats(&dy), outputs);
        tensor(dx, Shape::new([rows, inputs]))
    }

    fn linear_weight_gradient(x: Floats, dy: Floats) -> Floats {
        let [rows, inputs] = x.shape().dims();
        let [_, outputs] = dy.shape().dims();
        if !all_f32(&[&x, &dy]) || rows > FEW_ROWS {
            return Self::linear_weight_backward(x, dy);
        }
        let [x, dy] = [x, dy].map(|t| t.to_contiguous());
        let gradient = linear::weight_gradient(floats(&x), floats(&dy), outputs);
        tensor(gradient, Shape::new([inputs, outputs]))
    }

    fn conv3x3_once(x: Floats, weight: Floats, bias: Floats) -> Floats {
        conv3x3(x, weight, bias, false)
    }

    fn conv3x3_backward(
        x: Floats,
        weight: Floats,
        bias: Floats,
        dy: Floats,
        wanted: [bool; 3],
    ) -> [Option<Floats>; 3] {
        if !all_f32(&[&x, &weight, &bias, &dy]) {
            return composed::conv_backward::<Self>(x, weight, bias, dy, wanted);
        }
        let [x, weight, dy] = [x, weight, dy].map(|t| t.to_contiguous());
        let gradients = conv::backward(floats(&x), floats(&weight), floats(&dy), maps(&x), wanted);
        those_wanted(gradients, [&x, &weight, &bias], wanted)
    }

    fn conv1x1_backward(
        x: Floats,
        weight: Floats,
        bias: Floats,
        dy: Floats,
        wanted: [bool; 3],
    ) -> [Option<Floats>; 3] {
        if !all_f32(&[&x, &weight, &bias, &dy]) {
            return composed::conv_backward::<Self>(x, weight, bias, dy, wanted);
        }
        let [x, weight, dy] = [x, weight, dy].map(|t| t.to_contiguous());
        let gradients =
            pointwise::backward(floats(&x), floats(&weight), floats(&dy), maps(&x), wanted);
        those_wanted(gradients, [&x, &weight, &bias], wanted)
    }

    fn norm_silu_backward(
        x: Floats,
        scale: Floats,
        shift: Floats,
        dy: Floats,
        groups: usize,
        epsilon: f64,
    ) -> [Floats; 3] {
        if !all_f32(&[&x, &scale, &shift, &dy]) {
            return composed::norm_silu_backward::<Self>(x, scale, shift, dy, groups, epsilon);
        }
        let [x, scale, shift, dy] = [x, scale, shift, dy].map(|t| t.to_contiguous());
        let shape = norm_groups(&x, groups, epsilon);
        let [dx, by_scale, by_shift] = norm::backward(
            floats(&x),
            floats(&scale),
            floats(&shift),
            floats(&dy),
            shape,
        );
        [
            tensor(dx, x.shape()),
            tensor(by_scale, scale.shape()),
            tensor(by_shift, shift.shape()),
        ]
    }
}
