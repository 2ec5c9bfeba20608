//! Mixed precision: feature maps in f16 or bf16 teach what f32 teaches, within what such numbers can hold.

use crate::common::{begun, bytes, full, plain, trained, values};
use burn::tensor::Device;
use soda::model::MixedPrecision;
use soda::train::{Closeness, Consistency, TrainConfig, TrainError, Trainer};

/// Tiny networks, one level of them wide enough for products of pairs on a CPU.
fn config(precision: MixedPrecision) -> TrainConfig {
    let mut config = TrainConfig {
        precision,
        ..plain()
    };
    config.model.unet.channels = vec![20, 16];
    config
}

/// Precisions that tests can run in here, and the relative error that each may make.
fn narrow() -> Vec<(MixedPrecision, f32)> {
    let device = Device::flex();
    let (here, not): (Vec<_>, Vec<_>) = [(MixedPrecision::F16, 0.01), (MixedPrecision::Bf16, 0.05)]
        .into_iter()
        .partition(|(precision, _)| device.supports_dtype(precision.dtype()));
    for (precision, _) in not {
        println!("{precision} is left out: this device has none");
    }
    here
}

#[test]
fn the_loss_and_the_gradient_are_nearly_those_of_f32() {
    let (_, whole) = trained(config(MixedPrecision::F32), 1, 1);
    for (precision, allowed) in narrow() {
        let (trainer, reports) = trained(config(precision), 1, 1);
        for (found, wanted) in [
            (reports[0].loss, whole[0].loss),
            (reports[0].gradient, whole[0].gradient),
        ] {
            let off = (found / wanted - 1.0).abs();
            assert!(off < allowed, "{precision}: {found} for {wanted}");
            assert!(off > 0.0, "{precision}: the very numbers of f32");
        }
        // Weights stay in f32: what a step adds is smaller than f16 could add to them.
        let encoder = values(&trainer, "encoder.stages.0.0.convs.0.weight");
        let kept = encoder
            .iter()
            .filter(|&&w| half::f16::from_f32(w).to_f32() == w);
        assert!(kept.count() < encoder.len() / 2, "{precision}");
    }
}

#[test]
fn a_training_in_half_precision_learns_as_one_in_f32_does() {
    let steps = 40;
    let late = |precision| {
        let (_, reports) = trained(config(precision), 1, steps);
        let late = &reports[steps as usize - 10..];
        (
            reports[0].loss,
            late.iter().map(|report| report.loss).sum::<f32>() / 10.0,
        )
    };
    let (first, whole) = late(MixedPrecision::F32);
    assert!(whole < 0.9 * first, "f32 itself learns nothing");
    for (precision, allowed) in narrow() {
        let (_, half) = late(precision);
        let off = (half / whole - 1.0).abs();
        assert!(off < 2.0 * allowed, "{precision}: {half} for {whole}");
    }
}

#[test]
fn a_resumed_training_goes_on_bit_for_bit() {
    for (precision, _) in narrow() {
        let (mut through, _) = trained(config(precision), 1, 4);
        let (half_way, _) = trained(config(precision), 1, 2);
        let dir = tempfile::tempdir().unwrap();
        let place = half_way.save_checkpoint(dir.path(), 0.0).unwrap();
        let (mut resumed, checkpoint) =
            Trainer::load_checkpoint(config(precision), &place, &Device::flex()).unwrap();
        let scaled = precision == MixedPrecision::F16;
        assert_eq!(checkpoint.loss_scale.unwrap().factor() > 1.0, scaled);
        for step in 2..4 {
            resumed.step(&crate::common::batch(step)).unwrap();
        }
        assert_eq!(bytes(&resumed), bytes(&through), "{precision}");
        // And both go on alike.
        let reports =
            [&mut resumed, &mut through].map(|t| t.step(&crate::common::batch(9)).unwrap());
        assert_eq!(reports[0], reports[1]);
    }
}

/// A term that weighs so much that its gradient overflows f16 at the factor that runs begin with.
#[test]
fn a_gradient_that_overflows_is_taken_again_at_a_smaller_scale() {
    if !narrow()
        .iter()
        .any(|(precision, _)| *precision == MixedPrecision::F16)
    {
        return;
    }
    let config = TrainConfig {
        consistency: Some(Consistency {
            mu: 1e4,
            closeness: Closeness::Mse,
        }),
        ..full()
    };
    let precision = MixedPrecision::F16;
    let mut trainer = begun(
        TrainConfig {
            precision,
            ..config
        },
        1,
    );
    let mut batch = crate::common::batch(0);
    let report = trainer.step(&batch).unwrap();
    assert!(report.gradient.is_finite());
    let dir = tempfile::tempdir().unwrap();
    let place = trainer.save_checkpoint(dir.path(), 0.0).unwrap();
    let scale = soda::train::Checkpoint::read(&place).unwrap().loss_scale;
    let factor = scale.unwrap().factor();
    assert!(factor < 4096.0, "{factor}");
    // What no factor helps is an error that leaves the networks as they were.
    let before = bytes(&trainer);
    batch.target.iter_mut().for_each(|v| *v = f32::NAN);
    let error = trainer.step(&batch).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { .. }), "{error}");
    assert_eq!(bytes(&trainer), before);
}
