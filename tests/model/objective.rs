//! The terms of the objective: what each is worth, whom its gradient reaches, and that batches in
//! parts and resumed runs come to the same.

use crate::common::{batch, begun, bytes, trained, values};
use burn::module::Module;
use burn::tensor::Device;
use soda::model::ModelConfig;
use soda::train::{
    Closeness, Consistency, DsmGradient, LatentDenoising, TrainConfig, TrainError, Trainer,
    Weighting,
};

/// `L_recon` alone. Nothing is clipped, so that terms do not change one another's gradients.
fn plain() -> TrainConfig {
    TrainConfig {
        clip: 1e5,
        ..crate::common::plain()
    }
}

/// Every term there is, in two parts.
fn full() -> TrainConfig {
    TrainConfig {
        weighting: Weighting::MinSnr { gamma: 5.0 },
        consistency: Some(Consistency {
            mu: 0.2,
            closeness: Closeness::Vicreg,
        }),
        accumulate: 2,
        clip: 1e5,
        ..crate::common::full()
    }
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
    let (_, reports) = trained(config, 1, 3);
    for report in reports {
        let sum = report.reconstruction.unwrap()
            + dsm as f32 * report.dsm.unwrap()
            + consistency as f32 * report.consistency.unwrap();
        assert!((report.loss - sum).abs() < 1e-5 * sum, "{report:?}");
        assert!(report.gradient > 0.0);
    }
    let (_, reports) = trained(plain(), 1, 1);
    assert_eq!((reports[0].dsm, reports[0].consistency), (None, None));
    assert_eq!(Some(reports[0].loss), reports[0].reconstruction);
}

#[test]
fn a_batch_in_parts_teaches_what_the_whole_teaches() {
    // Cosine: VICReg's covariance is a property of the whole batch. A critic's push is scaled within
    // each part.
    let config = |accumulate| TrainConfig {
        accumulate,
        consistency: Some(Consistency::default()),
        critic: None,
        ..full()
    };
    let (whole, first) = trained(config(1), 1, 1);
    for parts in [2, 3, 4] {
        let (trainer, reports) = trained(config(parts), 1, 1);
        let change = (reports[0].loss / first[0].loss - 1.0).abs();
        assert!(change < 1e-5, "{parts}: {change}");
        let change = (reports[0].gradient / first[0].gradient - 1.0).abs();
        assert!(change < 1e-4, "{parts}: {change}");
        // Adam's first step goes by signs of gradients, so that a few near 0 may turn.
        let (a, b) = (values(&trainer, "encoder."), values(&whole, "encoder."));
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
        let config = TrainConfig {
            dsm: Some(dsm),
            ..plain()
        };
        values(&trained(config, 1, 3).0, "encoder.")
    };
    let without = after(DsmGradient::Stop, 0.0);
    assert!(off(&after(DsmGradient::Stop, 5.0), &without) < 1e-7);
    assert!(off(&after(DsmGradient::Flow, 5.0), &without) > 1e-4);
}

#[test]
fn a_run_with_every_term_resumes_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let (whole, _) = trained(full(), 1, 6);
    let (first, _) = trained(full(), 1, 3);
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
    let (trainer, _) = trained(full(), 1, 4);
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
        let mut trainer = begun(config, 1);
        let distances: Vec<f32> = (0..40)
            .map(|_| trainer.step(&batch(1)).unwrap().consistency.unwrap())
            .collect();
        assert!(
            distances[39] < 0.9 * distances[0],
            "{closeness:?}: {distances:?}"
        );
    }
}

/// With an encoder that stays: latents that still change would hide what the prior has learnt. The
/// normaliser needs the first steps to find their scale.
#[test]
fn the_prior_learns_beside_the_autoencoder() {
    let config = TrainConfig {
        dsm: Some(LatentDenoising {
            lambda: 1.0,
            ..LatentDenoising::default()
        }),
        learning_rate: 5e-3,
        ..plain()
    };
    let device = Device::flex();
    let mut networks = config.model.init_seeded(1, &device).unwrap();
    networks.encoder = networks.encoder.freeze();
    let mut trainer = Trainer::resume(config, networks, &device).unwrap();
    let errors: Vec<f32> = (0..200)
        .map(|step| trainer.step(&batch(step % 4)).unwrap().dsm.unwrap())
        .collect();
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&errors[30..50]), mean(&errors[180..]));
    assert!(last < 0.95 * first, "{first} to {last}");
}

#[test]
fn what_is_no_number_is_named() {
    let mut trainer = begun(full(), 1);
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
