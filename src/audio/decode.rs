//! From the bytes of a sound file to samples, whatever the bytes are.

use super::onset::from_onset;
use super::resample::resampled;
use super::{HOP, RATE, SAMPLES};
use crate::fault::guarded;
use std::io::{Cursor, ErrorKind};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::FORMAT_ID_MP3;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Extensions of sounds that are read, and of those that people have and that are not: such a file
/// is named, not passed over.
const EXTENSIONS: [&str; 13] = [
    "wav", "wave", "flac", "mp3", "aac", "aif", "aiff", "m4a", "oga", "ogg", "opus", "wma", "ape",
];
/// Seconds of a file that are looked at; the rest is never decoded.
const SECONDS: usize = 30;
/// Memory that reading a sound takes at most, in bytes: what is looked at at the highest rate.
pub const MEMORY: u64 = 64 << 20;
/// Sampling rates that are read, in hertz.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
/// Most channels.
const CHANNELS: usize = 64;

/// Whether a file is taken for a sound, by its lower-case extension.
pub fn is_sound(extension: &str) -> bool {
    EXTENSIONS.contains(&extension)
}

/// Whether a file is taken for a sound, by how it begins; 12 bytes are enough.
pub fn begins_like_sound(start: &[u8]) -> bool {
    let at = |from: usize, wanted: &[u8]| start.get(from..from + wanted.len()) == Some(wanted);
    let is_mp3_frame = |start: &[u8]| {
        // MPEG's sync word, layer 3, and neither of the values that bit rate and sampling rate
        // cannot have (ISO 11172-3, 2.4.1.3).
        matches!(start, [0xff, second, third, ..]
            if second & 0xe6 == 0xe2 && second & 0x18 != 0x08
                && !matches!(third >> 4, 0 | 15) && third >> 2 & 3 != 3)
    };
    (at(0, b"RIFF") && at(8, b"WAVE")) || at(0, b"fLaC") || at(0, b"ID3") || is_mp3_frame(start)
}

/// Decode a WAV, FLAC or MP3 file to [`SAMPLES`] at [`RATE`] or fewer: channels averaged, from the
/// first sound on (the whole of it, if it is no longer). Only the first 30 seconds of a file are
/// looked at.
///
/// # Errors
/// Why it could not be read, in words for people, on one line.
pub fn read(bytes: &[u8]) -> Result<Vec<f32>, String> {
    // Decoders meet hostile files here; one that panics must not take the others along.
    let decoded = guarded(|| decoded(bytes));
    let (sound, rate) = decoded.map_err(|_| "broken sound file".to_owned())??;
    if let Some(at) = sound.iter().position(|x| !x.is_finite()) {
        return Err(format!("sample {at} of the sound is not a number"));
    }
    let of_rate = |samples: usize| (samples * rate).div_ceil(RATE);
    let sound = from_onset(&sound, of_rate(SAMPLES), of_rate(HOP));
    let mut sound = resampled(sound, rate)?;
    sound.truncate(SAMPLES);
    Ok(sound)
}

/// The first [`SECONDS`] as they are in the file, one channel; and their rate.
fn decoded(bytes: &[u8]) -> Result<(Vec<f32>, usize), String> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let mut reader = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, format, metadata)
        .map_err(reason)?;
    let track = reader.default_track(TrackType::Audio);
    let params = track.and_then(|track| Some((track, track.codec_params.as_ref()?.audio()?)));
    let Some((track, params)) = params else {
        return Err("there is no sound in it".into());
    };
    let rate = params.sample_rate.unwrap_or(0);
    if !RATES.contains(&rate) {
        let (low, high) = (RATES.start(), RATES.end());
        return Err(format!(
            "its sampling rate is {rate} Hz; {low} to {high} are read"
        ));
    }
    let channels = params.channels.as_ref().map_or(1, |c| c.count());
    if channels > CHANNELS {
        return Err(format!(
            "it has {channels} channels; {CHANNELS} at most are read"
        ));
    }
    let (id, promised) = (track.id, track.num_frames);
    let is_mp3 = reader.format_info().format == FORMAT_ID_MP3;
    let params = params.clone();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(&params, &AudioDecoderOptions::default())
        .map_err(reason)?;
    let most = SECONDS * rate as usize;
    let mut sound = Vec::new();
    let mut packet_samples: Vec<f32> = Vec::new();
    while sound.len() < most {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(reason(error)),
        };
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let width = buffer.num_planes().max(1);
                buffer.copy_to_vec_interleaved(&mut packet_samples);
                let mean = |frame: &[f32]| frame.iter().sum::<f32>() / width as f32;
                sound.extend(packet_samples.chunks_exact(width).map(mean));
            }
            // The first frame of an MP3 that was cut out of a longer one needs what came before.
            Err(Error::DecodeError(_)) if is_mp3 => {}
            Err(error) => return Err(reason(error)),
        }
    }
    // How long an MP3 is may be an estimate.
    let promised = promised.map_or(
        0,
        |frames| if is_mp3 { frames - frames / 10 } else { frames },
    );
    if sound.len() < most && (sound.len() as u64) < promised {
        let seconds = |frames: u64| frames as f64 / f64::from(rate);
        return Err(format!(
            "cut short: it has {:.2} of {:.2} seconds",
            seconds(sound.len() as u64),
            seconds(promised)
        ));
    }
    if sound.is_empty() {
        return Err("there is no sound in it".into());
    }
    sound.truncate(most);
    Ok((sound, rate as usize))
}

fn reason(error: Error) -> String {
    match error {
        Error::Unsupported(what) => {
            format!("not supported ({what}); sounds are read in WAV, FLAC and MP3")
        }
        error => format!("broken or cut short ({error})"),
    }
    .replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::wav;
    use super::*;

    const FLAC: &[u8] = include_bytes!("../../tests/fixtures/sounds/sine.flac");
    const MP3: &[u8] = include_bytes!("../../tests/fixtures/sounds/sine.mp3");

    fn sine(count: usize) -> Vec<f32> {
        let turn = std::f32::consts::TAU * 1000.0 / RATE as f32;
        (0..count).map(|i| 0.5 * (turn * i as f32).sin()).collect()
    }

    /// How loud a sound is in its middle, and how much of that is at 1 kHz.
    fn heard(sound: &[f32]) -> (f64, f64) {
        let part = &sound[3200..6400];
        let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
        for (i, &x) in part.iter().enumerate() {
            let (sin, cos) = (std::f64::consts::TAU * i as f64 / 16.0).sin_cos();
            re += f64::from(x) * cos;
            im += f64::from(x) * sin;
            power += f64::from(x).powi(2);
        }
        let count = part.len() as f64;
        let amplitude = 2.0 * re.hypot(im) / count;
        (amplitude, amplitude.powi(2) / 2.0 / (power / count))
    }

    #[test]
    fn wav_flac_and_mp3_give_the_sine_that_they_hold() {
        // 0.6 seconds of 1 kHz, half as loud as can be.
        for (name, bytes) in [("wav", &wav(&sine(9600))[..]), ("flac", FLAC), ("mp3", MP3)] {
            assert!(begins_like_sound(bytes) && is_sound(name), "{name}");
            let sound = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(sound.len().abs_diff(9600) < 20, "{name}: {}", sound.len());
            let (amplitude, share) = heard(&sound);
            assert!(
                (amplitude - 0.5).abs() < 0.01 && share > 0.999,
                "{name}: {amplitude} {share}"
            );
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let sound = sine(SAMPLES);
        let back = read(&wav(&sound)).unwrap();
        assert_eq!(back.len(), SAMPLES);
        let worst = back.iter().zip(&sound).map(|(a, b)| (a - b).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-4);
    }

    #[test]
    fn channels_are_averaged() {
        let mut file = wav(&[0.5; 4000]);
        // The same bytes as 2 channels of half the length, the right one made silent.
        file[22] = 2;
        file[32] = 4;
        for frame in file[44..].as_chunks_mut::<4>().0 {
            frame[2..].fill(0);
        }
        let sound = read(&file).unwrap();
        assert_eq!(sound.len(), 2000);
        assert!((sound[1000] - 0.25).abs() < 1e-3);
    }

    #[test]
    fn of_a_long_file_the_first_sound_is_taken_and_hours_are_not_decoded() {
        // 2 seconds of silence, 3 seconds of sound.
        let mut sound = vec![0.0; 2 * RATE];
        sound.extend(sine(3 * RATE));
        let found = read(&wav(&sound)).unwrap();
        assert_eq!(found.len(), SAMPLES);
        assert!(found[..HOP - 1].iter().all(|&x| x == 0.0) && found[HOP + 4] > 0.1);
        // What comes after half a minute is not looked at: a file cut there is as good.
        let mut long = wav(&sine(60 * RATE));
        long.truncate(44 + 2 * 31 * RATE);
        assert!(read(&long).is_ok());
    }

    #[test]
    fn a_file_cut_short_is_refused_in_one_line() {
        let whole = wav(&sine(9600));
        for (name, bytes) in [("wav", &whole[..]), ("flac", FLAC), ("mp3", MP3)] {
            for tenths in 0..9 {
                let error = read(&bytes[..bytes.len() * tenths / 10])
                    .err()
                    .unwrap_or_default();
                assert!(
                    !error.is_empty() && !error.contains('\n'),
                    "{name}: {error}"
                );
            }
        }
        let error = read(&whole[..whole.len() / 2]).unwrap_err();
        assert!(
            error.starts_with("cut short: it has 0.30 of 0.60 s"),
            "{error}"
        );
    }

    #[test]
    fn strange_files_are_refused() {
        let mut rates = wav(&sine(100));
        rates[24..28].copy_from_slice(&1_000_000u32.to_le_bytes());
        assert!(read(&rates).unwrap_err().contains("1000000 Hz"));
        assert!(read(&wav(&[])).unwrap_err().contains("no sound"));
        assert!(read(&[7; 5000]).is_err());
        assert!(
            !begins_like_sound(&[0xff, 0xd8, 0xff, 0xe0]) && !begins_like_sound(b"RIFF1234WEBP")
        );
    }
}
