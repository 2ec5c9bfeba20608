//! Sounds are read where pictures are, and clips of frames.

use super::*;
use soda::audio::{SAMPLES, Spectrogram, read, wav};

const FLAC: &[u8] = include_bytes!("../fixtures/sounds/sine.flac");
const MP3: &[u8] = include_bytes!("../fixtures/sounds/sine.mp3");

/// Side of spectrograms.
const WHOLE: OpenOptions = OpenOptions {
    size: 64,
    views: Views::Own,
};

fn tone() -> Vec<u8> {
    let sample = |i| 0.5 * (i as f32 * 0.3).sin();
    wav(&(0..SAMPLES / 2).map(sample).collect::<Vec<f32>>())
}

/// Red, green and blue of every pixel.
fn rgb(set: &Dataset, sample: usize) -> Vec<u8> {
    let picture = &set.samples[sample].pictures[0].picture;
    let pixels = picture.premultiplied().as_chunks::<4>().0;
    pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect()
}

#[test]
fn a_folder_of_sounds_is_a_set_of_their_spectrograms() {
    let folder = folder([
        ("drum/a.wav", tone()),
        ("drum/b.flac", FLAC.to_vec()),
        ("horn/c.MP3", MP3.to_vec()),
        ("horn/no-ending", tone()),
        ("horn/picture.png", png(RED)),
        ("horn/cut.wav", tone()[..9000].to_vec()),
        ("horn/other.ogg", b"OggS".to_vec()),
        ("horn/notes.txt", b"a text".to_vec()),
    ]);
    let set = Dataset::open(folder.path(), &WHOLE).unwrap();
    let wanted = [
        "drum/a",
        "drum/b",
        "horn/c",
        "horn/no-ending",
        "horn/picture",
    ];
    assert_eq!(keys(&set), wanted);
    assert_eq!(set.samples[0].class.as_deref(), Some("drum"));
    for (sample, bytes) in [(0, &tone()[..]), (1, FLAC), (2, MP3), (3, &tone())] {
        let spectrogram = Spectrogram::of(&read(bytes).unwrap());
        assert_eq!(Spectrogram::from_rgb(&rgb(&set, sample)), spectrogram);
        assert!(spectrogram.bytes().iter().any(|&byte| byte > 200));
    }
    assert_eq!(skipped(&set), ["horn/cut.wav", "horn/other.ogg"]);
    let reasons: Vec<&str> = set.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert!(
        reasons[0].starts_with("cut short: it has 0.28 of 0.51 seconds"),
        "{reasons:?}"
    );
    assert!(reasons[1].contains("WAV, FLAC or MP3"), "{reasons:?}");
}

#[test]
fn sounds_in_an_archive_have_their_json_and_other_sides() {
    let members = [
        ("000.json", br#"{"kind": "kick", "pitch": 31.5}"#.to_vec()),
        ("000.wav", tone()),
        ("001.mp3", MP3.to_vec()),
        ("002", FLAC.to_vec()),
    ];
    let folder = folder([("set.tar", tar(members))]);
    let options = OpenOptions { size: 32, ..WHOLE };
    let set = Dataset::open(&folder.path().join("set.tar"), &options).unwrap();
    assert_eq!(keys(&set), ["000", "001", "002"]);
    assert_eq!(set.samples[0].meta.as_ref().unwrap()["kind"], "kick");
    assert_eq!(set.samples[0].pictures[0].picture.size(), 32);
}

#[test]
fn one_sound_that_cannot_be_read_says_why() {
    let folder = folder([("cut.flac", FLAC[..FLAC.len() / 2].to_vec())]);
    let error = Dataset::open(&folder.path().join("cut.flac"), &WHOLE).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("cut.flac") && said.contains("cut short"),
        "{said}"
    );
    assert!(!said.contains('\n'));
}

#[test]
fn frames_of_a_clip_are_views_of_one_thing() {
    let clips = folder([
        ("jump/0001.png", png(RED)),
        ("jump/0002.png", png(BLUE)),
        ("jump/0003.png", png(RED)),
        ("sport/run/0001.png", png(BLUE)),
        ("sport/run/0002.png", png(RED)),
        ("stray.png", png(RED)),
    ]);
    let options = OpenOptions {
        views: Views::ByFolder,
        ..OPTIONS
    };
    let set = Dataset::open(clips.path(), &options).unwrap();
    assert_eq!(keys(&set), ["jump", "sport/run", "stray"]);
    let counts: Vec<usize> = set.samples.iter().map(|s| s.pictures.len()).collect();
    assert_eq!(counts, [3, 2, 1]);
    let classes: Vec<_> = set.samples.iter().map(|s| s.class.as_deref()).collect();
    assert_eq!(classes, [None, Some("sport"), None]);
    assert!(set.views.is_empty(), "frames have no labels");
    assert!(near(centre(&set, 0, 1), BLUE, 0), "frames are in order");
    // Half of the targets are other frames of the clip.
    let pairs = soda::data::ViewPairs::default();
    let sampler = soda::data::PairSampler::new(set.into(), pairs, 1).unwrap();
    let draws: Vec<_> = (0..600).map(|position| sampler.draw(position)).collect();
    let of_clips = draws.iter().filter(|draw| draw.sample < 2);
    let others = of_clips.clone().filter(|draw| draw.source != draw.target);
    let share = others.count() as f64 / of_clips.count() as f64;
    assert!((share - 0.5).abs() < 0.1, "{share}");
    assert!(draws.iter().all(|draw| draw.label.is_none()));

    let flat = folder([("a.png", png(RED))]);
    let refused = Dataset::open(flat.path(), &options).unwrap_err();
    assert!(matches!(refused, DataError::NoViews { .. }), "{refused}");
}
