//! Several devices that share each batch: what they come to is what one comes to. The CPU is one
//! device, so these are replicas on it, each with networks and a thread of its own.

use crate::common::{batch, begun, bytes, full, plain, trained, values};
use burn::tensor::Device;
use soda::train::{TrainConfig, TrainError, Trainer};
use soda::weights::Objective;

fn config(accumulate: usize) -> TrainConfig {
    TrainConfig {
        accumulate,
        ..full()
    }
}

fn baseline(objective: Objective, accumulate: usize) -> TrainConfig {
    TrainConfig {
        objective,
        accumulate,
        ..plain()
    }
}

fn off(a: Option<f32>, b: Option<f32>) -> f32 {
    (a.unwrap() / b.unwrap() - 1.0).abs()
}

#[test]
fn several_devices_learn_what_one_learns() {
    // The push of a critic is scaled within each part.
    let config = |accumulate| TrainConfig {
        critic: None,
        ..config(accumulate)
    };
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
        let (a, b) = (values(&several, ""), values(&one, ""));
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
