//! Sinusoidal embedding of log-SNR.

use burn::tensor::Tensor;

/// Sines and cosines of log-SNR at angular frequencies from 1/16 to 4 radians per unit.
///
/// # Shapes
/// - log_snr: `[batch]`; output: `[batch, width]`, `width` even
pub(super) fn sinusoids(log_snr: Tensor<1>, width: usize) -> Tensor<2> {
    let half = width / 2;
    let frequencies: Vec<f32> = (0..half)
        .map(|i| 2f32.powf(-4.0 + 6.0 * i as f32 / (half.max(2) - 1) as f32))
        .collect();
    let frequencies = Tensor::<1>::from_floats(frequencies.as_slice(), &log_snr.device());
    let angles = log_snr.unsqueeze_dim::<2>(1) * frequencies.unsqueeze_dim::<2>(0);
    Tensor::cat(vec![angles.clone().sin(), angles.cos()], 1)
}
