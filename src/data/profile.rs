//! Colour profiles (ICC.1): pixels of any RGB or grey brought to sRGB, as browsers show them.

use std::sync::Arc;

use image::RgbaImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use crate::fault::guarded;

/// Most bytes of a profile that is applied.
const MOST: usize = 4 << 20;

/// Bring a picture to sRGB in place. `has_colour` says what kind of profile belongs to it. One that
/// cannot be read, or is for ink, is passed over: the numbers are taken for sRGB then.
pub(super) fn to_srgb(picture: &mut RgbaImage, profile: &[u8], has_colour: bool) {
    // Profiles are as hostile as pictures.
    let transform = guarded(|| transform(profile, has_colour));
    let Ok(Some((transform, channels))) = transform else {
        return;
    };
    let converted = |rows: &mut RgbaImage| -> Option<()> {
        let width = rows.width() as usize;
        let (mut from, mut to) = (Vec::new(), vec![0; 4 * width]);
        for row in rows.chunks_exact_mut(4 * width.max(1)) {
            from.clear();
            match channels {
                1 => from.extend(row.iter().step_by(4)),
                _ => from.extend_from_slice(row),
            }
            transform.transform(&from, &mut to).ok()?;
            let pixels = row.chunks_exact_mut(4).zip(to.chunks_exact(4));
            pixels.for_each(|(pixel, new)| pixel[..3].copy_from_slice(&new[..3]));
        }
        Some(())
    };
    // A row that fails is left as it is, and so are those after it.
    let _ = guarded(|| converted(picture));
}

/// The way to sRGB, and the channels that it starts from.
fn transform(profile: &[u8], has_colour: bool) -> Option<(Arc<Transform8BitExecutor>, usize)> {
    if profile.len() > MOST {
        return None;
    }
    let own = ColorProfile::new_from_slice(profile).ok()?;
    let (layout, channels) = match own.color_space {
        DataColorSpace::Rgb if has_colour => (Layout::Rgba, 4),
        DataColorSpace::Gray if !has_colour => (Layout::Gray, 1),
        _ => return None,
    };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform = own.create_transform_8bit(layout, &srgb, Layout::Rgba, options);
    Some((transform.ok()?, channels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    const COLOURS: [[u8; 3]; 5] = [
        [200, 100, 50],
        [60, 120, 90],
        [128, 128, 128],
        [255, 255, 255],
        [90, 40, 120],
    ];

    fn picture() -> RgbaImage {
        RgbaImage::from_fn(5, 3, |x, y| {
            let [r, g, b] = COLOURS[x as usize];
            Rgba([r, g, b, 255 - 100 * y as u8])
        })
    }

    /// Display P3 to sRGB by its definition: both have sRGB's curve, and the matrix follows from
    /// the primaries (CSS Color 4, sample code for conversions).
    fn from_p3(colour: [u8; 3]) -> [f64; 3] {
        let linear = colour.map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        });
        [
            [1.22494, -0.22494, 0.0],
            [-0.04206, 1.04206, 0.0],
            [-0.01964, -0.07864, 1.09827],
        ]
        .map(|row| {
            let v: f64 = row.iter().zip(linear).map(|(a, b)| a * b).sum();
            let v = v.clamp(0.0, 1.0);
            255.0
                * if v <= 0.003_130_8 {
                    12.92 * v
                } else {
                    1.055 * v.powf(1.0 / 2.4) - 0.055
                }
        })
    }

    #[test]
    fn a_wide_profile_is_brought_to_srgb_and_alpha_stays() {
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        let mut converted = picture();
        to_srgb(&mut converted, &profile, true);
        for (x, y, pixel) in converted.enumerate_pixels() {
            let expected = from_p3(COLOURS[x as usize]);
            for (value, expected) in pixel.0.into_iter().zip(expected) {
                assert!(
                    (f64::from(value) - expected).abs() <= 1.5,
                    "{x}: {pixel:?} {expected}"
                );
            }
            assert_eq!(pixel[3], 255 - 100 * y as u8);
        }
        assert!(converted.get_pixel(0, 0)[0] > 205, "it has moved");
    }

    #[test]
    fn grey_of_another_gamma_gets_that_of_srgb() {
        let profile = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let mut grey = RgbaImage::from_pixel(3, 2, Rgba([55, 55, 55, 200]));
        to_srgb(&mut grey, &profile, false);
        // 55/255 of the light is 0.5015 on sRGB's curve.
        let [r, g, b, a] = grey.get_pixel(2, 1).0;
        assert!(
            r.abs_diff(128) <= 2 && r == g && g == b && a == 200,
            "{r} {g} {b} {a}"
        );
    }

    #[test]
    fn what_is_no_profile_for_these_pixels_changes_nothing() {
        let grey = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        for (profile, has_colour) in [
            (&b""[..], true),
            (&[7; 4000], true),
            (&p3[..p3.len() / 2], true),
            (&grey, true),
            (&p3, false),
        ] {
            let mut same = picture();
            to_srgb(&mut same, profile, has_colour);
            assert!(same == picture());
        }
        let mut srgb = picture();
        to_srgb(&mut srgb, &ColorProfile::new_srgb().encode().unwrap(), true);
        let differences = srgb
            .iter()
            .zip(picture().iter())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(differences <= Some(1));
    }
}
