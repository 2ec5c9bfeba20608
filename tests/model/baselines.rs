//! Baselines: that they learn, go on where they stopped, and become models that can be used.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use soda::Soda;
use soda::data::Batch;
use soda::engine::{DecodeOptions, RequestError};
use soda::model::ModelConfig;
use soda::train::{
    BaselineConfig, ByolConfig, Phase, SimClrConfig, TrainConfig, TrainError, Trainer, VicRegConfig,
};
use soda::weights::{Manifest, Objective, Precision, Sampled, save_tensors};

const BASELINES: [Objective; 5] = [
    Objective::SimClr,
    Objective::Byol,
    Objective::VicReg,
    Objective::Autoencoder,
    Objective::Vae,
];

fn config(objective: Objective) -> TrainConfig {
    TrainConfig {
        model: ModelConfig::preset("tiny").unwrap(),
        objective,
        baseline: BaselineConfig {
            simclr: SimClrConfig {
                projector: vec![32, 16],
                ..SimClrConfig::default()
            },
            byol: ByolConfig {
                projector: vec![32, 16],
                predictor: vec![32],
                ..ByolConfig::default()
            },
            vicreg: VicRegConfig {
                projector: vec![32, 32],
                ..VicRegConfig::default()
            },
            ..BaselineConfig::default()
        },
        phases: vec![Phase {
            size: 16,
            pictures: 4000,
            batch: 8,
        }],
        warmup: 5,
        learning_rate: 3e-3,
        ..TrainConfig::default()
    }
}

/// Two noisy views each of eight smooth pictures; the noise depends on `step`.
fn batch(step: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
    let mut view = || -> Vec<f32> {
        let pixel = |k: usize| {
            let (picture, channel, y, x) = (k / 768, k / 256 % 3, k / 16 % 16, k % 16);
            let bit = |i: usize| (picture >> i & 1) as f32;
            let wave = (x as f32 * bit(0) + y as f32 * bit(1)) * 0.6 + channel as f32 * bit(2);
            0.7 * wave.cos()
        };
        let noise = StandardNormal.sample_iter(&mut rng);
        let values = (0..8 * 768).map(pixel).zip(noise);
        values
            .map(|(v, e): (f32, f32)| (v + 0.1 * e).clamp(-1.0, 1.0))
            .collect()
    };
    Batch {
        count: 8,
        size: 16,
        source: view(),
        partners: Vec::new(),
        mixed: Vec::new(),
        target: view(),
        labels: vec![0; 8],
        samples: (0..8).collect(),
        next: 0,
    }
}

fn train(trainer: &mut Trainer, steps: usize) -> Vec<f32> {
    (0..steps)
        .map(|_| trainer.step(&batch(trainer.steps())).unwrap().loss)
        .collect()
}

fn bytes(trainer: &Trainer) -> Vec<u8> {
    save_tensors(trainer.averaged(), Precision::F32).unwrap()
}

fn soda(trainer: &Trainer) -> Soda {
    let config = trainer.config();
    let mut manifest = Manifest::new("test", config.model.clone(), Vec::new());
    manifest.training.objective = config.objective;
    manifest.sampled = Sampled::of(config.objective);
    Soda::new(manifest, trainer.averaged().clone(), &Device::flex())
}

fn picture_tensor(values: &[f32]) -> Tensor<4> {
    let data = TensorData::new(values.to_vec(), [8, 3, 16, 16]);
    Tensor::from_data(data, &Device::flex())
}

#[test]
fn every_loss_falls() {
    for objective in BASELINES {
        let mut trainer = Trainer::new(config(objective), &Device::flex()).unwrap();
        let losses = train(&mut trainer, 120);
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        let (first, last) = (mean(&losses[..5]), mean(&losses[110..]));
        println!("{objective}: {first} to {last}");
        assert!(last < 0.8 * first, "{objective}: {first} to {last}");
    }
}

/// How far the latents of a picture's two views are apart, as a share of how far those of different
/// pictures are: 1 if they say nothing of the picture. The pictures are not those trained on last.
fn confusion(trainer: &Trainer) -> f32 {
    let views = batch(9_999);
    let [a, b] =
        [&views.source, &views.target].map(|x| trainer.averaged().encode(picture_tensor(x)));
    let distance = |a: Tensor<2>, b: Tensor<2>| (a - b).square().mean().into_scalar::<f32>();
    let others = (1..8).map(|k| distance(a.clone(), b.clone().roll_dim(k, 0)));
    distance(a.clone(), b.clone()) / (others.sum::<f32>() / 7.0)
}

#[test]
fn contrastive_latents_come_to_tell_pictures_apart() {
    for objective in &BASELINES[..3] {
        let mut trainer = Trainer::new(config(*objective), &Device::flex()).unwrap();
        let before = confusion(&trainer);
        train(&mut trainer, 120);
        let after = confusion(&trainer);
        println!("{objective}: {before} to {after}");
        assert!(after < 0.5 * before, "{objective}: {before} to {after}");
    }
}

#[test]
fn a_resumed_run_equals_one_that_never_stopped() {
    let device = Device::flex();
    for objective in BASELINES {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = Trainer::new(config(objective), &device).unwrap();
        let losses = train(&mut whole, 6);
        let mut first = Trainer::new(config(objective), &device).unwrap();
        train(&mut first, 3);
        let path = first.save_checkpoint(folder.path(), 0.0).unwrap();
        let (mut second, _) = Trainer::load_checkpoint(config(objective), &path, &device).unwrap();
        assert_eq!(train(&mut second, 3), losses[3..], "{objective}");
        assert!(bytes(&second) == bytes(&whole), "{objective}");
    }
}

#[test]
fn a_seed_decides_everything() {
    let device = Device::flex();
    for objective in BASELINES {
        let run = |seed| {
            let config = TrainConfig {
                seed,
                ..config(objective)
            };
            let mut trainer = Trainer::new(config, &device).unwrap();
            (train(&mut trainer, 3), bytes(&trainer))
        };
        assert!(run(1) == run(1), "{objective}");
        assert!(run(1) != run(2), "{objective}");
    }
}

#[test]
fn a_checkpoint_of_another_objective_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let mut trainer = Trainer::new(config(Objective::Vae), &device).unwrap();
    train(&mut trainer, 1);
    let path = trainer.save_checkpoint(folder.path(), 0.0).unwrap();
    let error = Trainer::load_checkpoint(config(Objective::Soda), &path, &device)
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("is soda, and") && error.contains("trained by vae"),
        "{error}"
    );
}

#[test]
fn a_batch_of_one_is_refused_where_views_are_compared() {
    let mut trainer = Trainer::new(config(Objective::SimClr), &Device::flex()).unwrap();
    let mut one = batch(0);
    one.count = 1;
    let error = trainer.step(&one).unwrap_err();
    assert!(
        matches!(error, TrainError::Setting { field: "batch", .. }),
        "{error}"
    );
}

/// What the decoder was taught is what the engine paints: the loss that training reports is the
/// error of a reconstruction.
#[test]
fn the_engine_paints_what_an_autoencoder_was_taught() {
    let mut trainer = Trainer::new(
        TrainConfig {
            // The average is then the weights themselves.
            ema: 0.0,
            ..config(Objective::Autoencoder)
        },
        &Device::flex(),
    )
    .unwrap();
    train(&mut trainer, 60);
    let soda = soda(&trainer);
    let next = batch(trainer.steps());
    let z = soda.encode(picture_tensor(&next.target));
    let painting = soda.decode(z, None, &DecodeOptions::default()).unwrap();
    assert_eq!(painting.steps(), 1);
    let error = (painting.finish() - picture_tensor(&next.target))
        .square()
        .mean();
    let error = error.into_scalar::<f32>();
    let loss = trainer.step(&next).unwrap().loss;
    assert!((error - loss).abs() < 1e-3 * loss, "{error} and {loss}");
}

#[test]
fn models_do_what_their_objective_taught_and_refuse_the_rest() {
    for objective in BASELINES {
        let mut trainer = Trainer::new(config(objective), &Device::flex()).unwrap();
        train(&mut trainer, 2);
        let folder = tempfile::tempdir().unwrap();
        soda(&trainer).save(folder.path(), Precision::F32).unwrap();
        let soda = Soda::load(folder.path(), &Device::flex()).unwrap();
        let x = picture_tensor(&batch(0).target);
        let z = soda.encode(x.clone());
        let decode = |steps| {
            let options = DecodeOptions {
                steps,
                ..DecodeOptions::default()
            };
            soda.decode(z.clone(), None, &options).err()
        };
        let invert = soda
            .invert(x, z.clone(), &soda::engine::InvertOptions::default())
            .err();
        let one_step = Some(RequestError::OneStep(objective));
        let no_decoder = Some(RequestError::NoDecoder(objective));
        match objective {
            Objective::Autoencoder | Objective::Vae => {
                assert_eq!((decode(None), decode(Some(1))), (None, None));
                assert_eq!((decode(Some(4)), invert), (one_step.clone(), one_step));
            }
            _ => assert_eq!((decode(None), invert), (no_decoder.clone(), no_decoder)),
        }
    }
}

/// With the weight of its KL divergence at 0, a VAE still adds noise to what it encodes, and learns
/// to add little; with much weight its latents carry nothing.
#[test]
fn beta_decides_what_a_vae_keeps() {
    let spread = |beta: f64| {
        let mut config = config(Objective::Vae);
        config.baseline.vae.beta = beta;
        let mut trainer = Trainer::new(config, &Device::flex()).unwrap();
        train(&mut trainer, 150);
        let z = trainer.averaged().encode(picture_tensor(&batch(0).target));
        let z = z.clone() - z.mean_dim(0);
        z.square().mean().into_scalar::<f32>()
    };
    let (much, little) = (spread(100.0), spread(1e-3));
    assert!(much < 0.1 * little, "{much} and {little}");
}
