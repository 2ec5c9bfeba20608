//! Every file of the fuzzing corpus, and mutants of it, through the functions that are fuzzed.
//!
//! `SODA_FUZZ_SECONDS` makes each target go on with other mutants for so long.

mod entry;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Mutants of each file in a normal test.
const MUTANTS: usize = 40;

fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new("tests/fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert!(!corpus.is_empty(), "{name} has a corpus");
    let run = |bytes: &[u8]| {
        if catch_unwind(AssertUnwindSafe(|| target(bytes))).is_err() {
            let kept = std::env::temp_dir().join(format!("soda-fuzz-{name}-failed"));
            std::fs::write(&kept, bytes).unwrap();
            panic!("{name} fails on the bytes in {}", kept.display());
        }
    };
    corpus.iter().for_each(|bytes| run(bytes));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for bytes in &corpus {
        (0..MUTANTS).for_each(|_| run(&mutant(bytes, &corpus, &mut rng)));
    }
    let seconds = std::env::var("SODA_FUZZ_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(0));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let mut rng = ChaCha8Rng::seed_from_u64(now.map_or(2, |now| now.as_nanos() as u64));
    let mut runs = 0u64;
    while Instant::now() < end {
        let bytes = &corpus[rng.random_range(0..corpus.len())];
        run(&mutant(bytes, &corpus, &mut rng));
        runs += 1;
    }
    println!("{name}: {} files, {runs} more mutants", corpus.len());
}

/// A file with one to eight changes of the kinds that break parsers.
fn mutant(bytes: &[u8], corpus: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..=8) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(1..=16usize)).min(bytes.len());
        match rng.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            5 => bytes[at..end].fill(b'9'),
            _ => {
                let other = &corpus[rng.random_range(0..corpus.len())];
                let from = rng.random_range(0..=other.len());
                let to = (from + 64).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
    bytes
}

macro_rules! replayed {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), entry::$name);
        }
    )*};
}

replayed!(
    config, weights, tar, idx, cifar, picture, sound, phases, paths, curves
);

#[test]
fn every_target_is_replayed_and_fuzzed() {
    let manifest = std::fs::read_to_string("fuzz/Cargo.toml").unwrap();
    for (name, _) in entry::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(
            Path::new("fuzz/fuzz_targets")
                .join(format!("{name}.rs"))
                .exists()
        );
    }
}
