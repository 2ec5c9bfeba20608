//! A loaded model: what encoding, painting and inversion promise.

use burn::tensor::{Device, Tensor};
use soda::Soda;
use soda::engine::{DecodeOptions, InvertOptions, RequestError, SampleOptions};
use soda::eval::psnr;
use soda::model::{ModelConfig, PRESETS, Prior, PriorConfig};
use soda::weights::{Manifest, Precision};
use std::path::Path;

fn tiny() -> Soda {
    Soda::load(Path::new("tests/fixtures/tiny"), &Device::flex()).unwrap()
}

/// Two pictures: a disc and a gradient.
fn pictures(soda: &Soda) -> Tensor<4> {
    let disc = |i: usize| {
        let (y, x) = ((i / 16 % 16) as f32 - 7.5, (i % 16) as f32 - 7.5);
        if x * x + y * y < 30.0 {
            [0.9, -0.2, -0.9][i / 256]
        } else {
            1.0
        }
    };
    let gradient = |i: usize| (i % 16) as f32 / 8.0 - 1.0;
    let pixels = (0..768).map(disc).chain((0..768).map(gradient)).collect();
    soda.pictures(pixels).unwrap()
}

fn paint(soda: &Soda, z: Tensor<2>, options: &DecodeOptions) -> Vec<f32> {
    let painting = soda.decode(z, None, options).unwrap();
    painting.finish().try_into_vec_as::<f32>().unwrap()
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn four_steps() -> DecodeOptions {
    DecodeOptions {
        steps: Some(4),
        ..DecodeOptions::default()
    }
}

fn inverting(steps: usize) -> InvertOptions {
    InvertOptions {
        steps: Some(steps),
        ..InvertOptions::default()
    }
}

#[test]
fn a_batch_paints_what_single_pictures_paint() {
    let soda = tiny();
    let z = soda.encode(pictures(&soda));
    let both = paint(&soda, z.clone(), &four_steps());
    let singles: Vec<f32> = (0..2)
        .flat_map(|i| paint(&soda, z.clone().narrow(0, i, 1), &four_steps()))
        .collect();
    assert!(apart(&both, &singles) < 1e-4);
    assert!(
        apart(&both[..768], &both[768..]) > 0.1,
        "different latents, different pictures"
    );
}

#[test]
fn a_corrected_latent_asks_for_what_its_painting_lacks() {
    let mut soda = tiny();
    let x = pictures(&soda);
    let flat = |z: Tensor<2>| z.try_into_vec_as::<f32>().unwrap();
    let z = soda.encode(x.clone());
    let plain = soda.encode_corrected(x.clone()).unwrap();
    assert_eq!(flat(plain), flat(z.clone()), "no correction, no change");
    let options = DecodeOptions {
        steps: Some(1),
        ..DecodeOptions::default()
    };
    let painted = soda.decode(z.clone(), None, &options).unwrap().finish();
    let seen = soda.encode(painted.clamp(-1.0, 1.0));
    for correction in [0.5, 1.0] {
        soda.manifest.sampled.correction = correction;
        let found = soda.encode_corrected(x.clone()).unwrap();
        let wanted = z.clone() + (z.clone() - seen.clone()) * correction;
        assert!(apart(&flat(found.clone()), &flat(wanted)) < 1e-5);
        assert!(apart(&flat(found), &flat(z.clone())) > 1e-3);
    }
}

#[test]
fn a_seed_decides_the_noise_and_zero_temperature_ignores_it() {
    let soda = tiny();
    let z = soda.encode(pictures(&soda));
    let with = |seed, temperature| {
        let options = DecodeOptions {
            seed,
            temperature: Some(temperature),
            ..four_steps()
        };
        paint(&soda, z.clone(), &options)
    };
    assert_eq!(with(1, 1.0), with(1, 1.0));
    assert!(apart(&with(1, 1.0), &with(2, 1.0)) > 0.01);
    assert_eq!(with(1, 0.0), with(2, 0.0));
}

#[test]
fn guidance_of_minus_one_paints_without_the_latent() {
    let soda = tiny();
    let z = soda.encode(pictures(&soda));
    let free = DecodeOptions {
        guidance: -1.0,
        ..four_steps()
    };
    let pictures = paint(&soda, z.clone(), &free);
    assert!(apart(&pictures[..768], &pictures[768..]) < 1e-4);
    let guided = DecodeOptions {
        guidance: 1.0,
        ..four_steps()
    };
    assert!(
        apart(
            &paint(&soda, z.clone(), &guided),
            &paint(&soda, z, &four_steps())
        ) > 0.01
    );
}

#[test]
fn dropping_every_group_is_painting_without_the_latent() {
    let soda = tiny();
    let z = soda.encode(pictures(&soda));
    let groups = soda.manifest.model.groups.len();
    let without = |dropped: Vec<usize>| {
        let options = DecodeOptions {
            dropped,
            ..four_steps()
        };
        paint(&soda, z.clone(), &options)
    };
    let free = DecodeOptions {
        guidance: -1.0,
        ..four_steps()
    };
    let nothing = without((0..groups).collect());
    assert!(apart(&nothing, &paint(&soda, z.clone(), &free)) < 1e-4);
    let (all, some) = (without(Vec::new()), without(vec![0]));
    assert!(apart(&all, &some) > 0.01 && apart(&nothing, &some) > 0.01);
}

/// `v + Σ_l w_l·(v_z − v_{z without l})`, one step, against paintings with each group left out: in one step
/// of DDIM a picture is linear in `v`.
#[test]
fn guidance_by_level_leads_away_from_each_group_left_out() {
    let soda = tiny();
    let z = soda.encode(pictures(&soda));
    let one = |level_guidance: Vec<f64>, dropped: Vec<usize>| {
        let options = DecodeOptions {
            steps: Some(1),
            temperature: Some(1.0),
            level_guidance,
            dropped,
            ..DecodeOptions::default()
        };
        paint(&soda, z.clone(), &options)
    };
    let groups = soda.manifest.model.groups.len();
    let weights: Vec<f64> = (0..groups).map(|level| 0.5 * level as f64 - 0.5).collect();
    let plain = one(Vec::new(), Vec::new());
    let mut wanted = plain.clone();
    for (level, &weight) in weights.iter().enumerate() {
        for ((w, p), l) in wanted
            .iter_mut()
            .zip(&plain)
            .zip(one(Vec::new(), vec![level]))
        {
            *w += weight as f32 * (p - l);
        }
    }
    let found = one(weights, Vec::new());
    assert!(apart(&found, &plain) > 0.01);
    assert!(apart(&found, &wanted) < 1e-4, "{}", apart(&found, &wanted));
    // A group that is left out has nothing to lead away from.
    let last = groups - 1;
    let mut only = vec![0.0; groups];
    only[last] = 3.0;
    assert_eq!(one(only, vec![last]), one(Vec::new(), vec![last]));
}

#[test]
fn a_model_without_a_prior_says_how_it_gets_one() {
    let mut soda = tiny();
    soda.networks.prior = None;
    let error = soda.draw(2, &SampleOptions::default()).unwrap_err();
    assert!(error.to_string().contains("soda train-prior"), "{error}");
}

/// `v + w·(v − v_guide)`: of a guide that is the prior itself nothing is left to lead away from,
/// and one that predicts 0 stretches `v`.
#[test]
fn drawing_leads_away_from_the_guide_as_far_as_is_asked() {
    let mut soda = tiny();
    let draw = |soda: &Soda, autoguidance: Option<f64>| {
        let options = SampleOptions {
            autoguidance,
            ..SampleOptions::default()
        };
        let painting = soda.draw(4, &options).map_err(|error| error.to_string())?;
        Ok(painting.finish().try_into_vec_as::<f32>().unwrap())
    };
    let refused = |soda: &Soda, weight: f64| -> String { draw(soda, Some(weight)).unwrap_err() };
    let plain = draw(&soda, None).unwrap();
    assert!(refused(&soda, 1.0).contains("soda train-prior"));
    soda.networks.prior_guide = soda.networks.prior.clone();
    assert_eq!(draw(&soda, None).unwrap(), plain);
    assert!(apart(&draw(&soda, Some(3.0)).unwrap(), &plain) < 1e-3);
    let config = &soda.manifest.model;
    let fresh = Prior::new(config, config.prior.as_ref().unwrap(), soda.device());
    soda.networks.prior_guide = Some(fresh);
    assert_eq!(draw(&soda, Some(0.0)).unwrap(), plain);
    let (near, far) = (
        draw(&soda, Some(0.5)).unwrap(),
        draw(&soda, Some(1.0)).unwrap(),
    );
    assert!(apart(&near, &plain) > 0.01 && apart(&far, &plain) > apart(&near, &plain));
    soda.manifest.sampled.autoguidance = 1.0;
    assert_eq!(draw(&soda, None).unwrap(), far);
    for wrong in [-0.1, 10.1, f64::NAN] {
        let message = refused(&soda, wrong);
        assert!(
            message.contains("must be a number from 0 to 10"),
            "{message}"
        );
    }
}

/// A model with a guide is what it was after it is saved and loaded; a weight without a guide is
/// refused.
#[test]
fn a_guide_is_saved_with_its_model() {
    let mut soda = tiny();
    let guide = PriorConfig {
        guide: vec![8],
        ..soda.manifest.model.prior.clone().unwrap()
    };
    let narrow = Prior::new(&soda.manifest.model, &guide.guide().unwrap(), soda.device());
    soda.networks.prior_guide = Some(narrow);
    soda.manifest.model.prior = Some(guide);
    soda.manifest.sampled.autoguidance = 1.5;
    let folder = tempfile::tempdir().unwrap();
    soda.save(folder.path(), Precision::F32).unwrap();
    let loaded = Soda::load(folder.path(), soda.device()).unwrap();
    assert_eq!(loaded.manifest.sampled.autoguidance, 1.5);
    let draw = |soda: &Soda| {
        let painting = soda.draw(2, &SampleOptions::default()).unwrap();
        painting.finish().try_into_vec_as::<f32>().unwrap()
    };
    assert_eq!(draw(&loaded), draw(&soda));
    let text = std::fs::read_to_string(folder.path().join("config.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["model"]["prior"]["guide"] = serde_json::json!([]);
    let error = Manifest::from_json(value.to_string().as_bytes())
        .unwrap_err()
        .to_string();
    assert!(error.contains("sampled.autoguidance"), "{error}");
}

#[test]
fn drawn_latents_have_the_spread_of_those_learnt() {
    let soda = tiny();
    let drawn = soda.draw(400, &SampleOptions::default()).unwrap().finish();
    let drawn = drawn.flatten::<2>(1, 3);
    assert_eq!(drawn.dims(), [400, 16]);
    let mean = drawn.clone().mean_dim(0).abs().max().into_scalar::<f32>();
    let variance = drawn.square().mean_dim(0).try_into_vec_as::<f32>().unwrap();
    assert!(mean < 0.5, "{mean}");
    assert!(
        variance.iter().all(|v| (0.3..2.0).contains(v)),
        "{variance:?}"
    );
}

/// Training begins at a low resolution and shows what it paints there.
#[test]
fn smaller_pictures_are_encoded_inverted_and_painted() {
    let soda = tiny();
    let x = burn::tensor::module::avg_pool2d(
        pictures(&soda),
        burn::tensor::ops::AvgPoolOptions::new([2, 2]),
    );
    let z = soda.encode(x.clone());
    let noise = soda
        .invert(x.clone(), z.clone(), &inverting(20))
        .unwrap()
        .finish();
    let back = soda.decode(z, Some(noise), &four_steps()).unwrap().finish();
    assert_eq!(back.dims(), x.dims());
}

#[test]
fn inverted_noise_gives_the_picture_back() {
    let soda = tiny();
    let x = pictures(&soda);
    let z = soda.encode(x.clone());
    let wanted = x.clone().try_into_vec_as::<f32>().unwrap();
    let noise = soda.invert(x, z.clone(), &inverting(50)).unwrap().finish();
    let options = DecodeOptions {
        steps: Some(50),
        ..DecodeOptions::default()
    };
    let back = soda
        .decode(z.clone(), Some(noise), &options)
        .unwrap()
        .finish();
    let exact = psnr(&back.try_into_vec_as::<f32>().unwrap(), &wanted);
    let loose = psnr(&paint(&soda, z, &options), &wanted);
    assert!(
        exact > 25.0 && exact > loose + 5.0,
        "{exact} dB with, {loose} dB without"
    );
}

#[test]
fn requests_that_cannot_be_met_say_why() {
    let soda = tiny();
    let z = soda.encode(pictures(&soda));
    let fault = |options| {
        soda.decode(z.clone(), None, &options)
            .err()
            .unwrap()
            .to_string()
    };
    let options = DecodeOptions {
        view: Some("marble".into()),
        ..four_steps()
    };
    assert!(fault(options).starts_with("view: \"marble\" is not one of [\"emojitwo\""));
    let options = DecodeOptions {
        steps: Some(0),
        ..DecodeOptions::default()
    };
    assert_eq!(fault(options), "steps: 0 is not in 1..=1000");
    let options = DecodeOptions {
        guidance: f64::NAN,
        ..four_steps()
    };
    assert!(fault(options).starts_with("guidance: NaN"));
    let options = DecodeOptions {
        level_guidance: vec![1.0],
        ..four_steps()
    };
    assert!(fault(options).starts_with("level guidance: 1 numbers, and the model has"));
    let options = DecodeOptions {
        level_guidance: vec![0.0, 21.0, 0.0],
        ..four_steps()
    };
    assert!(fault(options).starts_with("guidance: 21"));
    let options = DecodeOptions {
        temperature: Some(2.0),
        ..four_steps()
    };
    assert!(fault(options).starts_with("temperature: 2"));
    let options = DecodeOptions {
        dropped: vec![7],
        ..four_steps()
    };
    assert!(fault(options).starts_with("dropped: there is no latent group 7"));
    let error = soda.latents(vec![0.0; 17]).err().unwrap();
    assert_eq!(
        error,
        RequestError::Length {
            what: "latents",
            found: 17,
            unit: 16
        }
    );
}

#[test]
fn every_preset_encodes_and_paints() {
    let device = Device::flex();
    for preset in PRESETS {
        let config = ModelConfig::preset(preset).unwrap();
        let manifest = Manifest::new(preset, config, vec!["a".into(), "b".into()]);
        let networks = manifest.model.init_seeded(1, &device).unwrap();
        let soda = Soda::new(manifest, networks, &device);
        let size = soda.size();
        let z = soda.encode(Tensor::zeros([1, 3, size, size], &device));
        assert_eq!(z.dims(), [1, soda.latent()]);
        let options = DecodeOptions {
            steps: Some(1),
            view: Some("b".into()),
            ..Default::default()
        };
        let painted = soda.decode(z, None, &options).unwrap().finish();
        assert_eq!(painted.dims(), [1, 3, size, size]);
        assert!(
            painted
                .try_into_vec_as::<f32>()
                .unwrap()
                .iter()
                .all(|v| v.is_finite())
        );
    }
}
