//! What a step of training does to every number of the networks. Each is one pass over memory,
//! whose speed is the limit.

use crate::ops::{AdamStep, Blend};
use pulp::Arch;

/// Values that are summed one after another; sums of such runs are added up in f64.
const RUN: usize = 4096;

/// `x ← keep·x + add·y`, or with `y²` where the blend is of squares.
pub fn blend(x: &mut [f32], y: &[f32], blend: Blend) {
    let Blend { keep, add, squared } = blend;
    Arch::new().dispatch(|| {
        let pairs = x.iter_mut().zip(y);
        if squared {
            pairs.for_each(|(x, y)| *x = keep * *x + add * (y * y));
        } else {
            pairs.for_each(|(x, y)| *x = keep * *x + add * y);
        }
    });
}

/// The parameters after one step of AdamW with these moments.
pub fn adam_step(x: &[f32], first: &[f32], second: &[f32], step: AdamStep) -> Vec<f32> {
    let [first_part, second_part] = [step.bias_1, step.bias_2].map(f32::recip);
    let kept = 1.0 - step.rate * step.decay;
    Arch::new().dispatch(|| {
        x.iter()
            .zip(first)
            .zip(second)
            .map(|((x, first), second)| {
                let deviation = (second * second_part).sqrt() + step.epsilon;
                kept * x - step.rate * (first * first_part / deviation)
            })
            .collect()
    })
}

/// `Σx²`.
pub fn sum_of_squares(x: &[f32]) -> f32 {
    let sum: f64 = x.chunks(RUN).map(|run| f64::from(squares(run))).sum();
    sum as f32
}

fn squares(run: &[f32]) -> f32 {
    Arch::new().dispatch(|| {
        // As many sums as two of the widest vectors have lanes: the order is the same on any CPU.
        let mut sums = [0.0f32; 32];
        let (lines, rest) = run.as_chunks::<32>();
        for line in lines {
            for (sum, x) in sums.iter_mut().zip(line) {
                *sum += x * x;
            }
        }
        let rest: f32 = rest.iter().map(|x| x * x).sum();
        sums.iter().sum::<f32>() + rest
    })
}
