//! `soda train-renderer` and what is painted with a renderer.

use super::{TINY, pictures, refused, soda};

#[test]
fn a_renderer_is_trained_and_pictures_are_painted_four_times_as_large() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    pictures(&folder.path().join("data"), 4);
    let (data, model) = (path("data"), path("model"));
    let train = |more: &[&str]| {
        let mut args = vec!["train-renderer", "--model", TINY, "--data", &data, "--json"];
        args.extend([
            "--out",
            &model,
            "--steps",
            "6",
            "--patches",
            "2",
            "--patch",
            "16",
        ]);
        args.extend(["--channels", "6,4,4,4", "--blocks", "1"]);
        args.extend(more);
        args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>()
    };
    let run = |args: &[String]| soda(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(run(&train(&[])).status.success());
    assert!(run(&train(&["--mirror"])).status.success());
    let reconstruct = |out: &str, more: &[&str]| {
        let out = path(out);
        let mut args = vec![
            "reconstruct",
            "--model",
            &model,
            "--data",
            &data,
            "--out",
            &out,
        ];
        args.extend(more);
        assert!(soda(&args).status.success());
        image::image_dimensions(folder.path().join(out).join("p0.png")).unwrap()
    };
    assert_eq!(reconstruct("large", &[]), (64, 64));
    assert_eq!(reconstruct("own", &["--size", "16"]), (16, 16));
    let out = path("none");
    let args = [
        "reconstruct",
        "--data",
        &data,
        "--out",
        &out,
        "--size",
        "100",
    ];
    let with = |model| refused(&[&args[..], &["--model", model]].concat());
    assert!(with(&model).contains("paints at 16 pixels or 64, not at 100"));
    assert!(with(TINY).contains("has no renderer"));
    assert!(refused(&["eval", "render", "--model", TINY, "--data", &data]).contains("no renderer"));
    let sheet = path("sheet.png");
    let args = [
        "eval", "render", "--model", &model, "--data", &data, "--sheet", &sheet,
    ];
    let said = soda(&args);
    assert!(said.status.success());
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("painted, rendered") && said.contains("4 pictures of 64×64"),
        "{said}"
    );
    assert!(image::open(sheet).is_ok());

    // Settings that cannot work are refused before pictures are read.
    for (more, reason) in [
        (["--channels", "6,4,4"], "needs four"),
        (["--patch", "12"], "patch: is 12, needs a multiple of 8"),
        (["--steps", "0"], "steps: is 0"),
        (["--critic", "NaN"], "critic.weight: is NaN"),
    ] {
        let mut args: Vec<String> = vec!["train-renderer".into(), "--model".into(), TINY.into()];
        args.extend(["--data", &data, "--out", &out].map(String::from));
        args.extend(more.map(String::from));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let said = refused(&args);
        assert!(said.contains(reason), "{said}");
    }
}
