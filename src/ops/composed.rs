//! The operations composed from Burn's own, for backends without kernels of ours.

use super::{AdamStep, Blend, Rearrange};
use burn::backend::Backend;
use burn::backend::TensorMetadata;
use burn::backend::ops::ConvOptions;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;

/// Stride 1, and as much padding as keeps the resolution under these weights `[K, C, side, side]`.
fn options<B: Backend>(weight: &FloatTensor<B>) -> ConvOptions<2> {
    let [_, _, side, _] = weight.shape().dims();
    ConvOptions::new([1, 1], [side / 2; 2], [1, 1], 1)
}

pub fn conv<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
) -> FloatTensor<B> {
    let options = options::<B>(&weight);
    B::conv2d(x, weight, Some(bias), options)
}

pub fn conv_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    dy: FloatTensor<B>,
    wanted: [bool; 3],
) -> [Option<FloatTensor<B>>; 3] {
    let [by_x, by_weight, by_bias] = wanted;
    let options = || options::<B>(&weight);
    [
        by_x.then(|| B::conv2d_x_backward(x.clone(), weight.clone(), dy.clone(), options())),
        by_weight
            .then(|| B::conv2d_weight_backward(x.clone(), weight.clone(), dy.clone(), options())),
        by_bias.then(|| B::conv2d_bias_backward(x, bias, dy)),
    ]
}

pub fn rearrange<B: Backend>(x: FloatTensor<B>, kind: Rearrange) -> FloatTensor<B> {
    let shape: [usize; 4] = x.shape().dims();
    let [b, c, h, w] = shape;
    let out = Shape::new(kind.shape(shape));
    match kind {
        Rearrange::Fold(p) => {
            let x = B::float_reshape(x, Shape::new([b, c, h / p, p, w / p, p]));
            B::float_reshape(B::float_permute(x, &[0, 1, 3, 5, 2, 4]), out)
        }
        Rearrange::Unfold(p) => {
            let x = B::float_reshape(x, Shape::new([b, c / (p * p), p, p, h, w]));
            B::float_reshape(B::float_permute(x, &[0, 1, 4, 2, 5, 3]), out)
        }
        Rearrange::Repeat => {
            let x = B::float_reshape(x, Shape::new([b, c, h, 1, w, 1]));
            B::float_reshape(B::float_expand(x, Shape::new([b, c, h, 2, w, 2])), out)
        }
        Rearrange::Sum => {
            let x = B::float_reshape(x, Shape::new([b, c, h / 2, 2, w / 2, 2]));
            B::float_reshape(B::float_sum_dim(B::float_sum_dim(x, 5), 3), out)
        }
    }
}

/// `(x − μ)/σ` and `1/σ` of every group, `[batch, groups, rest]` and `[batch, groups, 1]`.
fn normalise<B: Backend>(
    x: FloatTensor<B>,
    groups: usize,
    epsilon: f64,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let [batch, channels, height, width] = x.shape().dims();
    let rest = channels / groups * height * width;
    let x = B::float_reshape(x, Shape::new([batch, groups, rest]));
    let x = B::float_sub(x.clone(), B::float_mean_dim(x, 2));
    let variance = B::float_mean_dim(B::float_mul(x.clone(), x.clone()), 2);
    let inverse = B::float_recip(B::float_sqrt(B::float_add_scalar(variance, epsilon.into())));
    (B::float_mul(x, inverse.clone()), inverse)
}

pub fn norm_silu<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    groups: usize,
    epsilon: f64,
) -> FloatTensor<B> {
    let shape = x.shape();
    let [batch, channels, _, _] = shape.dims();
    let map = |t| B::float_reshape(t, Shape::new([batch, channels, 1, 1]));
    let (normal, _) = normalise::<B>(x, groups, epsilon);
    let normal = B::float_reshape(normal, shape);
    let u = B::float_add(B::float_mul(normal, map(scale)), map(shift));
    B::float_mul(u.clone(), B::sigmoid(u))
}

pub fn norm_silu_backward<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
    dy: FloatTensor<B>,
    groups: usize,
    epsilon: f64,
) -> [FloatTensor<B>; 3] {
    let shape = x.shape();
    let [batch, channels, height, width] = shape.dims();
    let rest = channels / groups * height * width;
    let map = |t| B::float_reshape(t, Shape::new([batch, channels, 1, 1]));
    let grouped = |t| B::float_reshape(t, Shape::new([batch, groups, rest]));
    let whole = |t| B::float_reshape(t, shape.clone());
    let by_channel = |t| {
        let flat = B::float_reshape(t, Shape::new([batch, channels, height * width]));
        B::float_reshape(B::float_sum_dim(flat, 2), Shape::new([batch, channels]))
    };

    let (normal, inverse) = normalise::<B>(x, groups, epsilon);
    let normal = whole(normal);
    let scale = map(scale);
    let u = B::float_add(B::float_mul(normal.clone(), scale.clone()), map(shift));
    // g = ∂L/∂u = dy·s·(1 + u·(1 − s)), s being the logistic function of u.
    let s = B::sigmoid(u.clone());
    let slope = B::float_add_scalar(
        B::float_mul(u, B::float_add_scalar(B::float_neg(s.clone()), 1f64.into())),
        1f64.into(),
    );
    let g = B::float_mul(dy, B::float_mul(s, slope));
    let by_shift = by_channel(g.clone());
    let by_scale = by_channel(B::float_mul(g.clone(), normal.clone()));

    // ∂L/∂x = (h − mean(h) − x̂·mean(h·x̂))/σ with h = scale·g, means over the group.
    let (h, normal) = (grouped(B::float_mul(g, scale)), grouped(normal));
    let mean = B::float_mean_dim(h.clone(), 2);
    let slope = B::float_mean_dim(B::float_mul(h.clone(), normal.clone()), 2);
    let off = B::float_sub(B::float_sub(h, mean), B::float_mul(normal, slope));
    [whole(B::float_mul(off, inverse)), by_scale, by_shift]
}

pub fn blend<B: Backend>(x: FloatTensor<B>, y: FloatTensor<B>, blend: Blend) -> FloatTensor<B> {
    let y = match blend.squared {
        true => B::float_mul(y.clone(), y),
        false => y,
    };
    B::float_add(
        B::float_mul_scalar(x, blend.keep.into()),
        B::float_mul_scalar(y, blend.add.into()),
    )
}

pub fn adam_step<B: Backend>(
    x: FloatTensor<B>,
    moment_1: FloatTensor<B>,
    moment_2: FloatTensor<B>,
    step: AdamStep,
) -> FloatTensor<B> {
    let square = B::float_div_scalar(moment_2, step.bias_2.into());
    let deviation = B::float_add_scalar(B::float_sqrt(square), step.epsilon.into());
    let mean = B::float_mul_scalar(moment_1, (step.rate / step.bias_1).into());
    B::float_sub(
        B::float_mul_scalar(x, (1.0 - step.rate * step.decay).into()),
        B::float_div(mean, deviation),
    )
}
