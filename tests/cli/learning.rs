//! What learns besides the networks themselves: priors, baselines, several devices.

use super::{TINY, done, pictures, refused, soda};

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
        "--data",
        &data,
        "--out",
        &model,
        "--widths",
        "16,8",
        "--guide-widths",
        "8",
        "--mirror",
    ]);
    assert!(soda(&train).status.success());
    let draw = |seed: &str, out: &str, more: &[&str]| {
        let out = path(out);
        let mut args = vec![
            "sample", "--model", &model, "--count", "3", "--seed", seed, "--out", &out,
        ];
        args.extend(more);
        assert!(soda(&args).status.success());
        std::fs::read(folder.path().join(out).join("sheet.png")).unwrap()
    };
    let first = draw("1", "first", &[]);
    assert!(
        first == draw("1", "again", &[]),
        "one seed, the same pictures"
    );
    assert!(first != draw("2", "other", &[]), "another seed, others");
    let led = |weight: &str| draw("1", "led", &["--autoguidance", weight]);
    assert!(first == led("2"), "as far from the guide as the model says");
    assert!(first != led("0"), "the prior alone");
    let config = std::fs::read_to_string(folder.path().join("model/config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["model"]["prior"]["guide"], serde_json::json!([8]));
    assert_eq!(config["sampled"]["autoguidance"], 2.0);
    train.push("--no-guide");
    let message = refused(&train);
    assert!(message.contains("--guide-widths"), "{message}");
    let guide = train
        .iter()
        .position(|&word| word == "--guide-widths")
        .unwrap();
    train.drain(guide..guide + 2);
    assert!(soda(&train).status.success());
    let config = std::fs::read_to_string(folder.path().join("model/config.json")).unwrap();
    assert!(!config.contains("guid"), "{config}");
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
