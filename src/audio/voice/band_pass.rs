//! The filter that noise goes through.

use super::RATE;
use std::f64::consts::TAU;

/// A second-order band-pass filter, an octave wide (Bristow-Johnson, *Audio EQ cookbook*).
pub struct BandPass {
    b0: f64,
    a: [f64; 2],
    inputs: [f64; 2],
    outputs: [f64; 2],
}

impl BandPass {
    pub fn new(middle: f64) -> Self {
        let turn = TAU * middle / RATE as f64;
        let half = 2f64.ln() / 2.0 * turn / turn.sin();
        let alpha = turn.sin() * half.sinh();
        Self {
            b0: alpha / (1.0 + alpha),
            a: [
                -2.0 * turn.cos() / (1.0 + alpha),
                (1.0 - alpha) / (1.0 + alpha),
            ],
            inputs: [0.0; 2],
            outputs: [0.0; 2],
        }
    }

    pub fn next(&mut self, input: f64) -> f64 {
        let output = self.b0 * (input - self.inputs[1])
            - self.a[0] * self.outputs[0]
            - self.a[1] * self.outputs[1];
        self.inputs = [input, self.inputs[0]];
        self.outputs = [output, self.outputs[0]];
        output
    }
}
