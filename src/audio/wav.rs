//! WAV files that say who wrote them.

use super::RATE;

/// A list of notes with one that names the software (Microsoft and IBM, *Multimedia programming
/// interface and data specifications 1.0*, 1991), the last chunk of a file.
const MARK: &[u8; 26] = b"LIST\x12\0\0\0INFOISFT\x05\0\0\0soda\0\0";

/// A sound at [`RATE`] as a WAV file: one channel, 16 bits. What is louder than 1 is cut off.
pub fn wav(sound: &[f32]) -> Vec<u8> {
    // What stands before the samples, less the eight bytes that the length leaves out.
    const HEADER: usize = 36;
    let (rate, bytes) = (RATE as u32, 2 * sound.len());
    let length = (HEADER + bytes + MARK.len()) as u32;
    let mut file = Vec::with_capacity(length as usize + 8);
    file.extend(b"RIFF");
    file.extend(length.to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    // PCM; one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(rate.to_le_bytes());
    file.extend((2 * rate).to_le_bytes());
    // Bytes of a frame; bits of a sample.
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend((bytes as u32).to_le_bytes());
    // `as` saturates.
    let samples = sound.iter().map(|x| (x * 32_767.0).round() as i16);
    file.extend(samples.flat_map(i16::to_le_bytes));
    file.extend(MARK);
    file
}

/// Whether [`wav`] wrote a file.
pub fn is_own(file: &[u8]) -> bool {
    file.starts_with(b"RIFF") && file.ends_with(MARK)
}
