//! Protocols on what is painted.

use super::super::{TINY, done, pictures, refused};
use super::{measured, path, row, shapes};
use std::path::Path;

#[test]
fn models_stand_beside_each_other_and_their_pictures_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (data, kept) = (path(folder.path(), "data"), path(folder.path(), "kept"));
    pictures(Path::new(&data), 4);
    let beside = ["--beside", TINY, "--steps", "1", "--pictures", &kept];
    let said = measured("reconstruct", &data, &beside);
    let rows = said["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(
        rows[1]["row"]
            .as_str()
            .unwrap()
            .starts_with("soda tests/fixtures/tiny (16)")
    );
    assert_eq!(rows[0]["psnr"], rows[1]["psnr"], "one model twice");
    assert!(rows[0]["mse"].as_f64().unwrap() > 0.0);
    for row in ["truth", "z-1-step", "soda-tests-fixtures-tiny-16-z-1-step"] {
        let written = std::fs::read_dir(Path::new(&kept).join(row)).unwrap();
        assert_eq!(written.count(), 4, "{row}");
    }
    let other = ["--beside", "models/faces64", "--steps", "1"];
    let args = ["eval", "reconstruct", "--model", TINY, "--data", &data];
    assert!(refused(&[&args[..], &other].concat()).contains("of one side"));
    let args = ["eval", "interpolate", "--model", TINY, "--data", &data];
    assert!(refused(&args).contains("soda eval midpoints or soda eval morph"));
}

#[test]
fn midpoints_are_told_from_a_cross_fade_and_kept() {
    let (folder, tar) = shapes("20");
    let kept = path(folder.path(), "kept");
    let said = measured("midpoints", &tar, &["--pairs", "6", "--pictures", &kept]);
    let fade = row(&said, "different, cross-fade");
    assert!(
        (fade["ghost"].as_f64().unwrap() - 1.0).abs() < 1e-6,
        "{said}"
    );
    assert_eq!(row(&said, "different, latents")["pairs"], 6);
    for (name, count) in [("truth", 20), ("latents", 20), ("different-latents", 6)] {
        let written = std::fs::read_dir(Path::new(&kept).join(name)).unwrap();
        assert_eq!(written.count(), count, "{name}");
    }
}

#[test]
fn familiarity_says_what_most_pictures_stay_below() {
    let (_folder, tar) = shapes("40");
    let said = measured("familiarity", &tar, &["--limit", "0.5"]);
    let row = &said["rows"][0];
    assert_eq!(row["pictures"], 40);
    let [half, most] = ["half_below", "most_below"].map(|key| row[key].as_f64().unwrap());
    assert!(0.0 < half && half <= most, "{said}");
    let limit = format!("{most}");
    let said = measured("familiarity", &tar, &["--limit", &limit]);
    // Of 40 scores the 39th is the limit: one is above it.
    assert_eq!(said["rows"][0]["far"], 1.0 / 40.0);
}

#[test]
fn familiarity_keeps_its_limit_with_the_model_and_leaves_the_weights() {
    let (folder, tar) = shapes("40");
    let model = path(folder.path(), "model");
    std::fs::create_dir(&model).unwrap();
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(Path::new(TINY).join(name), Path::new(&model).join(name)).unwrap();
    }
    let read = |name| std::fs::read(Path::new(&model).join(name)).unwrap();
    let weights = read("model.safetensors");
    let args = [
        "eval",
        "familiarity",
        "--model",
        &model,
        "--data",
        &tar,
        "--json",
    ];
    let most = done(&[&args[..], &["--keep"]].concat())["rows"][0]["most_below"]
        .as_f64()
        .unwrap();
    let settings: serde_json::Value = serde_json::from_slice(&read("config.json")).unwrap();
    let limit = settings["unfamiliarity_limit"].as_f64().unwrap();
    assert!(
        (0.0..0.001).contains(&(limit - most)),
        "{most}, but {limit} is kept"
    );
    assert!(read("model.safetensors") == weights);
    done(&args);
}
