//! Nearest neighbours, by comparing with everything.

use super::rows::{Rows, squared_length};
use nalgebra::{DMatrix, DMatrixView};
use std::ops::Range;

/// What near means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// The cosine of the angle between two rows.
    Cosine,
    /// The squared Euclidean distance, with its sign turned.
    Euclidean,
}

/// A neighbour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Its row.
    pub place: usize,
    /// How near it is: the greater the nearer, as [`Nearness`] says.
    pub nearness: f32,
}

/// Queries compared at a time: as many products as fit in a cache.
const BLOCK: usize = 64;

/// Rows that others are compared with.
pub struct Search {
    queries: Rows,
    nearness: Nearness,
    /// The base, a row a column.
    columns: DMatrix<f32>,
    /// Squared lengths of the base's rows.
    lengths: Vec<f32>,
    k: usize,
    among: bool,
}

impl Search {
    /// For every row of `queries`, `[N, D]`, the `k` nearest rows of `base`, `[M, D]`. With `among`
    /// set, both are one set and a row is not its own neighbour.
    pub fn new(queries: &Rows, base: &Rows, k: usize, nearness: Nearness, among: bool) -> Self {
        let unit = |rows: &Rows| match nearness {
            Nearness::Cosine => rows.unit(),
            Nearness::Euclidean => rows.clone(),
        };
        let base = unit(base);
        Self {
            queries: unit(queries),
            nearness,
            columns: DMatrix::from_row_slice(base.len(), base.width(), base.values()),
            lengths: base.iter().map(squared_length).collect(),
            k,
            among,
        }
    }

    /// The rows of `queries` in blocks.
    pub fn blocks(&self) -> Vec<Range<usize>> {
        let n = self.queries.len();
        let starts = (0..n).step_by(BLOCK);
        starts.map(|start| start..n.min(start + BLOCK)).collect()
    }

    /// The neighbours of the rows of one block, nearest first, equally near ones in order; all of
    /// the base if that has fewer than `k`.
    pub fn block(&self, block: Range<usize>) -> Vec<Vec<Near>> {
        let (m, width) = (self.lengths.len(), self.queries.width());
        let values = &self.queries.values()[block.start * width..block.end * width];
        let products = &self.columns * DMatrixView::from_slice(values, width, block.len());
        let one = |(i, products): (usize, &[f32])| {
            let own = squared_length(self.queries.row(i));
            let found = products.iter().enumerate().map(|(place, &product)| Near {
                place,
                nearness: match self.nearness {
                    Nearness::Cosine => product,
                    Nearness::Euclidean => -(own + self.lengths[place] - 2.0 * product).max(0.0),
                },
            });
            let found = found.filter(|near| !(self.among && near.place == i));
            nearest(found.collect(), self.k)
        };
        let products = products.as_slice().chunks_exact(m.max(1));
        block.zip(products).map(one).collect()
    }
}

/// Of every row of `queries` the `k` nearest rows of `base`: `N` lists of `min(k, M)`, as
/// [`Search`] finds them, on all cores.
#[cfg(feature = "cli")]
pub fn neighbours(
    queries: &Rows,
    base: &Rows,
    k: usize,
    nearness: Nearness,
    among: bool,
) -> Vec<Vec<Near>> {
    use rayon::prelude::*;
    let search = Search::new(queries, base, k, nearness, among);
    let blocks = search.blocks().into_par_iter();
    blocks.flat_map_iter(|block| search.block(block)).collect()
}

fn nearest(mut found: Vec<Near>, k: usize) -> Vec<Near> {
    let order = |a: &Near, b: &Near| {
        b.nearness
            .total_cmp(&a.nearness)
            .then(a.place.cmp(&b.place))
    };
    if k < found.len() && k > 0 {
        found.select_nth_unstable_by(k - 1, order);
    }
    found.truncate(k);
    found.sort_by(order);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// How near two rows are, in double precision.
    fn nearness_of(a: &[f32], b: &[f32], nearness: Nearness) -> f64 {
        let product = |a: &[f32], b: &[f32]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum()
        };
        match nearness {
            Nearness::Cosine => product(a, b) / (product(a, a) * product(b, b)).sqrt(),
            Nearness::Euclidean => 2.0 * product(a, b) - product(a, a) - product(b, b),
        }
    }

    /// Every pair is compared and the list sorted. Single precision may swap two that are equally
    /// near to within its rounding, so nearness is compared and not the order; no row comes twice.
    fn expect(queries: &Rows, base: &Rows, k: usize, nearness: Nearness, among: bool) {
        let found = neighbours(queries, base, k, nearness, among);
        assert_eq!(found.len(), queries.len());
        for (i, (query, found)) in queries.iter().zip(found).enumerate() {
            let others = (0..base.len()).filter(|&j| !(among && i == j));
            let mut expected: Vec<f64> = others
                .map(|j| nearness_of(query, base.row(j), nearness))
                .collect();
            expected.sort_by(|a, b| b.total_cmp(a));
            expected.truncate(k);
            let what = format!("{nearness:?}, {k} of row {i}, among: {among}");
            assert_eq!(found.len(), expected.len(), "{what}");
            let places: HashSet<usize> = found.iter().map(|near| near.place).collect();
            assert_eq!(places.len(), found.len(), "{what}");
            assert!(!(among && places.contains(&i)), "{what}");
            for (near, expected) in found.iter().zip(expected) {
                let own = nearness_of(query, base.row(near.place), nearness);
                assert!((own - expected).abs() < 1e-5, "{what}: {own}, {expected}");
                assert!((f64::from(near.nearness) - own).abs() < 1e-5, "{what}");
            }
        }
    }

    #[test]
    fn neighbours_are_those_of_plain_loops() {
        let (queries, base) = (Rows::random(150, 7, 1), Rows::random(203, 7, 2));
        for nearness in [Nearness::Cosine, Nearness::Euclidean] {
            for k in [1, 5, 203, 999] {
                expect(&queries, &base, k, nearness, false);
                expect(&base, &base, k, nearness, true);
            }
        }
    }
}
