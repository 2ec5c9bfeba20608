//! The transforms of tiles and kernels.

use super::super::parallel;
use super::super::products::Products;
use super::super::scratch::Scratch;
use super::super::simd::{LINE, load, store};
#[cfg(not(target_family = "wasm"))]
use super::pairs;
use super::{OUT, PLACES, SIDE};
use pulp::{Arch, Simd, WithSimd};

/// `Bᵀ d B` of one tile's pixels, to place after place of `v`.
#[inline(always)]
pub(super) fn spread_pixels<S: Simd>(
    simd: S,
    pixels: &[f32],
    width: usize,
    wide: usize,
    v: &mut [f32],
    tile: usize,
    tiles: usize,
) {
    let mut c = 0;
    while c < wide {
        let mut columns = [[simd.splat_f32s(0.0); SIDE]; SIDE];
        for j in 0..SIDE {
            let mut d = [simd.splat_f32s(0.0); SIDE];
            for (i, d) in d.iter_mut().enumerate() {
                *d = load::<S>(&pixels[(i * width + j) * wide + c..]);
            }
            columns[j] = times_b(simd, d);
        }
        for i in 0..SIDE {
            let mut d = [simd.splat_f32s(0.0); SIDE];
            for (j, d) in d.iter_mut().enumerate() {
                *d = columns[j][i];
            }
            for (j, value) in times_b(simd, d).into_iter().enumerate() {
                store::<S>(&mut v[((i * SIDE + j) * tiles + tile) * wide + c..], value);
            }
        }
        c += S::F32_LANES;
    }
}

/// `Bᵀ·d`.
#[inline(always)]
fn times_b<S: Simd>(simd: S, d: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    let times = |a: f32| simd.splat_f32s(a);
    let [d0, d1, d2, d3, d4, d5] = d;
    let even = simd.mul_add_e_f32s(times(-4.0), d2, d4);
    let odd = simd.mul_add_e_f32s(times(-4.0), d1, d3);
    let near = simd.sub_f32s(d4, d2);
    let step = simd.sub_f32s(d3, d1);
    let step = simd.add_f32s(step, step);
    [
        simd.mul_add_e_f32s(times(4.0), d0, simd.mul_add_e_f32s(times(-5.0), d2, d4)),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        simd.add_f32s(near, step),
        simd.sub_f32s(near, step),
        simd.mul_add_e_f32s(times(4.0), d1, simd.mul_add_e_f32s(times(-5.0), d3, d5)),
    ]
}

/// `Aᵀ m A` of one tile, to its pixels.
#[inline(always)]
pub(super) fn collect<S: Simd>(
    simd: S,
    m: &[f32],
    tile: usize,
    tiles: usize,
    stride: usize,
    pixels: &mut [f32],
    width: usize,
) {
    let mut k = 0;
    while k < stride {
        let mut columns = [[simd.splat_f32s(0.0); OUT]; SIDE];
        for j in 0..SIDE {
            let mut d = [simd.splat_f32s(0.0); SIDE];
            for (i, d) in d.iter_mut().enumerate() {
                *d = load::<S>(&m[((i * SIDE + j) * tiles + tile) * stride + k..]);
            }
            columns[j] = times_a(simd, d);
        }
        for i in 0..OUT {
            let mut d = [simd.splat_f32s(0.0); SIDE];
            for (j, d) in d.iter_mut().enumerate() {
                *d = columns[j][i];
            }
            for (j, value) in times_a(simd, d).into_iter().enumerate() {
                store::<S>(&mut pixels[(i * width + j) * stride + k..], value);
            }
        }
        k += S::F32_LANES;
    }
}

/// `Aᵀ·m`.
#[inline(always)]
fn times_a<S: Simd>(simd: S, m: [S::f32s; SIDE]) -> [S::f32s; OUT] {
    let times = |a: f32| simd.splat_f32s(a);
    let [m0, m1, m2, m3, m4, m5] = m;
    let (sum1, difference1) = (simd.add_f32s(m1, m2), simd.sub_f32s(m1, m2));
    let (sum2, difference2) = (simd.add_f32s(m3, m4), simd.sub_f32s(m3, m4));
    [
        simd.add_f32s(m0, simd.add_f32s(sum1, sum2)),
        simd.mul_add_e_f32s(times(2.0), difference2, difference1),
        simd.mul_add_e_f32s(times(4.0), sum2, sum1),
        simd.add_f32s(
            m5,
            simd.mul_add_e_f32s(times(8.0), difference2, difference1),
        ),
    ]
}

/// `A ∂Y Aᵀ` of one tile's outputs, to place after place of `m`.
#[inline(always)]
pub(super) fn spread_outputs<S: Simd>(
    simd: S,
    outputs: &[f32],
    width: usize,
    stride: usize,
    m: &mut [f32],
    tile: usize,
    tiles: usize,
) {
    let mut k = 0;
    while k < stride {
        let mut columns = [[simd.splat_f32s(0.0); SIDE]; OUT];
        for j in 0..OUT {
            let mut d = [simd.splat_f32s(0.0); OUT];
            for (i, d) in d.iter_mut().enumerate() {
                *d = load::<S>(&outputs[(i * width + j) * stride + k..]);
            }
            columns[j] = times_a_transposed(simd, d);
        }
        for i in 0..SIDE {
            let mut d = [simd.splat_f32s(0.0); OUT];
            for (j, d) in d.iter_mut().enumerate() {
                *d = columns[j][i];
            }
            for (j, value) in times_a_transposed(simd, d).into_iter().enumerate() {
                store::<S>(
                    &mut m[((i * SIDE + j) * tiles + tile) * stride + k..],
                    value,
                );
            }
        }
        k += S::F32_LANES;
    }
}

/// `A·y`.
#[inline(always)]
fn times_a_transposed<S: Simd>(simd: S, y: [S::f32s; OUT]) -> [S::f32s; SIDE] {
    let times = |a: f32| simd.splat_f32s(a);
    let [y0, y1, y2, y3] = y;
    let (even, odd) = (simd.add_f32s(y0, y2), simd.add_f32s(y1, y3));
    let wide = simd.mul_add_e_f32s(times(4.0), y2, y0);
    let step = simd.mul_add_e_f32s(times(4.0), y3, y1);
    let step = simd.add_f32s(step, step);
    [
        y0,
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        simd.add_f32s(wide, step),
        simd.sub_f32s(wide, step),
        y3,
    ]
}

/// `Gᵀ s G` of every kernel: `[36, wide, stride]` to `[K, C, 3, 3]`.
pub(super) fn collect_kernels(
    sums: &[f32],
    channels: usize,
    outputs: usize,
    wide: usize,
    stride: usize,
) -> Vec<f32> {
    let mut kernels = vec![0.0; outputs * channels * 9];
    let arch = Arch::new();
    parallel::chunks(&mut kernels, LINE * channels * 9, |i, kernels| {
        arch.dispatch(CollectKernels {
            sums,
            channels,
            wide,
            stride,
            first: i * LINE,
            kernels,
        });
    });
    kernels
}

/// The kernels of a line of output channels.
struct CollectKernels<'a> {
    sums: &'a [f32],
    channels: usize,
    wide: usize,
    stride: usize,
    first: usize,
    kernels: &'a mut [f32],
}

impl WithSimd for CollectKernels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let place = self.wide * self.stride;
        let outputs = self.kernels.len() / (self.channels * 9);
        for c in 0..self.channels {
            let mut kernel = [[0.0; LINE]; 9];
            for (i, left) in G.iter().enumerate() {
                // (s G) in row i, for a line of output channels.
                let mut row = [[0.0; LINE]; 3];
                for (j, right) in G.iter().enumerate() {
                    let at = (i * SIDE + j) * place + c * self.stride + self.first;
                    let sums: &[f32; LINE] = self.sums[at..].first_chunk().expect("a line");
                    for b in 0..3 {
                        for k in 0..LINE {
                            row[b][k] += right[b] * sums[k];
                        }
                    }
                }
                for a in 0..3 {
                    for b in 0..3 {
                        for k in 0..LINE {
                            kernel[3 * a + b][k] += left[a] * row[b][k];
                        }
                    }
                }
            }
            for k in 0..outputs {
                for (tap, values) in kernel.iter().enumerate() {
                    self.kernels[(k * self.channels + c) * 9 + tap] = values[k];
                }
            }
        }
    }
}

/// Transformed kernels, `[36, C, stride]`, the stride being the output channels up to a whole
/// number of cache lines; as pairs of input channels `[36, wide/2, stride]`.
pub struct Kernels {
    floats: Scratch,
    /// What lies side by side in `floats`.
    pub(super) products: Products,
    pub(super) stride: usize,
    pub(super) channels: usize,
    pub(super) outputs: usize,
}

impl Kernels {
    /// From `weight [K, C, 3, 3]`.
    pub fn new(weight: &[f32], channels: usize, outputs: usize) -> Self {
        let stride = outputs.next_multiple_of(LINE);
        let place = channels * stride;
        // [C, 9, stride]
        let mut taps = Scratch::new(9 * place);
        parallel::chunks(&mut taps, 9 * stride, |c, taps| {
            for (k, kernel) in weight[c * 9..].chunks(channels * 9).enumerate() {
                for (tap, weight) in kernel[..9].iter().enumerate() {
                    taps[tap * stride + k] = *weight;
                }
            }
            for taps in taps.chunks_exact_mut(stride) {
                taps[outputs..].fill(0.0);
            }
        });
        let mut floats = Scratch::new(PLACES * place);
        let arch = Arch::new();
        // The places of a row of (G g)ᵢ at a time.
        parallel::chunks(&mut floats, SIDE * place, |i, places| {
            arch.dispatch(KernelRow {
                taps: &taps,
                stride,
                row: G[i],
                places,
            });
        });
        Self {
            floats,
            products: Products::F32,
            stride,
            channels,
            outputs,
        }
    }

    /// The same for products in bf16, of more channels than a line.
    #[cfg(not(target_family = "wasm"))]
    pub fn paired(self) -> Self {
        let (channels, stride) = (self.channels, self.stride);
        let half = channels.next_multiple_of(LINE) / 2;
        let mut floats = Scratch::new(PLACES * half * stride);
        let arch = Arch::new();
        parallel::chunks(&mut floats, half * stride, |place, pairs| {
            arch.dispatch(PairedPlace {
                kernels: self.place(place),
                half,
                stride,
                pairs: pairs::bits_mut(pairs),
            });
        });
        Self {
            floats,
            products: Products::Bf16,
            ..self
        }
    }

    /// `[C, stride]` of one place, or `[wide/2, stride]`.
    #[inline(always)]
    pub(super) fn place(&self, place: usize) -> &[f32] {
        let size = self.floats.len() / PLACES;
        &self.floats[place * size..][..size]
    }
}

/// The kernels of one place as pairs.
#[cfg(not(target_family = "wasm"))]
struct PairedPlace<'a> {
    /// `[C, stride]`
    kernels: &'a [f32],
    /// From the first channel of a pair to the second.
    half: usize,
    stride: usize,
    /// `[half, stride]`
    pairs: &'a mut [u32],
}

#[cfg(not(target_family = "wasm"))]
impl WithSimd for PairedPlace<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pairs = self.pairs.chunks_exact_mut(self.stride);
        for (c, pairs) in pairs.enumerate() {
            // Channels that are not there have no weight.
            let of = |c: usize| self.kernels.get(c * self.stride..(c + 1) * self.stride);
            let none = [0.0; LINE];
            for k in (0..self.stride).step_by(LINE) {
                let line = |c| of(c).map_or(&none[..], |of| &of[k..k + LINE]);
                pairs::pack(simd, line(c), line(c + self.half), &mut pairs[k..k + LINE]);
            }
        }
    }
}

const G: [[f32; 3]; SIDE] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// One row of transformed kernels.
struct KernelRow<'a> {
    /// `[C, 9, stride]`
    taps: &'a [f32],
    stride: usize,
    /// Of `G`.
    row: [f32; 3],
    /// `[6, C, stride]`
    places: &'a mut [f32],
}

impl WithSimd for KernelRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = self.stride;
        let place = self.places.len() / SIDE;
        for (c, taps) in self.taps.chunks_exact(9 * stride).enumerate() {
            for k in (0..stride).step_by(S::F32_LANES) {
                let mut sums = [simd.splat_f32s(0.0); 3];
                for (tap, taps) in taps.chunks_exact(stride).enumerate() {
                    let row = simd.splat_f32s(self.row[tap / 3]);
                    let sum = &mut sums[tap % 3];
                    *sum = simd.mul_add_e_f32s(row, load::<S>(&taps[k..]), *sum);
                }
                for (j, g) in G.iter().enumerate() {
                    let mut value = simd.splat_f32s(0.0);
                    for (g, sum) in g.iter().zip(sums) {
                        value = simd.mul_add_e_f32s(simd.splat_f32s(*g), sum, value);
                    }
                    store::<S>(&mut self.places[j * place + c * stride + k..], value);
                }
            }
        }
    }
}
