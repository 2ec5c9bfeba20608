//! Where a sound begins.

/// What is quieter than this share of the loudest sample is taken for silence: −40 dB.
const QUIET: f32 = 0.01;

/// The part of a sound that is made into a picture, `length` samples at most: a sound no longer
/// than that is taken whole, of a longer one what follows the first sample that is no silence, and
/// `lead` samples before it.
pub fn from_onset(sound: &[f32], length: usize, lead: usize) -> &[f32] {
    if sound.len() <= length {
        return sound;
    }
    let loudest = sound.iter().fold(0f32, |most, x| most.max(x.abs()));
    let onset = sound.iter().position(|x| x.abs() > QUIET * loudest);
    let start = onset.unwrap_or(0).saturating_sub(lead);
    &sound[start..sound.len().min(start + length)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sound_begins_where_it_is_heard_and_a_short_one_is_whole() {
        let mut sound = vec![0.001; 100];
        sound.extend([0.5; 50]);
        assert_eq!(from_onset(&sound, 20, 5), &sound[95..115]);
        assert_eq!(from_onset(&sound, 150, 5), &sound[..]);
        assert_eq!(from_onset(&[0.0; 30], 20, 5).len(), 20);
        // Near the end less is left.
        assert_eq!(from_onset(&sound, 140, 0), &sound[100..]);
    }
}
