//! The linear probe: how much of the classes a linear layer can read off a representation.

use super::accuracy::Accuracy;
use super::task::Task;
use crate::engine::RequestError;
use crate::recognition::StandardScaler;
use burn::module::{Initializer, Module};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, SgdConfig, momentum::MomentumConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// What trains a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOptimiser {
    /// Adam (Kingma and Ba 2015).
    Adam,
    /// Stochastic gradient descent with momentum 0.9.
    Sgd,
}

/// How a probe is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeSettings {
    /// The optimiser.
    pub optimiser: ProbeOptimiser,
    /// Times that every picture is seen.
    pub epochs: usize,
    /// Learning rate at the start; it falls to 0 along a cosine.
    pub learning_rate: f64,
    /// Pictures a step.
    pub batch: usize,
    /// Seed of the order.
    pub seed: u64,
}

/// Train a linear layer on standardised rows and judge it on the others.
///
/// Standardising by mean and variance of the training rows is what BatchNorm without affine
/// parameters comes to when it is done training (He et al., *Masked Autoencoders*, 2022, appendix
/// A.1, after Doersch et al. 2015); cross-entropy, no augmentation. The layer begins at zero: the
/// loss is convex, so a random start would only add noise.
///
/// # Errors
/// [`RequestError::Device`].
pub fn linear_probe(
    task: &Task,
    settings: &ProbeSettings,
    device: &Device,
    on_epoch: &mut dyn FnMut(usize),
) -> Result<Accuracy, RequestError> {
    let (width, classes) = (task.train.codes.width(), task.classes.len());
    let scaler = StandardScaler::fit(&task.train.codes);
    let train = scaler.transform_all(&task.train.codes);
    let device = device.clone().autodiff();
    let zeros = LinearConfig::new(width, classes).with_initializer(Initializer::Zeros);
    let mut layer: Linear = zeros.init(&device);
    let mut adam = AdamConfig::new().init();
    let mut sgd = SgdConfig::new()
        .with_momentum(Some(MomentumConfig {
            momentum: 0.9,
            dampening: 0.0,
            nesterov: false,
        }))
        .init();
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut order: Vec<usize> = (0..train.len()).collect();
    let batch = settings.batch.clamp(1, train.len());
    let steps = settings.epochs * train.len().div_ceil(batch);
    let mut step = 0;
    for epoch in 1..=settings.epochs {
        order.shuffle(&mut rng);
        for places in order.chunks(batch) {
            let x = Tensor::<2>::from_data(
                TensorData::new(
                    train.chosen(places).values().to_vec(),
                    [places.len(), width],
                ),
                &device,
            );
            let labels: Vec<i64> = places
                .iter()
                .map(|&i| task.train.labels[i] as i64)
                .collect();
            let labels =
                Tensor::<1, Int>::from_ints(labels.as_slice(), &device).unsqueeze_dim::<2>(1);
            let loss = log_softmax(layer.forward(x), 1)
                .gather(1, labels)
                .mean()
                .neg();
            let gradients = GradientsParams::from_grads(loss.backward(), &layer);
            let part = step as f64 / steps as f64;
            let rate = settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
            layer = match settings.optimiser {
                ProbeOptimiser::Adam => adam.step(rate, layer, gradients),
                ProbeOptimiser::Sgd => sgd.step(rate, layer, gradients),
            };
            step += 1;
        }
        on_epoch(epoch);
    }
    let layer = layer.valid();
    let device = layer.weight.device();
    let test = scaler.transform_all(&task.test.codes);
    let mut told = Vec::new();
    for values in test.values().chunks(1024 * width) {
        let x = TensorData::new(values.to_vec(), [values.len() / width, width]);
        let classes = layer.forward(Tensor::<2>::from_data(x, &device)).argmax(1);
        let classes = classes.try_into_vec_as::<i64>();
        let classes = classes.map_err(|error| RequestError::Device(error.to_string()))?;
        told.extend(classes.into_iter().map(|class| class as usize));
    }
    Ok(Accuracy::new(&task.test.labels, &told, classes))
}
