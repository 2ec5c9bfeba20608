//! Our own kernels against Burn's own operations, forward and backward, in shapes that fill no
//! vector, no tile and no cache line. `--features wgpu` tests the GPU's as well.

use burn::tensor::activation::silu;
use burn::tensor::module::{conv2d, linear};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::ops::cpu::products::Products;
use soda::ops::{self, Rearrange};
use std::cell::RefCell;

/// Every device that this program was built for.
fn devices() -> Vec<Device> {
    vec![
        Device::flex(),
        #[cfg(feature = "wgpu")]
        Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
    ]
}

/// Normal noise from the host: a device has one generator for the whole program, tests beside included.
/// Each test has a thread of its own, so that its numbers are always the same.
fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    thread_local! {
        static NOISE: RefCell<ChaCha8Rng> = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    }
    NOISE.with_borrow_mut(|rng| {
        let noise: Vec<f32> = StandardNormal
            .sample_iter(rng)
            .take(shape.iter().product())
            .collect();
        Tensor::from_data(TensorData::new(noise, shape), device)
    })
}

fn assert_close<const D: usize>(what: &str, found: Tensor<D>, wanted: Tensor<D>) {
    assert_eq!(found.dims(), wanted.dims(), "{what}: shape");
    let size = wanted.clone().abs().max().into_scalar::<f32>();
    let off = (found - wanted).abs().max().into_scalar::<f32>();
    assert!(
        off <= 2e-5 * (1.0 + size),
        "{what} differs by {off}, its largest value being {size}"
    );
}

/// Batch, channels in, channels out, height, width.
const SHAPES: [[usize; 5]; 11] = [
    [1, 1, 1, 1, 1],
    [2, 3, 5, 5, 7],
    [1, 13, 9, 8, 8],
    [3, 4, 17, 16, 3],
    [2, 12, 48, 4, 4],
    [1, 5, 8, 1, 33],
    [2, 33, 50, 9, 2],
    // These go by Winograd's way.
    [1, 16, 16, 16, 16],
    [3, 20, 17, 13, 9],
    [9, 17, 33, 8, 8],
    // On a GPU, units share the input channels.
    [1, 70, 19, 4, 11],
];

/// A convolution, given the maps, the weights and the bias.
type Convolution = fn(Tensor<4>, Tensor<4>, Tensor<1>) -> Tensor<4>;

/// Ours against Burn's, for weights of this side and maps of `shape` made `times` larger.
fn same_convolution(
    device: Device,
    side: usize,
    times: usize,
    ours: Convolution,
    burns: Convolution,
) {
    let device = device.autodiff();
    for shape in SHAPES {
        let [batch, inputs, outputs, height, width] = shape;
        let (height, width) = (times * height, times * width);
        let x = random([batch, inputs, height, width], &device).require_grad();
        let weight = random([outputs, inputs, side, side], &device).require_grad();
        let bias = random([outputs], &device).require_grad();

        let ours = ours(x.clone(), weight.clone(), bias.clone());
        let burns = burns(x.clone(), weight.clone(), bias.clone());
        let pull = random(ours.dims(), &device);
        assert_close(&format!("{shape:?}: y"), ours.clone(), burns.clone());

        let ours = (ours * pull.clone()).sum().backward();
        let burns = (burns * pull).sum().backward();
        let by = |what: &str| format!("{shape:?}: gradient by {what}");
        let pair = (x.grad(&ours).unwrap(), x.grad(&burns).unwrap());
        assert_close(&by("x"), pair.0, pair.1);
        let pair = (weight.grad(&ours).unwrap(), weight.grad(&burns).unwrap());
        assert_close(&by("weight"), pair.0, pair.1);
        let pair = (bias.grad(&ours).unwrap(), bias.grad(&burns).unwrap());
        assert_close(&by("bias"), pair.0, pair.1);
    }
}

/// Burn's convolution with this stride and padding.
fn burns<const STRIDE: usize, const PADDING: usize>(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Tensor<1>,
) -> Tensor<4> {
    let options = ConvOptions::new([STRIDE; 2], [PADDING; 2], [1, 1], 1);
    conv2d(x, weight, Some(bias), options)
}

#[test]
fn conv3x3_equals_burns_forward_and_backward() {
    for device in devices() {
        same_convolution(device, 3, 1, ops::conv3x3, burns::<1, 1>);
    }
}

/// Products in bf16 are off by what eight bits of mantissa and Winograd's transforms lose, where there
/// are channels for pairs; the last shape has too few.
#[test]
fn conv3x3_in_bf16_is_nearly_burns_forward_and_backward() {
    let device = Device::flex().autodiff();
    let relative = |found: Tensor<4>, wanted: Tensor<4>| {
        let size = wanted.clone().powi_scalar(2).mean().into_scalar::<f32>();
        let off = (found - wanted).powi_scalar(2).mean().into_scalar::<f32>();
        (off / size).sqrt()
    };
    for (shape, rounded) in [
        ([2, 48, 64, 16, 16], true),
        ([3, 20, 33, 13, 9], true),
        ([1, 160, 17, 15, 20], true),
        ([3, 16, 17, 13, 9], false),
    ] {
        let [batch, inputs, outputs, height, width] = shape;
        let x = random([batch, inputs, height, width], &device).require_grad();
        let weight = random([outputs, inputs, 3, 3], &device).require_grad();
        let bias = random([outputs], &device).require_grad();
        let wanted = burns::<1, 1>(x.clone(), weight.clone(), bias.clone());
        let pull = random(wanted.dims(), &device);
        let by_burn = (wanted.clone() * pull.clone()).sum().backward();
        let (found, ours) = Products::Bf16.during(|| {
            let found = ops::conv3x3(x.clone(), weight.clone(), bias);
            (found.clone(), (found * pull).sum().backward())
        });
        for (what, off, rounded) in [
            ("y", relative(found, wanted), rounded),
            (
                "gradient by x",
                relative(x.grad(&ours).unwrap(), x.grad(&by_burn).unwrap()),
                true,
            ),
            (
                "gradient by weight",
                relative(weight.grad(&ours).unwrap(), weight.grad(&by_burn).unwrap()),
                true,
            ),
        ] {
            assert!(off < 0.04, "{shape:?}: {what} is off by {off}");
            assert_eq!(off > 1e-4, rounded, "{shape:?}: {what} is off by {off}");
        }
    }
    assert_eq!(Products::here(), Products::F32);
}

#[test]
fn conv1x1_equals_burns_forward_and_backward() {
    for device in devices() {
        same_convolution(device, 1, 1, ops::conv1x1, burns::<1, 0>);
    }
}

#[test]
fn convolutions_of_patches_equal_burns_forward_and_backward() {
    for device in devices() {
        same_convolution(device.clone(), 2, 2, ops::patches, burns::<2, 0>);
        same_convolution(device, 4, 4, ops::patches, burns::<4, 0>);
    }
}

/// The definitions, index by index, and `⟨A·x, y⟩ = ⟨x, Aᵀ·y⟩`.
#[test]
fn rearranging_moves_every_pixel_where_it_belongs() {
    for device in devices() {
        let device = device.autodiff();
        for (height, width) in [(4, 6), (12, 8), (2, 34)] {
            let shape = [2, 12, height, width];
            let x = random(shape, &device).require_grad();
            let values: Vec<f32> = x.clone().into_data().iter::<f32>().collect();
            let at = |[b, c, y, x]: [usize; 4]| values[((b * 12 + c) * height + y) * width + x];
            for kind in [
                Rearrange::Fold(2),
                Rearrange::Unfold(2),
                Rearrange::Repeat,
                Rearrange::Sum,
            ] {
                let found = ops::rearrange(x.clone(), kind);
                let out = kind.shape(shape);
                assert_eq!(found.dims(), out);
                let mut wanted = Vec::new();
                for i in 0..out.iter().product::<usize>() {
                    let (xo, rest) = (i % out[3], i / out[3]);
                    let (yo, rest) = (rest % out[2], rest / out[2]);
                    let (co, b) = (rest % out[1], rest / out[1]);
                    wanted.push(match kind {
                        Rearrange::Fold(p) => {
                            let part = co % (p * p);
                            at([b, co / (p * p), yo * p + part / p, xo * p + part % p])
                        }
                        Rearrange::Unfold(p) => {
                            let part = yo % p * p + xo % p;
                            at([b, co * p * p + part, yo / p, xo / p])
                        }
                        Rearrange::Repeat => at([b, co, yo / 2, xo / 2]),
                        Rearrange::Sum => [(0, 0), (0, 1), (1, 0), (1, 1)]
                            .map(|(dy, dx)| at([b, co, 2 * yo + dy, 2 * xo + dx]))
                            .iter()
                            .sum(),
                    });
                }
                let wanted = Tensor::<1>::from_floats(wanted.as_slice(), &device).reshape(out);
                assert_close(&format!("{kind:?}"), found.clone(), wanted);
                let pull = random(out, &device);
                let gradient = (found * pull.clone()).sum().backward();
                let adjoint = ops::rearrange(pull, kind.adjoint()).inner();
                assert_close(
                    &format!("{kind:?}, back"),
                    x.grad(&gradient).unwrap(),
                    adjoint,
                );
            }
        }
    }
}

/// `silu(scale·GN(x) + shift)` step by step.
fn norm_silu(x: Tensor<4>, scale: Tensor<2>, shift: Tensor<2>, groups: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let grouped = x.reshape([batch, groups, channels / groups * height * width]);
    let centred = grouped.clone() - grouped.mean_dim(2);
    let deviation = (centred.clone().square().mean_dim(2) + 1e-5).sqrt();
    let normal = (centred / deviation).reshape([batch, channels, height, width]);
    let map = [batch, channels, 1, 1];
    silu(normal * scale.reshape(map) + shift.reshape(map))
}

#[test]
fn norm_silu_equals_its_parts_forward_and_backward() {
    devices()
        .into_iter()
        .for_each(norm_silu_equals_its_parts_on);
}

fn norm_silu_equals_its_parts_on(device: Device) {
    let device = device.autodiff();
    for (groups, [batch, channels, _, height, width]) in [
        (1, [1, 1, 0, 2, 1]),
        (3, [2, 6, 0, 5, 7]),
        (8, [1, 48, 0, 8, 8]),
        (4, [3, 4, 0, 16, 3]),
    ] {
        // Far from zero mean and unit variance, which the statistics must take away.
        let x = (random([batch, channels, height, width], &device) * 3.0 + 5.0).detach();
        let x = x.require_grad();
        let scale = random([batch, channels], &device).require_grad();
        let shift = random([batch, channels], &device).require_grad();
        let pull = random([batch, channels, height, width], &device);

        let ours = ops::norm_silu(x.clone(), scale.clone(), shift.clone(), groups, 1e-5);
        let parts = norm_silu(x.clone(), scale.clone(), shift.clone(), groups);
        let of = |what: &str| format!("{groups} groups of {:?}: {what}", x.dims());
        assert_close(&of("y"), ours.clone(), parts.clone());

        let ours = (ours * pull.clone()).sum().backward();
        let parts = (parts * pull).sum().backward();
        let pair = (x.grad(&ours).unwrap(), x.grad(&parts).unwrap());
        assert_close(&of("gradient by x"), pair.0, pair.1);
        let pair = (scale.grad(&ours).unwrap(), scale.grad(&parts).unwrap());
        assert_close(&of("gradient by scale"), pair.0, pair.1);
        let pair = (shift.grad(&ours).unwrap(), shift.grad(&parts).unwrap());
        assert_close(&of("gradient by shift"), pair.0, pair.1);
    }
}

#[test]
fn linear_transposed_equals_a_matrix_product() {
    for device in devices() {
        for [rows, inputs, outputs] in [[1, 1, 1], [1, 70, 33], [9, 17, 130], [70, 5, 9]] {
            let x = random([rows, outputs], &device);
            let weight = random([inputs, outputs], &device);
            let wanted = x.clone().matmul(weight.clone().transpose());
            let what = format!("{rows} rows of {outputs} to {inputs}");
            assert_close(&what, ops::linear_transposed(x, weight), wanted);
        }
    }
}

#[test]
fn linear_equals_burns_forward_and_backward() {
    devices().into_iter().for_each(linear_equals_burns_on);
}

fn linear_equals_burns_on(device: Device) {
    let device = device.autodiff();
    for [rows, inputs, outputs] in [
        [1, 1, 1],
        [1, 24, 70],
        [5, 33, 9],
        [11, 7, 65],
        [40, 12, 6],
        [3, 20, 1300],
        [70, 5, 9],
    ] {
        let x = random([rows, inputs], &device).require_grad();
        let weight = random([inputs, outputs], &device).require_grad();
        let bias = random([outputs], &device).require_grad();
        let pull = random([rows, outputs], &device);
        let of = |what: &str| format!("{rows} rows of {inputs} to {outputs}: {what}");

        let ours = ops::linear(x.clone(), weight.clone(), bias.clone());
        let burns = linear(x.clone(), weight.clone(), Some(bias.clone()));
        assert_close(&of("y"), ours.clone(), burns.clone());

        let ours = (ours * pull.clone()).sum().backward();
        let burns = (burns * pull).sum().backward();
        let pair = (x.grad(&ours).unwrap(), x.grad(&burns).unwrap());
        assert_close(&of("gradient by x"), pair.0, pair.1);
        let pair = (weight.grad(&ours).unwrap(), weight.grad(&burns).unwrap());
        assert_close(&of("gradient by weight"), pair.0, pair.1);
        let pair = (bias.grad(&ours).unwrap(), bias.grad(&burns).unwrap());
        assert_close(&of("gradient by bias"), pair.0, pair.1);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let device = Device::flex();
    let x = random([3, 24, 17, 17], &device);
    let (weight, bias) = (random([40, 24, 3, 3], &device), random([40], &device));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let (x, weight, bias) = (x.clone(), weight.clone(), bias.clone());
        pool.unwrap()
            .install(|| ops::conv3x3(x, weight, bias).into_data())
    };
    run(3).assert_eq(&run(1), true);
}

#[test]
fn kernels_kept_from_one_call_do_not_serve_other_weights() {
    let device = Device::flex();
    let x = random([2, 16, 16, 16], &device);
    let bias = random([16], &device);
    let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let mut weight = random([16, 16, 3, 3], &device);
    for _ in 0..20 {
        // In place where Burn can, and into memory that is free again where it cannot.
        weight = weight.mul_scalar(1.5).add_scalar(-0.1);
        let ours = ops::conv3x3(x.clone(), weight.clone(), bias.clone());
        let again = ops::conv3x3(x.clone(), weight.clone(), bias.clone());
        let burns = conv2d(
            x.clone(),
            weight.clone(),
            Some(bias.clone()),
            options.clone(),
        );
        assert_close("the first call", ours, burns.clone());
        assert_close("the second call", again, burns);
    }
}

#[test]
fn large_inputs_neither_overflow_nor_lose_their_sign() {
    devices()
        .into_iter()
        .for_each(large_inputs_keep_their_sign_on);
}

fn large_inputs_keep_their_sign_on(device: Device) {
    // One channel, values -1000 … 1000 after scaling: silu goes to 0 and to x.
    let x = Tensor::<4>::from_floats([[[[-1.0, 1.0, -1.0, 1.0]]]], &device);
    let (scale, shift) = (
        Tensor::full([1, 1], 1000.0, &device),
        Tensor::zeros([1, 1], &device),
    );
    let y = ops::norm_silu(x, scale, shift, 1, 1e-5);
    let wanted = Tensor::from_floats([[[[0.0, 1000.0, 0.0, 1000.0]]]], &device);
    assert_close("y", y, wanted);
}
