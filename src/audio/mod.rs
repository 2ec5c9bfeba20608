//! Sounds as pictures: a second of sound as a log-mel spectrogram of 64×64, and back.
//!
//! ```text
//! WAV, FLAC, MP3 ──read──▶ mono, 16 kHz ──Spectrogram::of────▶ 64 bands × 64 ──rgba────▶ picture
//! WAV ◀──wav──                          ◀─Spectrogram::sound──    frames      ◀─from_rgb──
//! ```
//!
//! - [`read`]: files in, mixed to one channel and resampled to [`RATE`]; [`wav`] writes them.
//! - [`Spectrogram`]: power in [`BANDS`] mel bands and [`FRAMES`] frames, in bytes that stand for
//!   decibels; its way to a picture and from one, and to a sound by the Griffin–Lim algorithm.
//! - [`Voice`]: a synthesiser whose sounds have sounds between them.
//!
//! Everything is computed on the host, without any tensor. The same bytes give the same numbers.
//! `wasm/sound` builds all of it for the page but [`read`], which browsers have themselves.

#[cfg(feature = "cli")]
mod decode;
mod griffin_lim;
mod mel;
mod onset;
#[cfg(feature = "cli")]
mod resample;
mod spectrogram;
mod stft;
mod voice;
mod wav;

/// Samples a second.
pub const RATE: usize = 16_000;
/// Samples from one frame to the next: 16 ms.
pub const HOP: usize = 256;
/// Samples that a frame sees: 64 ms.
pub const WINDOW: usize = 1024;
/// Frames of a spectrogram, and columns of its picture.
pub const FRAMES: usize = 64;
/// Mel bands of a spectrogram, and rows of its picture.
pub const BANDS: usize = 64;
/// Samples of a sound: 1.024 s.
pub const SAMPLES: usize = FRAMES * HOP;

#[cfg(feature = "cli")]
pub use decode::{MEMORY, begins_like_sound, is_sound, read};
pub use onset::from_onset;
pub use spectrogram::{FLOOR, Spectrogram};
pub use voice::{Kind, Voice};
pub use wav::{is_own, wav};
