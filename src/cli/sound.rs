//! `soda spectrogram` and `soda sonify`, and painted pictures that are written as sounds.

use super::png::write_png;
use super::{CliResult, say};
use crate::audio::{self, BANDS, FRAMES, RATE, Spectrogram, wav};
use crate::data::{MOST_FILE, Rgba, decode_for, to_rgb8, to_rgba8};
use crate::files::read_at_most;
use crate::weights::replace_file;
use clap::{Args, ValueEnum};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What painted pictures are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Pictures.
    Png,
    /// Sounds, of pictures that are spectrograms: a model that was trained on sounds paints those.
    Wav,
}

impl Format {
    /// What such files end with.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Wav => "wav",
        }
    }

    /// Write pixels `[3·size·size]` in [-1, 1], making the folder.
    pub fn write(self, path: &Path, pixels: &[f32], size: usize) -> CliResult {
        match self {
            Self::Png => write_png(path, pixels, size),
            Self::Wav => Ok(replace_file(path, &wav(&sound(pixels, size)?))?),
        }
    }
}

/// The sound of a painted spectrogram.
pub fn sound(pixels: &[f32], size: usize) -> CliResult<Vec<f32>> {
    let rgb = if size == FRAMES {
        to_rgb8(pixels, size)?
    } else {
        rgb(&Rgba::from_rgba8(
            &to_rgba8(pixels, size)?,
            size,
            size,
            FRAMES,
        )?)
    };
    Ok(Spectrogram::from_rgb(&rgb).sound(0))
}

/// A picture over black.
fn rgb(picture: &Rgba) -> Vec<u8> {
    let pixels = picture.premultiplied().as_chunks::<4>().0;
    pixels.iter().flat_map(|&[r, g, b, _]| [r, g, b]).collect()
}

/// Whether this program wrote the WAV at `path`.
pub fn is_own(path: &Path) -> bool {
    let mut start = [0; 4];
    let mut end = Vec::new();
    let read = std::fs::File::open(path).and_then(|mut file| {
        file.read_exact(&mut start)?;
        file.seek(SeekFrom::End(-64))?;
        file.read_to_end(&mut end)
    });
    read.is_ok() && audio::is_own(&[&start[..], &end].concat())
}

/// Draw the spectrogram of a sound: a grey picture of 64×64, 1.024 seconds from left to right, 64
/// mel bands from 40 Hz below to 8 kHz above, black for -80 dB and less, white for 0 dB.
#[derive(Debug, Args)]
pub struct SpectrogramArgs {
    /// A WAV, FLAC or MP3 file. Of more than 1.024 seconds, what follows the first sound is taken.
    sound: PathBuf,
    /// The picture, a .png.
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl SpectrogramArgs {
    /// Draw it.
    pub fn run(self) -> CliResult {
        ends_with(&self.out, Format::Png)?;
        let name = self.sound.display();
        let bytes = read_at_most(&self.sound, MOST_FILE).map_err(|e| format!("{name}: {e}"))?;
        let sound = audio::read(&bytes).map_err(|error| format!("{name}: {error}"))?;
        let spectrogram = Spectrogram::of(&sound);
        let grey = spectrogram
            .bytes()
            .iter()
            .map(|&v| f32::from(v) / 127.5 - 1.0);
        let plane: Vec<f32> = grey.collect();
        write_png(&self.out, &plane.repeat(3), FRAMES)?;
        say_written(self.json, &sound, &self.out);
        Ok(())
    }
}

/// Make the sound that a spectrogram is of, as a WAV file: one channel, 16 kHz, 1.024 seconds.
/// Phases are found by the Griffin-Lim algorithm.
#[derive(Debug, Args)]
pub struct SonifyArgs {
    /// A square picture such as `soda spectrogram` draws; or a sound, to hear what is left of it.
    picture: PathBuf,
    /// The sound, a .wav.
    out: PathBuf,
    /// Seed of the phases that are begun with.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl SonifyArgs {
    /// Make it.
    pub fn run(self) -> CliResult {
        ends_with(&self.out, Format::Wav)?;
        let name = self.picture.display().to_string();
        let bytes = read_at_most(&self.picture, MOST_FILE).map_err(|e| format!("{name}: {e}"))?;
        let picture = decode_for(&bytes, &name, FRAMES).map_err(|e| format!("{name}: {e}"))?;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if width != height {
            return Err(format!(
                "{name}: is {width} × {height} pixels; a spectrogram is square, \
                 {FRAMES} × {BANDS} or enlarged from that"
            )
            .into());
        }
        let picture = Rgba::from_rgba8(&picture, width, height, FRAMES)?;
        let sound = Spectrogram::from_rgb(&rgb(&picture)).sound(self.seed);
        replace_file(&self.out, &wav(&sound))?;
        say_written(self.json, &sound, &self.out);
        Ok(())
    }
}

/// Say how long a sound is, and where it or its picture went.
fn say_written(json: bool, sound: &[f32], out: &Path) {
    let seconds = sound.len() as f64 / RATE as f64;
    say(
        json,
        &format!("{seconds:.3} seconds of sound: {}", out.display()),
        serde_json::json!({"seconds": seconds, "out": out}),
    );
}

/// Refuse a name that says something else than what is written.
fn ends_with(out: &Path, format: Format) -> CliResult {
    let ending = out.extension().and_then(|ending| ending.to_str());
    if ending.is_some_and(|ending| ending.eq_ignore_ascii_case(format.ending())) {
        return Ok(());
    }
    let (out, wanted) = (out.display(), format.ending());
    Err(format!("{out}: a .{wanted} is written; give it that ending").into())
}
