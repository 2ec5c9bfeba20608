//! Training that is killed: whatever the moment, going on comes to the model of a run that was never
//! killed, bit for bit.

use image::{Rgb, RgbImage};
use soda::train::latest_checkpoints;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Pictures of a batch, and of the whole run.
const BATCH: usize = 4;

fn pictures(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..8u8 {
        let picture =
            RgbImage::from_fn(16, 16, |x, y| Rgb([i * 30, (x * 12) as u8, (y * 10) as u8]));
        picture.save(folder.join(format!("p{i}.png"))).unwrap();
    }
}

/// `soda train` with a checkpoint after every step.
fn command(data: &Path, out: &Path, steps: usize, resume: bool) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_soda"));
    command.args(["train", "--preset", "tiny", "--name", "k", "--json"]);
    command.args(["--checkpoint-every", "0", "--sheet-every", "100000"]);
    let phases = format!("16:{}:{BATCH}", steps * BATCH);
    command.args(["--phases", &phases]);
    command.arg("--data").arg(data).arg("--out").arg(out);
    if resume {
        command.arg("--resume");
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Let it end; its lines of JSON.
fn finish(mut command: Command) -> Vec<serde_json::Value> {
    let output = command.output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{failed}");
    let lines = said.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn model(out: &Path) -> Vec<u8> {
    std::fs::read(out.join("model/model.safetensors")).unwrap()
}

/// Whatever is half written, anywhere under `dir`.
fn leftovers(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() && !path.ends_with("checkpoint.part") => leftovers(&path),
            path => vec![path.display().to_string()],
        })
        .filter(|path| path.ends_with(".part"))
        .collect()
}

/// Wait for a checkpoint that `seen` does not have, or for the end.
fn wait_for_another(child: &mut Child, out: &Path, seen: usize) {
    let begin = Instant::now();
    let newest = || latest_checkpoints(out).into_iter().next();
    while child.try_wait().unwrap().is_none() && begin.elapsed() < Duration::from_secs(60) {
        if newest().is_some_and(|path| step(&path) > seen) {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn step(checkpoint: &Path) -> usize {
    let name = checkpoint.file_name().unwrap().to_str().unwrap();
    name["checkpoint-".len()..].parse().unwrap()
}

#[test]
fn a_run_killed_at_any_moment_comes_to_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, killed) = (
        folder.path().join("data"),
        folder.path().join("whole"),
        folder.path().join("killed"),
    );
    pictures(&data);
    let steps = 60;
    finish(command(&data, &whole, steps, false));

    // A small congruential generator: the moments differ, and are the same each time.
    let mut state = 7u64;
    let mut reached = Vec::new();
    for round in 0..7 {
        let mut child = command(&data, &killed, steps, round > 0).spawn().unwrap();
        // The third gets no time for a step.
        if round != 2 {
            wait_for_another(&mut child, &killed, reached.last().copied().unwrap_or(0));
        }
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
        std::thread::sleep(Duration::from_micros((state >> 33) % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let newest = latest_checkpoints(&killed).into_iter().next();
        reached.push(newest.map_or(0, |path| step(&path)));
    }
    assert!(reached.is_sorted() && reached[0] > 0, "{reached:?}");
    assert!(reached[6] > reached[0], "{reached:?}");

    let said = finish(command(&data, &killed, steps, true));
    let started = said.iter().find(|line| line["event"] == "started").unwrap();
    assert_eq!(started["step"], reached[6], "{reached:?}");
    assert!(said.iter().all(|line| line["event"] != "damaged"));
    assert!(model(&killed) == model(&whole), "{reached:?}");
    assert_eq!(leftovers(&killed), Vec::<String>::new());
    let kept: Vec<usize> = latest_checkpoints(&killed)
        .iter()
        .map(|p| step(p))
        .collect();
    assert_eq!(kept, [steps, steps - 1]);
    assert!(killed.join("sheets/000000060.png").exists());

    let again = command(&data, &killed, steps, false).output().unwrap();
    let message = String::from_utf8_lossy(&again.stderr);
    assert!(message.contains("add --resume"), "{message}");
}

#[test]
fn a_truncated_checkpoint_is_reported_and_the_one_before_it_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    pictures(&data);
    finish(command(&data, &out, 4, false));
    let whole = model(&out);
    let newest = out.join("checkpoint-000000004");
    type Cut = fn(usize) -> usize;
    let cuts: [(&str, Cut); 6] = [
        ("networks.bpk", |_| 0),
        ("networks.bpk", |length| length - 1),
        ("averaged.bpk", |length| length / 2),
        ("optimizer.bpk", |_| 10),
        ("optimizer.bpk", |length| length * 9 / 10),
        ("checkpoint.json", |length| length / 2),
    ];
    for (name, cut) in cuts {
        let file = newest.join(name);
        let bytes = std::fs::read(&file).unwrap();
        let left = cut(bytes.len());
        std::fs::write(&file, &bytes[..left]).unwrap();
        let said = finish(command(&data, &out, 4, true));
        let damaged = said.iter().find(|line| line["event"] == "damaged");
        let damaged = damaged.unwrap_or_else(|| panic!("{name} cut to {left}: {said:?}"));
        let words = damaged["path"].as_str().unwrap();
        assert!(words.contains("checkpoint-000000004"), "{words}");
        let started = said.iter().find(|line| line["event"] == "started").unwrap();
        assert_eq!(started["step"], 3, "{name} cut to {left}");
        assert!(model(&out) == whole, "{name} cut to {left}");
    }
}
