//! Where results go, and where they never go.

use super::{TINY, done, pictures, refused, soda};
use image::{Rgb, RgbImage};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn png(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(18, 18, |x, y| Rgb([shade, (x * 14) as u8, (y * 14) as u8]));
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// An archive whose members have these names, whatever a well-behaved program would write.
fn tar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Every file below a folder, by its path in it.
fn files(folder: &Path) -> Vec<String> {
    fn walk(root: &Path, folder: &Path, all: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => walk(root, &path, all),
                false => {
                    let name = path.strip_prefix(root).unwrap();
                    all.push(name.to_string_lossy().into_owned());
                }
            }
        }
    }
    let mut all = Vec::new();
    walk(folder, folder, &mut all);
    all.sort();
    all
}

/// A folder that holds pictures in `data`.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new(count: u8) -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        pictures(&scene.path("data"), count);
        scene
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A command line, its words by blanks: `DATA` is the folder of pictures, `@x` the path of `x`.
    fn words(&self, line: &str) -> Vec<String> {
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.text(name),
            None if word == "DATA" => self.text("data"),
            None => word.to_owned(),
        };
        line.split_whitespace().map(word).collect()
    }

    fn refused(&self, line: &str) -> String {
        let words = self.words(line);
        refused(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn reconstruct(data: &Path, out: &Path) -> serde_json::Value {
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    let options = ["--steps", "1", "--json", "--data", data, "--out", out];
    done(&[&["reconstruct", "--model", TINY], &options[..]].concat())
}

#[test]
fn no_member_of_an_archive_is_written_outside_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside/x.png");
    let archive = folder.path().join("evil.tar");
    let absolute = outside.to_str().unwrap().to_owned();
    let members = [
        (absolute.as_str(), png(1)),
        ("../up.png", png(2)),
        ("a/../../up.png", png(3)),
        ("C:\\up.png", png(4)),
        ("..\\up.png", png(5)),
        ("a/fine.png", png(6)),
    ];
    fs::write(&archive, tar(&members)).unwrap();
    let (data, out) = (archive.to_str().unwrap(), folder.path().join("out"));
    let options = ["--steps", "1", "--data", data, "--out"];
    let out = out.to_str().unwrap();
    let output = soda(&[&["reconstruct", "--model", TINY], &options[..], &[out]].concat());
    assert!(output.status.success());
    assert_eq!(files(folder.path()), ["evil.tar", "out/a/fine.png"]);
    let said = String::from_utf8_lossy(&output.stderr);
    for (name, _) in &members[..5] {
        assert!(
            said.contains(&format!("skipped {name}: ")),
            "{name} in {said}"
        );
    }
}

#[test]
fn pictures_are_never_written_over_by_what_is_made_of_them() {
    let scene = Scene::new(2);
    fs::create_dir(scene.path("model")).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(Path::new(TINY).join(name), scene.path("model").join(name)).unwrap();
    }
    fs::create_dir(scene.path("frames")).unwrap();
    fs::write(scene.path("frames/000.png"), png(9)).unwrap();
    let read = |name: String| (fs::read(scene.path(&name)).unwrap(), name);
    let before: Vec<_> = files(scene.root()).into_iter().map(read).collect();
    for line in [
        "reconstruct --model @model --data DATA --out DATA",
        "reconstruct --model @model --data DATA --out @data/../data/.",
        "reconstruct --model @model --data @data/p0.png --out DATA",
        "encode --model @model --data DATA --out @data/p0.png",
        "encode --model @model --data @data/p0.png --out @data/p0.png",
        "encode --model @model --data DATA --out @model/model.safetensors",
        "eval reconstruct --model @model --data DATA --out @model/config.json",
        "eval reconstruct --model @model --data DATA --csv @data/p0.png",
        "fine-tune --model @model --data DATA --out @model",
        "morph @frames/000.png @data/p0.png --model @model --out @frames",
        "morph @frames/000.png @data/p0.png --out @frames",
        "train --preset tiny --data DATA --out DATA",
        "train --preset tiny --data @. --out @frames",
        "train --from @model --data DATA --out @model",
    ] {
        let said = scene.refused(line);
        assert!(said.contains("would write over it"), "{line}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    for (bytes, name) in &before {
        assert!(&fs::read(scene.path(name)).unwrap() == bytes, "{name}");
    }
    assert_eq!(files(scene.root()).len(), before.len());
}

#[test]
fn as_many_files_are_written_as_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let shards = folder.path().join("shards");
    fs::create_dir(&shards).unwrap();
    for (number, name) in ["a.tar", "b.tar", "c.tar"].into_iter().enumerate() {
        let shade = 10 * number as u8;
        let members = [("0000.png", png(shade)), ("0001.png", png(shade + 1))];
        fs::write(shards.join(name), tar(&members)).unwrap();
    }
    let out = folder.path().join("from-shards");
    assert_eq!(reconstruct(&shards, &out)["pictures"], 6);
    assert_eq!(files(&out).len(), 6);

    let clash = folder.path().join("clash");
    fs::create_dir_all(clash.join("x.png")).unwrap();
    for name in [
        "photo.jpg",
        "photo.webp",
        "photo.webp.png",
        "Photo.png",
        "x.gif",
        "x.png/x.bmp",
    ] {
        fs::write(clash.join(name), png(3)).unwrap();
    }
    let out = folder.path().join("from-clash");
    assert_eq!(reconstruct(&clash, &out)["pictures"], 6);
    let names = files(&out);
    let folded: std::collections::BTreeSet<_> = names.iter().map(|n| n.to_lowercase()).collect();
    assert_eq!((names.len(), folded.len()), (6, 6), "{names:?}");

    let out = folder.path().join("z/z.safetensors");
    let (data, to) = (clash.to_str().unwrap(), out.to_str().unwrap());
    done(&[
        "encode", "--model", TINY, "--json", "--data", data, "--out", to,
    ]);
    let bytes = fs::read(&out).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let keys = &header.metadata().as_ref().unwrap()["keys"];
    let keys: Vec<String> = serde_json::from_str(keys).unwrap();
    let different: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!((keys.len(), different.len()), (6, 6), "{keys:?}");
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_stay_apart() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    for name in [&b"a\xff.png"[..], b"a\xfe.png"] {
        let name = std::ffi::OsStr::from_bytes(name);
        if fs::write(data.join(name), png(4)).is_err() {
            return; // A file system that has no such names.
        }
    }
    let out = folder.path().join("out");
    assert_eq!(reconstruct(&data, &out)["pictures"], 2);
    assert_eq!(files(&out), ["a%FE.png", "a%FF.png"]);
}

#[test]
fn a_place_that_cannot_be_written_to_is_found_before_the_work() {
    let scene = Scene::new(1);
    fs::write(scene.path("file"), "").unwrap();
    let before = files(scene.root());
    for (line, cause) in [
        (
            "encode --model nowhere --data DATA --out @file/z",
            "cannot be made",
        ),
        (
            "encode --model nowhere --data DATA --out DATA",
            "is a folder",
        ),
        (
            "reconstruct --model nowhere --data DATA --out @file",
            "is a file",
        ),
        ("sample --model nowhere --out @file", "is a file"),
        ("train --data DATA --out @file/z", "cannot be made"),
        (
            "eval reconstruct --model nowhere --data DATA --out @file/z",
            "made",
        ),
        (
            "eval few-shot --model nowhere --data DATA --plot @file/z",
            "made",
        ),
        ("schedules --out @file/z", "cannot be made"),
        ("shapes @file/z --count 1", "cannot be made"),
        ("notes @file/z --count 1", "cannot be made"),
        ("sonify nowhere @file/z.wav", "cannot be made"),
    ] {
        // The model is not there either: that would be said if it were looked at first.
        let said = scene.refused(line);
        let is_fine = said.contains(cause) && said.lines().count() == 1;
        assert!(is_fine, "{line}: {said}");
    }
    // A command that fails later leaves no empty folder.
    let said = scene.refused("sample --model nowhere --out @new/one");
    assert!(said.contains("nowhere"), "{said}");
    assert_eq!(files(scene.root()), before);
    assert!(!scene.path("new").exists());
}

#[test]
fn frames_of_an_earlier_run_go_and_those_of_others_stay() {
    let scene = Scene::new(2);
    let out = scene.path("out");
    let (a, b, to) = (
        scene.text("data/p0.png"),
        scene.text("data/p1.png"),
        scene.text("out"),
    );
    let morph = |frames: &str| {
        let options = ["--steps", "1", "--frames", frames, "--json", "--out", &to];
        done(&[&["morph", &a, &b, "--model", TINY], &options[..]].concat())
    };
    morph("5");
    fs::write(out.join("004.png"), png(7)).unwrap();
    morph("3");
    assert_eq!(
        files(&out),
        ["000.png", "001.png", "002.png", "004.png", "strip.png"]
    );
    assert_eq!(fs::read(out.join("004.png")).unwrap(), png(7));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_line() {
    let scene = Scene::new(1);
    for line in [
        format!("encode --model {TINY} --data DATA --out /dev/full"),
        format!("eval reconstruct --model {TINY} --data DATA --csv /dev/full"),
    ] {
        let said = scene.refused(&line);
        assert!(
            said.contains("/dev/full: No space left on device"),
            "{said}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
    let full: PathBuf = "/dev/full".into();
    assert!(!full.is_file(), "the device is still one");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_nobody_reads_or_that_fails_is_never_a_panic() {
    use std::process::{Command, Stdio};
    let program = env!("CARGO_BIN_EXE_soda");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    for args in [&["info", TINY][..], &["--version"], &["--help"]] {
        let output = Command::new(program)
            .args(args)
            .stdout(full.try_clone().unwrap())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(said.contains("standard output: No space left"), "{said}");
        // The reader's end is closed before anything is written.
        let mut child = Command::new(program)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert!(output.status.success());
    }
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_refused_and_what_a_model_is_called_is_no_command_to_a_terminal() {
    let scene = Scene::new(1);
    fs::create_dir(scene.path("model")).unwrap();
    let config = fs::read_to_string(Path::new(TINY).join("config.json")).unwrap();
    fs::write(
        scene.path("model/config.json"),
        config.replace("\"name\": \"", "\"name\": \"\\u001b[31m"),
    )
    .unwrap();
    std::os::unix::fs::symlink("/dev/zero", scene.path("model/model.safetensors")).unwrap();
    let said = scene.refused("info @model");
    assert!(said.contains("model.safetensors: is not a file"), "{said}");
    let said = scene.refused("morph /dev/zero @data/p0.png --out @film.gif");
    assert!(said.contains("/dev/zero: is too large"), "{said}");
    let said = scene.refused("train --config /dev/zero --data DATA --out @run");
    assert!(said.contains("/dev/zero: is too large"), "{said}");
    let weights = scene.path("model/model.safetensors");
    fs::remove_file(&weights).unwrap();
    fs::copy(Path::new(TINY).join("model.safetensors"), weights).unwrap();
    let output = soda(&["info", &scene.text("model")]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("\\u{1b}[31m") && !said.contains('\u{1b}'),
        "{said}"
    );
}
