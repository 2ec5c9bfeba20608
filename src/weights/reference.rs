//! What a model paints, kept in its `config.json`: drivers that paint something else are found
//! out before anyone sees their pictures.

use crate::model::ConfigError;
use serde::{Deserialize, Serialize};

/// Cells along a side of a [`Reference`].
const CELLS: usize = 8;
const NUMBERS: usize = 3 * CELLS * CELLS;

/// Largest mean difference of two references of one model, in steps of 255. Backends differ by
/// rounding alone, far below one step.
const TOLERANCE: f32 = 3.0;

/// The mean colours of 8 × 8 cells of a picture: red, green and blue a cell, row by row, two
/// hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(String);

impl Reference {
    /// Of a picture `[3·size·size]` in [-1, 1]; none of one whose side has less than 8 pixels.
    pub fn of_picture(pixels: &[f32], size: usize) -> Option<Self> {
        if size < CELLS {
            return None;
        }
        let bounds = |cell: usize| cell * size / CELLS..(cell + 1) * size / CELLS;
        let mean = |channel: usize, row: usize, column: usize| {
            let (rows, columns) = (bounds(row), bounds(column));
            let count = (rows.len() * columns.len()) as f32;
            let sum: f32 = rows
                .flat_map(|y| {
                    let start = (channel * size + y) * size;
                    &pixels[start + columns.start..start + columns.end]
                })
                .sum();
            (127.5 * (sum / count + 1.0)).round().clamp(0.0, 255.0) as u8
        };
        let cells = (0..CELLS * CELLS)
            .flat_map(|cell| [0, 1, 2].map(|channel| mean(channel, cell / CELLS, cell % CELLS)));
        Some(Self(cells.map(|value| format!("{value:02x}")).collect()))
    }

    /// The colours, 0 to 255; fewer where the text is no reference.
    fn cells(&self) -> impl Iterator<Item = u8> {
        let digits = self.0.as_bytes().as_chunks::<2>().0;
        digits.iter().filter_map(|digits| {
            let text = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(text, 16).ok()
        })
    }

    /// Check a picture `[3·size·size]` against it.
    ///
    /// # Errors
    /// In words, where it is another picture.
    pub fn check(&self, pixels: &[f32], size: usize) -> Result<(), String> {
        let distance =
            Self::of_picture(pixels, size).map_or(f32::NAN, |found| self.distance(&found));
        if distance <= TOLERANCE {
            return Ok(());
        }
        Err(format!(
            "it paints another picture than the model's reference, by {distance:.0} of 255 on \
             average"
        ))
    }

    /// Mean difference in steps of 255.
    fn distance(&self, other: &Self) -> f32 {
        let pairs = self.cells().zip(other.cells());
        let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(b))).sum();
        sum as f32 / NUMBERS as f32
    }

    /// Check that it is one.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.0.len() == 2 * NUMBERS && self.cells().count() == NUMBERS {
            return Ok(());
        }
        Err(ConfigError {
            field: "reference",
            reason: format!("is no {NUMBERS} numbers of two hexadecimal digits"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red runs from left to right, green from top to bottom, blue is even.
    fn ramps(size: usize) -> Vec<f32> {
        let at = |i: usize| 2.0 * i as f32 / (size - 1) as f32 - 1.0;
        let place = 0..size * size;
        let red = place.clone().map(|i| at(i % size));
        let green = place.clone().map(|i| at(i / size));
        red.chain(green).chain(place.map(|_| 0.0)).collect()
    }

    #[test]
    fn cells_are_mean_colours() {
        let reference = Reference::of_picture(&ramps(20), 20).unwrap();
        assert!(reference.validate().is_ok());
        let cells: Vec<u8> = reference.cells().collect();
        assert_eq!(cells.len(), 192);
        // The first cell has pixels 0 and 1, the last 17 to 19.
        assert_eq!(cells[..3], [7, 7, 128]);
        assert_eq!(cells[21..24], [242, 7, 128]);
        assert_eq!(cells[189..], [242, 242, 128]);
        assert_eq!(Reference::of_picture(&ramps(4), 4), None);
        assert!(Reference("00".repeat(191)).validate().is_err());
        assert!(Reference("0x".repeat(192)).validate().is_err());
    }

    #[test]
    fn another_picture_is_found_out_and_rounding_is_not() {
        let mut pixels = ramps(24);
        let reference = Reference::of_picture(&pixels, 24).unwrap();
        for (i, pixel) in pixels.iter_mut().enumerate() {
            *pixel += if i % 2 == 0 { 1e-3 } else { -1e-3 };
        }
        assert_eq!(reference.check(&pixels, 24), Ok(()));
        pixels[..600].iter_mut().for_each(|pixel| *pixel *= -1.0);
        let error = reference.check(&pixels, 24).unwrap_err();
        assert!(error.contains("another picture"), "{error}");
    }
}
