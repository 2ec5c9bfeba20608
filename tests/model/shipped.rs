//! What the shipped models are held to. The latent's layout says where things are, the rest what
//! colour they have, measured by swapping groups between pictures; latent and inverted noise give
//! a picture back; the middle of two latents is no cross-fade.

use burn::tensor::{Device, Tensor};
use soda::Soda;
use soda::engine::{DecodeOptions, InvertOptions, SampleOptions};
use soda::eval::{Midpoints, Quality, RESPECTS, Swaps};
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

/// Shares of layout, edges, colour and palette that the group of layout moves, and those that
/// appearance and global numbers move together.
fn shares(soda: &Soda, (a, b): (Tensor<2>, Tensor<2>)) -> [[f64; 4]; 2] {
    assert_eq!(soda.manifest.model.groups.len(), 3);
    let mut swaps = Swaps::new(3);
    swaps.add(soda, &a, &b, &DecodeOptions::default()).unwrap();
    let (layout, rest) = swaps.groups.split_at(1);
    [layout, rest].map(|groups| {
        let mut sums = [0.0; 4];
        for travel in groups {
            for (sum, share) in sums.iter_mut().zip(travel.shares()) {
                *sum += share;
            }
        }
        sums
    })
}

/// `of_layout`: the respects that are to be the layout's work, and how far it must be ahead in each.
fn layout_moves_and_the_rest_colours([layout, rest]: [[f64; 4]; 2], of_layout: &[(&str, f64)]) {
    for (respect, name) in RESPECTS.iter().enumerate() {
        let (moved, less) = match *name {
            "layout" | "edges" => (layout[respect], rest[respect]),
            _ => (rest[respect], layout[respect]),
        };
        println!("{name}: {moved:.3} against {less:.3}");
        let of_layout = of_layout.iter().find(|(respect, _)| respect == name);
        let margin = match (*name, of_layout) {
            ("colour" | "palette", _) => 0.5,
            (_, Some((_, margin))) => *margin,
            _ => continue,
        };
        assert!(moved > less + margin, "{name}: {moved} against {less}");
    }
}

#[test]
fn every_model_paints_what_its_reference_says() {
    for name in ["emoji64", "faces64", "avatars64", "notes64"] {
        let soda = load(name);
        let pixels = soda::engine::values(soda.warm_up().unwrap()).unwrap();
        assert_eq!(soda.check_warm_up(&pixels), Ok(()), "{name}");
        assert!(
            soda.manifest.reference.is_some(),
            "{name} has no reference, needs \"reference\": {}",
            serde_json::to_string(&soda.reference().unwrap()).unwrap()
        );
    }
}

#[test]
fn the_layout_of_emoji_moves_and_the_rest_colours() {
    let soda = load("emoji64");
    let z = soda.encode(gallery(&soda, 24));
    layout_moves_and_the_rest_colours(shares(&soda, pairs(z)), &[("layout", 0.1), ("edges", 0.08)]);
}

/// Faces are aligned: their light and dark are a matter of skin and hair, half of it global.
#[test]
fn the_layout_of_faces_moves_edges_and_the_rest_colours() {
    let soda = load("faces64");
    let z = drawn(&soda, 24);
    layout_moves_and_the_rest_colours(shares(&soda, pairs(z)), &[("edges", 0.05)]);
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

#[test]
fn corrected_latents_paint_emoji_more_nearly() {
    let soda = load("emoji64");
    let x = gallery(&soda, 24);
    let psnr = |z: Tensor<2>| {
        let painted = soda.decode(z, None, &DecodeOptions::default()).unwrap();
        let painted = painted.finish().try_into_vec_as::<f32>().unwrap();
        let x = x.clone().try_into_vec_as::<f32>().unwrap();
        Quality::measure(&painted, &x, soda.size()).psnr
    };
    let plain = psnr(soda.encode(x.clone()));
    let corrected = psnr(soda.encode_corrected(x.clone()).unwrap());
    println!("{plain:.2} dB, corrected {corrected:.2} dB");
    assert!(corrected > plain + 0.3, "{plain} {corrected}");
}

/// SSIM of pictures with themselves after the way to the noise and back.
fn inverted(soda: &Soda, x: Tensor<4>, steps: usize, refinements: usize) -> f64 {
    let steps = Some(steps);
    let z = soda.encode_corrected(x.clone()).unwrap();
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

/// The middle of two latents is a picture of its own: what both ends explain of it is far from all,
/// and it is about as sharp as they are. A cross-fade has a ghost of 1.
#[test]
fn midpoints_of_emoji_are_no_cross_fades() {
    let soda = load("emoji64");
    let (a, b) = pairs(soda.encode_corrected(gallery(&soda, 24)).unwrap());
    let decoded = |z: Tensor<2>| {
        let pictures = soda.decode(z, None, &DecodeOptions::default()).unwrap();
        pictures.finish().try_into_vec_as::<f32>().unwrap()
    };
    let [from, to] = [&a, &b].map(|z| z.clone().try_into_vec_as::<f32>().unwrap());
    let ends = from.chunks(soda.latent()).zip(to.chunks(soda.latent()));
    let between = ends
        .flat_map(|(a, b)| soda.interpolate(a, b, 0.5))
        .collect();
    let middle = decoded(soda.latents(between).unwrap());
    let (a, b) = (decoded(a), decoded(b));
    let unit = 3 * soda.size() * soda.size();
    let pictures = a.len() / unit;
    let mean: Vec<f32> = (0..unit)
        .map(|i| a.iter().skip(i).step_by(unit).sum::<f32>() / pictures as f32)
        .collect();
    let mut midpoints = Midpoints::default();
    for i in 0..pictures {
        let at = i * unit..(i + 1) * unit;
        let ends = [&a[at.clone()], &b[at.clone()]];
        midpoints.add(ends, &middle[at], &mean, soda.size());
    }
    let (ghost, sharpness) = (midpoints.ghost(), midpoints.sharpness());
    println!(
        "ghost {ghost:.3}, low-pass {:.3}, sharpness {sharpness:.3}",
        midpoints.low_pass_ghost()
    );
    assert!(ghost < 0.75, "{ghost}");
    assert!((0.9..1.1).contains(&sharpness), "{sharpness}");
}
