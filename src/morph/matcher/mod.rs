//! What the parts of a picture are: feature maps of EfficientNet-Lite0 up to its eleventh block.
//!
//! The network is Tan and Le's, *EfficientNet* (arXiv 1905.11946), in the Lite variant (ReLU6, no
//! squeeze-and-excitation), trained on ImageNet. Only its first eleven blocks are here, 0.70
//! million weights: deeper maps know what is in a picture, but not where.

mod kernels;
mod weights;

use super::MorphError;
use super::descriptors::Descriptors;
use super::planes::Planes;
use kernels::{Maps, depthwise, pointwise, stem};
pub use kernels::{Products, Weights};

/// Kernel, stride, how far channels are expanded, channels out and number of blocks of each stage.
const STAGES: [(usize, usize, usize, usize, usize); 5] = [
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
];
/// Channels of the first layer.
const STEM: usize = 32;
/// Blocks whose maps are matched, and the weight of each.
const MATCHED: [(usize, f32); 3] = [(4, 0.7), (7, 1.0), (10, 1.0)];
/// Numbers of a place that is matched: the channels of those blocks.
pub const MATCHED_LENGTH: usize = 40 + 80 + 112;
/// Principal components of the first of them, which the refinement follows.
pub const REFINED_LENGTH: usize = 8;
/// Weight of the refined features.
const REFINED_WEIGHT: f32 = 1.5;
/// Blocks whose depthwise maps describe a whole picture by their means. These are six times as wide
/// as what the blocks give, and tell more kinds of things apart.
const POOLED: [usize; 2] = [9, 10];
/// Numbers that describe a whole picture.
pub const POOLED_LENGTH: usize = 2 * 6 * 112;
/// Pixels of the input to a cell of the finest map.
pub const STRIDE: usize = 8;

struct Block {
    kernel: usize,
    stride: usize,
    expand: Option<Weights>,
    depthwise: Weights,
    project: Weights,
}

/// The network.
pub struct Matcher {
    stem: Weights,
    blocks: Vec<Block>,
    /// `[40, 8]`: the principal components of the maps of block 4.
    basis: Vec<f32>,
}

/// What the network sees in a picture.
pub struct Features {
    /// For matching: unit vectors.
    pub matched: Descriptors,
    /// For refinement.
    pub refined: Descriptors,
}

impl Matcher {
    /// From the bytes of `models/matcher/model.safetensors`.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, MorphError> {
        weights::read(bytes)
    }

    /// Features of a picture `[3, height, width]` in 0 to 1 whose sides are multiples of 16; one
    /// cell for each 8 × 8 pixels.
    pub fn features(&self, picture: &Planes) -> Features {
        assert!(
            picture.channels == 3
                && picture.width.is_multiple_of(16)
                && picture.height.is_multiple_of(16)
        );
        let (width, height) = (picture.width / STRIDE, picture.height / STRIDE);
        let mut matched = Descriptors::zeros(MATCHED_LENGTH, width, height);
        let mut refined = None;
        let total: f32 = MATCHED.iter().map(|(_, weight)| weight * weight).sum();
        let mut offset = 0;
        self.each_block(picture, |number, _, maps| {
            let Some(&(_, weight)) = MATCHED.iter().find(|(block, _)| *block == number) else {
                return;
            };
            let mut unit = Descriptors::zeros(maps.channels, maps.width, maps.height);
            let length = maps.width * maps.channels;
            for (y, row) in unit.values.chunks_exact_mut(length).enumerate() {
                row.copy_from_slice(maps.row(y));
            }
            let unit = unit.centred(1.0);
            if refined.is_none() {
                refined = Some(self.refined(&unit));
            }
            let resized = unit.resized(width, height);
            let scale = weight / total.sqrt();
            for (cell, values) in matched
                .values
                .chunks_exact_mut(MATCHED_LENGTH)
                .zip(resized.values.chunks_exact(maps.channels))
            {
                for (target, value) in cell[offset..].iter_mut().zip(values) {
                    *target = value * scale;
                }
            }
            offset += maps.channels;
        });
        Features {
            matched,
            refined: refined.expect("block 4 is among the blocks"),
        }
    }

    /// What is in a picture `[3, height, width]` in 0 to 1, whose sides are multiples of 16: the
    /// means of the maps of the depthwise convolutions of blocks 9 and 10, 0 to 6.
    pub fn pooled(&self, picture: &Planes) -> Vec<f32> {
        assert!(
            picture.channels == 3
                && picture.width.is_multiple_of(16)
                && picture.height.is_multiple_of(16)
        );
        let mut output = Vec::with_capacity(POOLED_LENGTH);
        self.each_block(picture, |number, depthwise, _| {
            if POOLED.contains(&number) {
                output.extend(mean(depthwise));
            }
        });
        output
    }

    fn refined(&self, unit: &Descriptors) -> Descriptors {
        let basis = Weights {
            values: self
                .basis
                .iter()
                .map(|value| value * REFINED_WEIGHT)
                .collect(),
            bias: vec![0.0; REFINED_LENGTH],
        };
        let mut output = Descriptors::zeros(REFINED_LENGTH, unit.width, unit.height);
        let products = Products {
            x: &unit.values,
            inputs: unit.length,
            weights: &basis,
            rows: unit.width,
        };
        products.write(&mut output.values);
        output
    }

    /// Calls `visit` with the number of each block, what its depthwise convolution gives, and what
    /// comes out of it.
    fn each_block(&self, picture: &Planes, mut visit: impl FnMut(usize, &Maps, &Maps)) {
        let area = picture.area();
        let mut x = Maps::zeros(3, picture.width, picture.height, (0, 1));
        let stride = x.stride();
        for i in 0..area {
            let at = (i / picture.width) * stride + 3 * (i % picture.width);
            for c in 0..3 {
                x.values[at + c] = (255.0 * picture.values[c * area + i] - 127.0) / 128.0;
            }
        }
        let mut x = stem(&x, &self.stem, self.blocks[0].border());
        for (number, block) in self.blocks.iter().enumerate() {
            let y = match &block.expand {
                Some(expand) => depthwise(
                    &pointwise(&x, expand, block.border(), true, None),
                    &block.depthwise,
                    block.kernel,
                    block.stride,
                ),
                None => depthwise(&x, &block.depthwise, block.kernel, block.stride),
            };
            let same = block.stride == 1 && x.channels == block.project.bias.len();
            x = pointwise(&y, &block.project, (0, 0), false, same.then_some(&x));
            visit(number, &y, &x);
        }
    }
}

/// The mean of each channel.
fn mean(maps: &Maps) -> Vec<f32> {
    let mut mean = vec![0.0; maps.channels];
    for cell in (0..maps.height).flat_map(|y| maps.row(y).chunks_exact(maps.channels)) {
        mean.iter_mut()
            .zip(cell)
            .for_each(|(sum, value)| *sum += value);
    }
    let area = (maps.width * maps.height) as f32;
    mean.iter_mut().for_each(|sum| *sum /= area);
    mean
}

impl Block {
    /// The zeros around its input, as TensorFlow pads: the last side gets the odd one.
    fn border(&self) -> (usize, usize) {
        let total = self.kernel - self.stride;
        (total / 2, total - total / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::SafeTensors;

    const MODEL: &[u8] = include_bytes!("../../../models/matcher/model.safetensors");
    /// A picture and the maps that onnxruntime computes from the package's own f32 weights, written
    /// by `tools/matcher/convert.py --check www/public/gallery/automobile.png`.
    const REFERENCE: &[u8] = include_bytes!("../../../tests/fixtures/matcher.safetensors");

    fn reference_picture(file: &SafeTensors) -> Planes {
        let bytes = file.tensor("picture").unwrap();
        let mut picture = Planes::zeros(3, 64, 64);
        for (i, pixel) in bytes.data().chunks_exact(3).enumerate() {
            for c in 0..3 {
                picture.values[c * 4096 + i] = f32::from(pixel[c]) / 255.0;
            }
        }
        picture
    }

    fn reference_maps(file: &SafeTensors, block: usize) -> Planes {
        let view = file.tensor(&format!("block{block}")).unwrap();
        let &[channels, height, width] = view.shape() else {
            panic!("maps have three dimensions")
        };
        let values = view.data().as_chunks::<4>().0;
        let values = values.iter().map(|&bytes| f32::from_le_bytes(bytes));
        Planes {
            channels,
            width,
            height,
            values: values.collect(),
        }
    }

    #[test]
    fn pooled_features_agree_with_onnxruntime() {
        let file = SafeTensors::deserialize(REFERENCE).unwrap();
        let matcher = Matcher::from_safetensors(MODEL).unwrap();
        let pooled = matcher.pooled(&reference_picture(&file));
        let bytes = file.tensor("described").unwrap();
        let values = bytes.data().as_chunks::<4>().0;
        let wanted: Vec<f32> = values.iter().map(|&v| f32::from_le_bytes(v)).collect();
        assert_eq!((pooled.len(), wanted.len()), (POOLED_LENGTH, POOLED_LENGTH));
        let length = |values: &[f32]| values.iter().map(|v| v * v).sum::<f32>().sqrt();
        let apart: Vec<f32> = pooled.iter().zip(&wanted).map(|(a, b)| a - b).collect();
        // Weights are in half precision here.
        assert!(length(&apart) < 0.01 * length(&wanted));
    }

    #[test]
    fn features_agree_with_onnxruntime() {
        let file = SafeTensors::deserialize(REFERENCE).unwrap();
        let picture = reference_picture(&file);
        let matcher = Matcher::from_safetensors(MODEL).unwrap();
        let matched = matcher.features(&picture).matched;
        let mut offset = 0;
        for (block, weight) in MATCHED {
            let maps = reference_maps(&file, block);
            let channels = maps.channels;
            let unit = Descriptors::interleaved(&[&maps])
                .centred(1.0)
                .resized(8, 8);
            for (cell, wanted) in matched
                .values
                .chunks_exact(MATCHED_LENGTH)
                .zip(unit.values.chunks_exact(channels))
            {
                for (value, wanted) in cell[offset..].iter().zip(wanted) {
                    // Weights are in half precision here.
                    assert!((value * 2.49f32.sqrt() - weight * wanted).abs() < 0.02);
                }
            }
            offset += channels;
        }
    }

    #[test]
    fn a_wrong_file_is_refused_by_name() {
        let error = |bytes: &[u8]| match Matcher::from_safetensors(bytes) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("this is no matcher"),
        };
        assert!(error(b"nonsense").contains("cannot be read"));
        assert!(error(REFERENCE).contains("blocks.0.depthwise.weight is missing"));
    }
}
