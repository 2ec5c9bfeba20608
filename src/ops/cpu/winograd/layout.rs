//! Pixels from planes to channels last and back.

use super::super::maps::Maps;
use super::super::simd::{LINE, transposed};
use super::{OUT, Strips};
use pulp::Simd;

/// Copies a strip's pixels and one around them, channels last and zero where there are none.
// Code that is downloaded is there once; elsewhere the caller's instruction set is wanted.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(super) fn gather<S: Simd>(
    x: &[f32],
    channels: usize,
    strips: Strips,
    strip: usize,
    local: &mut [f32],
) {
    let Maps { height, width, .. } = strips.maps;
    let wide = channels.next_multiple_of(LINE);
    let line = strips.width() * wide;
    let lines = strips.rows_of(strip) * OUT + 2;
    for (i, local) in local.chunks_exact_mut(line).take(lines).enumerate() {
        let y = (strip * strips.rows * OUT + i).wrapping_sub(1);
        if y >= height {
            local.fill(0.0);
            continue;
        }
        local[..wide].fill(0.0);
        local[(width + 1) * wide..].fill(0.0);
        let local = &mut local[wide..(width + 1) * wide];
        for first in (0..wide).step_by(LINE) {
            let mut planes: [&[f32]; LINE] = [&[]; LINE];
            for (c, plane) in planes.iter_mut().enumerate() {
                // Channels that are not there get a copy of the last, which zero weights ignore.
                let c = (first + c).min(channels - 1);
                *plane = &x[(c * height + y) * width..][..width];
            }
            let mut q = 0;
            while q + 8 <= width {
                let pixels = &mut local[q * wide + first..];
                for half in [0, LINE / 2] {
                    let mut rows = [[0.0; 8]; 8];
                    for (row, plane) in rows.iter_mut().zip(&planes[half..]) {
                        *row = *plane[q..].first_chunk().expect("eight pixels");
                    }
                    for (i, pixel) in transposed::<S>(rows).iter().enumerate() {
                        pixels[i * wide + half..][..8].copy_from_slice(pixel);
                    }
                }
                q += 8;
            }
            for q in q..width {
                for (c, plane) in planes.into_iter().enumerate() {
                    local[q * wide + first + c] = plane[q];
                }
            }
        }
    }
}

/// Copies a strip's outputs, channels last, to their planes, with the bias.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(super) fn scatter<S: Simd>(
    local: &[f32],
    stride: usize,
    strips: Strips,
    bias: Option<&[f32]>,
    planes: &mut [&mut [f32]],
) {
    let width = strips.maps.width;
    for (first, planes) in planes.chunks_mut(LINE).enumerate() {
        let first = first * LINE;
        let rows = planes[0].len() / width;
        let mut biases = [0.0; LINE];
        if let Some(bias) = bias {
            biases[..planes.len()].copy_from_slice(&bias[first..first + planes.len()]);
        }
        for y in 0..rows {
            let local = &local[y * strips.width() * stride + first..];
            let mut q = 0;
            while q + 8 <= width {
                for half in [0, LINE / 2] {
                    let mut pixels = [[0.0; 8]; 8];
                    for (i, pixel) in pixels.iter_mut().enumerate() {
                        let at = &local[(q + i) * stride + half..];
                        *pixel = *at.first_chunk().expect("half a line of channels");
                    }
                    let rows = transposed::<S>(pixels);
                    let planes = planes.iter_mut().skip(half);
                    for ((plane, row), bias) in planes.zip(&rows).zip(&biases[half..]) {
                        let to = &mut plane[y * width + q..][..8];
                        for (to, value) in to.iter_mut().zip(row) {
                            *to = value + bias;
                        }
                    }
                }
                q += 8;
            }
            for q in q..width {
                for (c, plane) in planes.iter_mut().enumerate() {
                    plane[y * width + q] = local[q * stride + c] + biases[c];
                }
            }
        }
    }
}
