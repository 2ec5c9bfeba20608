use super::super::augment::{Blur, Jitter};
use super::super::dataset::{Entry, Sample};
use super::*;

/// Samples with so many pictures each, every picture of a grey of its own.
fn dataset(pictures: &[usize]) -> Arc<Dataset> {
    let mut grey = 0;
    let mut entry = |view: usize| {
        grey += 3;
        let picture = Rgba::from_rgba8(&[[grey, grey, grey, 255]; 64].concat(), 8, 8, 8);
        Entry {
            name: format!("{grey}.png"),
            view: Some(view),
            picture: picture.unwrap(),
        }
    };
    let sample = |(key, &count): (usize, &usize)| Sample {
        key: key.to_string(),
        pictures: (0..count).map(&mut entry).collect(),
        class: None,
        meta: None,
    };
    let samples = pictures.iter().enumerate().map(sample).collect();
    let views = (0..*pictures.iter().max().unwrap_or(&0))
        .map(|v| v.to_string())
        .collect();
    Arc::new(Dataset {
        size: 8,
        samples,
        views,
        skipped: Vec::new(),
    })
}

fn sampler(pictures: &[usize], pairs: ViewPairs, seed: u64) -> PairSampler {
    PairSampler::new(dataset(pictures), pairs, seed).unwrap()
}

fn strong() -> Augmentation {
    Augmentation {
        crop: 0.5,
        shift: 0.2,
        flip: 0.5,
        jitter: Jitter {
            brightness: 0.5,
            ..Default::default()
        },
        blur: Blur {
            sigma: 4.0,
            probability: 0.5,
        },
        ..Default::default()
    }
}

#[test]
fn every_picture_is_the_source_once_a_round() {
    let sampler = sampler(&[3, 1, 4, 2], ViewPairs::default(), 1);
    let sources = |round: u64| -> Vec<(usize, usize)> {
        let positions = round * 10..(round + 1) * 10;
        positions
            .map(|p| sampler.draw(p))
            .map(|d| (d.sample, d.source))
            .collect()
    };
    let sorted = |mut sources: Vec<_>| {
        sources.sort();
        sources
    };
    assert_eq!(sampler.round(), 10);
    assert_ne!(sources(0), sources(1), "rounds are shuffled anew");
    assert_eq!(sorted(sources(0)), sampler_entries(&[3, 1, 4, 2]));
    assert_eq!(sorted(sources(7)), sampler_entries(&[3, 1, 4, 2]));
}

fn sampler_entries(pictures: &[usize]) -> Vec<(usize, usize)> {
    pictures
        .iter()
        .enumerate()
        .flat_map(|(s, &n)| (0..n).map(move |p| (s, p)))
        .collect()
}

#[test]
fn a_resumed_run_goes_on_with_the_same_pairs() {
    let pairs = ViewPairs {
        shared: strong(),
        source: strong(),
        ..Default::default()
    };
    let whole = sampler(&[3, 1, 4, 2], pairs.clone(), 9)
        .batch(0, 24, 8)
        .unwrap();
    let first = sampler(&[3, 1, 4, 2], pairs.clone(), 9)
        .batch(0, 7, 8)
        .unwrap();
    let rest = sampler(&[3, 1, 4, 2], pairs.clone(), 9)
        .batch(first.next, 17, 8)
        .unwrap();
    assert_eq!([first.source, rest.source].concat(), whole.source);
    assert_eq!([first.target, rest.target].concat(), whole.target);
    assert_eq!([first.labels, rest.labels].concat(), whole.labels);
    assert_eq!(rest.next, 24);
    assert_ne!(
        sampler(&[3, 1, 4, 2], pairs, 10).batch(0, 24, 8).unwrap(),
        whole
    );
}

#[test]
fn the_other_picture_is_of_the_same_sample_and_brings_its_view() {
    let sampler = sampler(
        &[4, 1, 2],
        ViewPairs {
            p_other: 1.0,
            p_label: 0.0,
            ..Default::default()
        },
        2,
    );
    let mut seen = std::collections::BTreeSet::new();
    for draw in (0..700).map(|position| sampler.draw(position)) {
        if draw.sample == 1 {
            assert_eq!(
                (draw.target, draw.label),
                (0, None),
                "there is no other picture"
            );
        } else {
            assert_ne!(draw.target, draw.source);
            assert_eq!(draw.label, Some(draw.target));
        }
        seen.insert((draw.sample, draw.source, draw.target));
    }
    // Every ordered pair of different pictures of a sample occurs: 4 · 3, 1, 2 · 1.
    assert_eq!(seen.len(), 15);
}

#[test]
fn without_another_view_the_picture_is_painted_as_it_is() {
    let pairs = ViewPairs {
        p_other: 0.0,
        p_label: 0.0,
        ..Default::default()
    };
    let batch = sampler(&[3, 2], pairs.clone(), 3).batch(0, 20, 8).unwrap();
    assert_eq!(batch.source, batch.target);
    assert!(
        batch.labels.iter().all(|&label| label == 3),
        "the number of views is no label"
    );
    let labelled = sampler(
        &[3, 2],
        ViewPairs {
            p_label: 1.0,
            ..pairs
        },
        3,
    );
    assert!(
        (0..20)
            .map(|p| labelled.draw(p))
            .all(|draw| draw.label == Some(draw.source))
    );
}

#[test]
fn probabilities_are_met() {
    let pairs = ViewPairs {
        p_other: 0.25,
        p_label: 0.4,
        ..Default::default()
    };
    let sampler = sampler(&[3, 3], pairs, 4);
    let draws: Vec<_> = (0..4000).map(|position| sampler.draw(position)).collect();
    let other = draws
        .iter()
        .filter(|draw| draw.source != draw.target)
        .count() as f64;
    assert!((other / 4000.0 - 0.25).abs() < 0.03);
    let same = draws.iter().filter(|draw| draw.source == draw.target);
    let labelled = same.filter(|draw| draw.label.is_some()).count() as f64;
    assert!((labelled / (4000.0 - other) - 0.4).abs() < 0.04);
}

#[test]
fn the_shared_change_is_the_same_on_both_and_the_own_ones_are_not() {
    let shared = ViewPairs {
        p_other: 0.0,
        shared: strong(),
        ..Default::default()
    };
    let plain = sampler(
        &[2],
        ViewPairs {
            p_other: 0.0,
            ..Default::default()
        },
        5,
    );
    let batch = sampler(&[2], shared.clone(), 5).batch(0, 16, 8).unwrap();
    assert_eq!(batch.source, batch.target);
    assert_ne!(batch.source, plain.batch(0, 16, 8).unwrap().source);
    let own = ViewPairs {
        source: strong(),
        ..shared
    };
    let changed = sampler(&[2], own, 5).batch(0, 16, 8).unwrap();
    assert_ne!(changed.source, changed.target);
    assert_eq!(
        changed.target, batch.target,
        "the source's change leaves the target alone"
    );
}

#[test]
fn a_smaller_size_shows_the_same_pictures() {
    let sampler = sampler(&[3, 2], ViewPairs::default(), 6);
    let (large, small) = (
        sampler.batch(0, 5, 8).unwrap(),
        sampler.batch(0, 5, 2).unwrap(),
    );
    assert_eq!(small.source.len(), 5 * 3 * 2 * 2);
    assert_eq!(small.labels, large.labels);
    for (small, large) in small.source.chunks(12).zip(large.source.chunks(192)) {
        assert!(
            small.iter().all(|value| (value - large[0]).abs() < 1e-6),
            "pictures are plain"
        );
    }
}

#[test]
fn what_cannot_be_drawn_is_an_error_that_says_why() {
    let sampler = sampler(&[2], ViewPairs::default(), 0);
    let error = |count, size| sampler.batch(0, count, size).unwrap_err().to_string();
    assert!(error(0, 8).starts_with("batch size is 0"));
    assert!(error(1, 9).starts_with("picture size is 9") && error(1, 0).contains("is 0"));
    let pairs = ViewPairs {
        p_other: 1.5,
        ..Default::default()
    };
    let wrong = PairSampler::new(dataset(&[2]), pairs, 0)
        .unwrap_err()
        .to_string();
    assert_eq!(wrong, "p_other is 1.5; it must be between 0 and 1");
    let empty = PairSampler::new(dataset(&[]), ViewPairs::default(), 0);
    assert!(matches!(empty, Err(DataError::Empty)));
}

#[cfg(feature = "cli")]
#[test]
fn prefetched_batches_come_in_order_whatever_the_number_of_workers() {
    let pairs = ViewPairs {
        shared: strong(),
        ..Default::default()
    };
    let sampler = Arc::new(sampler(&[3, 1, 4, 2], pairs, 8));
    let wanted: Vec<_> = (0..9)
        .map(|i| sampler.batch(5 + 4 * i, 4, 8).unwrap())
        .collect();
    for workers in [0, 1, 3, 16] {
        let prefetcher = super::super::Prefetcher::start(Arc::clone(&sampler), 5, 4, 8, workers);
        let batches: Vec<_> = prefetcher.unwrap().take(9).collect();
        assert!(batches == wanted, "{workers} workers");
    }
    // Every worker has let go of the sampler once its prefetcher is dropped.
    assert_eq!(Arc::strong_count(&sampler), 1);
}

#[test]
fn morphs_are_painted_from_their_two_ends() {
    let mut data = Arc::unwrap_or_clone(dataset(&[1, 1, 1]));
    data.samples[0].meta = Some(serde_json::json!({"a": "1", "b": "2", "alpha": 0.25}));
    let pairs = ViewPairs {
        p_other: 0.0,
        p_between: 1.0,
        ..ViewPairs::default()
    };
    let sampler = PairSampler::new(Arc::new(data), pairs, 1).unwrap();
    let batch = sampler.batch(0, 3, 8).unwrap();
    let morph = batch.samples.iter().position(|&s| s == 0).unwrap();
    assert_eq!(batch.mixed, [(morph, 0.25)]);
    let grey = |sample: usize| {
        sampler.dataset().samples[sample].pictures[0]
            .picture
            .compose([1.0; 3])[0]
    };
    let values = 3 * 8 * 8;
    assert_eq!(batch.source[morph * values], grey(1));
    assert_eq!(batch.partners.len(), values);
    assert_eq!(batch.partners[0], grey(2));
    assert_eq!(batch.target[morph * values], grey(0));
}

#[test]
fn p_between_needs_pictures_that_lie_between_others() {
    let pairs = ViewPairs {
        p_between: 0.5,
        ..ViewPairs::default()
    };
    let error = PairSampler::new(dataset(&[1, 1]), pairs, 1).unwrap_err();
    assert!(error.to_string().contains("p_between"), "{error}");
}
