//! Random views of one picture: crop, zoom-out, shift, flip, colour jitter, blur.
//!
//! An [`Augmentation`] says how strong each may be; [`Augmentation::draw`] throws the dice and
//! gives a [`Transform`], plain numbers that can be applied to any number of pictures. Everything
//! works on premultiplied alpha: geometry moves colour and alpha together, colour changes leave
//! alpha alone.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::error::{DataError, Result};
use super::transform::{Colour, Transform};

/// How strongly pictures are changed at random. The default changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Smallest side of the random square crop, as a part of the picture's side, in [0.05, 1]; 1
    /// never crops.
    pub crop: f32,
    /// Largest side of the window, in [1, 4]: above 1 the picture may become smaller, with
    /// transparency around it.
    pub zoom_out: f32,
    /// Farthest move in each direction, as a part of the picture's side, in [0, 0.5]; transparency
    /// moves in.
    pub shift: f32,
    /// Probability of a left-right flip, in [0, 1].
    pub flip: f32,
    /// Colour jitter.
    pub jitter: Jitter,
    /// Gaussian blur.
    pub blur: Blur,
}

/// Strengths of the colour jitter. With strength `s`, brightness, contrast and saturation are
/// multiplied by a factor from `[1 − s, 1 + s]`; hue turns by up to `hue` of a full turn to either
/// side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jitter {
    /// Probability that colours are changed at all, in [0, 1]. Default 1.
    pub probability: f32,
    /// In [0, 1].
    pub brightness: f32,
    /// In [0, 1].
    pub contrast: f32,
    /// In [0, 1].
    pub saturation: f32,
    /// In [0, 0.5]: 0.5 reaches every hue.
    pub hue: f32,
}

/// Gaussian blur.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Blur {
    /// Largest standard deviation, in pixels of a picture of side 64 (it grows with the side), in
    /// [0, 8].
    pub sigma: f32,
    /// Probability, in [0, 1].
    pub probability: f32,
}

impl Default for Augmentation {
    fn default() -> Self {
        Self {
            crop: 1.0,
            zoom_out: 1.0,
            shift: 0.0,
            flip: 0.0,
            jitter: Jitter::default(),
            blur: Blur::default(),
        }
    }
}

impl Default for Jitter {
    fn default() -> Self {
        Self {
            probability: 1.0,
            brightness: 0.0,
            contrast: 0.0,
            saturation: 0.0,
            hue: 0.0,
        }
    }
}

impl Augmentation {
    /// Check every range. `name` goes before the field in the error: `source` gives
    /// `source.jitter.hue`.
    ///
    /// # Errors
    /// [`DataError::Setting`], naming the first field that is out of its range.
    pub fn validate(&self, name: &str) -> Result<()> {
        let unit = "between 0 and 1";
        for (field, value, low, high, allowed) in [
            ("crop", self.crop, 0.05, 1.0, "between 0.05 and 1"),
            ("zoom_out", self.zoom_out, 1.0, 4.0, "between 1 and 4"),
            ("shift", self.shift, 0.0, 0.5, "between 0 and 0.5"),
            ("flip", self.flip, 0.0, 1.0, unit),
            (
                "jitter.probability",
                self.jitter.probability,
                0.0,
                1.0,
                unit,
            ),
            ("jitter.brightness", self.jitter.brightness, 0.0, 1.0, unit),
            ("jitter.contrast", self.jitter.contrast, 0.0, 1.0, unit),
            ("jitter.saturation", self.jitter.saturation, 0.0, 1.0, unit),
            ("jitter.hue", self.jitter.hue, 0.0, 0.5, "between 0 and 0.5"),
            ("blur.sigma", self.blur.sigma, 0.0, 8.0, "between 0 and 8"),
            ("blur.probability", self.blur.probability, 0.0, 1.0, unit),
        ] {
            in_range(&format!("{name}.{field}"), value, low, high, allowed)?;
        }
        Ok(())
    }

    /// Whether it never changes anything.
    pub fn is_identity(&self) -> bool {
        let Jitter {
            probability,
            brightness,
            contrast,
            saturation,
            hue,
        } = self.jitter;
        let still =
            self.crop == 1.0 && self.zoom_out == 1.0 && self.shift == 0.0 && self.flip == 0.0;
        let colours = probability == 0.0 || brightness + contrast + saturation + hue == 0.0;
        still && colours && (self.blur.probability == 0.0 || self.blur.sigma == 0.0)
    }

    /// Draw one transform. It takes the same number of values from `rng` whatever the settings are,
    /// so that changing one strength does not change what else is drawn.
    ///
    /// The window's side is uniform in `[crop, zoom_out]`. It lies anywhere inside the picture
    /// (side ≤ 1), or the picture anywhere inside it, and then moves by up to `shift`.
    pub fn draw<R: Rng + ?Sized>(&self, rng: &mut R) -> Transform {
        let mut uniform = |low: f32, high: f32| low + (high - low) * rng.random::<f32>();
        let side = uniform(self.crop, self.zoom_out);
        let mut begin = || (1.0 - side) * uniform(0.0, 1.0) + uniform(-self.shift, self.shift);
        let (left, top) = (begin(), begin());
        let flip = uniform(0.0, 1.0) < self.flip;
        let jittered = uniform(0.0, 1.0) < self.jitter.probability;
        let mut factor = |strength| uniform(1.0 - strength, 1.0 + strength);
        let colour = Colour {
            brightness: factor(self.jitter.brightness),
            contrast: factor(self.jitter.contrast),
            saturation: factor(self.jitter.saturation),
            hue: factor(self.jitter.hue) - 1.0,
        };
        let blurred = uniform(0.0, 1.0) < self.blur.probability;
        let sigma = uniform(0.0, self.blur.sigma);
        Transform {
            left,
            top,
            side,
            flip,
            colour: if jittered { colour } else { Colour::IDENTITY },
            blur: if blurred { sigma } else { 0.0 },
        }
    }
}

/// An error for a value outside `[low, high]`, or not a number.
pub(super) fn in_range(
    field: &str,
    value: f32,
    low: f32,
    high: f32,
    allowed: &'static str,
) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(DataError::Setting {
        field: field.to_owned(),
        value: value.to_string(),
        allowed,
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn draws(augmentation: &Augmentation) -> Vec<Transform> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        (0..2000).map(|_| augmentation.draw(&mut rng)).collect()
    }

    #[test]
    fn the_default_draws_the_identity() {
        let default = Augmentation::default();
        assert!(default.is_identity());
        assert!(
            draws(&default)
                .iter()
                .all(|drawn| *drawn == Transform::IDENTITY)
        );
    }

    #[test]
    fn crops_lie_inside_and_reach_both_ends_of_their_range() {
        let drawn = draws(&Augmentation {
            crop: 0.5,
            ..Default::default()
        });
        for one in &drawn {
            assert!((0.5..=1.0).contains(&one.side));
            for start in [one.left, one.top] {
                assert!(start >= 0.0 && start + one.side <= 1.0 + 1e-6);
            }
        }
        assert!(drawn.iter().any(|one| one.side < 0.51) && drawn.iter().any(|one| one.side > 0.99));
        assert!(drawn.iter().any(|one| one.left < 0.01) && drawn.iter().any(|one| one.left > 0.45));
    }

    #[test]
    fn zooming_out_keeps_the_whole_picture_in_the_window() {
        for one in draws(&Augmentation {
            zoom_out: 2.0,
            ..Default::default()
        }) {
            for start in [one.left, one.top] {
                assert!(start <= 1e-6 && start + one.side >= 1.0 - 1e-6);
            }
        }
    }

    #[test]
    fn probabilities_are_met() {
        let drawn = draws(&Augmentation {
            flip: 0.25,
            jitter: Jitter {
                probability: 0.6,
                hue: 0.5,
                ..Default::default()
            },
            blur: Blur {
                sigma: 2.0,
                probability: 0.1,
            },
            ..Default::default()
        });
        let share = |of: fn(&Transform) -> bool| {
            drawn.iter().filter(|one| of(one)).count() as f64 / drawn.len() as f64
        };
        // Within four standard deviations of a binomial of 2000: at most 0.045.
        assert!((share(|one| one.flip) - 0.25).abs() < 0.045);
        assert!((share(|one| one.colour != Colour::IDENTITY) - 0.6).abs() < 0.045);
        assert!((share(|one| one.blur > 0.0) - 0.1).abs() < 0.045);
        assert!(
            drawn
                .iter()
                .all(|one| one.colour.hue.abs() <= 0.5 && one.blur <= 2.0)
        );
    }

    #[test]
    fn one_strength_does_not_change_what_else_is_drawn() {
        let weak = Augmentation {
            crop: 0.7,
            flip: 0.5,
            ..Default::default()
        };
        let blur = Blur {
            sigma: 1.0,
            probability: 1.0,
        };
        for (one, other) in draws(&weak).iter().zip(draws(&Augmentation {
            blur,
            ..weak.clone()
        })) {
            assert_eq!(Transform { blur: 0.0, ..other }, *one);
        }
    }

    #[test]
    fn a_setting_out_of_range_is_named_with_its_range() {
        let wrong = Augmentation {
            jitter: Jitter {
                hue: 0.7,
                ..Default::default()
            },
            ..Default::default()
        };
        let error = wrong.validate("source").unwrap_err().to_string();
        assert_eq!(
            error,
            "source.jitter.hue is 0.7; it must be between 0 and 0.5"
        );
        let wrong = Augmentation {
            crop: f32::NAN,
            ..Default::default()
        };
        assert!(wrong.validate("target").is_err());
        assert!(Augmentation::default().validate("shared").is_ok());
    }

    #[test]
    fn a_misspelt_setting_is_an_error() {
        assert!(serde_json::from_str::<Augmentation>(r#"{"cropp": 0.5}"#).is_err());
        let read: Augmentation = serde_json::from_str(r#"{"jitter": {"hue": 0.1}}"#).unwrap();
        assert_eq!((read.jitter.hue, read.crop), (0.1, 1.0));
    }
}
