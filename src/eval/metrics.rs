//! How close two pictures are.

/// Mean quality of a set of reconstructions.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Quality {
    /// Peak signal-to-noise ratio in dB, the mean over pictures.
    pub psnr: f64,
    /// Structural similarity, the mean over pictures.
    pub ssim: f64,
    /// Mean squared error of values in [0, 1].
    pub mse: f64,
    /// Pictures compared.
    pub pictures: usize,
}

impl Quality {
    /// Compare pictures `[N, 3, size, size]` in [-1, 1], one by one.
    pub fn measure(found: &[f32], wanted: &[f32], size: usize) -> Self {
        let unit = 3 * size * size;
        let pairs = || found.chunks_exact(unit).zip(wanted.chunks_exact(unit));
        let pictures = pairs().count();
        let mean = |score: &dyn Fn(&[f32], &[f32]) -> f64| {
            pairs().map(|(f, w)| score(f, w)).sum::<f64>() / pictures.max(1) as f64
        };
        Self {
            psnr: mean(&psnr),
            ssim: mean(&|f, w| ssim(f, w, size)),
            mse: mean(&mse),
            pictures,
        }
    }

    /// The mean of two sets of pictures together.
    pub fn join(self, other: Self) -> Self {
        let pictures = self.pictures + other.pictures;
        let (a, b) = (self.pictures as f64, other.pictures as f64);
        let mean = |x: f64, y: f64| (x * a + y * b) / pictures.max(1) as f64;
        Self {
            psnr: mean(self.psnr, other.psnr),
            ssim: mean(self.ssim, other.ssim),
            mse: mean(self.mse, other.mse),
            pictures,
        }
    }
}

fn seen(value: f32) -> f64 {
    value.clamp(-1.0, 1.0) as f64
}

/// Mean squared error of one picture, in units of the range from black to white; values outside of
/// [-1, 1] are clamped, as they are when a picture is shown.
pub fn mse(found: &[f32], wanted: &[f32]) -> f64 {
    let both = found.iter().zip(wanted);
    let squares = both.map(|(&f, &w)| (0.5 * (seen(f) - seen(w))).powi(2));
    squares.sum::<f64>() / wanted.len() as f64
}

/// Peak signal-to-noise ratio of one picture in dB: `−10·log₁₀(MSE)` of [`mse`], capped at 100 dB.
pub fn psnr(found: &[f32], wanted: &[f32]) -> f64 {
    match mse(found, wanted) {
        mse if mse < 1e-10 => 100.0,
        mse => -10.0 * mse.log10(),
    }
}

/// [`psnr`] of the pixels of one picture `[3, size, size]` whose place, row after row, is `inside`.
pub fn psnr_inside(found: &[f32], wanted: &[f32], inside: impl Fn(usize) -> bool) -> f64 {
    let plane = wanted.len() / 3;
    let of = |picture: &[f32]| -> Vec<f32> {
        let places = (0..picture.len()).filter(|place| inside(place % plane));
        places.map(|place| picture[place]).collect()
    };
    psnr(&of(found), &of(wanted))
}

/// Structural similarity of one picture, the mean over its three channels (Wang et al. 2004):
/// Gaussian window of 11×11 with σ = 1.5, `K₁ = 0.01`, `K₂ = 0.03`, range 2, windows that lie
/// wholly inside. For a picture smaller than the window the window shrinks to it.
pub fn ssim(found: &[f32], wanted: &[f32], size: usize) -> f64 {
    let area = size * size;
    let channel = |c: usize| {
        let part = |values: &[f32]| -> Vec<f64> {
            values[c * area..(c + 1) * area]
                .iter()
                .map(|&v| seen(v))
                .collect()
        };
        channel_ssim(&part(found), &part(wanted), size)
    };
    (0..3).map(channel).sum::<f64>() / 3.0
}

fn channel_ssim(a: &[f64], b: &[f64], size: usize) -> f64 {
    let (c1, c2) = ((0.01f64 * 2.0).powi(2), (0.03f64 * 2.0).powi(2));
    let product =
        |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x * y).collect() };
    let [ma, mb] = [a, b].map(|x| windows(x, size));
    let [aa, bb, ab] = [product(a, a), product(b, b), product(a, b)].map(|x| windows(&x, size));
    let scores = (0..ma.len()).map(|i| {
        let (va, vb) = (aa[i] - ma[i] * ma[i], bb[i] - mb[i] * mb[i]);
        let cov = ab[i] - ma[i] * mb[i];
        (2.0 * ma[i] * mb[i] + c1) * (2.0 * cov + c2)
            / ((ma[i] * ma[i] + mb[i] * mb[i] + c1) * (va + vb + c2))
    });
    scores.sum::<f64>() / ma.len() as f64
}

/// Gaussian-weighted means over all windows inside a square of side `size`, rows then columns.
fn windows(x: &[f64], size: usize) -> Vec<f64> {
    let reach = 5.min((size - 1) / 2);
    let width = 2 * reach + 1;
    let weight = |i: usize| (-((i as f64 - reach as f64).powi(2)) / (2.0 * 1.5 * 1.5)).exp();
    let total: f64 = (0..width).map(weight).sum();
    let kernel: Vec<f64> = (0..width).map(|i| weight(i) / total).collect();
    let out = size - width + 1;
    let sum = |at: &dyn Fn(usize) -> f64| -> f64 { (0..width).map(|k| kernel[k] * at(k)).sum() };
    let rows: Vec<f64> = (0..size * out)
        .map(|i| sum(&|k| x[i / out * size + i % out + k]))
        .collect();
    (0..out * out)
        .map(|i| sum(&|k| rows[(i / out + k) * out + i % out]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_measured_on_its_own() {
        let (wanted, mut found) = (vec![0.0; 12], vec![0.0; 12]);
        found[1] = 0.2;
        assert_eq!(psnr_inside(&found, &wanted, |place| place != 1), 100.0);
        // One of three colours of the one pixel is wrong by a tenth of the range.
        let one = psnr_inside(&found, &wanted, |place| place == 1);
        assert!(
            (one - -10.0 * (0.01_f64 / 3.0).log10()).abs() < 1e-4,
            "{one}"
        );
    }

    fn picture(f: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let size = 16;
        (0..3 * size * size)
            .map(|i| f(i / size % size, i % size))
            .collect()
    }

    #[test]
    fn psnr_of_a_constant_offset_has_a_closed_form() {
        let (a, b) = (picture(|_, _| 0.0), picture(|_, _| 0.2));
        assert!((psnr(&a, &b) - 20.0).abs() < 1e-4);
        assert_eq!(psnr(&a, &a), 100.0);
        assert!(
            psnr(&picture(|_, _| f32::NAN), &a).is_nan(),
            "no number is no quality"
        );
    }

    #[test]
    fn ssim_of_constant_pictures_has_a_closed_form() {
        // Without variance only the luminance term is left: (2ab + c₁)/(a² + b² + c₁).
        let (a, b) = (0.5f64, 0.25);
        let c1 = 0.0004;
        let wanted = (2.0 * a * b + c1) / (a * a + b * b + c1);
        let found = ssim(&picture(|_, _| 0.5), &picture(|_, _| 0.25), 16);
        assert!((found - wanted).abs() < 1e-6, "{found} {wanted}");
    }

    #[test]
    fn ssim_is_one_for_equal_pictures_and_falls_with_noise() {
        let a = picture(|y, x| ((y * 3 + x) as f32 * 0.7).sin());
        let noisy = |s: f32| -> Vec<f32> {
            let wave = |i: usize| s * ((i * 7919 % 101) as f32 / 50.0 - 1.0);
            a.iter().enumerate().map(|(i, v)| v + wave(i)).collect()
        };
        assert!((ssim(&a, &a, 16) - 1.0).abs() < 1e-12);
        let scores: Vec<f64> = [0.05, 0.2, 0.5].map(|s| ssim(&noisy(s), &a, 16)).to_vec();
        assert!(
            scores.windows(2).all(|w| w[0] > w[1]) && scores[0] < 1.0,
            "{scores:?}"
        );
    }

    #[test]
    fn joined_sets_weigh_by_their_pictures() {
        let set = |psnr, pictures| Quality {
            psnr,
            ssim: 0.5,
            mse: 0.1,
            pictures,
        };
        let joined = set(10.0, 1).join(set(20.0, 3));
        assert_eq!((joined.psnr, joined.pictures), (17.5, 4));
    }
}
