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
#[cfg(target_os = "linux")]
mod memory;
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
fn morph_paints_frames_and_a_strip() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    pictures(&data, 8);
    let (a, b) = (data.join("p0.png"), data.join("p7.png"));
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    done(&[
        "morph",
        a,
        b,
        "--model",
        TINY,
        "--frames",
        "5",
        "--out",
        out.to_str().unwrap(),
        "--json",
    ]);
    let frame = |i: usize| std::fs::read(out.join(format!("{i:03}.png"))).unwrap();
    assert_ne!(frame(0), frame(4));
    assert_ne!(frame(0), frame(2));
    let strip = image::open(out.join("strip.png")).unwrap();
    assert!(strip.width() > 5 * 16 && strip.height() >= 16);
}

#[test]
fn morph_without_a_model_shows_the_originals_at_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    pictures(&data, 8);
    let path = |i: usize| data.join(format!("p{i}.png")).display().to_string();
    let (a, b, c, out_text) = (path(0), path(7), path(3), out.display().to_string());
    let args = [
        "morph", &a, &b, &c, "--frames", "5", "--out", &out_text, "--json",
    ];
    let original = image::open(&a).unwrap();
    let size = original.width().max(original.height()).to_string();
    let said = done(&[&args[..], &["--size", &size]].concat());
    assert_eq!(said["features"], "semantic");
    let frame = |i: usize| {
        image::open(out.join(format!("{i:03}.png")))
            .unwrap()
            .into_rgb8()
    };
    for (i, path) in [(0, &a), (2, &b), (4, &c)] {
        let wanted = image::open(path).unwrap().into_rgb8();
        let pairs = frame(i).into_raw().into_iter().zip(wanted.into_raw());
        let errors = pairs.map(|(x, y)| (f64::from(x) - f64::from(y)).powi(2));
        let (sum, count) = errors.fold((0.0, 0.0), |(sum, n), error| (sum + error, n + 1.0));
        assert!(sum / count < 0.65, "50 dB: {}", sum / count);
    }
    assert_ne!(frame(1), frame(0));
}

#[test]
fn averages_and_squares_show_the_pictures_that_have_all_the_weight() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data, 8);
    let path = |i: usize| data.join(format!("p{i}.png")).display().to_string();
    let all = [path(0), path(2), path(5), path(7)];
    let original = |i: usize| image::open(&all[i]).unwrap().into_rgb8();
    let (width, height) = original(0).dimensions();
    let made = |options: &[&str]| {
        let out = folder.path().join("one.png");
        let size = width.max(height).to_string();
        let mut args = vec![
            "morph",
            "--size",
            &size,
            "--json",
            "--out",
            out.to_str().unwrap(),
        ];
        args.extend(all.iter().map(String::as_str));
        args.extend(options);
        let said = done(&args);
        assert_eq!(said["features"], "semantic");
        image::open(&out).unwrap().into_rgb8()
    };
    let near = |found: &image::RgbImage, wanted: &image::RgbImage| {
        let pairs = found.as_raw().iter().zip(wanted.as_raw());
        let sum: f64 = pairs.map(|(x, y)| f64::from(x.abs_diff(*y)).powi(2)).sum();
        assert!(
            sum / (wanted.as_raw().len() as f64) < 0.65,
            "less than 50 dB"
        );
    };
    near(&made(&["--average", "--shares", "0,0,2,0"]), &original(2));
    assert_eq!(made(&["--average"]).dimensions(), (width, height));
    let square = made(&["--square", "3"]);
    assert_eq!(square.dimensions(), (3 * width, 3 * height));
    for (i, (x, y)) in [(0, 0), (2, 0), (0, 2), (2, 2)].into_iter().enumerate() {
        let tile = image::imageops::crop_imm(&square, x * width, y * height, width, height);
        near(&tile.to_image(), &original(i));
    }
}

#[test]
fn morph_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    pictures(folder.path(), 2);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (a, b, gif) = (path("p0.png"), path("p1.png"), path("film.gif"));
    let refused = |more: &[&str]| {
        let args = [&["morph", &a, &b, "--out", &gif][..], more].concat();
        let output = soda(&args);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["--size", "9000"]).contains("2048"));
    assert!(refused(&["--pin", "0.1,0.2,3,0.1"]).contains("between 0 and 1"));
    assert!(refused(&["--average"]).contains("write a .png"));
    let png = path("one.png");
    let refused = |more: &[&str]| {
        let args = [&["morph", &a, &b, "--out", &png][..], more].concat();
        let output = soda(&args);
        assert!(!output.status.success() && !Path::new(&png).exists());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&[]).contains("a PNG is one picture"));
    assert!(refused(&["--square", "5"]).contains("four pictures"));
    assert!(refused(&["--average", "--shares", "1,2,3"]).contains("3 numbers"));
    assert!(refused(&["--average", "--shares", "0,0"]).contains("not all 0"));
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

#[test]
fn a_prior_is_trained_and_new_pictures_are_drawn_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    pictures(&folder.path().join("data"), 8);
    let train = [
        "train-prior",
        "--model",
        TINY,
        "--steps",
        "20",
        "--latents",
        "8",
    ];
    let mut train = train.to_vec();
    let (data, model) = (path("data"), path("model"));
    train.extend([
        "--data", &data, "--out", &model, "--widths", "16,8", "--mirror",
    ]);
    assert!(soda(&train).status.success());
    let draw = |seed: &str, out: &str| {
        let out = path(out);
        let args = [
            "sample", "--model", &model, "--count", "3", "--seed", seed, "--out", &out,
        ];
        assert!(soda(&args).status.success());
        std::fs::read(folder.path().join(out).join("sheet.png")).unwrap()
    };
    let first = draw("1", "first");
    assert!(first == draw("1", "again"), "one seed, the same pictures");
    assert!(first != draw("2", "other"), "another seed, others");
    assert!(folder.path().join("first/002.png").exists());
    let args = [
        "sample",
        "--model",
        &model,
        "--invert",
        "--out",
        &path("none"),
    ];
    let message = refused(&args);
    assert!(message.contains("--invert"), "{message}");
}

/// A baseline of each kind, from pictures to what its model is good for.
#[test]
fn baselines_are_trained_and_their_models_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    pictures(&folder.path().join("data"), 8);
    let (data, z) = (path("data"), path("z.safetensors"));
    for objective in ["simclr", "vae"] {
        let run = path(objective);
        let mut args = vec![
            "train", "--preset", "tiny", "--phases", "16:160:8", "--json",
        ];
        args.extend(["--objective", objective]);
        args.extend(["--data", &data, "--out", &run]);
        assert_eq!(done(&args)["finished"], true);
        let model = path(&format!("{objective}/model"));
        let info = done(&["info", &model, "--json"]);
        assert_eq!(info["config"]["training"]["objective"], objective);
        let encode = [
            "encode", "--model", &model, "--data", &data, "--out", &z, "--json",
        ];
        assert_eq!(done(&encode)["latent"], 16);
        let eval = [
            "eval",
            "reconstruct",
            "--model",
            &model,
            "--data",
            &data,
            "--json",
        ];
        let sheet = folder.path().join(objective).join("sheets/000000020.png");
        if objective == "vae" {
            assert_eq!(done(&eval)["rows"].as_array().unwrap().len(), 1);
            assert!(sheet.exists());
        } else {
            let message = refused(&eval);
            assert!(message.contains("trained by simclr"), "{message}");
            assert!(!sheet.exists(), "an untrained decoder paints no sheet");
            let message = refused(&["bench", "--model", &model]);
            assert!(message.contains("can only encode"), "{message}");
        }
        // Going on as something else is refused, and does not change what the run is.
        let changed = args
            .iter()
            .map(|&arg| if arg == objective { "byol" } else { arg });
        let other: Vec<&str> = changed.chain(["--resume"]).collect();
        let message = refused(&other);
        assert!(
            message.contains(&format!("was trained by {objective}")),
            "{message}"
        );
        let settings = std::fs::read_to_string(path(&format!("{objective}/train.json"))).unwrap();
        assert!(settings.contains(&format!("\"objective\": \"{objective}\"")));
    }
    let message = refused(&["train", "--data", &data, "--out", &z, "--objective", "moco"]);
    assert!(
        message.contains("choose one of soda, simclr, byol"),
        "{message}"
    );
}

#[test]
fn several_devices_share_a_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    pictures(&folder.path().join("data"), 8);
    let (data, run) = (path("data"), path("run"));
    let mut args = vec!["train", "--preset", "tiny", "--phases", "16:64:8", "--json"];
    args.extend(["--data", &data, "--out", &run, "--device", "flex"]);
    args.extend(["--devices", "2"]);
    assert_eq!(done(&args)["finished"], true);
    let info = done(&["info", &path("run/model"), "--json"]);
    assert_eq!(info["config"]["training"]["device"], "flex,flex");

    let message = refused(&[&args[..8], &["--device", "flex,tpu"]].concat());
    assert!(message.contains("\"tpu\" is no backend of this build"));
}
