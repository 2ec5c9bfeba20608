//! Small trainings with every term of the objective, for tests of what training comes to.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::data::Batch;
use soda::diffusion::Adaptive;
use soda::model::{ModelConfig, PriorConfig};
use soda::train::{
    Consistency, CriticConfig, DsmGradient, LatentDenoising, Phase, StepReport, TrainConfig,
    Trainer,
};
use soda::weights::{Precision, save_tensors};

/// Pairs of a batch.
pub const BATCH: usize = 6;

/// Tiny networks with a prior, and no term but `L_recon`.
pub fn plain() -> TrainConfig {
    TrainConfig {
        model: ModelConfig {
            views: 1,
            prior: Some(PriorConfig {
                widths: vec![32, 16],
                embedding: 16,
                ..PriorConfig::default()
            }),
            ..ModelConfig::preset("tiny").unwrap()
        },
        phases: vec![Phase {
            size: 16,
            pictures: 6000,
            batch: BATCH,
        }],
        learning_rate: 1e-3,
        warmup: 1,
        ..TrainConfig::default()
    }
}

/// Every term there is. Views by cosine: VICReg's covariance is a property of the whole batch.
pub fn full() -> TrainConfig {
    TrainConfig {
        adaptive: Some(Adaptive::default()),
        dsm: Some(LatentDenoising {
            gradient: DsmGradient::Flow,
            adaptive: Some(Adaptive::default()),
            ..LatentDenoising::default()
        }),
        consistency: Some(Consistency::default()),
        critic: Some(CriticConfig {
            from: 0.0,
            channels: [4, 8, 8],
            ..CriticConfig::default()
        }),
        ..plain()
    }
}

/// Pairs of which the second and the fifth have two sources.
pub fn batch(seed: u64) -> Batch {
    let values = |seed: u64, count: usize| -> Vec<f32> {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let normal = StandardNormal.sample_iter(rng).take(count * 3 * 16 * 16);
        normal.map(|v: f32| (0.5 * v).clamp(-1.0, 1.0)).collect()
    };
    Batch {
        count: BATCH,
        size: 16,
        source: values(3 * seed, BATCH),
        partners: values(3 * seed + 1, 2),
        mixed: vec![(1, 0.3), (4, 0.6)],
        target: values(3 * seed + 2, BATCH),
        labels: vec![0, 1, 0, 1, 0, 1],
        samples: (0..BATCH).collect(),
        next: BATCH as u64,
    }
}

/// Networks in which no layer stands at zero, as after some training, on `devices` replicas.
pub fn begun(config: TrainConfig, devices: usize) -> Trainer {
    /// Noise from the host: a device has one generator for the whole program, tests beside included.
    struct Shake(ChaCha8Rng);
    impl ModuleMapper for Shake {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|t| {
                let noise = StandardNormal.sample_iter(&mut self.0);
                let noise: Vec<f32> = noise.take(t.shape().num_elements()).collect();
                let noise = Tensor::from_data(TensorData::new(noise, t.shape()), &t.device());
                t + noise * 0.1
            })
        }
    }
    let device = Device::flex();
    let networks = config.model.init_seeded(1, &device).unwrap();
    let networks = networks.map(&mut Shake(ChaCha8Rng::seed_from_u64(2)));
    let trainer = Trainer::resume(config, networks, &device).unwrap();
    trainer.with_replicas(&vec![device; devices - 1])
}

/// A training after so many steps, and what each step did.
pub fn trained(config: TrainConfig, devices: usize, steps: u64) -> (Trainer, Vec<StepReport>) {
    let mut trainer = begun(config, devices);
    let reports = (0..steps)
        .map(|step| trainer.step(&batch(step)).unwrap())
        .collect();
    (trainer, reports)
}

/// The averaged networks, as a file.
pub fn bytes(trainer: &Trainer) -> Vec<u8> {
    save_tensors(trainer.averaged(), Precision::F32).unwrap()
}

/// Every value of the averaged networks whose name begins so, in the order of names.
pub fn values(trainer: &Trainer, prefix: &str) -> Vec<f32> {
    let bytes = bytes(trainer);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut names = tensors.names();
    names.retain(|name| name.starts_with(prefix));
    names.sort();
    let values = names.iter().flat_map(|name| {
        let data = tensors.tensor(name).unwrap().data().to_vec();
        data.chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect::<Vec<_>>()
    });
    values.collect()
}
