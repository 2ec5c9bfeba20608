//! Fine-tuning as the page does it, natively.

use burn::tensor::{Device, Tensor};
use soda::Soda;
use soda::data::Rgba;
use soda::engine::DecodeOptions;
use soda::train::{FineTune, FineTuning, Taught, TrainError};
use std::path::Path;

fn tiny() -> Soda {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny");
    Soda::load(&dir, &Device::flex()).unwrap()
}

/// Stripes in two colours, of another width and direction each.
fn stripes(count: usize) -> Vec<Rgba> {
    let picture = |i: usize| {
        let rgba: Vec<u8> = (0..256)
            .flat_map(|at| {
                let along = if i.is_multiple_of(2) {
                    at % 16
                } else {
                    at / 16
                };
                match (along / (1 + i / 2)).is_multiple_of(2) {
                    true => [230, 20 * i as u8, 40, 255],
                    false => [10, 90, 255 - 20 * i as u8, 255],
                }
            })
            .collect();
        Rgba::from_rgba8(&rgba, 16, 16, 16).unwrap()
    };
    (0..count).map(picture).collect()
}

fn pixels(soda: &Soda, pictures: &[Rgba]) -> Tensor<4> {
    let background = soda.manifest.background;
    let pixels = pictures.iter().flat_map(|p| p.compose(background));
    soda.pictures(pixels.collect()).unwrap()
}

/// Mean squared error of what the latents alone paint, in one step without noise: in more the small
/// model paints grain.
fn error(soda: &Soda, pictures: &[Rgba]) -> f32 {
    let x = pixels(soda, pictures);
    let z = soda.encode(x.clone());
    let plainly = DecodeOptions {
        steps: Some(1),
        temperature: Some(0.0),
        ..DecodeOptions::default()
    };
    let painted = soda.decode(z, None, &plainly).unwrap().finish();
    (painted - x).square().mean().into_scalar::<f32>()
}

#[test]
fn what_is_learnt_is_painted_better_and_can_be_taken_back() {
    let mut soda = tiny();
    let pictures = stripes(6);
    let before = error(&soda, &pictures);
    let settings = FineTune {
        steps: 150,
        learning_rate: 3e-3,
        ..FineTune::default()
    };
    let mut tuning = FineTuning::new(&soda, pictures.clone(), settings).unwrap();
    while tuning.done() < tuning.steps() {
        tuning.step().unwrap();
    }
    let steps = soda.manifest.training.steps;
    tuning.give_to(&mut soda);
    let after = error(&soda, &pictures);
    assert!(after < 0.6 * before, "{before} to {after}");
    assert_eq!(soda.manifest.training.steps, steps + 150);
    tuning.take_back(&mut soda);
    assert_eq!(error(&soda, &pictures), before);
    assert_eq!(soda.manifest.training.steps, steps);
}

#[test]
fn what_does_not_learn_stays_to_the_last_bit() {
    let pictures = stripes(4);
    for taught in [Taught::Decoder, Taught::Encoder] {
        let mut soda = tiny();
        let x = pixels(&soda, &pictures);
        let z = soda.encode(x.clone());
        let look = |soda: &Soda| {
            let painted = soda.decode(z.clone(), None, &Default::default()).unwrap();
            [
                soda.encode(x.clone()).try_into_vec_as::<f32>().unwrap(),
                painted.finish().try_into_vec_as::<f32>().unwrap(),
            ]
        };
        let before = look(&soda);
        let settings = FineTune {
            steps: 5,
            taught,
            ..FineTune::default()
        };
        let mut tuning = FineTuning::new(&soda, pictures.clone(), settings).unwrap();
        for _ in 0..5 {
            tuning.step().unwrap();
        }
        tuning.give_to(&mut soda);
        let after = look(&soda);
        let changed = [before[0] != after[0], before[1] != after[1]];
        assert_eq!(
            changed,
            [taught == Taught::Encoder, taught == Taught::Decoder]
        );
    }
}

#[test]
fn a_batch_in_parts_comes_to_the_same() {
    let pictures = stripes(5);
    let loss = |parts| {
        let settings = FineTune {
            parts,
            ..FineTune::default()
        };
        let mut tuning = FineTuning::new(&tiny(), pictures.clone(), settings).unwrap();
        (0..3).map(|_| tuning.step().unwrap().loss).last().unwrap()
    };
    assert!((loss(1) - loss(4)).abs() < 1e-4);
}

#[test]
fn pictures_and_settings_out_of_range_are_named() {
    let soda = tiny();
    let refuse = |pictures, settings| match FineTuning::new(&soda, pictures, settings) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("taken"),
    };
    assert!(!refuse(Vec::new(), FineTune::default()).is_empty());
    assert!(refuse(vec![stripes(1).remove(0); 1001], FineTune::default()).contains("at most 1000"));
    let wild = FineTune {
        learning_rate: f64::NAN,
        ..FineTune::default()
    };
    assert!(refuse(stripes(1), wild).contains("learning_rate"));
    let error: Result<Taught, TrainError> = "prior".parse();
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("decoder or encoder")
    );
}
