//! Numbers that describe pictures, a row each.

/// A matrix `[N, D]` of f32, row after row: latents, features, or pixels of `N` pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    values: Vec<f32>,
    width: usize,
}

impl Rows {
    /// From `N·width` numbers.
    pub fn new(values: Vec<f32>, width: usize) -> Self {
        debug_assert!(width > 0 && values.len().is_multiple_of(width));
        Self { values, width }
    }

    /// Number `N` of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Length `D` of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    /// Every row in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width)
    }

    /// The rows at these places.
    #[must_use]
    pub fn chosen(&self, places: &[usize]) -> Self {
        let values = places.iter().flat_map(|&i| self.row(i)).copied();
        Self::new(values.collect(), self.width)
    }

    /// These columns alone.
    #[must_use]
    pub fn columns(&self, columns: std::ops::Range<usize>) -> Self {
        let width = columns.len();
        let values = self.iter().flat_map(|row| &row[columns.clone()]).copied();
        Self::new(values.collect(), width)
    }

    /// Each row followed by the row of `right` at the same place.
    #[must_use]
    pub fn beside(&self, right: &Self) -> Self {
        assert_eq!(self.len(), right.len(), "rows beside rows");
        let pairs = self.iter().zip(right.iter());
        let values = pairs.flat_map(|(left, right)| left.iter().chain(right).copied());
        Self::new(values.collect(), self.width + right.width)
    }

    /// The mean row, `[D]`; zeros if there is none.
    pub fn mean(&self) -> Vec<f32> {
        let mut sums = vec![0f64; self.width];
        for row in self.iter() {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, &v)| *sum += f64::from(v));
        }
        let n = self.len().max(1) as f64;
        sums.into_iter().map(|sum| (sum / n) as f32).collect()
    }

    /// Every row at length 1; a row of zeros stays.
    #[must_use]
    pub fn unit(&self) -> Self {
        let values = self.iter().flat_map(|row| {
            let length = squared_length(row).sqrt();
            let scale = if length > 0.0 { length.recip() } else { 0.0 };
            row.iter().map(move |v| v * scale)
        });
        Self::new(values.collect(), self.width)
    }
}

/// Squared Euclidean length.
pub fn squared_length(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum()
}

#[cfg(test)]
impl Rows {
    /// `n` rows drawn evenly from [-1, 1), for tests.
    pub fn random(n: usize, width: usize, seed: u64) -> Self {
        use rand::{Rng, SeedableRng};
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let values = (0..n * width).map(|_| rng.random_range(-1.0..1.0));
        Self::new(values.collect(), width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_beside_rows_keep_their_places() {
        let (a, b) = (
            Rows::new(vec![1.0, 2.0], 1),
            Rows::new(vec![3.0, 4.0, 5.0, 6.0], 2),
        );
        assert_eq!(
            a.beside(&b),
            Rows::new(vec![1.0, 3.0, 4.0, 2.0, 5.0, 6.0], 3)
        );
    }

    #[test]
    fn unit_rows_have_length_one_and_nothing_stays_nothing() {
        let rows = Rows::new(vec![3.0, 4.0, 0.0, 0.0], 2).unit();
        assert_eq!(rows.values(), [0.6, 0.8, 0.0, 0.0]);
    }
}
