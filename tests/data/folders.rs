//! Folders: classes, views by name, links.

use super::*;

#[test]
fn the_first_sub_folder_is_the_class() {
    let folder = folder([
        ("cat/tom.png", png(RED)),
        ("cat/old/felix.png", png(RED)),
        ("dog/rex.png", png(BLUE)),
        ("stray.png", png(BLUE)),
        ("twin.png", png(RED)),
        ("twin.bmp", encoded(&plain(BLUE), ImageFormat::Bmp)),
    ]);
    let set = open(folder.path());
    let wanted = [
        "cat/old/felix",
        "cat/tom",
        "dog/rex",
        "stray",
        "twin.bmp",
        "twin.png",
    ];
    assert_eq!(
        keys(&set),
        wanted,
        "a key has its extension where it would not be unique"
    );
    let classes: Vec<_> = set
        .samples
        .iter()
        .map(|sample| sample.class.as_deref())
        .collect();
    assert_eq!(
        classes,
        [Some("cat"), Some("cat"), Some("dog"), None, None, None]
    );
    assert!(set.views.is_empty());
    assert_eq!(set.samples[1].pictures[0].name, "cat/tom.png");
}

#[test]
fn files_of_one_name_in_sibling_folders_are_views() {
    let folder = folder([
        ("left/cup.png", png(RED)),
        ("right/cup.bmp", encoded(&plain(BLUE), ImageFormat::Bmp)),
        ("right/toys/car.png", png(BLUE)),
        ("left/toys/car.png", png(RED)),
        ("above/cup.png", b"broken".to_vec()),
    ]);
    let set = Dataset::open(folder.path(), &BY_NAME).unwrap();
    assert_eq!(keys(&set), ["cup", "toys/car"]);
    assert_eq!(
        set.views,
        ["left", "right"],
        "a view without a picture is none"
    );
    for sample in 0..2 {
        let views: Vec<_> = set.samples[sample]
            .pictures
            .iter()
            .map(|entry| entry.view)
            .collect();
        assert_eq!(views, [Some(0), Some(1)]);
        assert!(near(centre(&set, sample, 1), BLUE, 0));
    }
    assert_eq!(set.samples[1].class.as_deref(), Some("toys"));
    assert_eq!(skipped(&set), ["above/cup.png"]);

    let renumbered = set.with_views(&["front".into(), "right".into()]);
    let views: Vec<_> = renumbered.samples[0]
        .pictures
        .iter()
        .map(|entry| entry.view)
        .collect();
    assert_eq!(views, [None, Some(1)], "left is not among the new views");
}

#[test]
fn views_by_name_need_sub_folders() {
    let flat = folder([
        ("a.png", png(RED)),
        ("b.png", png(RED)),
        ("set.tar", tar(members())),
    ]);
    for path in [flat.path().to_path_buf(), flat.path().join("set.tar")] {
        let refused = Dataset::open(&path, &BY_NAME).unwrap_err();
        assert!(matches!(refused, DataError::NoViews { .. }), "{refused}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_circles_are_not() {
    let other = folder([("tom.png", png(RED))]);
    let folder = folder([("cat/felix.png", png(BLUE))]);
    std::os::unix::fs::symlink(other.path(), folder.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("cat/circle")).unwrap();
    std::os::unix::fs::symlink("nowhere.png", folder.path().join("dangling.png")).unwrap();
    let set = open(folder.path());
    assert_eq!(keys(&set), ["cat/felix", "linked/tom"]);
    assert_eq!(skipped(&set), ["dangling.png"]);
}
