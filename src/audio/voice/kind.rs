//! Drums and instruments, as ranges of the synthesiser's numbers.

use super::Voice;

/// What is played: ranges of a [`Voice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "cli",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Kind {
    /// A bass drum, whose pitch falls.
    Kick,
    /// A drum of definite pitch.
    Tom,
    /// A drum with wires: noise over a tone.
    Snare,
    /// A pair of cymbals: high noise.
    Hat,
    /// Partials that are no multiples, ringing long.
    Bell,
    /// A wooden bar: few partials, short.
    Marimba,
    /// A plucked string: high partials die first.
    String,
    /// A pipe that is blown: few partials, breath, a slow beginning.
    Flute,
    /// Pipes that are held: many partials, steady.
    Organ,
    /// A horn: many partials that swell.
    Brass,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Kick,
        Self::Tom,
        Self::Snare,
        Self::Hat,
        Self::Bell,
        Self::Marimba,
        Self::String,
        Self::Flute,
        Self::Organ,
        Self::Brass,
    ];

    /// The kind of this name, which is that of the JSON of a note; none has another.
    pub fn named(name: &str) -> Option<Self> {
        let kind = match name {
            "kick" => Self::Kick,
            "tom" => Self::Tom,
            "snare" => Self::Snare,
            "hat" => Self::Hat,
            "bell" => Self::Bell,
            "marimba" => Self::Marimba,
            "string" => Self::String,
            "flute" => Self::Flute,
            "organ" => Self::Organ,
            "brass" => Self::Brass,
            _ => return None,
        };
        Some(kind)
    }

    /// The lowest and the highest voice of the kind; velocity is the same for all.
    pub(super) fn range(self) -> [Voice; 2] {
        // Pitch; attack, decay, sustain; brightness, hollow, stretch, damping; sweep, vibrato;
        // noise, its decay, its middle.
        let [low, high] = match self {
            Self::Kick => [
                [
                    26.0, 0.002, 0.15, 0.0, 0.0, 0.0, 0.7, 0.2, 1.5, 0.0, 0.0, 0.01, 1500.0,
                ],
                [
                    40.0, 0.004, 0.6, 0.0, 0.2, 0.0, 0.9, 0.6, 3.0, 0.0, 0.15, 0.03, 4000.0,
                ],
            ],
            Self::Tom => [
                [
                    40.0, 0.002, 0.3, 0.0, 0.1, 0.0, 0.65, 0.2, 0.3, 0.0, 0.02, 0.02, 800.0,
                ],
                [
                    60.0, 0.005, 0.9, 0.0, 0.4, 0.0, 0.8, 0.6, 1.0, 0.0, 0.15, 0.08, 2500.0,
                ],
            ],
            Self::Snare => [
                [
                    50.0, 0.001, 0.1, 0.0, 0.2, 0.0, 0.65, 0.2, 0.2, 0.0, 0.5, 0.15, 1800.0,
                ],
                [
                    62.0, 0.003, 0.3, 0.0, 0.5, 0.0, 0.8, 0.6, 0.8, 0.0, 0.8, 0.5, 4500.0,
                ],
            ],
            Self::Hat => [
                [
                    75.0, 0.001, 0.05, 0.0, 0.6, 0.0, 1.1, 0.0, 0.0, 0.0, 0.85, 0.05, 5000.0,
                ],
                [
                    90.0, 0.003, 0.4, 0.0, 0.9, 0.0, 1.4, 0.3, 0.0, 0.0, 1.0, 0.9, 7000.0,
                ],
            ],
            Self::Bell => [
                [
                    62.0, 0.001, 1.0, 0.0, 0.5, 0.0, 1.15, 0.1, 0.0, 0.0, 0.0, 0.01, 3000.0,
                ],
                [
                    86.0, 0.003, 3.5, 0.0, 0.85, 0.2, 1.4, 0.5, 0.0, 0.0, 0.04, 0.03, 6000.0,
                ],
            ],
            Self::Marimba => [
                [
                    50.0, 0.001, 0.2, 0.0, 0.15, 0.0, 1.45, 0.5, 0.0, 0.0, 0.0, 0.01, 1500.0,
                ],
                [
                    84.0, 0.004, 0.7, 0.0, 0.45, 0.1, 1.55, 1.0, 0.0, 0.0, 0.08, 0.03, 4000.0,
                ],
            ],
            Self::String => [
                [
                    45.0, 0.001, 0.5, 0.0, 0.45, 0.0, 1.0, 0.3, 0.0, 0.0, 0.0, 0.01, 2000.0,
                ],
                [
                    79.0, 0.005, 2.5, 0.0, 0.8, 0.4, 1.01, 0.9, 0.0, 0.0, 0.06, 0.03, 5000.0,
                ],
            ],
            Self::Flute => [
                [
                    65.0, 0.04, 1.5, 0.7, 0.1, 0.0, 1.0, 0.0, 0.0, 0.0, 0.05, 0.3, 2000.0,
                ],
                [
                    91.0, 0.12, 3.0, 0.95, 0.35, 0.3, 1.0, 0.2, 0.0, 0.4, 0.25, 0.8, 5000.0,
                ],
            ],
            Self::Organ => [
                [
                    45.0, 0.01, 2.0, 0.9, 0.4, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.02, 2000.0,
                ],
                [
                    79.0, 0.03, 4.0, 1.0, 0.85, 0.9, 1.0, 0.1, 0.0, 0.1, 0.02, 0.05, 4000.0,
                ],
            ],
            Self::Brass => [
                [
                    45.0, 0.03, 1.0, 0.6, 0.65, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.05, 1500.0,
                ],
                [
                    72.0, 0.1, 3.0, 0.9, 0.95, 0.1, 1.0, 0.3, 0.1, 0.3, 0.05, 0.2, 3000.0,
                ],
            ],
        };
        [(low, 0.0), (high, 1.0)].map(|(numbers, velocity)| Voice::from_numbers(numbers, velocity))
    }
}
