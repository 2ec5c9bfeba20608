//! Morphs as files: with a model and without, of two, many and four.

use super::{TINY, done, pictures, soda};
use std::path::Path;

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
