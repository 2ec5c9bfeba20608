//! Sounds on the command line.

use super::*;
use std::path::PathBuf;

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

/// Decibels of a spectrogram's pixels, from black at −80 to white at 0.
fn decibels(file: &str) -> Vec<f32> {
    let picture = image::open(file).unwrap().into_luma8();
    assert_eq!(picture.dimensions(), (64, 64));
    let bytes = picture.into_raw().into_iter();
    bytes.map(|v| f32::from(v) / 255.0 * 80.0 - 80.0).collect()
}

/// Samples of a WAV file as this program writes them.
fn samples(file: &Path) -> usize {
    let bytes = std::fs::read(file).unwrap();
    let length = bytes[40..44].try_into().unwrap();
    u32::from_le_bytes(length) as usize / 2
}

/// The notes of a small archive, as files.
fn notes(folder: &Path) -> Vec<PathBuf> {
    let file = path(folder, "notes.tar");
    done(&["notes", &file, "--count", "5", "--between", "2", "--json"]);
    let notes = folder.join("notes");
    tar::Archive::new(std::fs::File::open(file).unwrap())
        .unpack(&notes)
        .unwrap();
    (0..5).map(|i| notes.join(format!("{i:06}.wav"))).collect()
}

#[test]
fn a_sound_comes_back_from_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let note = notes(folder.path())[0].display().to_string();
    let [picture, sound, again] = ["a.png", "a.wav", "b.png"].map(|name| path(folder.path(), name));
    let said = done(&["spectrogram", &note, &picture, "--json"]);
    assert_eq!(said["seconds"], 1.024);
    done(&["sonify", &picture, &sound, "--json"]);
    assert_eq!(samples(Path::new(&sound)), 16_384);
    done(&["spectrogram", &sound, &again, "--json"]);
    let pairs = decibels(&picture).into_iter().zip(decibels(&again));
    let errors: Vec<f32> = pairs
        .filter(|(a, _)| *a > -60.0)
        .map(|(a, b)| (a - b).powi(2))
        .collect();
    let error = (errors.iter().sum::<f32>() / errors.len() as f32).sqrt();
    assert!(
        errors.len() > 50 && error < 3.0,
        "{error} dB over {} pixels",
        errors.len()
    );
    // Enlarged it is the same picture; stretched it is refused.
    let large = image::open(&picture).unwrap();
    let filter = image::imageops::FilterType::Nearest;
    let (large_file, wide_file) = (path(folder.path(), "l.png"), path(folder.path(), "w.png"));
    large
        .resize_exact(256, 256, filter)
        .save(&large_file)
        .unwrap();
    large
        .resize_exact(128, 64, filter)
        .save(&wide_file)
        .unwrap();
    let from_large = path(folder.path(), "l.wav");
    done(&["sonify", &large_file, &from_large, "--json"]);
    assert_eq!(
        std::fs::read(from_large).unwrap(),
        std::fs::read(&sound).unwrap()
    );
    let said = refused(&["sonify", &wide_file, &path(folder.path(), "w.wav")]);
    assert!(
        said.contains("128 × 64 pixels") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn what_is_wrong_with_a_sound_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let note = &notes(folder.path())[0];
    let cut = path(folder.path(), "cut.wav");
    let bytes = std::fs::read(note).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let out = path(folder.path(), "out.png");
    let said = refused(&["spectrogram", &cut, &out]);
    assert!(
        said.contains("cut.wav: cut short") && said.lines().count() == 1,
        "{said}"
    );
    assert!(!Path::new(&out).exists());
    let note = note.display().to_string();
    let said = refused(&["spectrogram", &note, &path(folder.path(), "out.jpg")]);
    assert!(said.contains("give it that ending"), "{said}");
    let said = refused(&["sonify", &note, &note]);
    assert!(said.contains("would write over it"), "{said}");
    let said = refused(&[
        "notes",
        &path(folder.path(), "n.tar"),
        "--count",
        "3",
        "--between",
        "2",
    ]);
    assert!(said.contains("between: is 2"), "{said}");
}

#[test]
fn notes_say_what_they_are_and_what_they_lie_between() {
    let folder = tempfile::tempdir().unwrap();
    let notes = notes(folder.path());
    let meta = |i: usize| -> serde_json::Value {
        let file = notes[i].with_extension("json");
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    };
    for i in 0..3 {
        assert!(meta(i)["kind"].is_string() && meta(i)["pitch"].is_f64() && meta(i)["a"].is_null());
    }
    let number = |meta: &serde_json::Value, end: &str| -> usize {
        meta[end].as_str().unwrap().parse().unwrap()
    };
    for i in 3..5 {
        let meta_between = meta(i);
        let [a, b] = ["a", "b"].map(|end| meta(number(&meta_between, end)));
        let pitch = |meta: &serde_json::Value| meta["pitch"].as_f64().unwrap();
        let alpha = meta_between["alpha"].as_f64().unwrap();
        let wanted = pitch(&a) + alpha * (pitch(&b) - pitch(&a));
        assert!(
            (pitch(&meta_between) - wanted).abs() < 1e-3,
            "{meta_between}"
        );
    }
}

#[test]
fn models_take_sounds_and_give_sounds() {
    let folder = tempfile::tempdir().unwrap();
    let notes = notes(folder.path());
    let (data, out) = (path(folder.path(), "notes.tar"), folder.path().join("out"));
    let out_text = out.display().to_string();
    let mut args = vec![
        "reconstruct",
        "--model",
        TINY,
        "--data",
        &data,
        "--out",
        &out_text,
    ];
    args.extend(["--format", "wav", "--steps", "2", "--json"]);
    assert_eq!(done(&args)["pictures"], 5);
    assert_eq!(samples(&out.join("000004.wav")), 16_384);
    assert!(!out.join("000004.png").exists());

    let [a, b] = [0, 1].map(|i: usize| notes[i].display().to_string());
    let way = folder.path().join("way");
    let way_text = way.display().to_string();
    for frames in ["4", "3"] {
        let mut args = vec!["morph", &a, &b, "--model", TINY, "--frames", frames];
        args.extend(["--format", "wav", "--out", &way_text, "--json"]);
        done(&args);
    }
    assert_eq!(samples(&way.join("002.wav")), 16_384);
    assert!(
        !way.join("003.wav").exists(),
        "a frame of the first run stays"
    );
    assert_eq!(samples(&way.join("strip.wav")), 3 * 16_384);
    let said = refused(&["morph", &a, &b, "--format", "wav", "--out", &way_text]);
    assert!(said.contains("--model"), "{said}");

    let new = folder.path().join("new");
    let new_text = new.display().to_string();
    let mut args = vec![
        "sample", "--model", TINY, "--count", "2", "--out", &new_text,
    ];
    args.extend(["--format", "wav", "--json"]);
    done(&args);
    assert_eq!(samples(&new.join("001.wav")), 16_384);
    assert!(new.join("sheet.png").exists());
}
