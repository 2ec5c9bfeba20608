//! Named directions, as people learn them.

use super::eval::{bars, path};
use super::{TINY, done, refused};
use std::path::Path;

#[test]
fn directions_are_learnt_of_each_kind_and_kept_with_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let (tar, out) = (
        path(folder.path(), "bars.tar"),
        path(folder.path(), "model"),
    );
    bars(Path::new(&tar));
    let base = [
        "directions",
        "--model",
        TINY,
        "--data",
        &tar,
        "--no-cache",
        "--json",
        "--out",
        &out,
    ];
    let asked = |more: &[&'static str]| [&base[..], more].concat();
    let said = done(&asked(&["--direction", "Right = place:at 0:at 1"]));
    assert_eq!(said["directions"], serde_json::json!(["Right"]));

    let config = std::fs::read(Path::new(&out).join("config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    let kept = &config["directions"];
    assert_eq!(kept["kinds"].as_array().unwrap().len(), 1);
    assert_eq!(
        kept["named"][0]["ends"],
        serde_json::json!(["at 0", "at 1"])
    );
    let vector = kept["named"][0]["vectors"][0].as_array().unwrap();
    assert_eq!(
        vector.len() as u64,
        config["model"]["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .sum::<u64>()
    );
    assert!(vector.iter().any(|value| value.as_f64().unwrap() != 0.0));
    // What was written is read again.
    done(&["info", &out, "--json"]);

    // Without refinement the direction is the difference of latents, which `eval edits` learns
    // too.
    let said = done(&asked(&[
        "--direction",
        "Right=place:at 0:at 1",
        "--refine",
        "0",
    ]));
    assert_eq!(said["directions"], serde_json::json!(["Right"]));
    let edits = |model: &str| {
        let more = ["--data", &tar, "--train", &tar, "--no-cache", "--json"];
        [&["eval", "edits", "--sliders", "--model", model][..], &more]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let said = done(&edits(&out).iter().map(String::as_str).collect::<Vec<_>>());
    let row = |name: &str| {
        let rows = said["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["row"] == name).unwrap();
        row["psnr"].as_f64().unwrap()
    };
    assert!(
        (row("z") - row("z, by the model's sliders")).abs() < 0.05,
        "{said}"
    );
    // Nothing but the place has a slider: 16 pictures, each with four in the other place.
    assert_eq!(said["edits"], 64);
    let error = refused(&edits(TINY).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        error.contains("no directions; soda directions learns some"),
        "{error}"
    );

    let said = done(&asked(&[
        "--by",
        "colour",
        "--direction",
        "Right=place:at 0:at 1",
    ]));
    assert!(said["kinds"].as_array().unwrap().len() > 1);
    let error = refused(&asked(&["--direction", "Right=place:at 0:at 9"]));
    assert!(error.contains("never \"at 9\""), "{error}");
    let error = refused(&asked(&["--direction", "Right=side:at 0:at 1"]));
    assert!(error.contains("no attribute \"side\""), "{error}");
    let error = refused(&asked(&["--direction", "Right"]));
    assert!(error.contains("NAME=ATTRIBUTE:BEFORE:AFTER"), "{error}");
    let error = refused(&asked(&[
        "--by",
        "side",
        "--direction",
        "Right=place:at 0:at 1",
    ]));
    assert!(
        error.contains("no picture to learn from has side"),
        "{error}"
    );
}
