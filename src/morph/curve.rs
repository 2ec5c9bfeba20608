//! When shapes move and when colours change.

use super::frame::{Moment, smoothstep};

/// The order of shape and colour on the way from one picture to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Curve {
    /// Both at once.
    #[default]
    Together,
    /// Shapes first; colours follow.
    ShapeFirst,
    /// Colours first.
    ColourFirst,
}

/// The part of the time that each of the two takes where one comes first.
const PART: f32 = 0.7;

impl Curve {
    /// Shape and colour at time `t`, 0 to 1.
    pub fn at(self, t: f32) -> Moment {
        let (early, late) = (
            (t / PART).min(1.0),
            ((t - 1.0 + PART) / PART).clamp(0.0, 1.0),
        );
        let (shape, colour) = match self {
            Self::Together => (t, t),
            Self::ShapeFirst => (early, late),
            Self::ColourFirst => (late, early),
        };
        Moment { shape, colour }
    }
}

/// For frame `index` of `frames` through a chain of `pictures`: which pair, and the time between
/// the two. Every picture is reached at rest, so that the chain joins smoothly.
pub fn along_chain(index: usize, frames: usize, pictures: usize) -> (usize, f32) {
    let pairs = pictures - 1;
    let way = index as f32 * pairs as f32 / (frames.max(2) - 1) as f32;
    let pair = (way as usize).min(pairs - 1);
    (pair, smoothstep((way - pair as f32).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curve_begins_at_one_picture_and_ends_at_the_other() {
        for curve in [Curve::Together, Curve::ShapeFirst, Curve::ColourFirst] {
            assert_eq!(curve.at(0.0), Moment::at(0.0));
            assert_eq!(curve.at(1.0), Moment::at(1.0));
        }
        let half = Curve::ShapeFirst.at(0.5);
        assert!(half.shape > 0.7 && half.colour < 0.3);
    }

    #[test]
    fn a_chain_shows_each_picture_and_rests_there() {
        assert_eq!(along_chain(0, 9, 3), (0, 0.0));
        assert_eq!(along_chain(4, 9, 3), (1, 0.0));
        assert_eq!(along_chain(8, 9, 3), (1, 1.0));
        let near = along_chain(401, 801, 3);
        assert!(near.0 == 1 && near.1 < 1e-4);
    }
}
