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

fn reconstruct(data: &Path, out: &Path) -> serde_json::Value {
    let (data, out) = (data.to_str().unwrap(), out.to_str().unwrap());
    done(&[
        "reconstruct",
        "--model",
        TINY,
        "--steps",
        "1",
        "--json",
        "--data",
        data,
        "--out",
        out,
    ])
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
    let out = folder.path().join("out");
    let output = soda(&[
        "reconstruct",
        "--model",
        TINY,
        "--steps",
        "1",
        "--json",
        "--data",
        archive.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
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
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data, 2);
    let data_name = data.to_str().unwrap();
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(Path::new(TINY).join(name), model.join(name)).unwrap();
    }
    let model = model.to_str().unwrap();
    let first = data.join("p0.png");
    let first = first.to_str().unwrap();
    let frame = folder.path().join("frames/000.png");
    fs::create_dir(frame.parent().unwrap()).unwrap();
    fs::write(&frame, png(9)).unwrap();
    let (frames, frame) = (
        frame.parent().unwrap().to_str().unwrap(),
        frame.to_str().unwrap(),
    );
    let same = format!("{data_name}/../data/.");
    let config = format!("{model}/config.json");
    let weights = format!("{model}/model.safetensors");
    let before: Vec<_> = files(folder.path())
        .into_iter()
        .map(|name| (fs::read(folder.path().join(&name)).unwrap(), name))
        .collect();
    for args in [
        &[
            "reconstruct",
            "--model",
            model,
            "--data",
            data_name,
            "--out",
            data_name,
        ][..],
        &[
            "reconstruct",
            "--model",
            model,
            "--data",
            data_name,
            "--out",
            &same,
        ],
        &[
            "reconstruct",
            "--model",
            model,
            "--data",
            first,
            "--out",
            data_name,
        ],
        &[
            "encode", "--model", model, "--data", data_name, "--out", first,
        ],
        &["encode", "--model", model, "--data", first, "--out", first],
        &[
            "encode", "--model", model, "--data", data_name, "--out", &weights,
        ],
        &[
            "eval",
            "reconstruct",
            "--model",
            model,
            "--data",
            data_name,
            "--out",
            &config,
        ],
        &[
            "eval",
            "reconstruct",
            "--model",
            model,
            "--data",
            data_name,
            "--csv",
            first,
        ],
        &[
            "fine-tune",
            "--model",
            model,
            "--data",
            data_name,
            "--out",
            model,
        ],
        &["morph", frame, first, "--model", model, "--out", frames],
        &[
            "train", "--preset", "tiny", "--data", data_name, "--out", data_name,
        ],
        &[
            "train",
            "--preset",
            "tiny",
            "--data",
            folder.path().to_str().unwrap(),
            "--out",
            frames,
        ],
        &[
            "train", "--from", model, "--data", data_name, "--out", model,
        ],
    ] {
        let said = refused(args);
        assert!(said.contains("would write over it"), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    for (bytes, name) in &before {
        assert!(
            &fs::read(folder.path().join(name)).unwrap() == bytes,
            "{name}"
        );
    }
    assert_eq!(files(folder.path()).len(), before.len());
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
    done(&[
        "encode",
        "--model",
        TINY,
        "--json",
        "--data",
        clash.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
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
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data, 1);
    let data = data.to_str().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("below/z.safetensors");
    let (file, below) = (file.to_str().unwrap(), below.to_str().unwrap());
    let before = files(folder.path());
    for (args, cause) in [
        (
            &[
                "encode", "--model", "nowhere", "--data", data, "--out", below,
            ][..],
            "cannot be made",
        ),
        (
            &[
                "encode", "--model", "nowhere", "--data", data, "--out", data,
            ],
            "is a folder",
        ),
        (
            &[
                "reconstruct",
                "--model",
                "nowhere",
                "--data",
                data,
                "--out",
                file,
            ],
            "is a file",
        ),
        (
            &["sample", "--model", "nowhere", "--out", file],
            "is a file",
        ),
        (&["train", "--data", data, "--out", below], "cannot be made"),
        (
            &[
                "eval",
                "reconstruct",
                "--model",
                "nowhere",
                "--data",
                data,
                "--out",
                below,
            ],
            "made",
        ),
        (
            &[
                "eval", "few-shot", "--model", "nowhere", "--data", data, "--plot", below,
            ],
            "made",
        ),
        (&["schedules", "--out", below], "cannot be made"),
        (&["shapes", below, "--count", "1"], "cannot be made"),
    ] {
        // The model is not there either: that would be said if it were looked at first.
        let said = refused(args);
        assert!(
            said.contains(cause) && said.lines().count() == 1,
            "{args:?}: {said}"
        );
    }
    // A command that fails later leaves no empty folder.
    let new = folder.path().join("new/one");
    let said = refused(&[
        "sample",
        "--model",
        "nowhere",
        "--out",
        new.to_str().unwrap(),
    ]);
    assert!(said.contains("nowhere"), "{said}");
    assert_eq!(files(folder.path()), before);
    assert!(!folder.path().join("new").exists());
}

#[test]
fn frames_of_an_earlier_run_go_and_those_of_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data, 2);
    let out = folder.path().join("out");
    let (a, b) = (data.join("p0.png"), data.join("p1.png"));
    let morph = |frames: &str| {
        done(&[
            "morph",
            a.to_str().unwrap(),
            b.to_str().unwrap(),
            "--model",
            TINY,
            "--steps",
            "1",
            "--frames",
            frames,
            "--json",
            "--out",
            out.to_str().unwrap(),
        ])
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
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data, 1);
    let data = data.to_str().unwrap();
    for args in [
        &[
            "encode",
            "--model",
            TINY,
            "--data",
            data,
            "--out",
            "/dev/full",
        ][..],
        &[
            "eval",
            "reconstruct",
            "--model",
            TINY,
            "--data",
            data,
            "--csv",
            "/dev/full",
        ],
    ] {
        let said = refused(args);
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
