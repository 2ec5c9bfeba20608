//! Protocols on latents alone.

use super::super::{TINY, done, pictures, refused, soda};
use super::{measured, path, row, shapes};
use std::path::Path;

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
