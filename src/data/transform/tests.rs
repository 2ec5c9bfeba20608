use super::*;

/// A picture whose straight-alpha pixel at (x, y) is `pixel(x, y)`.
fn picture(size: usize, pixel: impl Fn(usize, usize) -> [u8; 4]) -> Rgba {
    let bytes: Vec<u8> = (0..size * size)
        .flat_map(|i| pixel(i % size, i / size))
        .collect();
    Rgba::from_rgba8(&bytes, size, size, size).unwrap()
}

fn noise(size: usize) -> Rgba {
    picture(size, |x, y| {
        let v = (x * 7919 + y * 104_729 + 17) * 2_654_435_761 % 4_294_967_296;
        [
            v as u8,
            (v >> 8) as u8,
            (v >> 16) as u8,
            ((v >> 24) as u8).max(60),
        ]
    })
}

/// Straight lines, so that bilinear resampling reproduces it away from its edges.
fn ramp(size: usize) -> Rgba {
    let step = 120 / size;
    picture(size, |x, y| {
        [(60 + step * x) as u8, (70 + step * y) as u8, 100, 255]
    })
}

fn coloured(colour: Colour, pixel: [u8; 4]) -> [u8; 4] {
    let changed = Transform {
        colour,
        ..Transform::IDENTITY
    }
    .apply(&picture(2, |_, _| pixel));
    changed.row(1)[1]
}

#[test]
fn the_identity_changes_no_byte() {
    let picture = noise(16);
    assert_eq!(Transform::IDENTITY.apply(&picture), picture);
    // Also on the way through the resampling, which a colour change forces.
    let colour = Colour {
        hue: 1.0,
        ..Colour::IDENTITY
    };
    assert_eq!(
        Transform {
            colour,
            ..Transform::IDENTITY
        }
        .apply(&picture),
        picture
    );
}

#[test]
fn flipping_mirrors_and_twice_is_the_identity() {
    let (flip, picture) = (
        Transform {
            flip: true,
            ..Transform::IDENTITY
        },
        noise(15),
    );
    let mirrored = flip.apply(&picture);
    assert_ne!(mirrored, picture);
    let row: Vec<_> = picture.row(4).iter().rev().copied().collect();
    assert_eq!(mirrored.row(4), row);
    assert_eq!(flip.apply(&mirrored), picture);
    assert_eq!(Transform::apply_all(&[flip, flip], &picture, 15), picture);
}

#[test]
fn a_third_of_a_turn_takes_red_to_green_to_blue() {
    let third = Colour {
        hue: 1.0 / 3.0,
        ..Colour::IDENTITY
    };
    assert_eq!(coloured(third, [200, 10, 30, 255]), [30, 200, 10, 255]);
    let back = Colour {
        hue: -1.0 / 3.0,
        ..Colour::IDENTITY
    };
    assert_eq!(coloured(back, [200, 10, 30, 255]), [10, 30, 200, 255]);
    let half = Colour {
        hue: 0.5,
        ..Colour::IDENTITY
    };
    assert_eq!(
        coloured(half, [90, 90, 90, 255]),
        [90, 90, 90, 255],
        "grey has no hue"
    );
}

#[test]
fn colour_factors_do_what_they_are_named_for() {
    let dark = Colour {
        brightness: 0.5,
        ..Colour::IDENTITY
    };
    assert_eq!(coloured(dark, [200, 100, 50, 255]), [100, 50, 25, 255]);
    // BT.601: 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2.
    let grey = Colour {
        saturation: 0.0,
        ..Colour::IDENTITY
    };
    assert_eq!(coloured(grey, [200, 100, 50, 255]), [124, 124, 124, 255]);
    let picture = picture(2, |x, _| {
        if x == 0 {
            [100, 100, 100, 51]
        } else {
            [200, 200, 200, 255]
        }
    });
    let flat = Colour {
        contrast: 0.0,
        ..Colour::IDENTITY
    };
    let flat = Transform {
        colour: flat,
        ..Transform::IDENTITY
    }
    .apply(&picture);
    // The mean counts a pixel by its alpha: (100 · 51 + 200 · 255) / (51 + 255) = 183.3.
    assert_eq!(flat.row(0)[1][0], 183);
    assert_eq!(flat.row(0)[0], [37, 37, 37, 51], "alpha is left alone");
}

#[test]
fn colours_never_exceed_their_alpha() {
    let colour = Colour {
        brightness: 1.9,
        contrast: 1.8,
        saturation: 1.9,
        hue: 0.2,
    };
    let change = Transform {
        side: 0.7,
        blur: 2.0,
        colour,
        ..Transform::IDENTITY
    };
    let changed = change.apply(&noise(32));
    let pixels = changed.premultiplied().as_chunks::<4>().0;
    assert!(pixels.iter().all(|[r, g, b, a]| r <= a && g <= a && b <= a));
}

#[test]
fn a_crop_inside_an_opaque_picture_stays_opaque() {
    let picture = ramp(20);
    for i in 0..100 {
        let side = 0.3 + 0.007 * i as f32;
        for left in [0.0, (1.0 - side) / 2.0, 1.0 - side] {
            let crop = Transform {
                left,
                top: 1.0 - side - left,
                side,
                ..Transform::IDENTITY
            };
            for size in [20, 10, 7, 33] {
                assert!(
                    crop.apply_at(&picture, size).is_opaque(),
                    "{crop:?} at {size}"
                );
            }
        }
    }
}

#[test]
fn a_crop_shows_the_window() {
    let crop = Transform {
        left: 0.25,
        top: 0.5,
        side: 0.5,
        ..Transform::IDENTITY
    };
    let shown = crop.apply(&ramp(30));
    for i in 3..27 {
        // Centre of pixel i, in pixels of the original: start + (i + 1/2) / 2 − 1/2.
        let (x, y) = (7.5 + i as f32 / 2.0 - 0.25, 15.0 + i as f32 / 2.0 - 0.25);
        let [r, g, ..] = shown.row(i)[i].map(f32::from);
        let wanted = (60.0 + 4.0 * x, 70.0 + 4.0 * y.min(29.0));
        assert!(
            (r - wanted.0).abs() <= 0.51 && (g - wanted.1).abs() <= 0.51,
            "{i}: {r} {g}"
        );
    }
}

#[test]
fn zooming_out_conserves_what_is_in_the_picture() {
    let picture = noise(24);
    let sum = |picture: &Rgba, c: usize| -> f64 {
        picture
            .premultiplied()
            .iter()
            .skip(c)
            .step_by(4)
            .map(|&v| f64::from(v))
            .sum()
    };
    let out = Transform {
        left: -0.35,
        top: -0.13,
        side: 1.5,
        ..Transform::IDENTITY
    };
    let small = out.apply(&picture);
    for c in 0..4 {
        let (kept, whole) = (sum(&small, c) * 1.5 * 1.5, sum(&picture, c));
        assert!(
            (kept / whole - 1.0).abs() < 0.005,
            "channel {c}: {kept} of {whole}"
        );
    }
    assert_eq!(small.row(0)[0], [0; 4], "transparent around it");
}

#[test]
fn a_window_beside_the_picture_is_empty() {
    for left in [-3.0, 1.5] {
        let beside = Transform {
            left,
            ..Transform::IDENTITY
        };
        assert!(
            beside
                .apply(&noise(8))
                .premultiplied()
                .iter()
                .all(|&v| v == 0)
        );
    }
}

#[test]
fn joined_transforms_equal_one_after_the_other() {
    let crop = |left, top, side, flip| Transform {
        left,
        top,
        side,
        flip,
        ..Transform::IDENTITY
    };
    let picture = ramp(60);
    for (first, second) in [
        (crop(0.1, 0.2, 0.7, false), crop(0.2, 0.1, 0.6, false)),
        (crop(0.1, 0.2, 0.7, true), crop(0.3, 0.1, 0.6, false)),
        (crop(0.2, 0.0, 0.5, true), crop(0.3, 0.3, 0.5, true)),
    ] {
        let joined = Transform::apply_all(&[first, second], &picture, 60);
        let chained = second.apply(&first.apply(&picture));
        for y in 6..54 {
            for (one, other) in joined.row(y)[6..54].iter().zip(&chained.row(y)[6..54]) {
                assert!(one.iter().zip(other).all(|(a, b)| a.abs_diff(*b) <= 1));
            }
        }
    }
}

#[test]
fn shrinking_to_half_is_halving() {
    assert_eq!(
        Transform::IDENTITY.apply_at(&noise(16), 8),
        noise(16).halved()
    );
}

#[test]
fn blurring_a_point_gives_the_gaussian() {
    // A sum of 255 over the point's neighbourhood; sigma 1 at side 64 is 2 pixels at side 128.
    let dot = picture(
        128,
        |x, y| if (x, y) == (64, 64) { [255; 4] } else { [0; 4] },
    );
    let blurred = Transform {
        blur: 1.0,
        ..Transform::IDENTITY
    }
    .apply(&dot);
    for y in 54..74 {
        for x in 54..74 {
            let (dx, dy) = (x as f32 - 64.0, y as f32 - 64.0);
            let density = (-(dx * dx + dy * dy) / 8.0).exp() / (TAU * 4.0);
            let value = f32::from(blurred.row(y)[x][3]);
            assert!((value - 255.0 * density).abs() <= 0.65, "{x} {y}: {value}");
        }
    }
    let plain = picture(32, |_, _| [9, 80, 200, 255]);
    let blurred = Transform {
        blur: 3.0,
        ..Transform::IDENTITY
    }
    .apply(&plain);
    assert_eq!(blurred, plain, "edges do not darken");
}

#[test]
fn the_edge_of_the_picture_covers_a_pixel_in_part() {
    // Twice enlarged, with 4.5 of 10 pixels beside the picture: the fifth column is half covered.
    let shifted = Transform {
        left: -0.225,
        side: 0.5,
        ..Transform::IDENTITY
    };
    let shown = shifted.apply(&picture(10, |_, _| [255; 4]));
    let alpha: Vec<u8> = shown.row(5).iter().map(|pixel| pixel[3]).collect();
    assert_eq!(alpha, [0, 0, 0, 0, 128, 255, 255, 255, 255, 255]);
}
