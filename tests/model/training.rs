//! Training: what it learns, and that stopping and going on changes nothing.

use burn::tensor::Device;
use soda::data::{Dataset, Entry, PairSampler, Rgba, Sample, ViewPairs};
use soda::diffusion::Schedule;
use soda::model::ModelConfig;
use soda::train::{Phase, TrainConfig, TrainError, Trainer};
use soda::weights::{Precision, save_tensors};
use std::sync::Arc;

fn config() -> TrainConfig {
    TrainConfig {
        model: ModelConfig {
            views: 1,
            ..ModelConfig::preset("tiny").unwrap()
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

/// Discs of eight colours on a transparent ground.
fn discs() -> PairSampler {
    let picture = |i: usize| {
        let colour = [i & 1, i >> 1 & 1, i >> 2 & 1].map(|bit| 255 * bit as u8);
        let pixel = |k: usize| {
            let (y, x) = ((k / 16) as f32 - 7.5, (k % 16) as f32 - 7.5);
            let alpha = if x * x + y * y < 30.0 { 255 } else { 0 };
            [colour[0], colour[1], colour[2], alpha]
        };
        let rgba: Vec<u8> = (0..256).flat_map(pixel).collect();
        Rgba::from_rgba8(&rgba, 16, 16, 16).unwrap()
    };
    let sample = |i: usize| Sample {
        key: i.to_string(),
        pictures: vec![Entry {
            name: format!("{i}.png"),
            view: Some(0),
            picture: picture(i),
        }],
        class: None,
        meta: None,
    };
    let data = Dataset {
        size: 16,
        samples: (0..8).map(sample).collect(),
        views: vec!["disc".into()],
        skipped: Vec::new(),
    };
    PairSampler::new(Arc::new(data), ViewPairs::default(), 1).unwrap()
}

fn train(trainer: &mut Trainer, steps: usize) -> Vec<f32> {
    let data = discs();
    (0..steps)
        .map(|_| {
            let batch = data.batch(trainer.pictures() as u64, 8, 16).unwrap();
            trainer.step(&batch).unwrap().loss
        })
        .collect()
}

fn bytes(trainer: &Trainer) -> Vec<u8> {
    save_tensors(trainer.averaged(), Precision::F32).unwrap()
}

#[test]
fn the_loss_falls() {
    // With the schedule that has fewest noise levels at which there is nothing to learn.
    let config = TrainConfig {
        schedule: Schedule::InvertedCosine,
        ..config()
    };
    let mut trainer = Trainer::new(config, &Device::flex()).unwrap();
    let losses = train(&mut trainer, 300);
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&losses[..10]), mean(&losses[280..]));
    assert!(last < 0.5 * first, "{first} to {last}");
}

#[test]
fn a_resumed_run_equals_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let mut whole = Trainer::new(config(), &device).unwrap();
    train(&mut whole, 6);

    let mut first = Trainer::new(config(), &device).unwrap();
    train(&mut first, 3);
    let path = first.save_checkpoint(folder.path(), 0.5).unwrap();
    let (mut second, checkpoint) = Trainer::load_checkpoint(config(), &path, &device).unwrap();
    assert_eq!(
        (checkpoint.step, checkpoint.pictures, checkpoint.hours),
        (3, 24, 0.5)
    );
    train(&mut second, 3);
    assert!(bytes(&second) == bytes(&whole));
}

#[test]
fn a_seed_decides_everything() {
    let device = Device::flex();
    let run = |seed| {
        let mut trainer = Trainer::new(TrainConfig { seed, ..config() }, &device).unwrap();
        train(&mut trainer, 3);
        bytes(&trainer)
    };
    assert!(run(1) == run(1));
    assert!(run(1) != run(2));
}

#[test]
fn a_broken_batch_stops_training_and_leaves_the_networks_alone() {
    let mut trainer = Trainer::new(config(), &Device::flex()).unwrap();
    train(&mut trainer, 2);
    let before = bytes(&trainer);
    let mut batch = discs().batch(16, 8, 16).unwrap();
    batch.target[5] = f32::NAN;
    let error = trainer.step(&batch).unwrap_err();
    assert!(
        matches!(error, TrainError::NotFinite { step: 2, .. }),
        "{error}"
    );
    assert!(bytes(&trainer) == before);
}

#[test]
fn a_damaged_checkpoint_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let mut trainer = Trainer::new(config(), &device).unwrap();
    train(&mut trainer, 1);
    let path = trainer.save_checkpoint(folder.path(), 0.0).unwrap();
    let optimizer = path.join("optimizer.bpk");
    let whole = std::fs::read(&optimizer).unwrap();
    std::fs::write(&optimizer, &whole[..whole.len() / 2]).unwrap();
    let error = Trainer::load_checkpoint(config(), &path, &device)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("checkpoint-000000001"),
        "{error}"
    );
}
