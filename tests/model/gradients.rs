//! The gradient of the whole loss, through encoder, bottleneck and U-Net, against finite
//! differences.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::Soda;
use soda::data::Batch;
use soda::model::Autoencoder;
use soda::train::{Adapted, Draws, TrainConfig, loss};
use std::path::Path;

/// A fixed random direction in parameter space, of one part of the model.
struct Direction {
    part: &'static str,
    path: Vec<String>,
    rng: ChaCha8Rng,
}

impl Direction {
    fn new(part: &'static str) -> Self {
        Self {
            part,
            path: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(3),
        }
    }

    /// The direction's share in this parameter; zero outside the part.
    fn of<const D: usize>(&mut self, tensor: &Tensor<D>) -> Tensor<D> {
        let shape = tensor.dims();
        let values: Vec<f32> = StandardNormal
            .sample_iter(&mut self.rng)
            .take(shape.iter().product())
            .collect();
        let inside = self.path.join(".").starts_with(self.part);
        let data = TensorData::new(values, shape);
        Tensor::from_data(data, &tensor.device().inner()) * if inside { 1.0 } else { 0.0 }
    }
}

struct Move {
    direction: Direction,
    by: f64,
}

impl ModuleMapper for Move {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.direction.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.direction.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let step = self.direction.of(&param.val()) * self.by;
        param.map(|t| t + step)
    }
}

struct Slope<'a> {
    direction: Direction,
    grads: &'a GradientsParams,
    sum: f64,
}

impl ModuleVisitor for Slope<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.direction.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.direction.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let direction = self.direction.of(&param.val().inner());
        if let Some(grad) = self.grads.get::<D>(param.id) {
            self.sum += (grad * direction).sum().into_scalar::<f32>() as f64;
        }
    }
}

fn batch() -> Batch {
    let values = |seed| -> Vec<f32> {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let normal = StandardNormal.sample_iter(rng).take(2 * 3 * 16 * 16);
        normal.map(|v: f32| (0.5 * v).clamp(-1.0, 1.0)).collect()
    };
    Batch {
        count: 2,
        size: 16,
        partners: values(3)[..3 * 16 * 16].to_vec(),
        mixed: vec![(1, 0.3)],
        source: values(1),
        target: values(2),
        labels: vec![0, 8],
        samples: vec![0, 1],
        next: 2,
    }
}

#[test]
fn the_gradient_of_the_loss_agrees_with_finite_differences() {
    let device = Device::flex();
    let soda = Soda::load(Path::new("tests/fixtures/tiny"), &device).unwrap();
    let config = TrainConfig {
        model: soda.manifest.model.clone(),
        ..TrainConfig::default()
    };
    let batch = batch();
    let draws = Draws::new(&config, &Adapted::default(), 2, 16, 0);
    let value = |networks: &Autoencoder| {
        loss(networks, &config, &batch, &draws, &device)
            .total
            .into_scalar::<f32>() as f64
    };

    let tracked = soda.networks.clone().train();
    let autodiff = device.clone().autodiff();
    let loss = loss(&tracked, &config, &batch, &draws, &autodiff);
    let grads = GradientsParams::from_grads(loss.total.backward(), &tracked);
    for part in [
        "encoder",
        "unet.levels",
        "unet.middle",
        "unet.time",
        "unet.output",
        "",
    ] {
        let moved = |by| {
            let direction = Direction::new(part);
            value(&soda.networks.clone().map(&mut Move { direction, by }))
        };
        let mut slope = Slope {
            direction: Direction::new(part),
            grads: &grads,
            sum: 0.0,
        };
        tracked.visit(&mut slope);
        // Steps small enough for the curvature and large enough for single precision.
        let h = 4e-4;
        let difference = (moved(h) - moved(-h)) / (2.0 * h);
        let scale = slope.sum.abs().max(0.05);
        assert!(
            (difference - slope.sum).abs() < 0.03 * scale,
            "{part:?}: gradient {}, finite difference {difference}",
            slope.sum
        );
        assert!(slope.sum != 0.0, "{part:?} must have a gradient");
    }
}
