//! Several pictures in one: an average, or a square with a picture at each corner.

use super::CliResult;
use crate::morph::Group;

/// Longest side of a sheet, in pixels.
const LONGEST: usize = 16_384;

/// What is drawn.
pub enum Layout {
    /// One picture with these shares.
    Average(Vec<f32>),
    /// This many pictures across and down between four.
    Square(usize),
}

/// The shares given, or as much of each picture.
pub fn average_shares(given: &[f32], count: usize) -> Result<Vec<f32>, String> {
    if given.is_empty() {
        return Ok(vec![1.0; count]);
    }
    if given.len() != count {
        return Err(format!(
            "--shares has {} numbers, and there are {count} pictures",
            given.len()
        ));
    }
    let sum: f32 = given.iter().sum();
    let possible = given.iter().all(|&share| share >= 0.0);
    if !possible || sum == 0.0 || !sum.is_finite() {
        return Err("--shares: wanted numbers of 0 or more that are not all 0".into());
    }
    Ok(given.to_vec())
}

impl Layout {
    /// Whether pictures of this size fit.
    pub fn check(&self, (width, height): (usize, usize)) -> CliResult {
        match self {
            Self::Square(side) if side * width.max(height) > LONGEST => Err(format!(
                "{side} pictures of {} pixels are more than {LONGEST} in a row; give a smaller \
                 --size or --square",
                width.max(height)
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// RGBA, and its width and height.
    pub fn drawn(&self, group: &Group) -> (Vec<u8>, usize, usize) {
        let (width, height) = group.size();
        let side = match self {
            Self::Average(shares) => return (group.frame(shares), width, height),
            Self::Square(side) => *side,
        };
        let mut sheet = vec![0; 4 * side * side * width * height];
        for row in 0..side {
            for column in 0..side {
                let part = |i: usize| i as f32 / (side - 1) as f32;
                let tile = group.frame(&corner_shares(part(column), part(row)));
                for (y, line) in tile.chunks_exact(4 * width).enumerate() {
                    let begin = ((row * height + y) * side + column) * 4 * width;
                    sheet[begin..begin + 4 * width].copy_from_slice(line);
                }
            }
        }
        (sheet, side * width, side * height)
    }
}

/// Shares of the upper left, upper right, lower left and lower right.
fn corner_shares(u: f32, v: f32) -> [f32; 4] {
    [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_checked_and_default_to_equal() {
        assert_eq!(average_shares(&[], 3).unwrap(), [1.0; 3]);
        assert_eq!(average_shares(&[0.0, 2.0], 2).unwrap(), [0.0, 2.0]);
        for wrong in [&[1.0][..], &[0.0, 0.0], &[2.0, -1.0], &[f32::NAN, 1.0]] {
            assert!(average_shares(wrong, 2).is_err(), "{wrong:?}");
        }
        assert_eq!(corner_shares(1.0, 0.0), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(corner_shares(0.5, 0.5), [0.25; 4]);
    }
}
