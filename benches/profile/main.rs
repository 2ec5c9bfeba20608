//! `make profile`: where the time of one encoding, one U-Net step and one training step goes,
//! operation by operation, in this process. The stack is sampled a thousand times a second of
//! computing; a sample counts for the outermost operation of the backend on it.
//!
//! `profile MODEL [--seconds N] [--json FILE]`

mod roofline;

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use roofline::{Ceilings, kernels};
use soda::Soda;
use soda::data::Batch;
use soda::engine::{DecodeOptions, standard_normal};
use soda::model::flops;
use soda::train::{TrainConfig, Trainer};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Samples a second.
const FREQUENCY: i32 = 997;
/// Operations that a table names; the rest are summed.
const ROWS: usize = 14;

/// What one job took.
struct Profile {
    job: &'static str,
    /// Milliseconds of a call, on the clock.
    ms: f64,
    /// Share of the samples by operation, largest first.
    shares: Vec<(String, f64)>,
}

fn profile(job: &'static str, seconds: f64, mut work: impl FnMut()) -> Profile {
    for _ in 0..3 {
        work();
    }
    let guard = pprof::ProfilerGuard::new(FREQUENCY).expect("a profiler");
    let (begin, mut calls) = (Instant::now(), 0);
    while begin.elapsed() < Duration::from_secs_f64(seconds) {
        work();
        calls += 1;
    }
    let ms = begin.elapsed().as_secs_f64() * 1e3 / calls as f64;
    let report = guard.report().build().expect("a report");
    let mut counts: BTreeMap<String, isize> = BTreeMap::new();
    for (stack, count) in &report.data {
        let names: Vec<String> = stack.frames.iter().flatten().map(|s| s.name()).collect();
        if let Some(operation) = operation(&names) {
            *counts.entry(operation).or_default() += count;
        }
    }
    let total: isize = counts.values().sum();
    let mut shares: Vec<_> = counts
        .into_iter()
        .map(|(name, count)| (name, count as f64 / total.max(1) as f64))
        .collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    Profile { job, ms, shares }
}

/// The operation that a stack, innermost function first, belongs to; none for a thread that has
/// nothing to do.
fn operation(names: &[String]) -> Option<String> {
    // Our kernels, which run in rayon's threads: their module.
    if let Some(kernel) = names.iter().find_map(|name| {
        let (_, rest) = name.split_once("soda::ops::cpu::")?;
        let module = rest
            .split("::")
            .take_while(|part| part.starts_with(char::is_lowercase));
        Some(module.collect::<Vec<_>>().join("::"))
    }) {
        return Some(format!("our {kernel}"));
    }
    // Burn's operations: methods of the backend, such as `float_add`.
    let method = |name: &String| {
        let (_, method) = name.rsplit_once("::")?;
        let known = ["float_", "int_", "bool_", "conv", "avg_pool", "q_"];
        let backend = name.contains("burn_flex") || name.contains("Flex");
        (backend && known.iter().any(|k| method.starts_with(k))).then(|| method.to_owned())
    };
    if let Some(method) = names.iter().rev().find_map(method) {
        return Some(method);
    }
    let has = |part: &str| names.iter().any(|name| name.contains(part));
    if has("gemm") {
        return Some("matrix products".to_owned());
    }
    if has("macerator") {
        return Some("element-wise, unnamed".to_owned());
    }
    if has("rayon_core::sleep") || has("sched_yield") || has("wait_until_cold") && !has("soda::") {
        return None;
    }
    let ours = names.iter().find(|name| name.contains("soda::"));
    Some(match ours {
        Some(name) => name.split('<').next().unwrap_or(name).to_owned(),
        None => names.last().cloned().unwrap_or_default(),
    })
}

fn batch(size: usize, count: usize, labels: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let device = Device::flex();
    let mut pictures = || {
        let x = standard_normal([count, 3, size, size], &mut rng, &device);
        x.clamp(-1.0, 1.0).try_into_vec_as::<f32>().expect("f32")
    };
    Batch {
        count,
        size,
        source: pictures(),
        target: pictures(),
        partners: Vec::new(),
        mixed: Vec::new(),
        labels: vec![labels; count],
        samples: vec![0; count],
        next: 0,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1).cloned()
    };
    let Some(model) = arguments.first() else {
        eprintln!("profile MODEL [--seconds N] [--json FILE]");
        std::process::exit(2);
    };
    let seconds: f64 = option("--seconds").map_or(5.0, |text| text.parse().expect("seconds"));
    let device = Device::flex();
    let soda = Soda::load(Path::new(model), &device).expect("a model");
    let (size, views) = (soda.size(), soda.manifest.views.len());
    let pixels = batch(size, 16, views).source;
    let x = |count: usize| {
        let values = pixels[..count * 3 * size * size].to_vec();
        Tensor::<4>::from_data(TensorData::new(values, [count, 3, size, size]), &device)
    };
    let decode = |count: usize| {
        let z = soda.encode(x(count));
        let options = DecodeOptions {
            steps: Some(1000),
            ..DecodeOptions::default()
        };
        soda.decode(z, None, &options).expect("a painting")
    };
    let mut profiles = vec![profile("encode, 1 picture", seconds, || {
        soda.encode(x(1)).into_data();
    })];
    for (job, count) in [
        ("U-Net step, 1 picture", 1),
        ("U-Net step, 16 pictures", 16),
    ] {
        let mut painting = decode(count);
        profiles.push(profile(job, seconds, || {
            if painting.is_done() {
                painting = decode(count);
            }
            painting.step();
            painting.state().into_data();
        }));
    }
    let config = TrainConfig {
        model: soda.manifest.model.clone(),
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::resume(config, soda.networks.clone(), &device).expect("a trainer");
    let batch = batch(size, 16, views);
    profiles.push(profile("training step, 16 pictures", seconds, || {
        trainer.step(&batch).expect("a finite loss");
    }));

    for Profile { job, ms, shares } in &profiles {
        println!("\n{job}: {ms:.1} ms");
        for (name, share) in shares.iter().take(ROWS) {
            println!("  {:5.1} %  {:8.2} ms  {name}", 100.0 * share, share * ms);
        }
        let rest: f64 = shares.iter().skip(ROWS).map(|(_, share)| share).sum();
        println!(
            "  {:5.1} %  {:8.2} ms  everything else",
            100.0 * rest,
            rest * ms
        );
    }
    let ceilings = Ceilings::measure();
    println!(
        "\nceilings: {:.0} GFLOP/s in registers, {:.1} GB/s copying",
        ceilings.flops / 1e9,
        ceilings.bandwidth / 1e9
    );
    let cost = flops(&soda.networks, &soda.manifest.model, size);
    for (profile, work) in profiles
        .iter()
        .zip([cost.encode, cost.step, 16 * cost.step])
    {
        let rate = work as f64 / profile.ms / 1e6;
        let share = 1e9 * rate / ceilings.flops;
        println!(
            "{}: {rate:.0} GFLOP/s, {:.0} % of the ceiling",
            profile.job,
            100.0 * share
        );
    }
    println!(
        "\n16 pictures{:>43} {:>9} {:>6} {:>6}  bound",
        "ms", "GFLOP/s", "GB/s", "share"
    );
    for kernel in kernels() {
        let seconds = kernel.ms / 1e3;
        let (by_flops, by_bytes) = (
            kernel.flops / ceilings.flops,
            kernel.bytes / ceilings.bandwidth,
        );
        println!(
            "{:<44} {:9.3} {:9.0} {:6.1} {:4.0} %  {}",
            kernel.name,
            kernel.ms,
            kernel.flops / seconds / 1e9,
            kernel.bytes / seconds / 1e9,
            100.0 * by_flops.max(by_bytes) / seconds,
            if by_flops > by_bytes {
                "arithmetic"
            } else {
                "memory"
            }
        );
    }
    if let Some(file) = option("--json") {
        let jobs: Vec<_> = profiles
            .iter()
            .map(|p| serde_json::json!({"job": p.job, "ms": p.ms, "shares": p.shares}))
            .collect();
        let text = serde_json::to_string_pretty(&jobs).expect("numbers");
        std::fs::write(&file, text).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
}
