//! What every morph is checked for, whatever it is measured by.

use crate::data::Rgba;
use crate::morph::{Field, Moment, Morph, Picture, Trajectory, least_area};

/// What can be said of every morph.
pub struct Guards {
    /// The smallest area that a cell of a field keeps.
    pub least_area: f32,
    /// How near both ends are to the pictures, in dB.
    pub ends: f64,
}

impl Guards {
    /// One more morph, between these pictures.
    pub fn check(&mut self, morph: &Morph, ends: [&Picture; 2]) {
        let area = least_area_of(morph.renderer().field());
        self.least_area = self.least_area.min(area);
        for (t, end) in [0.0, 1.0].into_iter().zip(ends) {
            let frame = morph.frame(Moment::at(t), Trajectory::Straight);
            self.ends = self.ends.min(psnr(&frame, &end.pixels, |_| true));
        }
    }
}

/// A picture that fills its frame.
pub fn of(picture: &Rgba) -> Picture {
    Picture {
        width: picture.size(),
        height: picture.size(),
        pixels: picture.premultiplied().to_vec(),
        transparent: !picture.is_opaque(),
    }
}

fn least_area_of(field: &Field) -> f32 {
    let mut cells = field.planes.clone();
    let (w, h) = field.domain.frame();
    cells.plane_mut(0).iter_mut().for_each(|value| *value *= w);
    cells.plane_mut(1).iter_mut().for_each(|value| *value *= h);
    least_area(&cells)
}

/// Of the colours where `counts` says so, in dB.
pub fn psnr(a: &[u8], b: &[u8], counts: impl Fn(usize) -> bool) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (i, (a, b)) in a.chunks_exact(4).zip(b.chunks_exact(4)).enumerate() {
        if counts(i) {
            for c in 0..3 {
                sum += (f64::from(a[c].abs_diff(b[c])) / 255.0).powi(2);
                count += 1.0;
            }
        }
    }
    -10.0 * f64::max(sum / f64::max(count, 1.0), 1e-10).log10()
}
