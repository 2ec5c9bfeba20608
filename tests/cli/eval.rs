//! Protocols on representations, as people run them.

use super::{TINY, done, pictures, refused, soda};
use std::path::Path;

/// Pictures of shapes of the fixture's side, and a folder for what is written.
fn shapes(count: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let tar = path(folder.path(), "shapes.tar");
    let said = done(&["shapes", &tar, "--count", count, "--size", "16", "--json"]);
    assert_eq!(said["pictures"].to_string(), count);
    (folder, tar)
}

pub(crate) fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn measured(protocol: &str, data: &str, more: &[&str]) -> serde_json::Value {
    let args = ["eval", protocol, "--model", TINY, "--data", data, "--json"];
    done(&[&args[..], more].concat())
}

fn row<'a>(said: &'a serde_json::Value, start: &str) -> &'a serde_json::Value {
    let mut rows = said["rows"].as_array().unwrap().iter();
    let found = rows.find(|row| row["row"].as_str().unwrap().starts_with(start));
    found.unwrap_or_else(|| panic!("no row {start:?} in {said}"))
}

#[test]
fn dci_foretells_the_factors_of_shapes() {
    let (folder, tar) = shapes("300");
    let (cache, csv) = (path(folder.path(), "cache"), path(folder.path(), "dci.csv"));
    let said = measured(
        "dci",
        &tar,
        &["--cache", &cache, "--csv", &csv, "--trees", "30"],
    );
    let factors = ["background", "hue", "rotation", "shape", "size", "x", "y"];
    assert_eq!(said["factors"], serde_json::json!(factors));
    assert_eq!((&said["train"], &said["test"]), (&240.into(), &60.into()));
    // The grey behind the shape is most of the picture's variance.
    let components = row(&said, "PCA of pixels");
    assert!(
        components["by_factor"]["background"].as_f64().unwrap() > 0.9,
        "{said}"
    );
    for row in said["rows"].as_array().unwrap() {
        for score in ["disentanglement", "completeness", "informativeness"] {
            assert!((0.0..=1.0).contains(&row[score].as_f64().unwrap()), "{row}");
        }
    }
    let shares = said["importance"]["hue"].as_array().unwrap();
    assert_eq!(shares.len(), 16);
    let table = std::fs::read_to_string(csv).unwrap();
    assert!(table.starts_with("row,by_factor.background,") && table.lines().count() == 4);
    let again = measured("dci", &tar, &["--cache", &cache, "--trees", "30"]);
    assert_eq!(again, said, "from the cache");
    let args = [
        "eval",
        "dci",
        "--model",
        TINY,
        "--data",
        &tar,
        "--factors",
        "age",
    ];
    assert!(refused(&args).contains("\"age\""));
}

#[test]
fn anomaly_tells_pictures_of_another_kind() {
    let (folder, tar) = shapes("80");
    let other = path(folder.path(), "other");
    pictures(Path::new(&other), 8);
    let normal = ["--train", &tar, "--no-cache"];
    let said = measured(
        "anomaly",
        &tar,
        &[&normal[..], &["--outliers", &other]].concat(),
    );
    assert_eq!(
        (&said["normal"], &said["outliers"]),
        (&80.into(), &8.into())
    );
    assert!(said["rows"].as_array().unwrap().len() >= 3);
    // What was learnt from is judged here, so that the nearest of its two neighbours is itself.
    assert!(
        row(&said, "2 nearest latents, Euclidean")["auroc"]
            .as_f64()
            .unwrap()
            > 0.9,
        "{said}"
    );
    let by_shape = measured(
        "anomaly",
        &tar,
        &[&normal[..], &["--label", "shape"]].concat(),
    );
    assert_eq!(
        by_shape["classes"],
        serde_json::json!(["ellipse", "heart", "square", "triangle"])
    );
    assert_eq!(by_shape["role"], "held out");
    let alone = [
        &normal[..],
        &["--label", "shape", "--one-class", "--class", "heart"],
    ]
    .concat();
    let alone = measured("anomaly", &tar, &alone);
    assert_eq!(
        (&alone["role"], &alone["classes"]),
        (&"normal".into(), &serde_json::json!(["heart"]))
    );
    let args = [
        "eval", "anomaly", "--model", TINY, "--data", &tar, "--train", &tar,
    ];
    assert!(refused(&args).contains("--outliers"));
}

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
fn maps_are_drawn_with_their_coordinates() {
    let (folder, tar) = shapes("40");
    let maps = path(folder.path(), "maps");
    let more = [
        "--maps",
        &maps,
        "--label",
        "shape",
        "--epochs",
        "300",
        "--k",
        "5",
        "--side",
        "200",
        "--no-cache",
    ];
    let said = measured("map", &tar, &[&more[..], &["--thumbnail", "16"]].concat());
    for name in ["PCA", "t-SNE", "UMAP"] {
        let row = row(&said, name);
        assert!(row["trustworthiness"].as_f64().unwrap() > 0.5, "{said}");
        assert!(row["thumbnails"].as_u64().unwrap() > 3);
    }
    let map = image::open(Path::new(&maps).join("umap.png")).unwrap();
    assert_eq!((map.width(), map.height()), (200, 200));
    let table = std::fs::read_to_string(Path::new(&maps).join("coordinates.csv")).unwrap();
    assert!(table.starts_with("row,key,label,pca_x,pca_y,tsne_x,tsne_y,umap_x,umap_y"));
    assert_eq!(table.lines().count(), 41);
    let args = ["eval", "map", "--model", TINY, "--data", &tar, "--k", "20"];
    assert!(!soda(&args).status.success());
}

/// A bar whose colour and place are its attributes, twice each of their settings.
pub(crate) fn bars(file: &Path) {
    let mut tar = tar::Builder::new(std::fs::File::create(file).unwrap());
    let mut add = |name: String, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    for i in 0..16u32 {
        let (colour, place) = (i % 2, i / 2 % 2);
        let picture = image::RgbImage::from_fn(16, 16, |x, y| {
            let lit = (4 + 6 * place..8 + 6 * place).contains(&x) && y > i / 4;
            image::Rgb(match (lit, colour) {
                (false, _) => [255; 3],
                (true, 0) => [200, 0, 0],
                (true, _) => [0, 0, 200],
            })
        });
        let mut png = Vec::new();
        let mut to = std::io::Cursor::new(&mut png);
        picture.write_to(&mut to, image::ImageFormat::Png).unwrap();
        let colours = ["red", "blue"];
        let json = serde_json::json!({"colour": colours[colour as usize], "place": format!("at {place}"), "height": i / 4});
        add(format!("{i:03}.json"), json.to_string().as_bytes());
        add(format!("{i:03}.png"), &png);
    }
    tar.finish().unwrap();
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

#[test]
fn few_shot_judges_outside_features_by_the_same_draws_of_the_same_pictures() {
    let (folder, tar) = shapes("60");
    let file = path(folder.path(), "z.safetensors");
    done(&[
        "encode", "--model", TINY, "--data", &tar, "--out", &file, "--json",
    ]);
    let options = [
        "--label",
        "shape",
        "--shots",
        "1,2",
        "--episodes",
        "3",
        "--no-cache",
    ];
    let bytes = std::fs::read(&file).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let names = header.metadata().as_ref().unwrap()["names"].clone();
    let names: Vec<String> = serde_json::from_str(&names).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let z = tensors.tensor("z").unwrap().data().to_vec();
    let width = z.len() / names.len();
    let write = |names: Option<&[String]>, z: &[u8], shape: &[usize]| {
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.into(), z);
        let metadata = names.map(|names| {
            let names = serde_json::to_string(names).unwrap();
            [("names".to_owned(), names)].into()
        });
        let file = safetensors::serialize([("z", view.unwrap())], metadata).unwrap();
        let to = path(folder.path(), "other.safetensors");
        std::fs::write(&to, file).unwrap();
        to
    };
    // The latents in another order are the same features.
    let mut turned = names.clone();
    turned.reverse();
    let rows: Vec<&[u8]> = z.chunks(width).rev().collect();
    let shape = [names.len(), width / 4];
    let other = write(Some(&turned), &rows.concat(), &shape);
    let said = measured(
        "few-shot",
        &tar,
        &[&options[..], &["--beside", &file, "--beside", &other]].concat(),
    );
    let rows = said["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    let by = |i: usize| {
        let mut row = rows[i].clone();
        (row["features"].take(), row)
    };
    for i in [0, 1] {
        assert_eq!(by(i).0, "latent");
        assert_eq!(
            (by(i + 2).0, by(i + 4).0),
            (file.clone().into(), other.clone().into())
        );
        assert_eq!((by(i + 2).1, by(i + 4).1), (by(i).1, by(i).1));
    }
    // Numbers that know nothing of the picture are judged as such.
    let one: Vec<u8> = names.iter().flat_map(|_| 1f32.to_le_bytes()).collect();
    let more = write(Some(&names), &one, &[names.len(), 1]);
    let said = measured(
        "few-shot",
        &tar,
        &[&options[..], &["--beside", &more]].concat(),
    );
    assert_eq!(said["rows"][2]["width"], 1);
    assert_eq!(said["rows"][2]["centroid_balanced"], 0.25, "{said}");

    let refusal = |file: &str| {
        let args = ["eval", "few-shot", "--model", TINY, "--data", &tar];
        let said = refused(&[&args[..], &options, &["--json", "--beside", file]].concat());
        assert!(said.lines().count() == 1 && said.contains(file), "{said}");
        said
    };
    assert!(refusal(&write(None, &z, &shape)).contains("\"names\""));
    assert!(refusal(&write(Some(&names[1..]), &z, &shape)).contains("\"names\""));
    let mut twice = names.clone();
    twice[1] = twice[0].clone();
    assert!(refusal(&write(Some(&twice), &z, &shape)).contains(&twice[0]));
    let few = write(
        Some(&names[2..]),
        &z[2 * width..],
        &[shape[0] - 2, shape[1]],
    );
    let said = refusal(&few);
    assert!(
        said.contains("2 of 60") && said.contains(&names[0]),
        "{said}"
    );
    assert!(refusal(&write(Some(&names), &z, &[z.len() / 4])).contains("0 f32 matrices"));
    let mut broken = z.clone();
    broken[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(refusal(&write(Some(&names), &broken, &shape)).contains("finite"));
    assert!(refusal("nowhere.safetensors").contains("nowhere"));
}
