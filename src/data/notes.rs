//! Sounds of our own with known factors: notes of drums and instruments, and notes between them.

use super::shards::append;
use crate::audio::{Kind, Voice, wav};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// What the JSON of a note says.
#[derive(Debug, Serialize)]
struct Note {
    /// None for a note between two of different kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(flatten)]
    voice: Voice,
    #[serde(flatten)]
    place: Option<Place>,
}

/// Keys of the two notes that a note lies between, and how far it is on the way from `a` to `b`, as
/// [`between`](super::between) reads them.
#[derive(Debug, Serialize)]
struct Place {
    a: String,
    b: String,
    alpha: f64,
}

/// A WebDataset archive of `count` notes, of which the last `between` lie between two of the
/// others:
/// `000123.wav`, and `000123.json` with its [`Voice`] and its kind or its place. The same seed
/// gives the same bytes. `on_note` is told how many are done and says whether to go on; none if it
/// does not.
///
/// # Errors
/// None that can be foreseen.
///
/// # Panics
/// If `between` is not 0 and fewer than two notes are left for it.
pub fn notes_archive(
    count: usize,
    between: usize,
    seed: u64,
    on_note: &mut dyn FnMut(usize) -> bool,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut tar = tar::Builder::new(Vec::new());
    let drawn = count - between;
    for number in 0..count {
        let note = if number < drawn {
            let (kind, voice) = Voice::draw(seed, number as u64);
            let kind = Some(kind);
            Note {
                kind,
                voice,
                place: None,
            }
        } else {
            note_between(seed, number, drawn)
        };
        let name = key(number);
        let sound = note.voice.sound(seed.wrapping_add(number as u64));
        append(
            &mut tar,
            &format!("{name}.json"),
            &serde_json::to_vec(&note)?,
        )?;
        append(&mut tar, &format!("{name}.wav"), &wav(&sound))?;
        if !on_note(number + 1) {
            return Ok(None);
        }
    }
    Ok(Some(tar.into_inner()?))
}

fn key(number: usize) -> String {
    format!("{number:06}")
}

/// A note between two of the first `drawn`.
fn note_between(seed: u64, number: usize, drawn: usize) -> Note {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number as u64);
    let a = rng.random_range(0..drawn);
    let b = (a + rng.random_range(1..drawn)) % drawn;
    // Four decimals, as everything in the JSON.
    let alpha = rng.random_range(1..10_000) as f64 / 1e4;
    let [from, to] = [a, b].map(|end| Voice::draw(seed, end as u64));
    Note {
        kind: (from.0 == to.0).then_some(from.0),
        voice: from.1.between(&to.1, alpha),
        place: Some(Place {
            a: key(a),
            b: key(b),
            alpha,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_archive() {
        let make = |seed| notes_archive(4, 1, seed, &mut |_| true).unwrap().unwrap();
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
        assert!(notes_archive(4, 1, 1, &mut |_| false).unwrap().is_none());
    }

    #[test]
    fn a_note_between_names_its_ends_and_has_their_mean() {
        for number in 5..30 {
            let note = note_between(1, number, 5);
            let place = note.place.unwrap();
            let [a, b] = [&place.a, &place.b].map(|key| key.parse::<u64>().unwrap());
            assert!(a < 5 && b < 5 && a != b, "{place:?}");
            let [(from, a), (to, b)] = [a, b].map(|end| Voice::draw(1, end));
            let pitch = a.pitch + place.alpha * (b.pitch - a.pitch);
            assert!((note.voice.pitch - pitch).abs() < 1e-4);
            assert_eq!(note.kind, (from == to).then_some(from));
        }
    }
}
