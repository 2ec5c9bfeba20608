//! Arithmetic, directions and edits.

use super::super::{TINY, done, pictures, refused};
use super::{bars, measured, path, row, shapes};
use std::path::Path;

#[test]
fn arithmetic_answers_questions_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, sheet) = (
        path(folder.path(), "data"),
        path(folder.path(), "sheet.png"),
    );
    pictures(Path::new(&data), 6);
    let lines = [(1, 0, 2, 3), (3, 1, 2, 4)].map(|(a, b, c, d)| {
        format!(r#"{{"a": "p{a}", "b": "p{b}.png", "c": "p{c}", "d": "p{d}"}}"#)
    });
    let file = path(folder.path(), "triples.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let more = [
        "--triples",
        &file,
        "--sheet",
        &sheet,
        "--train",
        &data,
        "--steps",
        "1",
        "--no-cache",
    ];
    let said = measured("arithmetic", &data, &more);
    assert_eq!(said["questions"], 2);
    // Red is 30 times the number of the picture, and nothing else changes: pixels add up.
    let pixels = row(&said, "pixels");
    assert!(pixels["psnr"].as_f64().unwrap() > 50.0, "{said}");
    assert_eq!(
        (&pixels["finds"], &pixels["beats_copy"]),
        (&1.0.into(), &1.0.into())
    );
    assert!(row(&said, "copy c")["psnr"].as_f64().unwrap() < 30.0);
    row(&said, "z, 1 step");
    row(&said, "d's own z, 1 step");
    let sheet = image::open(sheet).unwrap();
    assert_eq!(sheet.height(), 2 + 2 * 18);
    let args = [
        "eval",
        "arithmetic",
        "--model",
        TINY,
        "--data",
        &data,
        "--change",
        "a:b",
        "--same",
        "x",
    ];
    assert!(refused(&args).contains("FIELD:FROM:TO"));
}

#[test]
fn arithmetic_finds_questions_by_a_rule() {
    let (_folder, tar) = shapes("60");
    // Each shape is a thing of its own: the same background is never drawn twice, so no pair agrees in it.
    let args = [
        "eval",
        "arithmetic",
        "--model",
        TINY,
        "--data",
        &tar,
        "--no-cache",
    ];
    let rule = ["--change", "shape:square:heart", "--same", "background"];
    let message = refused(&[&args[..], &rule].concat());
    assert!(
        message.contains("shape") && message.contains("background"),
        "{message}"
    );
}

#[test]
fn directions_are_measured_and_drawn() {
    let (folder, tar) = shapes("60");
    let sheet = path(folder.path(), "directions.png");
    let more = [
        "--components",
        "2",
        "--attribute",
        "shape",
        "--sheet",
        &sheet,
        "--no-cache",
    ];
    let said = measured("directions", &tar, &more);
    let groups = done(&["info", TINY, "--json"])["config"]["model"]["groups"].clone();
    let groups = groups.as_array().unwrap().len();
    assert_eq!(said["rows"].as_array().unwrap().len(), 2 * groups);
    assert_eq!(said["attributes"].as_array().unwrap().len(), 4);
    let first = row(&said, "group 0, component 1")["variance"]
        .as_f64()
        .unwrap();
    let second = row(&said, "group 0, component 2")["variance"]
        .as_f64()
        .unwrap();
    assert!(first >= second && first + second <= 1.0 + 1e-9);
    let sheet = image::open(sheet).unwrap();
    assert_eq!(sheet.height() as usize, 2 + (2 * groups + 4) * 18);
    assert_eq!(sheet.width() as usize, 2 + 14 * 18);
    let args = [
        "eval",
        "directions",
        "--model",
        TINY,
        "--data",
        &tar,
        "--attribute",
        "x",
    ];
    assert!(refused(&args).contains("more than 24"));
}

#[test]
fn edits_are_compared_with_the_true_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let (tar, sheet) = (
        path(folder.path(), "bars.tar"),
        path(folder.path(), "edits.png"),
    );
    bars(Path::new(&tar));
    let more = [
        "--train",
        &tar,
        "--limit",
        "6",
        "--sheet",
        &sheet,
        "--no-cache",
    ];
    let said = measured("edits", &tar, &more);
    assert_eq!(said["attributes"], serde_json::json!(["colour", "place"]));
    assert_eq!(said["edits"], 12);
    let truth = row(&said, "the true picture");
    // "the true picture's own z" comes first.
    assert!(truth["row"].as_str().unwrap().ends_with("own z"));
    let last = said["rows"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["row"], &last["psnr"]),
        (&"the true picture".into(), &100.0.into())
    );
    assert_eq!(row(&said, "no edit")["others_changed"], 0.0);
    assert_eq!(said["changes"].as_array().unwrap().len(), 2);
    assert_eq!(image::open(sheet).unwrap().height(), 2 + 6 * 18);
    let args = [
        "eval",
        "edits",
        "--model",
        TINY,
        "--data",
        &tar,
        "--train",
        &tar,
        "--attributes",
        "colour",
    ];
    assert!(refused(&args).contains("two attributes"));
}
