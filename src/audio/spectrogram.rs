//! Spectrograms in decibels, and pictures of them.

use super::griffin_lim::griffin_lim;
use super::mel::Bands;
use super::stft::{BINS, Stft};
use super::{BANDS, FRAMES};

/// The quietest that a spectrogram tells from silence, in decibels.
pub const FLOOR: f32 = -80.0;

/// What Hann's window makes of a sine's power: the sum over frequencies of its squared transform,
/// as a share of the largest value.
const HANN_SPREAD: f32 = 1.5;

/// Power in [`BANDS`] mel bands (40 Hz to 8 kHz) and [`FRAMES`] frames (16 ms each), a byte each.
///
/// A byte stands for decibels, linearly: 255 for 0 dB, 0 for [`FLOOR`] and everything below. 0 dB
/// is a sine of full amplitude in the middle of a band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spectrogram {
    /// `[BANDS, FRAMES]`, the highest band first, as in a picture.
    bytes: Vec<u8>,
}

impl Spectrogram {
    /// The spectrogram of a sound; what is missing to [`SAMPLES`](super::SAMPLES) is silence.
    pub fn of(sound: &[f32]) -> Self {
        let (stft, bands) = (Stft::new(), Bands::new());
        let scale = scale(&stft);
        let mut bytes = vec![0; BANDS * FRAMES];
        for (frame, values) in stft.forward(sound).chunks_exact(BINS).enumerate() {
            let power: Vec<f32> = values.iter().map(|x| x.norm_sqr() * scale).collect();
            for (band, power) in bands.sum(&power).into_iter().enumerate() {
                bytes[place(band, frame)] = to_byte(power);
            }
        }
        Self { bytes }
    }

    /// From the pixels of a picture, whose channels are averaged.
    ///
    /// # Shapes
    /// - `rgb`: `[BANDS, FRAMES, 3]`
    ///
    /// # Panics
    /// If `rgb` has another length.
    pub fn from_rgb(rgb: &[u8]) -> Self {
        assert_eq!(rgb.len(), 3 * BANDS * FRAMES, "RGB of {FRAMES} × {BANDS}");
        let grey = |pixel: &[u8; 3]| {
            let sum: u16 = pixel.iter().map(|&value| u16::from(value)).sum();
            ((sum + 1) / 3) as u8
        };
        let bytes = rgb.as_chunks::<3>().0.iter().map(grey).collect();
        Self { bytes }
    }

    /// As a grey picture: time from left to right, low bands at the bottom.
    ///
    /// # Shapes
    /// - output: `[BANDS, FRAMES, 4]`, opaque
    pub fn rgba(&self) -> Vec<u8> {
        self.bytes.iter().flat_map(|&v| [v, v, v, 255]).collect()
    }

    /// The bytes, `[BANDS, FRAMES]`, the highest band first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A sound of [`SAMPLES`](super::SAMPLES) with about this spectrogram. Its phases are found by
    /// the Griffin–Lim algorithm, beginning at random: another seed sounds nearly the same.
    ///
    /// The spectrogram of a sound comes back within 1.2 dB (the root mean square over what is
    /// louder than −60 dB, the mean of 40 [voices](super::Voice)); one that no sound has, such as a
    /// painted one, comes back within more.
    pub fn sound(&self, seed: u64) -> Vec<f32> {
        let (stft, bands) = (Stft::new(), Bands::new());
        let scale = scale(&stft);
        let mut magnitudes = Vec::with_capacity(FRAMES * BINS);
        for frame in 0..FRAMES {
            let power = std::array::from_fn(|band| to_power(self.bytes[place(band, frame)]));
            let spread = bands.spread(&power);
            magnitudes.extend(spread.into_iter().map(|power| (power / scale).sqrt()));
        }
        griffin_lim(&stft, &magnitudes, seed)
    }
}

/// From squared transforms to the power of a sine of full amplitude.
fn scale(stft: &Stft) -> f32 {
    (2.0 / stft.gain()).powi(2) / HANN_SPREAD
}

/// Where a band's byte is.
fn place(band: usize, frame: usize) -> usize {
    (BANDS - 1 - band) * FRAMES + frame
}

fn to_byte(power: f32) -> u8 {
    let decibels = 10.0 * power.log10();
    // `as` saturates, and takes what is not a number for 0.
    (255.0 * (1.0 - decibels / FLOOR) + 0.5) as u8
}

fn to_power(byte: u8) -> f32 {
    match byte {
        0 => 0.0,
        byte => 10f32.powf(FLOOR * (1.0 - f32::from(byte) / 255.0) / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RATE, SAMPLES, Voice};
    use super::*;

    fn sine(frequency: f64, amplitude: f64) -> Vec<f32> {
        let turn = std::f64::consts::TAU * frequency / RATE as f64;
        (0..SAMPLES)
            .map(|i| (amplitude * (turn * i as f64).sin()) as f32)
            .collect()
    }

    fn decibels(byte: u8) -> f32 {
        10.0 * to_power(byte).log10()
    }

    /// The root mean square of the difference in decibels, over what is louder than −60 dB in
    /// `wanted`.
    fn difference(found: &Spectrogram, wanted: &Spectrogram) -> f32 {
        let errors: Vec<f32> = wanted
            .bytes
            .iter()
            .zip(&found.bytes)
            .map(|(&wanted, &found)| (decibels(wanted), decibels(found).max(FLOOR)))
            .filter(|(wanted, _)| *wanted > -60.0)
            .map(|(wanted, found)| (wanted - found).powi(2))
            .collect();
        (errors.iter().sum::<f32>() / errors.len() as f32).sqrt()
    }

    #[test]
    fn a_sine_is_loudest_in_its_band_and_as_loud_as_it_is() {
        // In band b of 64 by the mel scale: 40 Hz and 8 kHz are the ends, each band 42.73 mel wide.
        for (frequency, band) in [(440.0, 10), (1000.0, 21), (5000.0, 53)] {
            for (amplitude, level) in [(1.0, 0.0), (0.01, -40.0)] {
                let spectrogram = Spectrogram::of(&sine(frequency, amplitude));
                let column = |band| decibels(spectrogram.bytes[place(band, 32)]);
                let loudest = (0..BANDS).max_by(|&a, &b| column(a).total_cmp(&column(b)));
                assert_eq!(loudest, Some(band), "{frequency} Hz");
                // Between the middles of two bands each has half, 3 dB less.
                let found = column(band);
                assert!(
                    (-3.5..0.5).contains(&(found - level)),
                    "{frequency} Hz: {found} dB"
                );
            }
        }
    }

    #[test]
    fn bytes_are_decibels() {
        for (power, byte) in [(1.0, 255), (10.0, 255), (1e-4, 128), (1e-8, 0), (0.0, 0)] {
            assert_eq!(to_byte(power), byte, "{power}");
        }
        for byte in 1..=255 {
            assert_eq!(to_byte(to_power(byte)), byte);
        }
    }

    #[test]
    fn silence_stays_silence() {
        let silence = Spectrogram::of(&[]);
        assert!(silence.bytes.iter().all(|&byte| byte == 0));
        assert!(silence.sound(0).iter().all(|&sample| sample == 0.0));
    }

    #[test]
    fn pictures_of_sounds_come_back_from_sound() {
        let mut errors = Vec::new();
        for number in 0..20 {
            let sound = Voice::draw(1, number).1.sound(number);
            let wanted = Spectrogram::of(&sound);
            let rgb: Vec<u8> = wanted.bytes.iter().flat_map(|&v| [v; 3]).collect();
            assert_eq!(Spectrogram::from_rgb(&rgb), wanted);
            let found = Spectrogram::of(&wanted.sound(0));
            errors.push(difference(&found, &wanted));
        }
        let mean = errors.iter().sum::<f32>() / errors.len() as f32;
        assert!(
            mean < 1.3 && errors.iter().all(|&e| e < 3.0),
            "{errors:?} dB"
        );
    }
}
