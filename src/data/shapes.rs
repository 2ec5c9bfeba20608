//! Pictures of our own with known factors: one shape over a grey background.

use super::shards::append;
use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// With equal sides.
    Square,
    /// Three fifths as high as wide.
    Ellipse,
    /// With equal sides.
    Triangle,
    /// With its tip down.
    Heart,
}

impl Shape {
    /// All of them. None looks the same after a turn by less than 90 degrees.
    pub const ALL: [Self; 4] = [Self::Square, Self::Ellipse, Self::Triangle, Self::Heart];

    /// Whether a point is inside the shape of radius 1 around 0, `y` pointing down.
    fn holds(self, x: f64, y: f64) -> bool {
        match self {
            Self::Square => x.abs().max(y.abs()) < 0.8,
            Self::Ellipse => x * x + (y / 0.6).powi(2) < 1.0,
            Self::Triangle => {
                let side = 3f64.sqrt();
                y < 0.5 && side * x - y < 1.0 && -side * x - y < 1.0
            }
            Self::Heart => {
                let (x, y) = (1.2 * x, 0.15 - 1.2 * y);
                let ring = x * x + y * y - 1.0;
                ring.powi(3) < x * x * y.powi(3)
            }
        }
    }
}

/// What a picture shows. The factors are drawn apart from each other, evenly over their ranges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Factors {
    /// The shape.
    pub shape: Shape,
    /// Its hue in degrees, 0 to 240: red, yellow, green, cyan, blue, and not round to red again.
    pub hue: f64,
    /// Its radius as a share of the picture's side, 0.12 to 0.25.
    pub size: f64,
    /// Its middle from the left as a share of the side, 0.3 to 0.7.
    pub x: f64,
    /// Its middle from the top, 0.3 to 0.7.
    pub y: f64,
    /// Its turn in degrees, clockwise, −45 to 45.
    pub rotation: f64,
    /// Lightness of the grey behind it, 0.1 to 0.9.
    pub background: f64,
}

impl Factors {
    /// Those of picture `number` of the set of this seed.
    pub fn draw(seed: u64, number: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        let shape = Shape::ALL[rng.random_range(0..Shape::ALL.len())];
        // Four decimals: what the JSON says is what is drawn.
        let mut between = |low: f64, high: f64| (1e4 * rng.random_range(low..high)).round() / 1e4;
        Self {
            shape,
            hue: between(0.0, 240.0),
            size: between(0.12, 0.25),
            x: between(0.3, 0.7),
            y: between(0.3, 0.7),
            rotation: between(-45.0, 45.0),
            background: between(0.1, 0.9),
        }
    }

    /// The picture as 8-bit RGB, `side·side` pixels, each the mean of 4×4 points.
    pub fn paint(&self, side: usize) -> Vec<u8> {
        const POINTS: usize = 4;
        let (sin, cos) = self.rotation.to_radians().sin_cos();
        let colour = vivid(self.hue);
        let mut rgb = Vec::with_capacity(3 * side * side);
        for i in 0..side * side {
            let mut inside = 0;
            for k in 0..POINTS * POINTS {
                let at = |pixel: usize, part: usize| {
                    (pixel as f64 + (part as f64 + 0.5) / POINTS as f64) / side as f64
                };
                let (x, y) = (at(i % side, k % POINTS), at(i / side, k / POINTS));
                let (x, y) = ((x - self.x) / self.size, (y - self.y) / self.size);
                inside += usize::from(self.shape.holds(cos * x + sin * y, cos * y - sin * x));
            }
            let share = inside as f64 / (POINTS * POINTS) as f64;
            let mixed = colour.map(|c| self.background + share * (c - self.background));
            rgb.extend(mixed.map(|v| (255.0 * v).round() as u8));
        }
        rgb
    }
}

/// A saturated colour of lightness ½, from its hue in degrees (HSL with saturation 0.9).
fn vivid(hue: f64) -> [f64; 3] {
    [0.0, 8.0, 4.0].map(|offset| {
        let k = (offset + hue / 30.0) % 12.0;
        0.5 - 0.45 * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}

/// A WebDataset archive of `count` pictures: `000123.png`, and `000123.json` with its [`Factors`].
/// The same seed gives the same bytes. `on_picture` is told how many are done and says whether to
/// go on; none if it does not.
///
/// # Errors
/// None that can be foreseen.
pub fn shapes_archive(
    count: usize,
    side: usize,
    seed: u64,
    on_picture: &mut dyn FnMut(usize) -> bool,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut tar = tar::Builder::new(Vec::new());
    for number in 0..count {
        let factors = Factors::draw(seed, number as u64);
        let mut png = Vec::new();
        let side32 = side as u32;
        let colours = image::ExtendedColorType::Rgb8;
        PngEncoder::new(&mut png)
            .write_image(&factors.paint(side), side32, side32, colours)
            .map_err(std::io::Error::other)?;
        let json = serde_json::to_vec(&factors)?;
        append(&mut tar, &format!("{number:06}.json"), &json)?;
        append(&mut tar, &format!("{number:06}.png"), &png)?;
        if !on_picture(number + 1) {
            return Ok(None);
        }
    }
    Ok(Some(tar.into_inner()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: Shape) -> Factors {
        Factors {
            shape,
            hue: 0.0,
            size: 0.2,
            x: 0.5,
            y: 0.5,
            rotation: 0.0,
            background: 0.2,
        }
    }

    /// Share of the picture that is not background, by its red.
    fn area(factors: &Factors) -> f64 {
        let rgb = factors.paint(64);
        let red = |p: &[u8]| (f64::from(p[0]) / 255.0 - 0.2) / 0.75;
        rgb.chunks_exact(3).map(red).sum::<f64>() / (64.0 * 64.0)
    }

    #[test]
    fn areas_are_those_of_geometry() {
        let pi = std::f64::consts::PI;
        // In units of the radius squared.
        let known = [
            (Shape::Square, 2.56),
            (Shape::Ellipse, 0.6 * pi),
            (Shape::Triangle, 0.75 * 3f64.sqrt()),
        ];
        for (shape, wanted) in known {
            let found = area(&of(shape)) / 0.04;
            assert!(
                (found - wanted).abs() < 0.03,
                "{shape:?}: {found}, {wanted}"
            );
            let turned = Factors {
                rotation: 30.0,
                x: 0.4,
                ..of(shape)
            };
            assert!(
                (area(&turned) / 0.04 - wanted).abs() < 0.03,
                "turned and moved"
            );
        }
    }

    #[test]
    fn every_factor_changes_the_picture_and_is_within_its_range() {
        let base = of(Shape::Heart);
        let changes = [
            Factors {
                shape: Shape::Square,
                ..base.clone()
            },
            Factors {
                hue: 120.0,
                ..base.clone()
            },
            Factors {
                size: 0.15,
                ..base.clone()
            },
            Factors {
                x: 0.6,
                ..base.clone()
            },
            Factors {
                y: 0.6,
                ..base.clone()
            },
            Factors {
                rotation: 20.0,
                ..base.clone()
            },
            Factors {
                background: 0.7,
                ..base.clone()
            },
        ];
        for changed in changes {
            assert_ne!(changed.paint(32), base.paint(32), "{changed:?}");
        }
        for number in 0..200 {
            let factors = Factors::draw(1, number);
            // The shape stays inside: its middle is 0.3 from the border, its corners 1.14 radii
            // away.
            assert!((0.12..=0.25).contains(&factors.size) && (0.3..=0.7).contains(&factors.x));
            let rgb = factors.paint(16);
            assert_eq!(rgb[0], (255.0 * factors.background).round() as u8);
        }
        for (hue, wanted) in [(0.0, [0.95, 0.05, 0.05]), (240.0, [0.05, 0.05, 0.95])] {
            let found = vivid(hue);
            assert!(
                (0..3).all(|c| (found[c] - wanted[c]).abs() < 1e-9),
                "{found:?}"
            );
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_archive() {
        let make = |seed| shapes_archive(3, 16, seed, &mut |_| true).unwrap().unwrap();
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
        assert_eq!(shapes_archive(3, 16, 1, &mut |_| false).unwrap(), None);
    }
}
