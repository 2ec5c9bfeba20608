//! What the machine can do, and how close each kernel comes to it.

use burn::tensor::{Device, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use soda::engine::standard_normal;
use soda::ops::{self, Rearrange};
use std::hint::black_box;
use std::time::Instant;

/// Ceilings of this machine, all threads together.
pub struct Ceilings {
    /// Floating-point operations a second from fused multiply-adds in registers.
    pub flops: f64,
    /// Bytes a second read and written by a copy of arrays that fit no cache.
    pub bandwidth: f64,
}

/// Independent chains of multiply-adds, enough to fill two units of latency four.
const CHAINS: usize = 12;
const ROUNDS: usize = 4_000_000;

struct MultiplyAdd;

impl WithSimd for MultiplyAdd {
    /// Operations done.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let mut sums = [simd.splat_f32s(black_box(1.0)); CHAINS];
        let (a, b) = (
            simd.splat_f32s(black_box(0.5)),
            simd.splat_f32s(black_box(0.5)),
        );
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = simd.mul_add_e_f32s(*sum, a, b);
            }
        }
        black_box(sums.map(|sum| simd.reduce_sum_f32s(sum)));
        (2 * CHAINS * ROUNDS * S::F32_LANES) as f64
    }
}

fn best(mut work: impl FnMut() -> f64) -> f64 {
    (0..5).map(|_| work()).fold(0.0, f64::max)
}

impl Ceilings {
    /// Measured now, the best of five.
    pub fn measure() -> Self {
        let threads = rayon::current_num_threads();
        let flops = best(|| {
            let begin = Instant::now();
            let done: f64 = (0..threads)
                .into_par_iter()
                .map(|_| Arch::new().dispatch(MultiplyAdd))
                .sum();
            done / begin.elapsed().as_secs_f64()
        });
        let from = vec![1f32; 64 << 20];
        let mut to = vec![0f32; from.len()];
        let bandwidth = best(|| {
            let begin = Instant::now();
            let part = from.len() / threads;
            to.par_chunks_mut(part)
                .zip(from.par_chunks(part))
                .for_each(|(to, from)| to.copy_from_slice(from));
            black_box(&to);
            8.0 * from.len() as f64 / begin.elapsed().as_secs_f64()
        });
        Self { flops, bandwidth }
    }
}

/// One kernel on one shape.
pub struct Kernel {
    pub name: String,
    pub ms: f64,
    /// Operations as the definition counts them; Winograd's way needs fewer.
    pub flops: f64,
    /// Bytes of inputs and outputs, each once.
    pub bytes: f64,
}

/// The kernels on the shapes of the `browser` preset's U-Net, 16 pictures.
pub fn kernels() -> Vec<Kernel> {
    let device = Device::flex();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    const BATCH: usize = 16;
    let mut kernels = Vec::new();
    for (channels, side) in [(48usize, 32usize), (96, 16), (160, 8)] {
        let x: Tensor<4> = standard_normal([BATCH, channels, side, side], &mut rng, &device);
        let numbers = (BATCH * channels * side * side) as f64;
        let w3: Tensor<4> = standard_normal([channels, channels, 3, 3], &mut rng, &device);
        let w1: Tensor<4> = standard_normal([channels, channels, 1, 1], &mut rng, &device);
        let bias: Tensor<1> = standard_normal([channels], &mut rng, &device);
        let scale: Tensor<2> = standard_normal([BATCH, channels], &mut rng, &device);
        let products = 2.0 * numbers * channels as f64;
        let weights = (channels * channels) as f64;
        let of = |name: &str| format!("{name}, {channels} channels of {side}×{side}");
        let mut add = |name: &str, flops: f64, numbers: f64, run: &dyn Fn() -> Tensor<4>| {
            for _ in 0..5 {
                black_box(run());
            }
            let mut times: Vec<f64> = (0..31)
                .map(|_| {
                    let begin = Instant::now();
                    black_box(run());
                    begin.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let (name, ms, bytes) = (of(name), times[15], 4.0 * numbers);
            kernels.push(Kernel {
                name,
                ms,
                flops,
                bytes,
            });
        };
        add(
            "conv3x3",
            9.0 * products,
            2.0 * numbers + 9.0 * weights,
            &|| ops::conv3x3(x.clone(), w3.clone(), bias.clone()),
        );
        add("conv1x1", products, 2.0 * numbers + weights, &|| {
            ops::conv1x1(x.clone(), w1.clone(), bias.clone())
        });
        // Two operations a number for the mean, three for the variance, about 25 for the rest.
        add("norm_silu", 30.0 * numbers, 2.0 * numbers, &|| {
            ops::norm_silu(x.clone(), scale.clone(), scale.clone(), 8, 1e-5)
        });
        add("rearrange, repeat", 0.0, 5.0 * numbers, &|| {
            ops::rearrange(x.clone(), Rearrange::Repeat)
        });
    }
    kernels
}
