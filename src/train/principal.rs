//! The principal components that a fresh model begins with.

use crate::data::{Dataset, ViewPairs};
use crate::eval::Pca;
use crate::model::{ModelConfig, Principal, luma_and_chroma};
use burn::tensor::{Device, Tensor, TensorData};

/// Most pictures to measure on; more change the components little.
const MOST: usize = 20_000;

/// Principal components of up to 20,000 pictures of `data`, evenly spaced, and of their mirror images
/// where `pairs` mirrors; none if the model has none.
pub(super) fn principal(
    config: &ModelConfig,
    data: &Dataset,
    pairs: &ViewPairs,
    device: &Device,
) -> Option<Principal> {
    let chroma = config.principal?.chroma;
    let size = config.size;
    let every = data.len().div_ceil(MOST).max(1);
    let chosen: Vec<_> = data.pictures().step_by(every).collect();
    let mut rows = [Vec::new(), Vec::new()];
    for part in chosen.chunks(256) {
        let pixels: Vec<f32> = part
            .iter()
            .flat_map(|(_, entry)| entry.picture.compose(pairs.background))
            .collect();
        let shape = [part.len(), 3, size, size];
        let x = Tensor::<4>::from_data(TensorData::new(pixels, shape), device);
        let mirrored = (pairs.shared.flip > 0.0).then(|| x.clone().flip([3]));
        for x in [Some(x), mirrored].into_iter().flatten() {
            for (rows, part) in rows.iter_mut().zip(luma_and_chroma(x)) {
                rows.extend(part.try_into_vec_as::<f32>().expect("pictures are f32"));
            }
        }
    }
    let counts = [config.latent() - chroma, chroma];
    let widths = [size * size, size * size / 2];
    let [luma, chroma] = [0, 1].map(|i| {
        let pca = Pca::fit(&rows[i], widths[i], counts[i], device);
        let n = rows[i].len() / widths[i];
        let x = Tensor::<2>::from_data(
            TensorData::new(std::mem::take(&mut rows[i]), [n, widths[i]]),
            device,
        );
        let deviation: Tensor<1> = pca.codes(x).square().mean_dim(0).sqrt().flatten(0, 1);
        // Few or very simple pictures vary along fewer directions: the others hold nothing.
        let least = deviation.clone().max().mul_scalar(1e-4).add_scalar(1e-6);
        let empty = deviation.clone().lower(least);
        let basis = pca.basis().transpose();
        let nothing = empty.clone().unsqueeze_dim::<2>(1).expand(basis.shape());
        (
            pca.mean().flatten(0, 1),
            basis.mask_fill(nothing, 0.0),
            deviation.mask_fill(empty, 1.0),
        )
    });
    Some(Principal::new([luma, chroma], size))
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::data::{Entry, Rgba, Sample};

    /// Three patterns of squares of two by two, mixed in 27 ways.
    fn mixtures() -> Dataset {
        let picture = |weights: [usize; 3]| {
            let pixel = |k: usize| {
                let (y, x) = (k / 16 / 2, k % 16 / 2);
                let bits = [y & 1, x & 1, ((x + y) / 4) & 1];
                let light: usize = bits.iter().zip(weights).map(|(b, w)| 40 * b * w).sum();
                [light as u8, (20 * weights[0] + light / 4) as u8, 9, 255]
            };
            let rgba: Vec<u8> = (0..256).flat_map(pixel).collect();
            Rgba::from_rgba8(&rgba, 16, 16, 16).unwrap()
        };
        let sample = |i: usize| Sample {
            key: i.to_string(),
            pictures: vec![Entry {
                name: format!("{i}.png"),
                view: None,
                picture: picture([i % 3, i / 3 % 3, i / 9]),
            }],
            class: None,
            meta: None,
        };
        Dataset {
            size: 16,
            samples: (0..27).map(sample).collect(),
            views: Vec::new(),
            skipped: Vec::new(),
        }
    }

    #[test]
    fn what_varies_is_kept_and_its_codes_have_unit_variance() {
        let device = Device::flex();
        let config = ModelConfig::preset("tiny").unwrap();
        let data = mixtures();
        let principal = principal(&config, &data, &ViewPairs::default(), &device).unwrap();
        let pixels: Vec<f32> = data
            .pictures()
            .flat_map(|(_, entry)| entry.picture.compose([1.0; 3]))
            .collect();
        let x = Tensor::<4>::from_data(TensorData::new(pixels, [27, 3, 16, 16]), &device);
        let z = principal.encode(x.clone());
        let error = principal.decode(z.clone(), 16) - x;
        let error = error.abs().max().into_scalar::<f32>();
        assert!(error < 0.01, "{error}");
        let variances = z.square().mean_dim(0).try_into_vec_as::<f32>().unwrap();
        let alive = variances
            .iter()
            .filter(|&&v| (v - 1.0).abs() < 1e-3)
            .count();
        let empty = variances.iter().filter(|&&v| v == 0.0).count();
        // Three patterns cannot vary along more directions than there are, in luma and chroma.
        assert_eq!(alive + empty, 16, "{variances:?}");
        assert!((6..=7).contains(&alive), "{variances:?}");
    }
}
