//! Pixels moved without arithmetic, or nearly: folded, unfolded, repeated, summed.

use super::maps::Maps;
use super::parallel;
use crate::ops::Rearrange;

/// `x [batch, C, height, width]` rearranged; its shape is [`Rearrange::shape`]'s.
pub fn rearrange(x: &[f32], kind: Rearrange, maps: Maps) -> Vec<f32> {
    let Maps { height, width, .. } = maps;
    let pixels = maps.pixels();
    let planes = x.len() / pixels;
    match kind {
        Rearrange::Fold(p) => {
            let mut y = vec![0.0; x.len()];
            parallel::chunks(&mut y, pixels, |plane, out| {
                let x = &x[plane * pixels..][..pixels];
                for (part, out) in out.chunks_exact_mut(pixels / (p * p)).enumerate() {
                    let rows = x.chunks_exact(width).skip(part / p).step_by(p);
                    for (row, out) in rows.zip(out.chunks_exact_mut(width / p)) {
                        for (to, from) in out.iter_mut().zip(row.iter().skip(part % p).step_by(p)) {
                            *to = *from;
                        }
                    }
                }
            });
            y
        }
        Rearrange::Unfold(p) => {
            let mut y = vec![0.0; x.len()];
            let wide = p * width;
            parallel::chunks(&mut y, p * p * pixels, |plane, out| {
                let x = &x[plane * p * p * pixels..][..p * p * pixels];
                for (part, x) in x.chunks_exact(pixels).enumerate() {
                    let rows = out.chunks_exact_mut(wide).skip(part / p).step_by(p);
                    for (row, x) in rows.zip(x.chunks_exact(width)) {
                        let to = row.iter_mut().skip(part % p).step_by(p);
                        for (to, from) in to.zip(x) {
                            *to = *from;
                        }
                    }
                }
            });
            y
        }
        Rearrange::Repeat => {
            let mut y = vec![0.0; 4 * x.len()];
            parallel::chunks(&mut y, 4 * pixels, |plane, out| {
                let rows = x[plane * pixels..][..pixels].chunks_exact(width);
                for (pair, row) in out.chunks_exact_mut(4 * width).zip(rows) {
                    let (first, second) = pair.split_at_mut(2 * width);
                    for (to, from) in first.as_chunks_mut::<2>().0.iter_mut().zip(row) {
                        *to = [*from; 2];
                    }
                    second.copy_from_slice(first);
                }
            });
            y
        }
        Rearrange::Sum => {
            let mut y = vec![0.0; planes * (height / 2) * (width / 2)];
            parallel::chunks(&mut y, (height / 2) * (width / 2), |plane, out| {
                let rows = x[plane * pixels..][..pixels].chunks_exact(2 * width);
                for (out, pair) in out.chunks_exact_mut(width / 2).zip(rows) {
                    let (first, second) = pair.split_at(width);
                    let pairs = first
                        .as_chunks::<2>()
                        .0
                        .iter()
                        .zip(second.as_chunks::<2>().0);
                    for (to, (a, b)) in out.iter_mut().zip(pairs) {
                        *to = (a[0] + a[1]) + (b[0] + b[1]);
                    }
                }
            });
            y
        }
    }
}
