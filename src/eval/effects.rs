//! What the values of attributes add to a latent: directions that change one attribute and hold
//! the others.

use super::edits::{AttributeValues, Attributes};
use super::encoded::About;
use super::labels::LabelSource;
use crate::recognition::Rows;
use crate::weights::Directions;
use nalgebra::{Cholesky, DMatrix};

/// Ridge over the number of rows. It only decides what the data leave open: a constant added to all
/// values of an attribute.
const RIDGE: f64 = 1e-4;

/// Of each attribute, what each of its values adds to a row: `[attribute][value][D]`, none for a
/// value that no row has.
///
/// Least squares of rows `[N, D]` on the attributes, each value a column. Attributes that come
/// together (a beard and short hair) are told apart, where means of rows would mix them. Only
/// differences of two values of an attribute mean something.
///
/// Rows outside of `places` are left out.
pub fn effects(
    rows: &Rows,
    values: &AttributeValues,
    counts: &[usize],
    places: &[usize],
) -> Vec<Vec<Option<Vec<f32>>>> {
    let starts: Vec<usize> = counts
        .iter()
        .scan(0, |sum, count| {
            *sum += count;
            Some(*sum - count)
        })
        .collect();
    let columns = counts.iter().sum::<usize>() + 1;
    // The last column is 1: what all rows share.
    let mut design = DMatrix::<f64>::zeros(places.len(), columns);
    for (row, &place) in places.iter().enumerate() {
        design[(row, columns - 1)] = 1.0;
        for (attribute, start) in starts.iter().enumerate() {
            if let Some(value) = values[attribute][place] {
                design[(row, start + value)] = 1.0;
            }
        }
    }
    let targets = DMatrix::from_fn(places.len(), rows.width(), |row, d| {
        f64::from(rows.row(places[row])[d])
    });
    let ridge = RIDGE * places.len().max(1) as f64;
    let gram = design.tr_mul(&design) + DMatrix::identity(columns, columns) * ridge;
    let found = Cholesky::new(gram).map(|gram| gram.solve(&design.tr_mul(&targets)));
    let column_of = |attribute: usize, value: usize| starts[attribute] + value;
    let seen = |attribute: usize, value: usize| {
        design
            .column(column_of(attribute, value))
            .iter()
            .any(|v| *v > 0.0)
    };
    let of = |attribute: usize, value: usize| -> Option<Vec<f32>> {
        let found = found.as_ref().filter(|_| seen(attribute, value))?;
        let row = found.row(column_of(attribute, value));
        Some(row.iter().map(|v| *v as f32).collect())
    };
    counts
        .iter()
        .enumerate()
        .map(|(attribute, &count)| (0..count).map(|value| of(attribute, value)).collect())
        .collect()
}

/// What each value of each attribute adds to a row of each group: `[group][attribute][value][D]`.
pub type GroupEffects = Vec<Vec<Vec<Option<Vec<f32>>>>>;

/// Kinds of pictures that attributes look different in, such as styles of drawing; one where none
/// are told apart.
#[derive(Debug, Clone)]
pub struct Groups {
    source: Option<LabelSource>,
    /// Their names, sorted.
    pub names: Vec<String>,
}

impl Groups {
    /// The values of `source` in these pictures.
    ///
    /// # Errors
    /// No picture has one, as text.
    pub fn of(source: Option<&LabelSource>, about: &[About]) -> Result<Self, String> {
        let Some(source) = source else {
            return Ok(Self {
                source: None,
                names: vec![String::new()],
            });
        };
        let mut names: Vec<String> = about.iter().filter_map(|about| source.of(about)).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            Err(format!("by: no picture to learn from has {source}"))
        } else {
            Ok(Self {
                source: Some(source.clone()),
                names,
            })
        }
    }

    /// The group of every picture.
    ///
    /// # Errors
    /// A picture of none of them, as text.
    pub fn places(&self, about: &[About]) -> Result<Vec<usize>, String> {
        let Some(source) = &self.source else {
            return Ok(vec![0; about.len()]);
        };
        let place = |about: &About| {
            let own = source.of(about);
            let place = own
                .as_ref()
                .and_then(|own| self.names.binary_search(own).ok());
            place.ok_or_else(|| match own {
                Some(own) => format!("by: {}: no picture to learn from is of {own:?}", about.name),
                None => format!("by: {} lacks {source}", about.name),
            })
        };
        about.iter().map(place).collect()
    }

    /// [`effects`] in each group.
    ///
    /// # Errors
    /// A picture of none of them, as text.
    pub fn effects(
        &self,
        rows: &Rows,
        about: &[About],
        values: &AttributeValues,
        counts: &[usize],
    ) -> Result<GroupEffects, String> {
        let own = self.places(about)?;
        let of_one = |group: usize| {
            let places: Vec<usize> = (0..own.len()).filter(|&i| own[i] == group).collect();
            effects(rows, values, counts, &places)
        };
        Ok((0..self.names.len()).map(of_one).collect())
    }
}

/// What the directions that a model brings along add, as [`Groups::effects`] says it: a group a
/// kind of picture. Values that no direction leads to or from have none.
pub fn effects_of_directions(directions: &Directions, attributes: &Attributes) -> GroupEffects {
    let of_kind = |kind: usize| {
        let of_attribute = |values: &Vec<String>| {
            let mut effects = vec![None; values.len()];
            for direction in &directions.named {
                let places = direction
                    .ends
                    .each_ref()
                    .map(|end| values.binary_search(end));
                let vector = &direction.vectors[kind];
                if let ([Ok(before), Ok(after)], false) = (places, vector.is_empty()) {
                    let start = effects[before].get_or_insert_with(|| vec![0.0; vector.len()]);
                    let end = start.iter().zip(vector).map(|(a, b)| a + b).collect();
                    effects[after] = Some(end);
                }
            }
            effects
        };
        attributes.values.iter().map(of_attribute).collect()
    };
    (0..directions.kinds.len()).map(of_kind).collect()
}

/// A step `[D]` after which encoding sees `effect` in what is painted.
///
/// A decoder answers a step with less than the step: half-way to a smile it still paints what it
/// has seen more often. So what is seen is measured over pictures, and what is missing added,
/// `rounds` times. `before` are latents that the step is for, `after` latents that it leads away
/// from when it is taken back; both count the same. `seen` paints latents and encodes what was
/// painted.
///
/// # Errors
/// Those of `seen`.
pub fn refined<E>(
    effect: &[f32],
    before: &Rows,
    after: &Rows,
    rounds: usize,
    mut seen: impl FnMut(&Rows) -> Result<Rows, E>,
) -> Result<Vec<f32>, E> {
    let mut step = effect.to_vec();
    let stays = [seen(before)?.mean(), seen(after)?.mean()];
    for _ in 0..rounds {
        let there = seen(&stepped(before, &step, 1.0))?.mean();
        let back = seen(&stepped(after, &step, -1.0))?.mean();
        for (place, step) in step.iter_mut().enumerate() {
            let forth = there[place] - stays[0][place];
            let found = f32::midpoint(forth, stays[1][place] - back[place]);
            *step += effect[place] - found;
        }
    }
    Ok(step)
}

/// How much longer than it is a step `[D]` must be for its change to be recognised: the first of
/// [`LENGTHS`] at which `share`, which is given the step and says how many of 1 are, reaches
/// [`RECOGNISED`], or that with the highest share. Returns the step of that length.
///
/// # Errors
/// Those of `share`.
pub fn recognised<E>(
    step: &[f32],
    mut share: impl FnMut(&[f32]) -> Result<f64, E>,
) -> Result<Vec<f32>, E> {
    let mut best = (-1.0, Vec::new());
    for length in LENGTHS {
        let longer: Vec<f32> = step.iter().map(|value| length * value).collect();
        let found = share(&longer)?;
        if found > best.0 {
            best = (found, longer);
        }
        if found >= RECOGNISED {
            break;
        }
    }
    Ok(best.1)
}

/// Lengths that [`recognised`] tries. Much longer steps change other attributes, too.
pub const LENGTHS: [f32; 5] = [1.0, 1.15, 1.3, 1.45, 1.6];
/// The share of pictures that is enough for [`recognised`].
pub const RECOGNISED: f64 = 0.95;

/// Every row and a step.
pub fn stepped(rows: &Rows, step: &[f32], sign: f32) -> Rows {
    let moved = rows.iter().flat_map(|row| {
        let row = row.iter().zip(step);
        row.map(move |(value, step)| value + sign * step)
    });
    Rows::new(moved.collect(), rows.width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::NamedDirection;

    /// A decoder that paints 60 % of a step in the first number, all of it in the second.
    #[test]
    fn a_refined_step_is_seen_in_full() {
        let (before, after) = (Rows::random(20, 2, 1), Rows::random(20, 2, 2));
        let seen = |rows: &Rows| -> Result<Rows, ()> {
            let rows = rows.iter().flat_map(|row| [0.6 * row[0], row[1]]);
            Ok(Rows::new(rows.collect(), 2))
        };
        let step = refined(&[1.0, -1.0], &before, &after, 6, seen).unwrap();
        assert!((step[0] - 1.0 / 0.6).abs() < 1e-2, "{step:?}");
        assert!((step[1] + 1.0).abs() < 1e-5, "{step:?}");
        assert_eq!(
            refined(&[1.0, -1.0], &before, &after, 0, seen),
            Ok(vec![1.0, -1.0])
        );
    }

    #[test]
    fn a_step_is_made_longer_until_it_is_recognised() {
        let length = |share: fn(f32) -> f64| {
            let found = recognised(&[1.0, -2.0], |step| Ok::<f64, ()>(share(step[0]))).unwrap();
            assert_eq!(found[1], -2.0 * found[0]);
            found[0]
        };
        assert_eq!(length(|_| 1.0), 1.0);
        assert_eq!(length(|length| if length > 1.2 { 0.96 } else { 0.5 }), 1.3);
        // Never: the best of all.
        assert_eq!(length(|length| 0.9 - f64::from(length - 1.45).abs()), 1.45);
    }

    #[test]
    fn directions_of_one_attribute_lead_from_any_value_to_any_other() {
        let text = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        let attributes = Attributes {
            names: text(&["beard", "mouth"]),
            values: vec![text(&["beard", "none"]), text(&["open", "sad", "smile"])],
        };
        let named = |ends: [&str; 2], vector: &[f32]| NamedDirection {
            name: ends[1].into(),
            ends: ends.map(str::to_owned),
            vectors: vec![vector.to_vec(), Vec::new()],
        };
        let directions = Directions {
            kinds: vec![vec![0.0], vec![1.0]],
            named: vec![
                named(["sad", "smile"], &[2.0]),
                named(["sad", "open"], &[-1.0]),
            ],
        };
        let effects = effects_of_directions(&directions, &attributes);
        assert_eq!(effects[0][0], [None, None]);
        assert_eq!(
            effects[0][1],
            [Some(vec![-1.0]), Some(vec![0.0]), Some(vec![2.0])]
        );
        assert_eq!(effects[1][1], [None, None, None]);
    }

    /// Beards come with short hair more often than not: means would mix them, effects do not.
    #[test]
    fn attributes_that_come_together_are_told_apart() {
        // hair, beard: the latent is (hair, beard) itself.
        let about = [
            (0, 0),
            (0, 1),
            (0, 1),
            (0, 1),
            (1, 0),
            (1, 0),
            (1, 0),
            (1, 1),
        ];
        let rows: Vec<f32> = about
            .iter()
            .flat_map(|(h, b)| [*h as f32, *b as f32])
            .collect();
        let values = vec![
            about.iter().map(|(hair, _)| Some(*hair)).collect(),
            about.iter().map(|(_, beard)| Some(*beard)).collect(),
        ];
        let places: Vec<usize> = (0..about.len()).collect();
        let found = effects(&Rows::new(rows, 2), &values, &[2, 3], &places);
        let by = |attribute: usize| -> Vec<f32> {
            let [one, other] = [0, 1].map(|value| found[attribute][value].as_ref().unwrap());
            one.iter().zip(other).map(|(a, b)| b - a).collect()
        };
        for (found, wanted) in [(by(0), [1.0, 0.0]), (by(1), [0.0, 1.0])] {
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() < 1e-2, "{found} {wanted}");
            }
        }
        assert_eq!(found[1][2], None);
    }
}
