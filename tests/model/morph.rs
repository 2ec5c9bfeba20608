//! Morphs of pictures that ship with the project, against what must be true of any morph.

use soda::morph::{
    Analysis, Domain, Field, Fit, Kind, Matcher, Moment, Morph, Picture, Start, frame_size,
    least_area, solve,
};
use std::path::Path;

fn matcher() -> Matcher {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/matcher/model.safetensors");
    Matcher::from_safetensors(&std::fs::read(path).unwrap()).unwrap()
}

fn gallery(name: &str, size: usize) -> Picture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/public/gallery");
    let picture = image::open(folder.join(name)).unwrap().into_rgba8();
    let shape = (picture.width() as usize, picture.height() as usize);
    Picture::fitted(&picture, shape, (size, size), Fit::Cover).unwrap()
}

/// Over white, so that it is opaque.
fn opaque(mut picture: Picture) -> Picture {
    for pixel in picture.pixels.chunks_exact_mut(4) {
        let white = 255 - pixel[3];
        pixel.iter_mut().for_each(|value| *value += white);
    }
    picture.transparent = false;
    picture
}

/// The picture as it looks once everything has moved: what lay at `X − d(X)` is at `X`.
fn moved(picture: &Picture, d: impl Fn(f32, f32) -> (f32, f32)) -> Picture {
    let planes = picture.planes();
    let (w, h) = (picture.width as f32, picture.height as f32);
    let mut output = picture.clone();
    for (i, pixel) in output.pixels.chunks_exact_mut(4).enumerate() {
        let x = ((i % picture.width) as f32 + 0.5) / w;
        let y = ((i / picture.width) as f32 + 0.5) / h;
        let (dx, dy) = d(x, y);
        for (c, value) in pixel.iter_mut().enumerate() {
            let sampled = planes.at(c, (x - dx) * w - 0.5, (y - dy) * h - 0.5);
            *value = (255.0 * sampled + 0.5) as u8;
        }
    }
    output
}

fn field(a: &Picture, b: &Picture, matcher: Option<&Matcher>) -> Field {
    let domain = Domain::new((a.width, a.height), a.transparent && b.transparent);
    let [a, b] = [a, b].map(|picture| Analysis::new(picture, domain, matcher));
    solve(&a, &b, &Start::new(&a, &b), &[]).field
}

/// `|v|` and distances, in parts of the side, over the middle of the frame.
fn mean(distance: impl Fn(f32, f32) -> f32) -> f32 {
    let points = (0..400).map(|i| (0.25 + (i % 20) as f32 / 40.0, 0.25 + (i / 20) as f32 / 40.0));
    points.map(|(u, v)| distance(u, v)).sum::<f32>() / 400.0
}

fn psnr(a: &[u8], b: &[u8]) -> f64 {
    let squares = a
        .iter()
        .zip(b)
        .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    let error = squares.sum::<f64>() / a.len() as f64 / (255.0 * 255.0);
    -10.0 * error.max(1e-12).log10()
}

#[test]
fn a_picture_and_itself_do_not_move() {
    let matcher = matcher();
    for (name, matcher) in [("fox.png", Some(&matcher)), ("fox.png", None)] {
        let picture = gallery(name, 192);
        let field = field(&picture, &picture, matcher);
        let length = mean(|u, v| {
            let (x, y) = field.at(u, v);
            x.hypot(y)
        });
        assert!(length < 1e-3, "{length}");
    }
}

#[test]
fn a_known_warp_is_recovered_within_half_a_percent_of_the_side() {
    let matcher = matcher();
    for name in ["fox.png", "lion.png"] {
        let a = opaque(gallery(name, 256));
        // A shift and a swelling; as A at `p − v` is B at `p + v`, 2·v is the whole way.
        let way = |x: f32, y: f32| {
            let bump = (-((x - 0.5).powi(2) + (y - 0.5).powi(2)) / 0.08).exp();
            (
                0.03 + 0.05 * bump * (x - 0.5),
                -0.02 + 0.05 * bump * (y - 0.5),
            )
        };
        let b = moved(&a, way);
        let field = field(&a, &b, Some(&matcher));
        let still = mean(|u, v| way(u, v).0.hypot(way(u, v).1));
        let error = mean(|u, v| {
            let (x, y) = field.at(u, v);
            let (wx, wy) = way(u + x, v + y);
            (2.0 * x - wx).hypot(2.0 * y - wy)
        });
        assert!(still > 0.03 && error < 0.005, "{name}: {error} of {still}");
    }
}

#[test]
fn exchanging_the_pictures_turns_the_field_around_and_nothing_folds() {
    let matcher = matcher();
    for (a, b) in [("fox.png", "dog-face.png"), ("lion.png", "wolf.png")] {
        let (a, b) = (gallery(a, 128), gallery(b, 128));
        for matcher in [Some(&matcher), None] {
            let (there, back) = (field(&a, &b, matcher), field(&b, &a, matcher));
            let apart = mean(|u, v| {
                let ((x, y), (bx, by)) = (there.at(u, v), back.at(u, v));
                (x + bx).hypot(y + by)
            });
            assert!(apart < 0.12 / 64.0 * 2.0, "{apart}");
            let mut cells = there.planes.clone();
            let (w, h) = there.domain.frame();
            cells.plane_mut(0).iter_mut().for_each(|value| *value *= w);
            cells.plane_mut(1).iter_mut().for_each(|value| *value *= h);
            assert!(least_area(&cells) > 0.1);
        }
    }
}

#[test]
fn both_ends_are_the_originals_at_any_size() {
    let matcher = matcher();
    for size in [100, 512] {
        let (a, b) = (
            gallery("fox.png", size),
            opaque(gallery("dog-face.png", size)),
        );
        let morph = Morph::new(a.clone(), b.clone(), Some(&matcher), &[]);
        assert_eq!(morph.features(), Kind::Semantic);
        for (t, picture) in [(0.0, &a), (1.0, &b)] {
            let frame = morph.frame(Moment::at(t));
            let premultiplied = Picture::fitted(&frame, (size, size), (size, size), Fit::Cover);
            let quality = psnr(&premultiplied.unwrap().pixels, &picture.pixels);
            assert!(quality > 50.0, "{quality} dB at {t}");
        }
    }
}

#[test]
fn pictures_of_other_shapes_and_the_largest_size_morph() {
    let wide: Vec<u8> = (0..600 * 200 * 4)
        .map(|i| if i % 4 == 3 { 255 } else { (i / 97) as u8 })
        .collect();
    let tall: Vec<u8> = (0..90 * 160 * 4)
        .map(|i| if i % 4 == 3 { 255 } else { (i / 53) as u8 })
        .collect();
    let frame = frame_size(&[(600, 200), (90, 160)], 2048).unwrap();
    let a = Picture::fitted(&wide, (600, 200), frame, Fit::Cover).unwrap();
    let b = Picture::fitted(&tall, (90, 160), frame, Fit::Contain).unwrap();
    let morph = Morph::new(a, b, None, &[]);
    assert_eq!(morph.frame(Moment::at(0.5)).len(), 4 * frame.0 * frame.1);
}
