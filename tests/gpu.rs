//! Every form of the GPU's kernels against the CPU's, which `tests/ops.rs` holds against Burn's: through
//! workgroup memory and in registers, with and without subgroups, in f32 and in f16.
//!
//! One test, since the form is imposed on the whole program. `make test-wgpu` runs it.
#![cfg(feature = "wgpu")]

use burn::tensor::{DType, Device, DeviceKind, Distribution, Gradients, Tensor};
use soda::ops::gpu::Means;
use soda::ops::{self, Rearrange};

/// Batch, channels in, channels out, height, width: tiles that are full and tiles that are not, few
/// channels and enough for several shares.
const SHAPES: [[usize; 5]; 7] = [
    [1, 1, 1, 1, 1],
    [2, 3, 5, 5, 7],
    [1, 13, 9, 8, 8],
    [3, 4, 17, 16, 3],
    [1, 5, 8, 1, 33],
    [2, 33, 50, 9, 2],
    [1, 70, 19, 4, 11],
];

/// A tensor on the CPU and the same on the GPU, both tracked.
struct Pair<const D: usize> {
    cpu: Tensor<D>,
    gpu: Tensor<D>,
}

/// Where and how the kernels run.
struct Place {
    cpu: Device,
    gpu: Device,
    dtype: DType,
}

impl Place {
    fn random<const D: usize>(&self, shape: [usize; D]) -> Pair<D> {
        let values = Tensor::<D>::random(shape, Distribution::Normal(0.0, 1.0), &self.cpu);
        // What f16 can hold, so that both sides begin with the same numbers.
        let values = values.cast(self.dtype).cast(DType::F32).detach();
        Pair {
            gpu: values
                .clone()
                .to_device(&self.gpu)
                .cast(self.dtype)
                .detach()
                .require_grad(),
            cpu: values.require_grad(),
        }
    }

    fn assert_close<const D: usize>(&self, what: &str, found: Tensor<D>, wanted: Tensor<D>) {
        let found = found.into_data().convert::<f32>();
        let wanted = wanted.into_data();
        assert_eq!(found.shape(), wanted.shape(), "{what}: shape");
        let largest = wanted.iter::<f32>().fold(0.0f32, |a, b| a.max(b.abs()));
        let off = found.iter::<f32>().zip(wanted.iter::<f32>());
        let off = off.map(|(a, b)| (a - b).abs()).fold(0.0f32, f32::max);
        let allowed = if self.dtype == DType::F32 { 2e-5 } else { 4e-3 };
        assert!(
            off <= allowed * (1.0 + largest),
            "{what} differs by {off}, its largest value being {largest}"
        );
    }

    /// `run` on both sides, with the gradients by all that it was given.
    fn same<const A: usize, const B: usize, const C: usize, const D: usize>(
        &self,
        what: &str,
        given: (Pair<A>, Pair<B>, Pair<C>),
        run: impl Fn(Tensor<A>, Tensor<B>, Tensor<C>) -> Tensor<D>,
    ) {
        let (a, b, c) = given;
        let found = run(a.gpu.clone(), b.gpu.clone(), c.gpu.clone());
        let wanted = run(a.cpu.clone(), b.cpu.clone(), c.cpu.clone());
        self.assert_close(what, found.clone(), wanted.clone());
        let pull = self.random(wanted.dims());
        let found = (found * pull.gpu.detach()).sum().backward();
        let wanted = (wanted * pull.cpu.detach()).sum().backward();
        self.same_gradient(&format!("{what}, by the first"), &a, &found, &wanted);
        self.same_gradient(&format!("{what}, by the second"), &b, &found, &wanted);
        self.same_gradient(&format!("{what}, by the third"), &c, &found, &wanted);
    }

    fn same_gradient<const D: usize>(
        &self,
        what: &str,
        of: &Pair<D>,
        found: &Gradients,
        wanted: &Gradients,
    ) {
        match (of.gpu.grad(found), of.cpu.grad(wanted)) {
            (Some(found), Some(wanted)) => self.assert_close(what, found, wanted),
            (None, None) => {}
            _ => panic!("{what}: only one side has a gradient"),
        }
    }

    fn all_kernels(&self) {
        for shape in SHAPES {
            let [batch, inputs, outputs, height, width] = shape;
            for side in [1, 3] {
                let given = (
                    self.random([batch, inputs, height, width]),
                    self.random([outputs, inputs, side, side]),
                    self.random([outputs]),
                );
                let run = if side == 1 {
                    ops::conv1x1
                } else {
                    ops::conv3x3
                };
                self.same(&format!("{shape:?}: side {side}"), given, run);
            }
        }
        for (groups, [batch, channels, height, width]) in
            [(3, [2, 6, 5, 7]), (8, [1, 48, 8, 8]), (4, [3, 4, 16, 3])]
        {
            let given = (
                self.random([batch, channels, height, width]),
                self.random([batch, channels]),
                self.random([batch, channels]),
            );
            let run = |x, scale, shift| ops::norm_silu(x, scale, shift, groups, 1e-5);
            self.same(&format!("norm of {groups} groups"), given, run);
        }
        for [rows, inputs, outputs] in [[1, 24, 70], [11, 7, 65]] {
            let given = (
                self.random([rows, inputs]),
                self.random([inputs, outputs]),
                self.random([outputs]),
            );
            self.same(&format!("linear of {rows} rows"), given, ops::linear);
        }
        for kind in [
            Rearrange::Fold(2),
            Rearrange::Unfold(2),
            Rearrange::Repeat,
            Rearrange::Sum,
        ] {
            let given = (
                self.random([2, 12, 4, 6]),
                self.random([1]),
                self.random([1]),
            );
            let run = |x, _: Tensor<1>, _: Tensor<1>| ops::rearrange(x, kind);
            self.same(&format!("{kind:?}"), given, run);
        }
    }
}

#[test]
fn every_form_of_every_kernel_equals_the_cpus() {
    let gpu = Device::wgpu(DeviceKind::DefaultDevice);
    let mut types = vec![DType::F32];
    match gpu.supports_dtype(DType::F16) {
        true => types.push(DType::F16),
        false => println!("f16 is left out: this device has none"),
    }
    for workgroup in [false, true] {
        for subgroups in [false, true] {
            Means::impose(Some(Means {
                workgroup,
                subgroups,
            }));
            for &dtype in &types {
                println!("workgroup {workgroup}, subgroups {subgroups}, {dtype:?}");
                let place = Place {
                    cpu: Device::flex().autodiff(),
                    gpu: gpu.clone().autodiff(),
                    dtype,
                };
                place.all_kernels();
            }
        }
    }
    Means::impose(None);
}

/// `make test-wgpu` leaves this out; it prints milliseconds of each form on this device:
/// `cargo test --release --features wgpu --test gpu -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: nothing is asserted"]
fn how_long_each_form_takes() {
    let device = Device::wgpu(DeviceKind::DefaultDevice).autodiff();
    let mut types = vec![DType::F32];
    if device.supports_dtype(DType::F16) {
        types.push(DType::F16);
    }
    println!(
        "{:<48} {:>10} {:>10}",
        "forward and backward, batch 4", "registers", "workgroup"
    );
    for (channels, side) in [(48, 32), (96, 16), (160, 8)] {
        for &dtype in &types {
            let random = |shape: [usize; 4]| {
                let values = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
                values.cast(dtype).detach().require_grad()
            };
            let x = random([4, channels, side, side]);
            let weight = random([channels, channels, 3, 3]);
            let bias = Tensor::<1>::zeros([channels], &device).cast(dtype).detach();
            let step = || {
                let y = ops::conv3x3(x.clone(), weight.clone(), bias.clone());
                let grads = y.sum().backward();
                x.grad(&grads).unwrap().sum().into_data();
                weight.grad(&grads).unwrap().sum().into_data();
            };
            let mut took = [false, true].map(|workgroup| {
                let subgroups = false;
                Means::impose(Some(Means {
                    workgroup,
                    subgroups,
                }));
                (0..3).for_each(|_| step());
                let mut times: Vec<f64> = (0..7)
                    .map(|_| {
                        let start = std::time::Instant::now();
                        step();
                        1e3 * start.elapsed().as_secs_f64()
                    })
                    .collect();
                times.sort_by(f64::total_cmp);
                times[3]
            });
            Means::impose(None);
            let [registers, workgroup] = &mut took;
            let what = format!("conv3x3, {channels} channels of {side}×{side}, {dtype:?}");
            println!("{what:<48} {registers:>10.1} {workgroup:>10.1}");
        }
    }
}
