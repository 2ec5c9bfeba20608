//! The program as people run it.

use image::{Rgb, RgbImage};
use std::path::Path;
use std::process::{Command, Output};

fn soda(args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_soda");
    Command::new(program)
        .args(args)
        .output()
        .expect("the program starts")
}

fn done(args: &[&str]) -> serde_json::Value {
    let output = soda(args);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("a line of JSON")
}

fn refused(args: &[&str]) -> String {
    let output = soda(args);
    assert!(!output.status.success(), "{args:?} should fail");
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn pictures(folder: &Path, count: u8) {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..count {
        let picture =
            RgbImage::from_fn(20, 24, |x, y| Rgb([i * 30, (x * 12) as u8, (y * 10) as u8]));
        picture.save(folder.join(format!("p{i}.png"))).unwrap();
    }
}

mod directions;
mod eval;
#[cfg(unix)]
mod kill;
mod learning;
#[cfg(target_os = "linux")]
mod memory;
mod morph;
mod places;
mod renderer;
mod resume;
mod sounds;

const TINY: &str = "tests/fixtures/tiny";

#[test]
fn encode_writes_normalised_latents_with_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (
        folder.path().join("data"),
        folder.path().join("z.safetensors"),
    );
    pictures(&data, 3);
    let (data, file) = (data.to_str().unwrap(), out.to_str().unwrap());
    let said = done(&[
        "encode", "--model", TINY, "--data", data, "--out", file, "--json",
    ]);
    assert_eq!(said["pictures"], 3);
    let bytes = std::fs::read(&out).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let keys = &header.metadata().as_ref().unwrap()["keys"];
    assert_eq!(keys, r#"["p0","p1","p2"]"#);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let z = tensors.tensor("z").unwrap();
    assert_eq!(
        (z.dtype(), z.shape()),
        (safetensors::Dtype::F32, &[3, 16][..])
    );
}

#[test]
fn reconstruct_names_pictures_after_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    pictures(&data, 2);
    for extra in [&["--steps", "2"][..], &["--invert", "--steps", "3"][..]] {
        let mut args = vec!["reconstruct", "--model", TINY, "--json", "--data"];
        args.extend([data.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        args.extend(extra);
        assert_eq!(done(&args)["pictures"], 2);
        let picture = image::open(out.join("p1.png")).unwrap();
        assert_eq!((picture.width(), picture.height()), (16, 16));
    }
}

#[test]
fn info_says_what_a_model_is() {
    let info = done(&["info", TINY, "--json"]);
    assert!(info["parameters"].as_u64().unwrap() > 10_000);
    assert!(info["flops_per_step"].as_u64().unwrap() > 100_000);
    assert_eq!(info["config"]["model"]["size"], 16);
}

#[test]
fn eval_compares_with_the_mean_picture_and_pca() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data, 6);
    let data = data.to_str().unwrap();
    let args = [
        "eval",
        "reconstruct",
        "--model",
        TINY,
        "--data",
        data,
        "--train",
        data,
    ];
    let said = done(&[&args[..], &["--steps", "1,2", "--json"]].concat());
    let rows = said["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    // Six pictures lie in a space of six components: PCA gives them back.
    assert!(rows[1]["psnr"].as_f64().unwrap() > 40.0, "{said}");
}

#[test]
fn eval_levels_says_what_each_group_moves() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    pictures(&folder.path().join("data"), 4);
    let (data, sheet, out) = (path("data"), path("sheet.png"), path("levels.json"));
    let args = ["eval", "levels", "--model", TINY, "--pairs", "6", "--json"];
    let files = ["--data", &data, "--sheet", &sheet, "--out", &out];
    let said = done(&[&args[..], &files].concat());
    let groups = done(&["info", TINY, "--json"])["config"]["model"]["groups"].clone();
    let groups = groups.as_array().unwrap().len();
    assert_eq!(said["shares"].as_array().unwrap().len(), groups);
    assert_eq!(said["dropped"].as_array().unwrap().len(), groups + 1);
    let sheet = image::open(sheet).unwrap();
    assert_eq!(sheet.height() as usize, 2 + (2 + groups) * 18);
    let written = std::fs::read(out).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(written, said);
}

#[test]
fn eval_views_compares_with_the_real_drawing_and_with_copying() {
    let folder = tempfile::tempdir().unwrap();
    let views = done(&["info", TINY, "--json"])["config"]["views"].clone();
    let views: Vec<&str> = views.as_array().unwrap()[..2]
        .iter()
        .map(|view| view.as_str().unwrap())
        .collect();
    for view in &views {
        pictures(&folder.path().join("data").join(view), 3);
    }
    let data = folder.path().join("data").to_str().unwrap().to_owned();
    let sheet = folder.path().join("sheet.png").to_str().unwrap().to_owned();
    let args = ["eval", "views", "--model", TINY, "--views", "by-name"];
    let files = ["--json", "--data", &data, "--sheet", &sheet];
    let said = done(&[&args[..], &files].concat());
    assert_eq!(said["samples"], 3);
    let rows = said["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["row"], format!("to {}", views[0]));
    assert_eq!(rows[2]["pairs"], 6);
    // Both views are the same picture here, so that nothing beats copying.
    assert_eq!(rows[2]["copy"]["psnr"], 100.0);
    assert_eq!(rows[2]["beats_copy"]["psnr"], 0.0);
    assert!(std::path::Path::new(&sheet).exists());
    let message = refused(&[
        "eval",
        "views",
        "--model",
        "models/faces64",
        "--data",
        &data,
    ]);
    assert!(message.contains("this model knows none"), "{message}");
}

#[test]
fn eval_reconstruct_counts_the_calls_of_a_refined_inversion() {
    let folder = tempfile::tempdir().unwrap();
    pictures(folder.path(), 2);
    let data = folder.path().to_str().unwrap();
    let quality = |refine: &str| {
        let args = [
            "eval",
            "reconstruct",
            "--model",
            TINY,
            "--data",
            data,
            "--steps",
            "1",
        ];
        let invert = ["--invert", "10", "--refine", refine, "--json"];
        let row = done(&[&args[..], &invert].concat())["rows"][1].clone();
        (
            row["row"].as_str().unwrap().to_owned(),
            row["psnr"].as_f64().unwrap(),
        )
    };
    let ((plain, before), (refined, after)) = (quality("0"), quality("3"));
    assert!(plain.contains("20 calls") && refined.contains("50 calls"));
    assert!(after > before + 1.0, "{before} dB, refined {after} dB");
}

#[test]
fn eval_frechet_reads_features_and_refuses_what_it_cannot_compare() {
    let folder = tempfile::tempdir().unwrap();
    let features = |name: &str, width: usize, shift: f32| {
        let value = |i: usize| ((i * 7919 % 1009) as f32 / 500.0 - 1.0) + shift;
        let data: Vec<u8> = (0..40 * width)
            .flat_map(|i| value(i).to_le_bytes())
            .collect();
        let shape = vec![40, width];
        let tensor = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, &data);
        let file = safetensors::serialize([("features", tensor.unwrap())], None).unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, file).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (real, far) = (features("real", 6, 0.0), features("far", 6, 2.0));
    let args = [
        "eval", "frechet", "--real", &real, "--drawn", &real, "--drawn",
    ];
    let said = done(&[&args[..], &[&far, "--json"]].concat());
    let distance = |row: usize| said["rows"][row]["frechet"].as_f64().unwrap();
    assert_eq!(said["pictures"], 20);
    assert!(
        distance(2) > distance(0) + 20.0 && distance(2) > distance(1) + 20.0,
        "{said}"
    );
    let message = refused(&[&args[..], &[&features("wide", 7, 0.0)]].concat());
    assert!(
        message.contains("both must come from one network"),
        "{message}"
    );
    let wrong = format!("{TINY}/config.json");
    let message = refused(&[&args[..], &[&wrong]].concat());
    assert!(message.contains("scripts/features.sh") && message.lines().count() == 1);
}

#[test]
fn errors_are_one_line_that_names_the_fault() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("z").to_str().unwrap().to_owned();
    let message = refused(&["encode", "--model", TINY, "--data", empty, "--out", &out]);
    assert!(
        message.contains("no picture in it") && message.lines().count() == 1,
        "{message}"
    );
    let message = refused(&["info", empty]);
    assert!(
        message.contains("config.json") && message.lines().count() == 1,
        "{message}"
    );
    let message = refused(&[
        "train", "--data", "nowhere", "--out", &out, "--preset", "tiny",
    ]);
    assert!(
        message.contains("there is no such file or folder"),
        "{message}"
    );
    let message = refused(&["train", "--data", empty, "--out", &out, "--preset", "huge"]);
    assert!(message.contains("there is no preset"), "{message}");
    pictures(&folder.path().join("p"), 4);
    let data = folder.path().join("p").to_str().unwrap().to_owned();
    let message = refused(&["train", "--from", TINY, "--data", &data, "--out", &out]);
    assert!(message.contains("knows the views"), "{message}");
}
