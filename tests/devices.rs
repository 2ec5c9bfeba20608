//! Several devices that share each batch: what they come to is what one comes to. The CPU is one
//! device, so these are replicas on it, each with networks and a thread of its own.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::data::Batch;
use soda::diffusion::Adaptive;
use soda::model::{ModelConfig, PriorConfig};
use soda::train::{
    Consistency, DsmGradient, LatentDenoising, Phase, StepReport, TrainConfig, TrainError, Trainer,
};
use soda::weights::{Objective, Precision, save_tensors};

const BATCH: usize = 6;

/// Every term there is. Views by cosine: VICReg's covariance is a property of the whole batch.
fn config(accumulate: usize) -> TrainConfig {
    TrainConfig {
        model: ModelConfig {
            views: 1,
            prior: Some(PriorConfig {
                widths: vec![32, 16],
                embedding: 16,
            }),
            ..ModelConfig::preset("tiny").unwrap()
        },
        phases: vec![Phase {
            size: 16,
            pictures: 6000,
            batch: BATCH,
        }],
        adaptive: Some(Adaptive::default()),
        dsm: Some(LatentDenoising {
            gradient: DsmGradient::Flow,
            adaptive: Some(Adaptive::default()),
            ..LatentDenoising::default()
        }),
        consistency: Some(Consistency::default()),
        learning_rate: 1e-3,
        warmup: 1,
        accumulate,
        ..TrainConfig::default()
    }
}

fn baseline(objective: Objective, accumulate: usize) -> TrainConfig {
    TrainConfig {
        objective,
        adaptive: None,
        dsm: None,
        consistency: None,
        ..config(accumulate)
    }
}

/// Pairs of which the second and the fifth have two sources.
fn batch(seed: u64) -> Batch {
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
fn begun(config: TrainConfig, devices: usize) -> Trainer {
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

fn trained(config: TrainConfig, devices: usize, steps: u64) -> (Trainer, Vec<StepReport>) {
    let mut trainer = begun(config, devices);
    let reports = (0..steps)
        .map(|step| trainer.step(&batch(step)).unwrap())
        .collect();
    (trainer, reports)
}

fn bytes(trainer: &Trainer) -> Vec<u8> {
    save_tensors(trainer.averaged(), Precision::F32).unwrap()
}

/// Every value of the networks, in the order of their names.
fn values(trainer: &Trainer) -> Vec<f32> {
    let bytes = bytes(trainer);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut names = tensors.names();
    names.sort();
    let values = names.iter().flat_map(|name| {
        let data = tensors.tensor(name).unwrap().data().to_vec();
        data.chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect::<Vec<_>>()
    });
    values.collect()
}

fn off(a: Option<f32>, b: Option<f32>) -> f32 {
    (a.unwrap() / b.unwrap() - 1.0).abs()
}

#[test]
fn several_devices_learn_what_one_learns() {
    let (one, alone) = trained(config(1), 1, 5);
    for (devices, accumulate) in [(2, 1), (3, 1), (2, 2), (4, 1)] {
        let (several, shared) = trained(config(accumulate), devices, 5);
        let (a, b) = (alone[0], shared[0]);
        for (a, b) in [
            (Some(a.loss), Some(b.loss)),
            (a.reconstruction, b.reconstruction),
            (a.dsm, b.dsm),
            (a.consistency, b.consistency),
        ] {
            assert!(off(a, b) < 1e-5, "{devices} × {accumulate}: {a:?}, {b:?}");
        }
        let change = off(Some(a.gradient), Some(b.gradient));
        assert!(change < 1e-5, "{devices} × {accumulate}: {change}");
        let change = off(Some(alone[4].loss), Some(shared[4].loss));
        assert!(change < 1e-3, "{devices} × {accumulate}: {change}");
        // Adam goes by signs of gradients at first, so that a few near 0 may turn.
        let (a, b) = (values(&several), values(&one));
        let near = a.iter().zip(&b).filter(|(a, b)| (*a - *b).abs() < 1e-4);
        let near = near.count() as f64 / a.len() as f64;
        assert!(near > 0.99, "{devices} × {accumulate}: {near}");
    }
}

#[test]
fn devices_come_to_what_parts_on_one_device_come_to() {
    // Eight devices have six pairs to share: two of them idle.
    for (devices, parts) in [(2, 2), (3, 3), (8, 6)] {
        let (several, shared) = trained(config(1), devices, 4);
        let (one, alone) = trained(config(parts), 1, 4);
        assert_eq!(shared, alone);
        assert_eq!(several.adapted(), one.adapted());
        assert!(bytes(&several) == bytes(&one), "{devices}");
    }
    for objective in [Objective::Byol, Objective::Vae, Objective::SimClr] {
        let (several, shared) = trained(baseline(objective, 1), 2, 3);
        let (one, alone) = trained(baseline(objective, 2), 1, 3);
        assert_eq!(shared, alone);
        assert!(bytes(&several) == bytes(&one), "{objective}");
    }
}

#[test]
fn a_run_on_two_devices_resumes_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let (whole, _) = trained(config(1), 2, 6);
    let (first, _) = trained(config(1), 2, 3);
    let path = first.save_checkpoint(folder.path(), 0.0).unwrap();
    let (second, _) = Trainer::load_checkpoint(config(1), &path, &device).unwrap();
    let mut second = second.with_replicas(&[device]);
    for step in 3..6 {
        second.step(&batch(step)).unwrap();
    }
    assert!(bytes(&second) == bytes(&whole));
    assert_eq!(second.adapted(), whole.adapted());
}

#[test]
fn what_is_no_number_on_another_device_stops_training() {
    let (mut trainer, _) = trained(config(1), 2, 2);
    let before = bytes(&trainer);
    let mut broken = batch(2);
    *broken.target.last_mut().unwrap() = f32::NAN;
    let error = trainer.step(&broken).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("L_recon (NaN) is no number at step 2"),
        "{error}"
    );
    assert!(bytes(&trainer) == before);
}

#[test]
fn a_share_with_nothing_to_compare_is_refused() {
    let mut trainer = begun(baseline(Objective::SimClr, 1), 4);
    let error = trainer.step(&batch(0)).unwrap_err();
    assert!(matches!(error, TrainError::Setting { .. }), "{error}");
}
