//! The terms of the objective: what each is worth, whom its gradient reaches, and that batches in
//! parts and resumed runs come to the same.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::data::Batch;
use soda::diffusion::Adaptive;
use soda::model::{ModelConfig, PriorConfig};
use soda::train::{
    Closeness, Consistency, DsmGradient, LatentDenoising, Phase, StepReport, TrainConfig,
    TrainError, Trainer, Weighting,
};
use soda::weights::{Precision, save_tensors};

const BATCH: usize = 6;

fn plain() -> TrainConfig {
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
        learning_rate: 1e-3,
        warmup: 1,
        clip: 1e5,
        ..TrainConfig::default()
    }
}

/// Every term there is.
fn full() -> TrainConfig {
    TrainConfig {
        adaptive: Some(Adaptive::default()),
        weighting: Weighting::MinSnr { gamma: 5.0 },
        dsm: Some(LatentDenoising {
            gradient: DsmGradient::Flow,
            adaptive: Some(Adaptive::default()),
            ..LatentDenoising::default()
        }),
        consistency: Some(Consistency {
            mu: 0.2,
            closeness: Closeness::Vicreg,
        }),
        accumulate: 2,
        ..plain()
    }
}

fn batch(seed: u64) -> Batch {
    let unit = 3 * 16 * 16;
    let values = |seed: u64, count: usize| -> Vec<f32> {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let normal = StandardNormal.sample_iter(rng).take(count * unit);
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

/// Networks in which no layer stands at zero, as after some training.
fn begun(config: TrainConfig) -> Trainer {
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
    Trainer::resume(config, networks, &device).unwrap()
}

fn trained(config: TrainConfig, steps: u64) -> (Trainer, Vec<StepReport>) {
    let mut trainer = begun(config);
    let reports = (0..steps)
        .map(|step| trainer.step(&batch(step)).unwrap())
        .collect();
    (trainer, reports)
}

fn bytes(trainer: &Trainer) -> Vec<u8> {
    save_tensors(trainer.averaged(), Precision::F32).unwrap()
}

/// Every value of the encoder, in order.
fn encoder(trainer: &Trainer) -> Vec<f32> {
    let bytes = bytes(trainer);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut names = tensors.names();
    names.retain(|name| name.starts_with("encoder."));
    names.sort();
    let values = names.iter().flat_map(|name| {
        let data = tensors.tensor(name).unwrap().data().to_vec();
        data.chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect::<Vec<_>>()
    });
    values.collect()
}

fn off(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

#[test]
fn the_loss_is_the_weighted_sum_of_its_terms() {
    let config = full();
    let (dsm, consistency) = (config.dsm.unwrap().lambda, config.consistency.unwrap().mu);
    let (_, reports) = trained(config, 3);
    for report in reports {
        let sum = report.reconstruction.unwrap()
            + dsm as f32 * report.dsm.unwrap()
            + consistency as f32 * report.consistency.unwrap();
        assert!((report.loss - sum).abs() < 1e-5 * sum, "{report:?}");
        assert!(report.gradient > 0.0);
    }
    let (_, reports) = trained(plain(), 1);
    assert_eq!((reports[0].dsm, reports[0].consistency), (None, None));
    assert_eq!(Some(reports[0].loss), reports[0].reconstruction);
}

#[test]
fn a_batch_in_parts_teaches_what_the_whole_teaches() {
    // Cosine: VICReg's covariance is a property of the whole batch.
    let config = |accumulate| TrainConfig {
        accumulate,
        consistency: Some(Consistency::default()),
        ..full()
    };
    let (whole, first) = trained(config(1), 1);
    for parts in [2, 3, 4] {
        let (trainer, reports) = trained(config(parts), 1);
        let change = (reports[0].loss / first[0].loss - 1.0).abs();
        assert!(change < 1e-5, "{parts}: {change}");
        let change = (reports[0].gradient / first[0].gradient - 1.0).abs();
        assert!(change < 1e-4, "{parts}: {change}");
        // Adam's first step goes by signs of gradients, so that a few near 0 may turn.
        let (a, b) = (encoder(&trainer), encoder(&whole));
        let near = a.iter().zip(&b).filter(|(a, b)| (*a - *b).abs() < 1e-4);
        assert!(near.count() > a.len() * 99 / 100, "{parts}");
    }
}

#[test]
fn the_gradient_of_the_prior_reaches_the_encoder_only_where_it_flows() {
    let after = |gradient, lambda| {
        let dsm = LatentDenoising {
            gradient,
            lambda,
            ..LatentDenoising::default()
        };
        encoder(
            &trained(
                TrainConfig {
                    dsm: Some(dsm),
                    ..plain()
                },
                3,
            )
            .0,
        )
    };
    let without = after(DsmGradient::Stop, 0.0);
    assert!(off(&after(DsmGradient::Stop, 5.0), &without) < 1e-7);
    assert!(off(&after(DsmGradient::Flow, 5.0), &without) > 1e-4);
}

#[test]
fn a_run_with_every_term_resumes_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let (whole, _) = trained(full(), 6);
    let (first, _) = trained(full(), 3);
    let path = first.save_checkpoint(folder.path(), 0.0).unwrap();
    let (mut second, _) = Trainer::load_checkpoint(full(), &path, &device).unwrap();
    for step in 3..6 {
        second.step(&batch(step)).unwrap();
    }
    assert!(bytes(&second) == bytes(&whole));
    assert_eq!(second.adapted(), whole.adapted());
}

#[test]
fn schedules_follow_what_they_lead_to() {
    let (trainer, _) = trained(full(), 4);
    for schedule in [&trainer.adapted().pixels, &trainer.adapted().latents] {
        let seen = schedule.as_ref().unwrap().errors();
        assert!(seen.iter().flatten().count() > 3, "{seen:?}");
        assert!(seen.iter().flatten().all(|error| *error >= 0.0));
    }
}

#[test]
fn consistency_brings_views_together() {
    for closeness in [Closeness::Cosine, Closeness::Mse, Closeness::Vicreg] {
        let config = TrainConfig {
            consistency: Some(Consistency { mu: 1.0, closeness }),
            ..plain()
        };
        let mut trainer = begun(config);
        let distances: Vec<f32> = (0..40)
            .map(|_| trainer.step(&batch(1)).unwrap().consistency.unwrap())
            .collect();
        assert!(
            distances[39] < 0.9 * distances[0],
            "{closeness:?}: {distances:?}"
        );
    }
}

#[test]
fn the_prior_learns_beside_the_autoencoder() {
    let config = TrainConfig {
        dsm: Some(LatentDenoising {
            lambda: 1.0,
            ..LatentDenoising::default()
        }),
        ..plain()
    };
    let mut trainer = begun(config);
    let errors: Vec<f32> = (0..120)
        .map(|step| trainer.step(&batch(step % 4)).unwrap().dsm.unwrap())
        .collect();
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&errors[..10]), mean(&errors[100..]));
    assert!(last < 0.95 * first, "{first} to {last}");
}

#[test]
fn what_is_no_number_is_named() {
    let mut trainer = begun(full());
    let before = bytes(&trainer);
    let mut broken = batch(0);
    broken.target[5] = f32::NAN;
    let error = trainer.step(&broken).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("L_recon (NaN) is no number at step 0"),
        "{error}"
    );
    assert!(bytes(&trainer) == before);
    let wrong = TrainConfig {
        model: ModelConfig::preset("tiny").unwrap(),
        ..full()
    };
    let Err(TrainError::Setting { field, .. }) = Trainer::new(wrong, &Device::flex()).map(|_| ())
    else {
        panic!("a prior is missing");
    };
    assert_eq!(field, "dsm");
}
