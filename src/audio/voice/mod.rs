//! A synthesiser of drums and instruments, one for all of them, so that a sound half-way between
//! any two is known.
//!
//! A sound is partials plus noise (Serra and Smith, *Spectral modeling synthesis*, 1990). Partial
//! `n` of pitch `f` has the frequency `f·n^p`: a string's and a pipe's have `p = 1`, a membrane's
//! are near `p = 0.7`, those of a bar that is free at both ends near `p = 1.5`.

mod band_pass;
mod kind;

pub use kind::Kind;

use super::{RATE, SAMPLES};
use band_pass::BandPass;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

/// Most partials.
const PARTIALS: usize = 24;
/// Where partials end, in hertz, and how softly.
const HIGHEST: f64 = 7_600.0;
const SOFT: f64 = 800.0;
/// Seconds in which a sweep of pitch falls to 1/e.
const SWEEP_TIME: f64 = 0.03;
/// Cycles of vibrato a second.
const VIBRATO: f64 = 5.5;
/// When a sound that is held is let go, and how fast it is gone then (60 dB), in seconds.
const RELEASE: f64 = 0.8;
const RELEASE_TIME: f64 = 0.15;

/// Everything that a sound is made of but the noise's seed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Voice {
    /// As MIDI counts: 69 is 440 Hz, 12 an octave.
    pub pitch: f64,
    /// How hard it is played: 1 is the loudest, 0 is 24 dB less.
    pub velocity: f64,
    /// Seconds until it is loudest.
    pub attack: f64,
    /// Seconds until the first partial is 60 dB down, where it is not sustained.
    pub decay: f64,
    /// The level that it is held at for 0.8 s, 0 to 1.
    pub sustain: f64,
    /// 0 to 1: partial `n` has the amplitude `n^(2.7·brightness − 3)`.
    pub brightness: f64,
    /// How much even partials are missing, 0 to 1.
    pub hollow: f64,
    /// The exponent `p` of the partials' frequencies `f·n^p`, 0.65 to 1.55.
    pub stretch: f64,
    /// How much faster each further partial decays, 0 to 1.
    pub damping: f64,
    /// Octaves that the pitch begins higher.
    pub sweep: f64,
    /// How far the pitch wavers, in semitones to either side.
    pub vibrato: f64,
    /// The share of noise, 0 to 1.
    pub noise: f64,
    /// Seconds until it is 60 dB down, where it is not sustained.
    pub noise_decay: f64,
    /// The middle of its octave, in hertz.
    pub noise_pitch: f64,
}

impl Voice {
    fn from_numbers(numbers: [f64; 13], velocity: f64) -> Self {
        let [
            pitch,
            attack,
            decay,
            sustain,
            brightness,
            hollow,
            stretch,
            damping,
            sweep,
            vibrato,
            noise,
            noise_decay,
            noise_pitch,
        ] = numbers;
        Self {
            pitch,
            velocity,
            attack,
            decay,
            sustain,
            brightness,
            hollow,
            stretch,
            damping,
            sweep,
            vibrato,
            noise,
            noise_decay,
            noise_pitch,
        }
    }

    /// Note `number` of the set of this seed: its kind, and a voice drawn evenly from the kind's
    /// ranges.
    pub fn draw(seed: u64, number: u64) -> (Kind, Self) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        let kind = Kind::ALL[rng.random_range(0..Kind::ALL.len())];
        let [low, high] = kind.range();
        (kind, low.mixed(&high, || rng.random()))
    }

    /// What the kind sounds like: the middle of all its ranges, played hard.
    pub fn typical(kind: Kind) -> Self {
        let [low, high] = kind.range();
        Self {
            velocity: 0.9,
            ..low.between(&high, 0.5)
        }
    }

    /// The voice `alpha` of the way to `other`. Times and frequencies go by equal ratios, all else
    /// by equal steps.
    pub fn between(&self, other: &Self, alpha: f64) -> Self {
        self.mixed(other, || alpha)
    }

    /// Every number at a place of its own between two.
    fn mixed(&self, other: &Self, mut place: impl FnMut() -> f64) -> Self {
        // Four decimals: what the JSON says is what is played.
        let rounded = |x: f64| (1e4 * x).round() / 1e4;
        let mut steps = |a: f64, b: f64| rounded(a + (b - a) * place());
        let (pitch, velocity) = (
            steps(self.pitch, other.pitch),
            steps(self.velocity, other.velocity),
        );
        let (sustain, brightness) = (
            steps(self.sustain, other.sustain),
            steps(self.brightness, other.brightness),
        );
        let (hollow, stretch) = (
            steps(self.hollow, other.hollow),
            steps(self.stretch, other.stretch),
        );
        let (damping, sweep) = (
            steps(self.damping, other.damping),
            steps(self.sweep, other.sweep),
        );
        let (vibrato, noise) = (
            steps(self.vibrato, other.vibrato),
            steps(self.noise, other.noise),
        );
        let mut ratios = |a: f64, b: f64| rounded(a * (b / a).powf(place()));
        Self {
            pitch,
            velocity,
            attack: ratios(self.attack, other.attack),
            decay: ratios(self.decay, other.decay),
            sustain,
            brightness,
            hollow,
            stretch,
            damping,
            sweep,
            vibrato,
            noise,
            noise_decay: ratios(self.noise_decay, other.noise_decay),
            noise_pitch: ratios(self.noise_pitch, other.noise_pitch),
        }
    }

    /// Its sound, [`SAMPLES`] at [`RATE`]. `seed` is that of the noise.
    pub fn sound(&self, seed: u64) -> Vec<f32> {
        let mut sound = self.partials();
        for (sample, noise) in sound.iter_mut().zip(self.noises(seed)) {
            *sample = (1.0 - self.noise) * *sample + self.noise * noise;
        }
        let peak = sound.iter().fold(1e-9f64, |peak, x| peak.max(x.abs()));
        let level = 0.9 * 10f64.powf(-24.0 * (1.0 - self.velocity) / 20.0) / peak;
        sound.iter().map(|x| (x * level) as f32).collect()
    }

    /// The level at a time, of what falls by 60 dB in `decay` seconds where it is not sustained.
    fn level(&self, time: f64, decay: f64) -> f64 {
        let fallen = |time: f64, decay: f64| 10f64.powf(-3.0 * time / decay);
        let held = self.sustain + (1.0 - self.sustain) * fallen(time, decay);
        let released = fallen((time - RELEASE).max(0.0), RELEASE_TIME);
        (time / self.attack).min(1.0) * held * released
    }

    /// The sum of the partials, 1 at most.
    fn partials(&self) -> Vec<f64> {
        let fundamental = 440.0 * 2f64.powf((self.pitch - 69.0) / 12.0);
        let amplitude = |n: usize| {
            let even = if n.is_multiple_of(2) {
                1.0 - self.hollow
            } else {
                1.0
            };
            even * (n as f64).powf(2.7 * self.brightness - 3.0)
        };
        let total: f64 = (1..=PARTIALS).map(amplitude).sum();
        let mut sound = vec![0.0; SAMPLES];
        for n in 1..=PARTIALS {
            let (ratio, share) = ((n as f64).powf(self.stretch), amplitude(n) / total);
            if fundamental * ratio >= HIGHEST {
                break;
            }
            let decay = self.decay / (1.0 + self.damping * (n - 1) as f64);
            let mut phase = 0.0;
            for (i, sample) in sound.iter_mut().enumerate() {
                let time = i as f64 / RATE as f64;
                let octaves = self.sweep * (-time / SWEEP_TIME).exp()
                    + self.vibrato / 12.0 * (TAU * VIBRATO * time).sin();
                let frequency = fundamental * ratio * octaves.exp2();
                let within = ((HIGHEST - frequency) / SOFT).clamp(0.0, 1.0);
                *sample += share * within * self.level(time, decay) * phase_sine(phase);
                phase += frequency / RATE as f64;
            }
        }
        sound
    }

    /// Noise of an octave around its middle, as loud as a sine of amplitude ½.
    fn noises(&self, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut filter = BandPass::new(self.noise_pitch);
        let mut sound: Vec<f64> = (0..SAMPLES)
            .map(|_| filter.next(rng.sample(StandardNormal)))
            .collect();
        let power = sound.iter().map(|x| x * x).sum::<f64>() / SAMPLES as f64;
        let scale = (0.125 / power.max(1e-12)).sqrt();
        for (i, sample) in sound.iter_mut().enumerate() {
            *sample *= scale * self.level(i as f64 / RATE as f64, self.noise_decay);
        }
        sound
    }
}

/// `sin(2π·phase)`.
fn phase_sine(phase: f64) -> f64 {
    f64::from(((TAU * phase.fract()) as f32).sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Voice {
        Voice {
            pitch: 69.0,
            velocity: 1.0,
            attack: 0.001,
            decay: 1.0,
            sustain: 0.0,
            brightness: 0.0,
            hollow: 0.0,
            stretch: 1.0,
            damping: 0.0,
            sweep: 0.0,
            vibrato: 0.0,
            noise: 0.0,
            noise_decay: 0.1,
            noise_pitch: 1000.0,
        }
    }

    /// The amplitude of `frequency` from `start` on, over 100 of its cycles.
    fn amplitude(sound: &[f32], frequency: f64, start: usize) -> f64 {
        let count = (100.0 * RATE as f64 / frequency) as usize;
        let (mut re, mut im) = (0.0, 0.0);
        for (i, &x) in sound[start..start + count].iter().enumerate() {
            let turn = TAU * frequency * i as f64 / RATE as f64;
            re += f64::from(x) * turn.cos();
            im += f64::from(x) * turn.sin();
        }
        2.0 * re.hypot(im) / count as f64
    }

    #[test]
    fn partials_are_where_the_exponent_puts_them_and_as_loud_as_brightness_says() {
        let held = Voice {
            sustain: 1.0,
            ..plain()
        };
        for stretch in [0.7, 1.0, 1.5] {
            let sound = Voice {
                stretch,
                ..held.clone()
            }
            .sound(0);
            let second = amplitude(&sound, 440.0 * 2f64.powf(stretch), 1000);
            let ratio = second / amplitude(&sound, 440.0, 1000);
            // n^−3.
            assert!((ratio - 0.125).abs() < 0.01, "{stretch}: {ratio}");
        }
        let hollow = Voice {
            hollow: 1.0,
            ..held
        }
        .sound(0);
        assert!(amplitude(&hollow, 880.0, 1000) < 1e-3);
    }

    #[test]
    fn a_decay_is_60_decibels_in_its_time_and_velocity_is_24() {
        let sound = plain().sound(0);
        let (early, late) = (
            amplitude(&sound, 440.0, 1600),
            amplitude(&sound, 440.0, 4800),
        );
        let decibels = 20.0 * (early / late).log10();
        assert!((decibels - 12.0).abs() < 0.2, "{decibels} dB in 0.2 s");
        let peak = |velocity| {
            let sound = Voice {
                velocity,
                ..plain()
            }
            .sound(0);
            sound.iter().fold(0f32, |peak, x| peak.max(x.abs()))
        };
        assert!((peak(1.0) - 0.9).abs() < 1e-6);
        assert!((20.0 * (peak(1.0) / peak(0.0)).log10() - 24.0).abs() < 1e-3);
    }

    #[test]
    fn noise_is_in_its_octave() {
        let noise = Voice {
            noise: 1.0,
            noise_decay: 5.0,
            noise_pitch: 3000.0,
            ..plain()
        };
        let sound = noise.sound(3);
        let spectrogram = super::super::Spectrogram::of(&sound);
        let mean = |row: usize| {
            let row = &spectrogram.bytes()[row * 64..row * 64 + 40];
            row.iter().map(|&v| f64::from(v)).sum::<f64>() / 40.0
        };
        let loudest = (0..64).max_by(|&a, &b| mean(a).total_cmp(&mean(b)));
        // 3 kHz is 1876 mel: band 41 of 64 from below. Wider bands above it gather more.
        assert!((14..=24).contains(&loudest.unwrap()), "row {loudest:?}");
    }

    #[test]
    fn every_kind_is_drawn_within_its_ranges_and_is_heard() {
        let mut seen = [false; Kind::ALL.len()];
        for number in 0..100 {
            let (kind, voice) = Voice::draw(1, number);
            let [low, high] = kind.range();
            assert!((low.pitch..=high.pitch).contains(&voice.pitch), "{kind:?}");
            assert!((low.decay..=high.decay).contains(&voice.decay), "{kind:?}");
            assert_eq!(Voice::draw(1, number), (kind, voice));
            seen[Kind::ALL.iter().position(|&k| k == kind).unwrap()] = true;
        }
        assert!(seen.iter().all(|&seen| seen), "{seen:?}");
        assert_ne!(Voice::draw(1, 0), Voice::draw(2, 0));
    }

    #[test]
    fn a_typical_voice_is_in_the_middle_of_its_kind_and_kinds_are_found_by_the_names_of_their_json()
    {
        for kind in Kind::ALL {
            let [low, high] = kind.range();
            let voice = Voice::typical(kind);
            assert!((low.pitch..=high.pitch).contains(&voice.pitch), "{kind:?}");
            assert!((voice.pitch - low.pitch - (high.pitch - voice.pitch)).abs() < 1e-3);
            let name = serde_json::to_value(kind).unwrap();
            assert_eq!(Kind::named(name.as_str().unwrap()), Some(kind));
        }
        assert_eq!(Kind::named("Kick"), None);
    }

    #[test]
    fn half_way_is_the_mean_and_the_ends_are_the_ends() {
        let a = plain();
        let b = Voice {
            pitch: 81.0,
            decay: 0.25,
            noise: 0.5,
            ..plain()
        };
        assert_eq!(
            (a.between(&b, 0.0), a.between(&b, 1.0)),
            (a.clone(), b.clone())
        );
        let half = a.between(&b, 0.5);
        assert_eq!((half.pitch, half.decay, half.noise), (75.0, 0.5, 0.25));
    }
}
