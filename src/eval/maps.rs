//! Maps of latents in two dimensions, and how far they can be trusted.

use super::directions::along;
use crate::recognition::{Near, Nearness, Rows, components, neighbours, squared_length, umap};
use bhtsne::{Neighbor, tSNE};
use rayon::prelude::*;

/// How rows are mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKind {
    /// The two leading principal components.
    Pca,
    /// t-SNE by the Barnes-Hut approximation (van der Maaten 2014), begun from PCA (Kobak and
    /// Berens 2019).
    Tsne,
    /// UMAP, begun from PCA.
    Umap,
}

/// How neighbours are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct MapSettings {
    /// UMAP's number of neighbours.
    pub neighbours: usize,
    /// t-SNE's perplexity.
    pub perplexity: f32,
    /// Rounds of either; none for 1,000 of t-SNE and 500 of UMAP.
    pub epochs: Option<usize>,
    /// Seed of UMAP's draws.
    pub seed: u64,
}

/// Coordinates `[N, 2]` of rows `[N, D]`, by Euclidean distance.
///
/// # Errors
/// Fewer than ten rows, as text.
pub fn map_rows(
    rows: &Rows,
    kind: MapKind,
    settings: &MapSettings,
    on_epoch: &mut (dyn FnMut(usize) + Send),
) -> Result<Vec<[f64; 2]>, String> {
    let n = rows.len();
    if n < 10 {
        return Err(format!("map: {n} pictures make no map; give at least ten"));
    }
    let axes = components(rows, 0..rows.width(), 2);
    let place = |axis: usize| match axes.get(axis) {
        Some(axis) => along(rows, &axis.direction),
        None => vec![0.0; n],
    };
    let (x, y) = (place(0), place(1));
    let [mx, my] = [&x, &y].map(|values| values.iter().sum::<f64>() / n as f64);
    let start: Vec<[f64; 2]> = x.iter().zip(&y).map(|(x, y)| [x - mx, y - my]).collect();
    let near = |k: usize| -> Vec<Vec<Near>> {
        let mut near = neighbours(rows, rows, k.min(n - 1), Nearness::Euclidean, true);
        for near in near.iter_mut().flatten() {
            near.nearness = -(-near.nearness).max(0.0).sqrt();
        }
        near
    };
    Ok(match kind {
        MapKind::Pca => start,
        MapKind::Umap => {
            let epochs = settings.epochs.unwrap_or(500);
            umap(
                &near(settings.neighbours),
                &start,
                epochs,
                settings.seed,
                on_epoch,
            )
        }
        MapKind::Tsne => {
            let perplexity = settings.perplexity.min((n - 1) as f32 / 3.0);
            let near: Vec<Vec<Neighbor<f32>>> = near((3.0 * perplexity) as usize)
                .into_iter()
                .map(|near| {
                    let one = |near: Near| Neighbor {
                        index: near.place,
                        distance: -near.nearness,
                    };
                    near.into_iter().map(one).collect()
                })
                .collect();
            let deviation = (start.iter().map(|p| p[0] * p[0]).sum::<f64>() / n as f64).sqrt();
            let scale = 1e-4 / deviation.max(1e-30);
            let begin: Vec<f32> = start.iter().flatten().map(|v| (v * scale) as f32).collect();
            let samples: Vec<&[f32]> = rows.iter().collect();
            let map = || -> Vec<f32> {
                let mut tsne: tSNE<f32, &[f32], 2> = tSNE::new(&samples);
                tsne.perplexity(perplexity)
                    .epochs(settings.epochs.unwrap_or(1000))
                    .initial_embedding(begin)
                    .epoch_callback(|epoch, _| on_epoch(epoch))
                    .barnes_hut_with_neighbors(0.5, &near);
                tsne.embedding()
            };
            // On several threads sums come in any order, and a map could not be made again.
            let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            let found = one.map_err(|error| format!("map: {error}"))?.install(map);
            found
                .chunks_exact(2)
                .map(|p| [f64::from(p[0]), f64::from(p[1])])
                .collect()
        }
    })
}

/// How far neighbours on the map are neighbours in truth, `trustworthiness`, and how far true
/// neighbours are neighbours on the map, `continuity` (Venna and Kaski 2001): `1 − 2/(N·k·(2N − 3k
/// − 1))·Σ_i Σ_j (r(i, j) − k)` over the `j` among the `k` nearest of one kind and not of the
/// other, `r` being their rank in the other. 1 is best, about ½ is chance.
///
/// `k` must be below `N/2`.
pub fn map_quality(rows: &Rows, map: &[[f64; 2]], k: usize) -> [f64; 2] {
    let n = rows.len();
    let flat = Rows::new(map.iter().flatten().map(|&v| v as f32).collect(), 2);
    let excess = |i: usize| {
        let (own, shown) = (distances(rows, i), distances(&flat, i));
        let nearest = |d: &[f32]| -> Vec<usize> {
            let mut order: Vec<usize> = (0..n).filter(|&j| j != i).collect();
            order.sort_by(|&a, &b| d[a].total_cmp(&d[b]).then(a.cmp(&b)));
            order
        };
        let (own, shown) = (nearest(&own), nearest(&shown));
        let intruders = |first: &[usize], then: &[usize]| -> f64 {
            let mut rank = vec![0; n];
            then.iter().enumerate().for_each(|(r, &j)| rank[j] = r + 1);
            let beyond = first[..k].iter().map(|&j| rank[j]).filter(|&r| r > k);
            beyond.map(|r| (r - k) as f64).sum()
        };
        [intruders(&shown, &own), intruders(&own, &shown)]
    };
    let sums: Vec<[f64; 2]> = (0..n).into_par_iter().map(excess).collect();
    let scale = 2.0 / (n * k * (2 * n - 3 * k - 1)) as f64;
    [0, 1].map(|which| 1.0 - scale * sums.iter().map(|sum| sum[which]).sum::<f64>())
}

/// Squared distances of row `i` from all.
fn distances(rows: &Rows, i: usize) -> Vec<f32> {
    let own = rows.row(i);
    let distance = |row: &[f32]| {
        let apart: Vec<f32> = row.iter().zip(own).map(|(a, b)| a - b).collect();
        squared_length(&apart)
    };
    rows.iter().map(distance).collect()
}

/// The mean share of a row's `k` nearest others that have its label, by Euclidean distance.
pub fn purity(rows: &Rows, labels: &[usize], k: usize) -> f64 {
    let near = neighbours(rows, rows, k, Nearness::Euclidean, true);
    let shares = near.iter().zip(labels).map(|(near, own)| {
        let alike = near
            .iter()
            .filter(|near| labels[near.place] == *own)
            .count();
        alike as f64 / near.len().max(1) as f64
    });
    shares.sum::<f64>() / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_map_that_is_the_truth_is_trusted_and_a_shuffled_one_is_not() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let map: Vec<[f64; 2]> = (0..200).map(|_| [rng.random(), rng.random()]).collect();
        let rows = Rows::new(map.iter().flatten().map(|&v| v as f32).collect(), 2);
        assert_eq!(map_quality(&rows, &map, 10), [1.0, 1.0]);
        let other: Vec<[f64; 2]> = (0..200).map(|_| [rng.random(), rng.random()]).collect();
        let [trust, continuity] = map_quality(&rows, &other, 10);
        assert!((trust - 0.5).abs() < 0.05 && (continuity - 0.5).abs() < 0.05);
    }

    /// Points on a line, and a map that swaps its ends: with k = 1 of 6 points each end's place is
    /// taken by the other.
    #[test]
    fn intruders_count_by_how_far_they_come() {
        let rows = Rows::new(vec![0.0, 1.0, 2.1, 3.3, 4.6, 6.0], 1);
        let map = [6.0, 1.0, 2.1, 3.3, 4.6, 0.0].map(|x| [x, 0.0]);
        // On the map: 0 is next to 4 (true rank 4), 1 next to 5 (rank 5) at distance 1, 5 next to 1
        // (rank 4); 2 next to 1, 3 next to 2 and 4 next to 3 as they are. Excess 3 + 4 + 3.
        let wanted = 1.0 - 2.0 / (6.0 * (12.0 - 3.0 - 1.0)) * 10.0;
        assert!((map_quality(&rows, &map, 1)[0] - wanted).abs() < 1e-12);
    }

    #[test]
    fn every_map_keeps_clusters_together_and_can_be_made_again() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let rows: Vec<f32> = (0..150)
            .flat_map(|i| {
                let near: Vec<f32> = (0..8).map(|_| rng.random_range(-0.5..0.5)).collect();
                (0..8).map(move |k| near[k] + if k == i % 3 { 6.0 } else { 0.0 })
            })
            .collect();
        let (rows, labels) = (
            Rows::new(rows, 8),
            (0..150).map(|i| i % 3).collect::<Vec<_>>(),
        );
        let settings = MapSettings {
            neighbours: 10,
            perplexity: 10.0,
            epochs: Some(250),
            seed: 1,
        };
        for kind in [MapKind::Pca, MapKind::Tsne, MapKind::Umap] {
            let make = || map_rows(&rows, kind, &settings, &mut |_| ()).unwrap();
            let map = make();
            let flat = Rows::new(map.iter().flatten().map(|&v| v as f32).collect(), 2);
            assert!(purity(&flat, &labels, 10) > 0.95, "{kind:?}");
            assert!(map_quality(&rows, &map, 10)[0] > 0.8, "{kind:?}");
            assert_eq!(map, make(), "{kind:?}");
        }
        let few = map_rows(&rows.chosen(&[0, 1]), MapKind::Umap, &settings, &mut |_| ());
        assert!(few.unwrap_err().contains("ten"));
    }
}
