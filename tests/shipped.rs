//! What the shipped models are held to. Coarse latent groups carry layout and fine ones colour,
//! measured by swapping groups between pictures; latent and inverted noise give a picture back.

use burn::tensor::{Device, Tensor};
use soda::Soda;
use soda::engine::{DecodeOptions, InvertOptions, SampleOptions};
use soda::eval::{Quality, RESPECTS, Swaps};
use std::path::Path;

fn load(name: &str) -> Soda {
    Soda::load(&Path::new("models").join(name), &Device::flex()).unwrap()
}

/// Pictures of the page's gallery.
fn gallery(soda: &Soda, count: usize) -> Tensor<4> {
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
    soda.pictures(pixels).unwrap()
}

/// Latents drawn from the prior.
fn drawn(soda: &Soda, count: usize) -> Tensor<2> {
    let options = SampleOptions {
        seed: 1,
        ..SampleOptions::default()
    };
    let latents = soda.draw(count, &options).unwrap().finish();
    latents.flatten::<2>(1, 3)
}

/// Each latent with the next.
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
    let z = soda.encode(gallery(&soda, 24));
    coarse_move_layout_and_fine_move_colour(halves(&soda, pairs(z)));
}

#[test]
fn coarse_groups_of_faces_move_layout_and_fine_ones_colour() {
    let soda = load("faces64");
    let z = drawn(&soda, 24);
    coarse_move_layout_and_fine_move_colour(halves(&soda, pairs(z)));
}

#[test]
fn a_swap_between_twins_changes_nothing() {
    let soda = load("emoji64");
    let (a, b) = pairs(soda.encode(gallery(&soda, 4)));
    let mut swaps = Swaps::new(soda.manifest.model.groups.len());
    let options = DecodeOptions::default();
    let same = swaps.add(&soda, &b, &b, &options).unwrap();
    assert!(same[2..].iter().all(|mixed| *mixed == same[0]));
    let painted = swaps.add(&soda, &a, &b, &options).unwrap();
    assert!(painted[2] != painted[0] && painted[2] != painted[1]);
    assert_eq!(swaps.pairs, 8);
}

/// SSIM of pictures with themselves after the way to the noise and back.
fn inverted(soda: &Soda, x: Tensor<4>, steps: usize, refinements: usize) -> f64 {
    let steps = Some(steps);
    let z = soda.encode(x.clone());
    let options = InvertOptions { steps, refinements };
    let noise = soda
        .invert(x.clone(), z.clone(), &options)
        .unwrap()
        .finish();
    let options = DecodeOptions {
        steps,
        ..DecodeOptions::default()
    };
    let back = soda.decode(z, Some(noise), &options).unwrap().finish();
    let [back, x] = [back, x].map(|x| x.try_into_vec_as::<f32>().unwrap());
    Quality::measure(&back, &x, soda.size()).ssim
}

#[test]
fn latent_and_inverted_noise_give_emoji_back() {
    let soda = load("emoji64");
    let x = gallery(&soda, 6);
    let (plain, refined) = (inverted(&soda, x.clone(), 20, 0), inverted(&soda, x, 20, 1));
    println!("SSIM {plain:.4} in 40 calls, refined {refined:.4} in 60");
    assert!(refined > 0.99 && refined > plain, "{plain} {refined}");
}
