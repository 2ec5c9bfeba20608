//! WebDataset archives: whole, compressed, cut short, lying.

use super::*;

#[test]
fn files_of_one_key_are_one_sample_of_several_views() {
    let folder = folder([("set.tar", tar(members()))]);
    let set = open(&folder.path().join("set.tar"));
    assert_eq!(keys(&set), ["1f600", "a", "b/0001"]);
    assert_eq!(set.views, ["noto", "twemoji"]);
    assert_eq!((set.len(), set.skipped.len()), (4, 0));
    let grin = &set.samples[0];
    assert_eq!(grin.meta.as_ref().unwrap()["name"], "grinning face");
    assert_eq!(grin.pictures[1].name, "1f600.twemoji.png");
    assert_eq!(grin.pictures[1].view, Some(1));
    assert!(near(centre(&set, 0, 0), RED, 0) && near(centre(&set, 0, 1), BLUE, 0));
    assert_eq!(set.samples[2].class.as_deref(), Some("7"));
    assert_eq!(set.samples[2].pictures[0].view, None);
}

#[test]
fn the_order_of_members_and_compression_make_no_difference() {
    let mut backwards = members();
    backwards.reverse();
    let folder = folder([
        ("set.tar", tar(members())),
        ("set.tar.gz", gzip(&tar(members()))),
        ("backwards.tgz", gzip(&tar(backwards))),
        ("archive", tar(members())),
    ]);
    let set = open(&folder.path().join("set.tar"));
    for other in ["set.tar.gz", "backwards.tgz", "archive"] {
        assert!(open(&folder.path().join(other)) == set, "{other}");
    }
}

#[test]
fn the_same_key_in_two_shards_is_two_samples() {
    let folder = folder([
        ("x-0.tar", tar([("1.png", png(RED)), ("2.png", png(RED))])),
        ("x-1.tar", tar([("1.png", png(BLUE)), ("3.png", png(BLUE))])),
        ("preview.png", png(RED)),
        ("notes.md", b"# notes".to_vec()),
    ]);
    let set = open(folder.path());
    assert_eq!(keys(&set), ["2", "3", "x-0.tar/1", "x-1.tar/1"]);
    assert!(near(centre(&set, 3, 0), BLUE, 0));
    assert_eq!(skipped(&set), ["preview.png"]);
}

#[test]
fn an_archive_cut_short_gives_what_comes_before_and_says_so() {
    let whole = tar([
        ("1.png", png(RED)),
        ("2.png", png(BLUE)),
        ("3.png", vec![0; 5000]),
    ]);
    let cut = whole.len() - 4000;
    let members = [("1.png", png(RED)), ("2.png", png(BLUE))];
    let mut garbage = tar(members);
    let end = garbage.len() - 1024;
    garbage[end..].fill(b'x');
    let folder = folder([
        ("cut.tar", whole[..cut].to_vec()),
        ("cut.tar.gz", gzip(&whole[..cut])),
        ("garbage.tar", garbage),
    ]);
    for name in ["cut.tar", "cut.tar.gz", "garbage.tar"] {
        let set = open(&folder.path().join(name));
        assert_eq!(keys(&set), ["1", "2"], "{name}");
        assert_eq!(skipped(&set), [name]);
        let reason = &set.skipped[0].reason;
        assert!(
            reason.contains("cut short") && reason.contains(".png"),
            "{reason}"
        );
    }
}

#[test]
fn a_compressed_stream_cut_short_gives_what_comes_before() {
    // Noise, so that compression does not gather everything into the last bytes.
    let noise = |seed: u32| {
        let picture = RgbImage::from_fn(64, 64, |x, y| {
            let v = (x * 7919 + y * 104_729 + seed * 31).wrapping_mul(2_654_435_761);
            let v = (v ^ (v >> 15)).wrapping_mul(2_246_822_519);
            Rgb([(v >> 8) as u8, (v >> 16) as u8, (v >> 24) as u8])
        });
        encoded(&picture.into(), ImageFormat::Png)
    };
    let names: Vec<String> = (0..8).map(|i| format!("{i}.png")).collect();
    let noises = (0..8).map(noise);
    let bytes = gzip(&tar(names.iter().map(String::as_str).zip(noises)));
    let folder = folder([("cut.tar.gz", bytes[..bytes.len() / 2].to_vec())]);
    let set = open(&folder.path().join("cut.tar.gz"));
    assert!((1..8).contains(&set.len()), "{}", set.len());
    assert_eq!(skipped(&set), ["cut.tar.gz"]);
}

#[test]
fn a_member_that_claims_more_than_there_is_does_no_harm() {
    let mut header = tar::Header::new_ustar();
    header.set_path("huge.png").unwrap();
    header.set_size(u64::MAX >> 24);
    header.set_cksum();
    let mut bytes = tar([("1.png", png(RED))]);
    bytes.truncate(bytes.len() - 1024);
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(&[0; 3000]);
    let folder = folder([("hostile.tar", bytes)]);
    let set = open(&folder.path().join("hostile.tar"));
    assert_eq!(keys(&set), ["1"]);
    assert!(skipped(&set).contains(&"huge.png"), "{:?}", set.skipped);
}
