//! Going on with a run: what it keeps, and what it refuses.

use super::{done, pictures, refused};
use std::fs;
use std::path::Path;

/// A run of a few steps in `out` on `data`, ended before its last phase.
fn train(data: &Path, out: &Path, more: &[&str]) -> serde_json::Value {
    let mut args = vec!["train", "--json"];
    args.extend([
        "--data",
        data.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    args.extend(more);
    done(&args)
}

fn config(out: &Path) -> serde_json::Value {
    let json = fs::read(out.join("model/config.json")).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn a_run_keeps_its_name_and_licences_and_refuses_what_contradicts_them() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    pictures(&data, 4);
    train(
        &data,
        &out,
        &[
            "--preset",
            "tiny",
            "--phases",
            "16:8:4",
            "--name",
            "cats",
            "--data-name",
            "My cats",
            "--data-licence",
            "CC-BY-4.0",
            "--licence",
            "CC-BY-SA-4.0",
        ],
    );
    train(&data, &out, &["--resume", "--phases", "16:16:4"]);
    let card = config(&out);
    assert_eq!(card["name"], "cats");
    assert_eq!(card["licence"], "CC-BY-SA-4.0");
    assert_eq!(card["training"]["data"], "My cats");
    assert_eq!(card["training"]["data_licence"], "CC-BY-4.0");
    assert_eq!(card["training"]["steps"], 4);

    let (data_name, out_name) = (data.to_str().unwrap(), out.to_str().unwrap());
    let resume = |data: &str, more: &[&str]| {
        let mut args = vec![
            "train", "--resume", "--json", "--data", data, "--out", out_name,
        ];
        args.extend(more);
        let said = refused(&args);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            !said.contains("damaged") && !said.contains("panicked"),
            "{said}"
        );
        said
    };
    assert!(resume(data_name, &["--preset", "resnet18"]).contains("leave --preset out"));
    assert!(resume(data_name, &["--from", "tests/fixtures/tiny"]).contains("leave --from out"));
    assert!(resume(data_name, &["--seed", "7"]).contains("has seed 1"));
    let said = resume(data_name, &["--phases", "16:4:4"]);
    assert!(
        said.contains("has seen 16 pictures already, and the settings end at 4"),
        "{said}"
    );
    let other = folder.path().join("other");
    pictures(&other, 3);
    let said = resume(other.to_str().unwrap(), &[]);
    assert!(
        said.contains("4 pictures") && said.contains("given 3"),
        "{said}"
    );
    // As many, with the same names, and other pixels.
    pictures(&other, 4);
    image::RgbImage::new(20, 24)
        .save(other.join("p2.png"))
        .unwrap();
    assert!(resume(other.to_str().unwrap(), &[]).contains("fingerprint"));
    let views = folder.path().join("views");
    for view in ["left", "right"] {
        pictures(&views.join(view), 4);
    }
    let said = resume(views.to_str().unwrap(), &["--views", "by-name"]);
    assert!(said.contains(r#"["left", "right"]"#), "{said}");
    // Other networks, by a file of settings.
    let mut settings: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("train.json")).unwrap()).unwrap();
    settings["model"]["size"] = 32.into();
    let file = folder.path().join("settings.json");
    // A byte-order mark, as editors write it, does no harm.
    fs::write(&file, format!("\u{feff}{settings}")).unwrap();
    let said = resume(data_name, &["--config", file.to_str().unwrap()]);
    assert!(
        said.contains("model.size is 16 in the run and 32"),
        "{said}"
    );

    let empty = folder.path().join("empty");
    let said = refused(&[
        "train",
        "--resume",
        "--data",
        data_name,
        "--out",
        empty.to_str().unwrap(),
    ]);
    assert!(said.contains("holds no checkpoint"), "{said}");
}

#[test]
fn what_cannot_be_written_beside_a_run_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    pictures(&data, 4);
    // Files where folders should be.
    fs::create_dir(&out).unwrap();
    for name in ["sheets", "events"] {
        fs::write(out.join(name), "").unwrap();
    }
    let end = train(
        &data,
        &out,
        &[
            "--preset",
            "tiny",
            "--phases",
            "16:16:4",
            "--sheet-every",
            "0",
        ],
    );
    assert_eq!(end["finished"], true);
    assert!(out.join("model/model.safetensors").exists());
}

#[test]
fn phases_that_no_machine_can_hold_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    pictures(&data, 2);
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    for phases in [
        "16:8:99999999999",
        "16:18446744073709551615:2,16:5:2",
        "18446744073709551615:8:2",
        "16:8:0",
        "0:8:2",
    ] {
        let said = refused(&[
            "train", "--preset", "tiny", "--phases", phases, "--data", data, "--out", out,
        ]);
        assert!(
            said.starts_with("soda: ") && said.lines().count() == 1,
            "{phases}: {said}"
        );
        assert!(!said.contains("fault of"), "{phases}: {said}");
    }
    assert!(!Path::new(out).exists());
}

#[cfg(unix)]
#[test]
fn a_training_whose_reader_has_gone_goes_on_to_its_end() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    pictures(&data, 4);
    let mut child = Command::new(env!("CARGO_BIN_EXE_soda"))
        .args([
            "train", "--preset", "tiny", "--phases", "16:16:4", "--json", "--data",
        ])
        .arg(&data)
        .arg("--out")
        .arg(&out)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(out.join("model/config.json").exists());
}
