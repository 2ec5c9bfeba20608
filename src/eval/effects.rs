//! What the values of attributes add to a latent: directions that change one attribute and hold
//! the others.

use super::edits::AttributeValues;
use super::encoded::About;
use super::labels::LabelSource;
use crate::recognition::Rows;
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

#[cfg(test)]
mod tests {
    use super::*;

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
