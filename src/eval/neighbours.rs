//! Nearest neighbours, by comparing with everything.

use super::rows::{Rows, squared_length};
use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;

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

/// Of every row of `queries` the `k` nearest rows of `base`, nearest first, equally near ones in
/// order; all of `base` if that has fewer. With `among` set, both are one set and a row is not its
/// own neighbour.
///
/// # Shapes
/// - queries: `[N, D]`; base: `[M, D]`
/// - output: `N` lists of `min(k, M)`
pub fn neighbours(
    queries: &Rows,
    base: &Rows,
    k: usize,
    nearness: Nearness,
    among: bool,
) -> Vec<Vec<Near>> {
    let (queries, base) = match nearness {
        Nearness::Cosine => (&queries.unit(), &base.unit()),
        Nearness::Euclidean => (queries, base),
    };
    let (m, width) = (base.len(), base.width());
    let columns = DMatrix::from_row_slice(m, width, base.values());
    let lengths: Vec<f32> = base.iter().map(squared_length).collect();
    let places: Vec<usize> = (0..queries.len()).collect();
    let block = |block: &[usize]| -> Vec<Vec<Near>> {
        let (first, count) = (block[0], block.len());
        let values = &queries.values()[first * width..(first + count) * width];
        let products = &columns * DMatrixView::from_slice(values, width, count);
        let one = |(i, products): (usize, &[f32])| {
            let own = squared_length(queries.row(first + i));
            let found = products.iter().enumerate().map(|(place, &product)| Near {
                place,
                nearness: match nearness {
                    Nearness::Cosine => product,
                    Nearness::Euclidean => -(own + lengths[place] - 2.0 * product).max(0.0),
                },
            });
            let found = found.filter(|near| !(among && near.place == first + i));
            nearest(found.collect(), k)
        };
        products
            .as_slice()
            .chunks_exact(m.max(1))
            .enumerate()
            .map(one)
            .collect()
    };
    places.par_chunks(BLOCK).flat_map_iter(block).collect()
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

/// The class that neighbours vote for: one vote each, or with a temperature `τ` the weight
/// `exp(cosine/τ)` (Wu et al., *Unsupervised Feature Learning via Non-Parametric Instance
/// Discrimination*, 2018, §3.4, with τ = 0.07). Of equal classes the one with the nearest neighbour
/// wins.
pub fn vote(near: &[Near], labels: &[usize], classes: usize, temperature: Option<f32>) -> usize {
    let mut votes = vec![0f64; classes];
    let nearest = near.first().map_or(0.0, |near| near.nearness);
    for near in near {
        // The nearest weighs 1, so that nothing overflows.
        votes[labels[near.place]] += match temperature {
            Some(temperature) => f64::from((near.nearness - nearest) / temperature).exp(),
            None => 1.0,
        };
    }
    let most = votes.iter().copied().fold(0.0, f64::max);
    let winner = near.iter().map(|near| labels[near.place]);
    winner
        .into_iter()
        .find(|&class| votes[class] >= most)
        .unwrap_or(0)
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

    #[test]
    fn votes_are_counted_weighed_and_ties_go_to_the_nearest() {
        let near = |places: &[(usize, f32)]| -> Vec<Near> {
            places
                .iter()
                .map(|&(place, nearness)| Near { place, nearness })
                .collect()
        };
        let labels = [0, 1, 1, 2];
        let found = near(&[(0, 0.9), (1, 0.5), (2, 0.5)]);
        assert_eq!(vote(&found, &labels, 3, None), 1);
        // exp(0.9/0.07) outweighs two exp(0.5/0.07).
        assert_eq!(vote(&found, &labels, 3, Some(0.07)), 0);
        assert_eq!(vote(&found, &labels, 3, Some(10.0)), 1);
        assert_eq!(vote(&near(&[(3, 0.4), (0, 0.3)]), &labels, 3, None), 2);
    }
}
