//! The stretches of a run, and how long they may be and how large their steps: beyond these, sums
//! wrap or memory cannot be had.

use super::TrainError;
use serde::{Deserialize, Serialize};

/// A stretch of training at one resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Side of the pictures.
    pub size: usize,
    /// Pictures to see.
    pub pictures: usize,
    /// Pictures a step.
    pub batch: usize,
}

impl std::str::FromStr for Phase {
    type Err = String;

    /// `SIZE:PICTURES:BATCH`, such as `32:200000:32`.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Vec<usize> = text
            .split(':')
            .map(|part| {
                part.trim()
                    .parse()
                    .map_err(|_| format!("{part:?} is not a number"))
            })
            .collect::<Result<_, _>>()?;
        match numbers[..] {
            [size, pictures, batch] => Ok(Self {
                size,
                pictures,
                batch,
            }),
            _ => Err(format!(
                "{text:?} is not SIZE:PICTURES:BATCH, such as 32:200000:32"
            )),
        }
    }
}

/// Most phases of a run.
pub const MOST_PHASES: usize = 1000;
/// Most pictures that a run sees; a counter holds them exactly on every machine.
pub const MOST_PICTURES_SEEN: usize = 1 << 31;
/// Most pixels in the pictures of a step, of one view.
pub const MOST_PIXELS: usize = 1 << 28;

/// Check the lengths of phases and the sizes of their steps.
pub(super) fn check(phases: &[Phase]) -> Result<(), TrainError> {
    let refuse = |reason: String| {
        Err(TrainError::Setting {
            field: "phases",
            reason,
        })
    };
    if phases.len() > MOST_PHASES {
        return refuse(format!("are {}, needs at most {MOST_PHASES}", phases.len()));
    }
    let all = phases
        .iter()
        .try_fold(0usize, |sum, phase| sum.checked_add(phase.pictures));
    if all.is_none_or(|all| all > MOST_PICTURES_SEEN) {
        return refuse(format!(
            "see more than {MOST_PICTURES_SEEN} pictures in all"
        ));
    }
    for phase in phases {
        let area = phase.size.checked_mul(phase.size);
        let pixels = area.and_then(|area| area.checked_mul(phase.batch));
        if pixels.is_none_or(|pixels| pixels > MOST_PIXELS) {
            return refuse(format!(
                "{} pictures of {} pixels a side are more than a step can hold; \
                 it can hold {MOST_PIXELS} pixels",
                phase.batch, phase.size
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_batches_are_bounded() {
        let refused = |list: &[&str]| {
            let list: Vec<Phase> = list.iter().map(|text| text.parse().unwrap()).collect();
            check(&list).is_err()
        };
        assert!(!refused(&["16:400000:8", "64:1000000:128"]));
        assert!(refused(&["16:8:99999999999"]));
        assert!(refused(&["16:18446744073709551615:2", "16:5:2"]));
        assert!(refused(&["18446744073709551615:8:2"]));
        assert!(refused(&["16:1:1"; MOST_PHASES + 1]));
    }
}
