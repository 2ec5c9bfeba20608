//! The promise of a latent in groups, kept by the shipped models: coarse groups carry layout, fine
//! ones colour. Measured by swapping groups between pictures.

use burn::tensor::{Device, Tensor};
use soda::Soda;
use soda::engine::{DecodeOptions, SampleOptions};
use soda::eval::{RESPECTS, Swaps};
use std::path::Path;

fn load(name: &str) -> Soda {
    Soda::load(&Path::new("models").join(name), &Device::flex()).unwrap()
}

/// Pictures of the page's gallery, each paired with the next.
fn gallery(soda: &Soda, count: usize) -> (Tensor<2>, Tensor<2>) {
    let mut files: Vec<_> = std::fs::read_dir("www/public/gallery")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "png"))
        .collect();
    files.sort();
    files.truncate(count);
    assert_eq!(files.len(), count);
    let mut pixels = Vec::new();
    for file in files {
        let image = image::open(file).unwrap().into_rgba8();
        let (width, height) = image.dimensions();
        let picture = soda::data::Rgba::from_rgba8(
            image.as_raw(),
            width as usize,
            height as usize,
            soda.size(),
        );
        pixels.extend(picture.unwrap().compose(soda.manifest.background));
    }
    pairs(soda.encode(soda.pictures(pixels).unwrap()))
}

/// Latents drawn from the prior, each paired with the next.
fn drawn(soda: &Soda, count: usize) -> (Tensor<2>, Tensor<2>) {
    let options = SampleOptions {
        seed: 1,
        ..SampleOptions::default()
    };
    let latents = soda.draw(count, &options).unwrap().finish();
    pairs(latents.flatten::<2>(1, 3))
}

fn pairs(z: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let n = z.dims()[0];
    let next = Tensor::cat(
        vec![z.clone().narrow(0, 1, n - 1), z.clone().narrow(0, 0, 1)],
        0,
    );
    (z, next)
}

/// Shares of layout, edges, colour and palette that the coarse half of the groups moves, and those
/// that the fine half moves.
fn halves(soda: &Soda, (a, b): (Tensor<2>, Tensor<2>)) -> [[f64; 4]; 2] {
    let mut swaps = Swaps::new(soda.manifest.model.groups.len());
    swaps.add(soda, &a, &b, &DecodeOptions::default()).unwrap();
    let (coarse, fine) = swaps.groups.split_at(swaps.groups.len() / 2);
    [coarse, fine].map(|half| {
        let mut sums = [0.0; 4];
        for travel in half {
            for (sum, share) in sums.iter_mut().zip(travel.shares()) {
                *sum += share;
            }
        }
        sums
    })
}

fn coarse_move_layout_and_fine_move_colour([coarse, fine]: [[f64; 4]; 2]) {
    for (respect, name) in RESPECTS.iter().enumerate() {
        let (wanted, other) = match *name {
            "layout" | "edges" => (coarse[respect], fine[respect]),
            _ => (fine[respect], coarse[respect]),
        };
        println!("{name}: {wanted:.3} against {other:.3}");
        assert!(wanted > other + 0.4, "{name}: {wanted} against {other}");
    }
}

#[test]
fn coarse_groups_of_emoji_move_layout_and_fine_ones_colour() {
    let soda = load("emoji64");
    let latents = gallery(&soda, 24);
    coarse_move_layout_and_fine_move_colour(halves(&soda, latents));
}

#[test]
fn coarse_groups_of_faces_move_layout_and_fine_ones_colour() {
    let soda = load("faces64");
    let latents = drawn(&soda, 24);
    coarse_move_layout_and_fine_move_colour(halves(&soda, latents));
}

#[test]
fn a_swap_between_twins_changes_nothing() {
    let soda = load("emoji64");
    let (a, b) = gallery(&soda, 4);
    let mut swaps = Swaps::new(soda.manifest.model.groups.len());
    let options = DecodeOptions::default();
    let same = swaps.add(&soda, &b, &b, &options).unwrap();
    assert!(same[2..].iter().all(|mixed| *mixed == same[0]));
    let painted = swaps.add(&soda, &a, &b, &options).unwrap();
    assert!(painted[2] != painted[0] && painted[2] != painted[1]);
    assert_eq!(swaps.pairs, 8);
}
