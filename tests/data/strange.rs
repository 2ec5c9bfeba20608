//! Files as strangers have them: links, odd names, litter, archives in odd places.

use super::*;
use soda::data::PassedOver;
use std::path::PathBuf;

fn open_all(paths: &[PathBuf]) -> (Dataset, PassedOver) {
    let cancel = AtomicBool::new(false);
    Dataset::open_all(paths, &OPTIONS, &mut |_, _| {}, &cancel).unwrap()
}

fn names(set: &Dataset) -> Vec<&str> {
    set.pictures()
        .map(|(_, entry)| entry.name.as_str())
        .collect()
}

/// A header of any kind, with a name and a link's target as they are.
fn header(name: &str, kind: tar::EntryType, target: &str, size: usize) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

#[test]
fn pictures_are_known_by_content_and_what_is_passed_over_is_named() {
    let jpeg = encoded(&plain(RED), ImageFormat::Jpeg);
    let bmp = encoded(&plain(RED), ImageFormat::Bmp);
    let files = [
        ("a.jpe", jpeg.clone()),
        ("b.jpg_large", jpeg.clone()),
        ("c.jpg?width=600&h=2", jpeg.clone()),
        ("d.jpg~orig", jpeg.clone()),
        ("e.png ", png(BLUE)),
        ("f", png(BLUE)),
        ("g.backup", bmp),
        ("-dash.PNG", png(RED)),
    ];
    let others = [
        (
            "BMW.txt",
            b"BMW and other cars, in a text of some length".to_vec(),
        ),
        ("P1.txt", b"P1 is not a picture".to_vec()),
        ("notes.md", b"notes".to_vec()),
        (".hidden.png", png(RED)),
        ("x.csv", b"a,b".to_vec()),
        ("y.csv", b"a,b".to_vec()),
        ("z.csv", b"a,b".to_vec()),
    ];
    let litter = [
        ("@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", jpeg.clone()),
        ("#recycle/old.png", png(RED)),
        ("._a.jpe", jpeg.clone()),
        ("Thumbs.db", b"x".to_vec()),
        ("$RECYCLE.BIN/x.png", png(RED)),
        ("__MACOSX/._f", png(RED)),
        ("lost+found/1.png", png(RED)),
    ];
    let all = files.iter().chain(&others).chain(&litter).cloned();
    let folder = folder(all);
    let (set, passed) = open_all(&[folder.path().into()]);
    assert_eq!(set.len(), files.len(), "{:?}", names(&set));
    assert_eq!(skipped(&set), Vec::<&str>::new());
    assert_eq!(passed.count, others.len());
    let said = passed.to_string();
    assert!(
        said.starts_with("7 other files: ") && said.ends_with(" and 2 more"),
        "{said}"
    );

    // The same in an archive.
    let members = files.iter().chain(&others).chain(&litter).cloned();
    let archive = super::folder([("x.tar.gz", gzip(&tar(members)))]);
    let (set, passed) = open_all(&[archive.path().join("x.tar.gz")]);
    assert_eq!(
        (set.len(), passed.count),
        (files.len(), others.len()),
        "{:?}",
        names(&set)
    );
}

#[test]
fn links_in_an_archive_are_read_or_named() {
    use tar::EntryType::{Link, Regular, Symlink};
    let picture = png(RED);
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |name: &str, kind, target: &str, bytes: &[u8]| {
        let header = header(name, kind, target, bytes.len());
        builder.append(&header, bytes).unwrap();
    };
    // A link may come before what it leads to.
    add("early.png", Symlink, "a/one.png", &[]);
    add("a/one.png", Regular, "", &picture);
    add("hard.png", Link, "a/one.png", &[]);
    add("a/soft.png", Symlink, "one.png", &[]);
    add("b/up.png", Symlink, "../a/one.png", &[]);
    add("twice.png", Link, "hard.png", &[]);
    add("dangling.png", Symlink, "nowhere.png", &[]);
    add("out.png", Symlink, "/etc/passwd", &[]);
    add("round.png", Symlink, "round.png", &[]);
    let bytes = builder.into_inner().unwrap();
    for (name, bytes) in [("x.tar", bytes.clone()), ("x.tar.gz", gzip(&bytes))] {
        let folder = folder([(name, bytes)]);
        let set = open(&folder.path().join(name));
        let wanted = [
            "a/one.png",
            "a/soft.png",
            "b/up.png",
            "early.png",
            "hard.png",
            "twice.png",
        ];
        assert_eq!(names(&set), wanted);
        assert_eq!(skipped(&set), ["dangling.png", "out.png", "round.png"]);
        assert!(
            set.pictures()
                .all(|(_, entry)| entry.picture == set.samples[0].pictures[0].picture)
        );
    }
}

#[test]
fn archives_joined_end_to_end_are_read_to_their_end() {
    let joined = [tar([("1.png", png(RED))]), tar([("2.png", png(BLUE))])].concat();
    let gzips = [
        gzip(&tar([("3.png", png(RED))])),
        gzip(&tar([("4.png", png(RED))])),
    ]
    .concat();
    let folder = folder([("a.tar", joined), ("b.tar.gz", gzips)]);
    assert_eq!(
        names(&open(folder.path())),
        ["1.png", "2.png", "3.png", "4.png"]
    );
}

#[test]
fn sparse_members_are_read_or_named() {
    // The old format of GNU tar: one block of data, then a hole that was never stored.
    let picture = png(RED);
    let mut sparse = header("sparse.png", tar::EntryType::GNUSparse, "", 0);
    let stored = picture.len().next_multiple_of(512);
    let gnu = sparse.as_gnu_mut().unwrap();
    let octal = |field: &mut [u8], value: usize| {
        let text = format!("{value:011o}\0");
        field.copy_from_slice(&text.as_bytes()[..field.len()]);
    };
    octal(&mut gnu.sparse[0].offset, 0);
    octal(&mut gnu.sparse[0].numbytes, stored);
    octal(&mut gnu.sparse[1].offset, stored + 4096);
    octal(&mut gnu.sparse[1].numbytes, 0);
    octal(&mut gnu.realsize, stored + 4096);
    sparse.set_size(stored as u64);
    sparse.set_cksum();
    let mut padded = picture.clone();
    padded.resize(stored, 0);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&sparse, padded.as_slice()).unwrap();
    // The format of POSIX says it in a header before the member.
    builder
        .append_pax_extensions([("GNU.sparse.major", b"1".as_slice())])
        .unwrap();
    let member = header("pax.png", tar::EntryType::Regular, "", 5);
    builder.append(&member, &b"0\n..."[..]).unwrap();
    let folder = folder([("x.tar", builder.into_inner().unwrap())]);
    let set = open(&folder.path().join("x.tar"));
    assert_eq!(names(&set), ["sparse.png"]);
    assert_eq!(skipped(&set), ["pax.png"]);
    assert!(set.skipped[0].reason.contains("holes"));
}

#[test]
fn an_archive_beside_class_folders_does_not_hide_them() {
    let folder = folder([
        ("cat/0.png", png(RED)),
        ("dog/0.png", png(BLUE)),
        ("original.tar.gz", gzip(&tar([("x.png", png(RED))]))),
    ]);
    let set = open(folder.path());
    assert_eq!(keys(&set), ["cat/0", "dog/0"]);
    assert_eq!(skipped(&set), ["original.tar.gz"]);
    assert!(set.skipped[0].reason.contains("give the file itself"));
}

#[test]
fn several_paths_and_shards_in_braces_are_one_data_set() {
    let folder = folder([
        ("s-08.tar", tar([("0.png", png(RED))])),
        ("s-09.tar", tar([("0.png", png(RED))])),
        ("s-10.tar", tar([("0.png", png(RED))])),
        ("one/0.png", png(RED)),
        ("two/0.png", png(BLUE)),
    ]);
    let (set, _) = open_all(&[folder.path().join("s-{08..10}.tar")]);
    assert_eq!(keys(&set), ["s-08.tar/0", "s-09.tar/0", "s-10.tar/0"]);
    let (set, _) = open_all(&[folder.path().join("one"), folder.path().join("two")]);
    assert_eq!(keys(&set), ["one/0", "two/0"]);
    let cancel = AtomicBool::new(false);
    let missing = [folder.path().join("s-{08..11}.tar")];
    let error = Dataset::open_all(&missing, &OPTIONS, &mut |_, _| {}, &cancel).unwrap_err();
    assert!(error.to_string().contains("s-11.tar"), "{error}");
}

#[test]
fn keys_are_unique_whatever_files_are_called() {
    let folder = folder([
        ("photo.jpg", png(RED)),
        ("photo.webp", png(RED)),
        ("photo.webp.png", png(RED)),
        ("Photo.png", png(RED)),
        ("a.tar/0.png", png(RED)),
    ]);
    let set = open(folder.path());
    let unique: std::collections::BTreeSet<_> = keys(&set).into_iter().collect();
    assert_eq!((set.len(), unique.len()), (5, 5), "{:?}", keys(&set));
}

#[test]
fn side_files_are_bounded_and_a_byte_order_mark_does_no_harm() {
    let huge = [b"\"".to_vec(), vec![b'x'; 17 << 20], b"\"".to_vec()].concat();
    let bytes = gzip(&tar([
        ("a.png", png(RED)),
        ("a.json", b"\xef\xbb\xbf{\"name\": \"a\"}".to_vec()),
        ("b.png", png(RED)),
        ("b.json", huge),
        ("b.cls", b"\xef\xbb\xbfcat\r\n".to_vec()),
    ]));
    let folder = folder([("x.tar.gz", bytes)]);
    let set = open(&folder.path().join("x.tar.gz"));
    assert_eq!(set.samples[0].meta.as_ref().unwrap()["name"], "a");
    assert_eq!(set.samples[1].class.as_deref(), Some("cat"));
    assert_eq!(skipped(&set), ["b.json"]);
}

#[test]
fn an_idx_file_that_says_too_much_is_named() {
    let mut bytes = vec![0, 0, 8, 3];
    for size in [u32::MAX, 28, 28] {
        bytes.extend(size.to_be_bytes());
    }
    bytes.extend([0; 784]);
    let folder = folder([("train-images-idx3-ubyte.gz", gzip(&bytes))]);
    let path = folder.path().join("train-images-idx3-ubyte.gz");
    let error = Dataset::open(&path, &OPTIONS).unwrap_err();
    assert!(error.to_string().contains("at most"), "{error}");
}

#[test]
fn a_name_of_megabytes_is_not_taken_in() {
    let long = |bytes: usize| {
        let name = vec![b'a'; bytes];
        let mut builder = tar::Builder::new(Vec::new());
        builder
            .append(
                &header("before.png", tar::EntryType::Regular, "", png(RED).len()),
                png(RED).as_slice(),
            )
            .unwrap();
        let announced = header("././@LongLink", tar::EntryType::GNULongName, "", bytes);
        builder.append(&announced, name.as_slice()).unwrap();
        let file = header("short.png", tar::EntryType::Regular, "", png(BLUE).len());
        builder.append(&file, png(BLUE).as_slice()).unwrap();
        builder.into_inner().unwrap()
    };
    let folder = folder([
        ("short.tgz", gzip(&long(3000))),
        ("long.tgz", gzip(&long(64 << 20))),
        ("long.tar", long(2 << 20)),
    ]);
    let set = open(&folder.path().join("short.tgz"));
    assert_eq!(set.len(), 2);
    for name in ["long.tgz", "long.tar"] {
        let set = open(&folder.path().join(name));
        assert_eq!(names(&set), ["before.png"]);
        let reason = &set.skipped[0].reason;
        assert!(
            reason.contains("a name or header of more than 1 MB"),
            "{reason}"
        );
    }
}
