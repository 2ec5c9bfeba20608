//! Ranks of a real MPI job. `SODA_MPIRUN` is the launcher with its options, as `tests/mpi` sets it
//! for two hosts; without it, two processes on this host. Where there is no launcher the tests say so.

use crate::common::bytes;
use burn::tensor::Device;
use image::{Rgb, RgbImage};
use soda::train::{Trainer, latest_checkpoints};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const ALONE: &str = "mpirun -n 2 --oversubscribe --bind-to none";
/// Steps of a run, and pictures of a batch.
const STEPS: usize = 40;
const BATCH: usize = 4;

/// The launcher and its options, for one test at a time: they share two cores.
fn launcher() -> Option<(Vec<String>, MutexGuard<'static, ()>)> {
    static ONE: Mutex<()> = Mutex::new(());
    let words = std::env::var("SODA_MPIRUN").unwrap_or(ALONE.to_owned());
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    if Command::new(&words[0]).arg("--version").output().is_err() {
        println!("left out: {} cannot be started", words[0]);
        return None;
    }
    Some((words, ONE.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// `soda train`, under the launcher if there is one.
fn command(launcher: &[String], folder: &Path, out: &str, more: &[&str]) -> Command {
    let soda = env!("CARGO_BIN_EXE_soda");
    let mut command = match launcher.split_first() {
        Some((mpirun, options)) => {
            let mut command = Command::new(mpirun);
            command.args(options).arg(soda);
            command
        }
        None => Command::new(soda),
    };
    command.args(["train", "--preset", "tiny", "--name", "m", "--json"]);
    command.args(["--checkpoint-every", "0", "--sheet-every", "100000"]);
    command.arg("--phases");
    command.arg(format!("16:{}:{BATCH}", STEPS * BATCH));
    command.arg("--data").arg(folder.join("data"));
    command.arg("--out").arg(folder.join(out));
    if !launcher.is_empty() {
        command.args(["--mpi", "--ranks", "2"]);
    }
    command.args(more);
    // Open MPI refuses root without both.
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1");
    command.env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.env("RAYON_NUM_THREADS", "1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Let it end within a limit; whether it did well and what it said.
fn finish(child: Child, limit: Duration) -> Output {
    let (pid, begin) = (child.id(), Instant::now());
    let (send, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    match ended.recv_timeout(limit) {
        Ok(output) => output.unwrap(),
        Err(_) => {
            let _ = Command::new("kill").arg("-9").arg(pid.to_string()).status();
            panic!("it has not ended after {} s", begin.elapsed().as_secs());
        }
    }
}

fn done(mut command: Command) {
    let output = finish(command.spawn().unwrap(), Duration::from_secs(120));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let told = String::from_utf8_lossy(&output.stdout);
    let started = told.matches("\"event\":\"started\"").count();
    assert_eq!(started, 1, "rank 0 alone tells: {told}");
}

fn pictures(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..8u8 {
        let picture =
            RgbImage::from_fn(16, 16, |x, y| Rgb([i * 30, (x * 12) as u8, (y * 10) as u8]));
        picture.save(folder.join(format!("p{i}.png"))).unwrap();
    }
}

/// The averaged weights of a run in 32 bits, and its steps. The model file has 16 bits, in which
/// unlike runs may look alike.
fn kept(out: &Path) -> (Vec<u8>, usize) {
    let config = std::fs::read(out.join("train.json")).unwrap();
    let config = serde_json::from_slice(&config).unwrap();
    let path = latest_checkpoints(out).into_iter().next().unwrap();
    let (trainer, checkpoint) = Trainer::load_checkpoint(config, &path, &Device::flex()).unwrap();
    (bytes(&trainer), checkpoint.step)
}

/// The process that is rank 1 of the run in folder `out`.
fn second(out: &Path) -> Option<u32> {
    let out = out.to_str().unwrap();
    let has = |pid: u32, file: &str, text: &str| {
        let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let mut words = bytes.split(|byte| *byte == 0);
        words.any(|word| word == text.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.find(|&pid: &u32| {
        let of_rank =
            has(pid, "environ", "OMPI_COMM_WORLD_RANK=1") || has(pid, "environ", "PMI_RANK=1");
        of_rank && has(pid, "cmdline", out)
    })
}

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").arg(name).arg(pid.to_string()).status();
    assert!(sent.unwrap().success());
}

/// Start it, and wait until it has taken so many steps and rank 1 is there.
#[allow(clippy::zombie_processes)] // The caller waits for it.
fn begun(mut command: Command, out: &Path, steps: usize) -> (Child, u32) {
    let child = command.spawn().unwrap();
    let begin = Instant::now();
    loop {
        assert!(begin.elapsed() < Duration::from_secs(60), "no checkpoint");
        let newest = latest_checkpoints(out).into_iter().next();
        let name = newest.and_then(|path| path.file_name().map(|n| n.to_owned()));
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let number = name.and_then(|name| name["checkpoint-".len()..].parse::<usize>().ok());
        if let (true, Some(pid)) = (number >= Some(steps), second(out)) {
            return (child, pid);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn two_ranks_come_to_what_two_devices_come_to_even_after_a_kill() {
    let Some((launcher, _one)) = launcher() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pictures(&folder.join("data"));
    done(command(&[], folder, "devices", &["--devices", "2"]));
    let devices = kept(&folder.join("devices"));
    assert_eq!(devices.1, STEPS);

    done(command(&launcher, folder, "ranks", &["--devices", "1"]));
    assert!(kept(&folder.join("ranks")) == devices);

    let out = folder.join("killed");
    let run = command(&launcher, folder, "killed", &["--devices", "1"]);
    let (child, rank_1) = begun(run, &out, 5);
    signal(rank_1, "-9");
    let killed = Instant::now();
    let output = finish(child, Duration::from_secs(30));
    println!(
        "ended {:.1} s after the kill",
        killed.elapsed().as_secs_f64()
    );
    assert!(!output.status.success());
    assert!((5..STEPS).contains(&kept(&out).1));
    let resume = ["--resume", "--devices", "1"];
    done(command(&launcher, folder, "killed", &resume));
    assert!(kept(&out) == devices);
}

#[test]
fn a_rank_that_cannot_begin_or_hangs_ends_all() {
    let Some((launcher, _one)) = launcher() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pictures(&folder.join("data"));

    // Alone under --mpi.
    let mut alone = command(&[], folder, "alone", &["--mpi"]);
    let output = finish(alone.spawn().unwrap(), Duration::from_secs(30));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("the only one"),
        "{said}"
    );

    // Pictures that are there for nobody: each host says what it misses.
    let missing = folder.join("missing");
    let missing = ["--data", missing.to_str().unwrap()];
    let mut run = command(&launcher, folder, "none", &missing);
    let output = finish(run.spawn().unwrap(), Duration::from_secs(30));
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no such file"), "{said}");

    // Rank 1 stands still: rank 0 waits as long as it may.
    let out = folder.join("still");
    let limit = ["--devices", "1", "--mpi-timeout", "3"];
    let run = command(&launcher, folder, "still", &limit);
    let (child, rank_1) = begun(run, &out, 5);
    signal(rank_1, "-STOP");
    let stopped = Instant::now();
    let output = finish(child, Duration::from_secs(40));
    println!(
        "ended {:.1} s after rank 1 stopped",
        stopped.elapsed().as_secs_f64()
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("waited 3 s for the other ranks"), "{said}");
    // mpirun may leave a process that stands still.
    let _ = Command::new("kill")
        .arg("-9")
        .arg(rank_1.to_string())
        .status();
}
