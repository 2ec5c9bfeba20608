//! Morphs of pictures that ship with the project, against what must be true of any morph.

use soda::morph::{
    Analysis, Domain, Field, Fit, Group, Kind, Matcher, Moment, Morph, Picture, Pin, Start,
    Trajectory, frame_size, least_area, solve,
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
            let frame = morph.frame(Moment::at(t), Trajectory::Straight);
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
    assert_eq!(
        morph.frame(Moment::at(0.5), Trajectory::Straight).len(),
        4 * frame.0 * frame.1
    );
}

/// Turned by `angle` around the middle, with its outside repeated.
fn turned(picture: &Picture, angle: f32) -> Picture {
    let (sin, cos) = (-angle).sin_cos();
    moved(picture, |x, y| {
        let (dx, dy) = (x - 0.5, y - 0.5);
        (dx - (cos * dx - sin * dy), dy - (sin * dx + cos * dy))
    })
}

#[test]
fn a_turn_keeps_its_size_on_a_spiral_path_and_shrinks_on_a_straight_one() {
    let a = gallery("fox.png", 256);
    let angle = 0.9f32;
    let b = turned(&a, angle);
    let pins = [[0.3, 0.4], [0.7, 0.4], [0.5, 0.7]].map(|a: [f32; 2]| {
        let (x, y) = (a[0] - 0.5, a[1] - 0.5);
        let (sin, cos) = angle.sin_cos();
        let b = [0.5 + cos * x - sin * y, 0.5 + sin * x + cos * y];
        Pin { a, b }
    });
    let morph = Morph::new(a.clone(), b.clone(), None, &pins);
    let size = (256, 256);
    let error = |trajectory, t: f32| {
        let frame = morph.frame(Moment::at(t), trajectory);
        let frame = Picture::fitted(&frame, size, size, Fit::Cover).unwrap();
        psnr(&frame.pixels, &turned(&a, t * angle).pixels)
    };
    let (straight, spiral) = (
        error(Trajectory::Straight, 0.5),
        error(Trajectory::Spiral, 0.5),
    );
    assert!(
        spiral > straight + 3.0,
        "{spiral} dB, straight {straight} dB"
    );
    for (t, picture) in [(0.0, &a), (1.0, &b)] {
        let frame = morph.frame(Moment::at(t), Trajectory::Spiral);
        let frame = Picture::fitted(&frame, size, size, Fit::Cover).unwrap();
        assert!(psnr(&frame.pixels, &picture.pixels) > 50.0);
    }
}

#[test]
fn all_the_weight_on_one_picture_of_a_group_shows_it_and_shifts_add_up_to_nothing() {
    let pictures =
        ["fox.png", "dog-face.png", "wolf.png", "lion.png"].map(|name| gallery(name, 160));
    for matcher in [Some(matcher()), None] {
        let group = Group::new(pictures.to_vec(), matcher.as_ref());
        for (i, picture) in pictures.iter().enumerate() {
            let mut weights = [0.0; 4];
            weights[i] = 3.0;
            let frame = group.frame(&weights);
            let frame = Picture::fitted(&frame, (160, 160), (160, 160), Fit::Cover).unwrap();
            let quality = psnr(&frame.pixels, &picture.pixels);
            assert!(quality > 50.0, "picture {i}: {quality} dB");
        }
        let sum = mean(|u, v| {
            let shifts = group.fields().iter().map(|field| field.at(u, v));
            let (x, y) = shifts.fold((0.0, 0.0), |sum, shift| (sum.0 + shift.0, sum.1 + shift.1));
            x.hypot(y)
        });
        assert!(sum < 1e-4, "{sum}");
    }
}

#[test]
fn known_warps_of_one_picture_average_to_the_middle_of_them() {
    let middle = opaque(gallery("fox.png", 256));
    let shift = |x: f32, y: f32| moved(&middle, move |_, _| (x, y));
    let pictures = vec![shift(0.05, 0.0), shift(-0.03, 0.04), shift(-0.02, -0.04)];
    let group = Group::new(pictures.clone(), Some(&matcher()));
    let size = (256, 256);
    let frame = group.frame(&[1.0; 3]);
    let frame = Picture::fitted(&frame, size, size, Fit::Cover).unwrap();
    let faded: Vec<u8> = (0..frame.pixels.len())
        .map(|i| {
            let sum: u32 = pictures
                .iter()
                .map(|picture| u32::from(picture.pixels[i]))
                .sum();
            (sum / 3) as u8
        })
        .collect();
    let (quality, fade) = (
        psnr(&frame.pixels, &middle.pixels),
        psnr(&faded, &middle.pixels),
    );
    assert!(quality > fade + 6.0, "{quality} dB, a cross-fade {fade} dB");
}

#[test]
fn two_pictures_average_as_they_morph() {
    let matcher = matcher();
    let (a, b) = (
        opaque(gallery("fox.png", 192)),
        opaque(gallery("wolf.png", 192)),
    );
    let group = Group::new(vec![a.clone(), b.clone()], Some(&matcher));
    let morph = Morph::new(a, b, Some(&matcher), &[]);
    let half = morph.frame(Moment::at(0.5), Trajectory::Straight);
    let quality = psnr(&group.frame(&[1.0, 1.0]), &half);
    assert!(quality > 30.0, "{quality} dB");
}
