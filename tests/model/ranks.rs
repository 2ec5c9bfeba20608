//! Processes that train together, here as threads: N of them come to what N devices of one process
//! come to, in every bit.

use crate::common::{batch, begun, bytes, full, plain, trained};
use burn::tensor::Device;
use image::{Rgb, RgbImage};
use soda::data::{Dataset, OpenOptions, Views};
use soda::model::ModelConfig;
use soda::train::ranks::{Alone, Ranks, Threads};
use soda::train::run::{Event, RunOptions, run};
use soda::train::{Adapted, Phase, StepReport, TrainConfig, TrainError, Trainer};
use soda::train::{Checkpoint, latest_checkpoints};
use soda::weights::{Objective, Training};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a training came to: reports of its steps, averaged weights and schedules.
type End = (Vec<StepReport>, Vec<u8>, Adapted);

fn end((trainer, reports): (Trainer, Vec<StepReport>)) -> End {
    let adapted = trainer.adapted().clone();
    (reports, bytes(&trainer), adapted)
}

/// The same steps as [`trained`], on so many ranks with so many devices each.
fn together(config: &TrainConfig, ranks: usize, devices: usize, steps: u64) -> Vec<End> {
    Threads::run(ranks, |ranks| {
        let mut trainer = begun(config.clone(), devices).with_ranks(ranks);
        let reports = (0..steps).map(|step| trainer.step(&batch(step)).unwrap());
        let reports = reports.collect();
        end((trainer, reports))
    })
}

/// With the critic or without.
fn config(critic: bool, accumulate: usize) -> TrainConfig {
    let full = full();
    TrainConfig {
        critic: full.critic.filter(|_| critic),
        accumulate,
        ..full
    }
}

#[test]
fn ranks_come_to_what_as_many_devices_come_to() {
    for critic in [false, true] {
        // Eight ranks have six pairs to share: two of them idle.
        for (ranks, accumulate) in [(2, 1), (2, 2), (3, 1), (4, 1), (8, 1)] {
            let config = config(critic, accumulate);
            let devices = end(trained(config.clone(), ranks, 4));
            for rank in together(&config, ranks, 1, 4) {
                assert_eq!(rank.0, devices.0, "{ranks} × {accumulate}, {critic}");
                assert!(rank.1 == devices.1, "{ranks} × {accumulate}, {critic}");
                assert_eq!(rank.2, devices.2);
            }
            assert_eq!(devices.0[0].critic.is_some(), critic);
        }
    }
    for objective in [Objective::Byol, Objective::Vae, Objective::SimClr] {
        let config = TrainConfig {
            objective,
            ..plain()
        };
        let devices = end(trained(config.clone(), 2, 3));
        for rank in together(&config, 2, 1, 3) {
            assert_eq!(rank.0, devices.0);
            assert!(rank.1 == devices.1, "{objective}");
        }
    }
}

/// The critic's push is scaled within a part, so that with it one device needs the same parts.
#[test]
fn ranks_learn_what_one_device_learns() {
    for (critic, parts, limit) in [(false, 1, 1e-5), (true, 2, 0.0)] {
        let (_, alone) = trained(config(critic, parts), 1, 5);
        for (reports, ..) in together(&config(critic, 1), 2, 1, 5) {
            let (a, b) = (alone[0], reports[0]);
            for (a, b) in [
                (Some(a.loss), Some(b.loss)),
                (a.reconstruction, b.reconstruction),
                (a.dsm, b.dsm),
                (a.consistency, b.consistency),
                (Some(a.gradient), Some(b.gradient)),
            ] {
                let change = (a.unwrap() / b.unwrap() - 1.0).abs();
                assert!(change <= limit, "{critic}: {a:?}, {b:?}");
            }
        }
    }
}

/// Sums of two ranks with two devices each are sums of pairs: close to one after another, and the
/// same on all ranks.
#[test]
fn ranks_may_have_several_devices() {
    let config = config(true, 1);
    let (reports, ..) = end(trained(config.clone(), 4, 4));
    let ranks = together(&config, 2, 2, 4);
    assert_eq!(ranks[0].0, ranks[1].0);
    assert!(ranks[0].1 == ranks[1].1);
    let change = ranks[0].0[0].gradient / reports[0].gradient - 1.0;
    assert!(change.abs() < 1e-5, "{change}");
    assert_eq!(ranks[0].0[0].loss, reports[0].loss);
}

#[test]
fn what_is_no_number_on_one_rank_stops_all_alike() {
    let errors = Threads::run(2, |ranks| {
        let mut trainer = begun(config(true, 1), 1).with_ranks(ranks);
        trainer.step(&batch(0)).unwrap();
        let before = bytes(&trainer);
        let mut broken = batch(1);
        *broken.target.last_mut().unwrap() = f32::NAN;
        let error = trainer.step(&broken).unwrap_err();
        assert!(bytes(&trainer) == before);
        (error.to_string(), error.is_shared())
    });
    assert!(errors[0].0.contains("L_recon (NaN)"), "{errors:?}");
    assert!(errors[0] == errors[1] && errors[0].1, "{errors:?}");
}

/// Of six pairs ranks 0 and 2 get one each, which has nothing to be compared with.
#[test]
fn what_one_rank_cannot_do_ends_all_alike() {
    let config = TrainConfig {
        objective: Objective::SimClr,
        ..plain()
    };
    let errors = Threads::run(4, |ranks| {
        let mut trainer = begun(config.clone(), 1).with_ranks(ranks);
        trainer.step(&batch(0)).unwrap_err()
    });
    for error in &errors {
        assert!(
            matches!(error, TrainError::Rank { rank: 0, .. }),
            "{error:?}"
        );
        assert_eq!(error.to_string(), errors[0].to_string());
    }
}

fn pictures(folder: &Path, count: u8) -> Arc<Dataset> {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..count {
        let picture =
            RgbImage::from_fn(16, 16, |x, y| Rgb([i * 30, (x * 12) as u8, (y * 10) as u8]));
        picture.save(folder.join(format!("p{i}.png"))).unwrap();
    }
    let options = OpenOptions {
        size: 16,
        views: Views::Own,
    };
    let cancel = AtomicBool::new(false);
    let (data, _) =
        Dataset::open_all(&[folder.to_owned()], &options, &mut |_, _| {}, &cancel).unwrap();
    Arc::new(data)
}

fn settings(seed: u64) -> TrainConfig {
    TrainConfig {
        model: ModelConfig {
            views: 0,
            ..ModelConfig::preset("tiny").unwrap()
        },
        phases: vec![Phase {
            size: 16,
            pictures: 80,
            batch: 4,
        }],
        seed,
        ..TrainConfig::default()
    }
}

fn options(dir: &Path, resume: bool, ranks: Arc<dyn Ranks>) -> RunOptions {
    RunOptions {
        dir: dir.to_owned(),
        resume,
        from: None,
        checkpoint_every: Duration::from_secs(3600),
        sheet_every: Duration::from_secs(3600),
        training: Training::default(),
        licence: String::new(),
        ranks,
    }
}

/// The averaged weights in the newest checkpoint of a run, as bits, and its step.
fn kept(dir: &Path, config: &TrainConfig) -> (Vec<u8>, usize) {
    let path = latest_checkpoints(dir).into_iter().next().unwrap();
    let config = config.clone();
    let (trainer, checkpoint): (Trainer, Checkpoint) =
        Trainer::load_checkpoint(config, &path, &Device::flex()).unwrap();
    (bytes(&trainer), checkpoint.step)
}

#[test]
fn rank_0_alone_writes_and_a_run_goes_on_with_other_ranks() {
    let folder = tempfile::tempdir().unwrap();
    let data = pictures(&folder.path().join("data"), 8);
    let config = TrainConfig {
        model: ModelConfig {
            views: data.views.len(),
            ..settings(1).model
        },
        ..settings(1)
    };
    let device = Device::flex();
    let alone = folder.path().join("alone");
    let two = [device.clone(), device.clone()];
    let silent = AtomicBool::new(false);
    let ranks: Arc<dyn Ranks> = Arc::new(Alone);
    let whole = options(&alone, false, ranks);
    assert!(
        run(
            config.clone(),
            Arc::clone(&data),
            &data,
            &whole,
            &two,
            &silent,
            &mut |_| {}
        )
        .unwrap()
    );

    let place = |rank: usize| folder.path().join(format!("rank-{rank}"));
    // On as many ranks; rank 1 is asked to stop after `steps`, if any.
    let go = |size: usize, resume: bool, steps: Option<usize>| {
        Threads::run(size, |ranks| {
            let rank = ranks.rank();
            let options = options(&place(rank), resume, ranks);
            let cancel = AtomicBool::new(steps == Some(0) && rank == 1);
            let mut told = 0;
            let finished = run(
                config.clone(),
                Arc::clone(&data),
                &data,
                &options,
                std::slice::from_ref(&device),
                &cancel,
                &mut |event| {
                    told += 1;
                    if let (Event::Step { report, .. }, Some(steps)) = (&event, steps)
                        && report.step == steps
                    {
                        cancel.store(true, Ordering::Relaxed);
                    }
                },
            );
            assert_eq!(told > 0, rank == 0, "rank 0 alone tells events");
            finished.unwrap()
        })
    };
    // Rank 1 is asked to stop before its first step, and all stop after it.
    assert_eq!(go(2, false, Some(0)), [false, false]);
    assert_eq!(kept(&place(0), &config).1, 1);
    assert_eq!(go(2, true, Some(7)), [false, false]);
    assert_eq!(kept(&place(0), &config).1, 7);
    assert_eq!(go(2, true, None), [true, true]);
    assert!(kept(&place(0), &config) == kept(&alone, &config));
    assert!(place(0).join("model/config.json").exists());
    assert!(!place(1).exists(), "rank 1 has written something");

    // Three ranks cut batches otherwise: no longer the same bits.
    std::fs::remove_dir_all(place(0)).unwrap();
    go(2, false, Some(5));
    assert_eq!(go(3, true, None), [true; 3]);
    assert_eq!(kept(&place(0), &config).1, 20);
    let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    let prefix = format!("soda-{}-", std::process::id());
    let left = left.filter(|e| e.file_name().to_string_lossy().starts_with(&prefix));
    assert_eq!(
        left.count(),
        0,
        "checkpoints that were received are removed"
    );
}

#[test]
fn ranks_that_would_train_something_else_are_refused_with_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let data = pictures(&folder.path().join("data"), 8);
    let other = pictures(&folder.path().join("other"), 7);
    let refused = |seed: u64, other: &Arc<Dataset>, devices: usize| {
        let errors = Threads::run(2, |ranks| {
            let is_first = ranks.rank() == 0;
            let place = folder.path().join("run");
            let options = options(&place, false, ranks);
            let data = if is_first { &data } else { other };
            let error = run(
                settings(if is_first { 1 } else { seed }),
                Arc::clone(data),
                data,
                &options,
                &vec![Device::flex(); if is_first { 1 } else { devices }],
                &AtomicBool::new(false),
                &mut |_| {},
            );
            let error = error.unwrap_err();
            assert!(error.is_shared());
            error.to_string()
        });
        assert_eq!(errors[0], errors[1]);
        assert!(!folder.path().join("run").exists());
        errors[0].clone()
    };
    let said = refused(2, &data, 1);
    assert!(
        said.starts_with("config.seed is 1 on rank 0 and 2 on rank 1; "),
        "{said}"
    );
    let said = refused(1, &other, 1);
    assert!(said.starts_with("data.fingerprint is "), "{said}");
    let said = refused(1, &data, 2);
    assert!(said.contains("devices is \"1 of ") && said.contains("--devices"));
}
