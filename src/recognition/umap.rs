//! UMAP: a map of rows in two dimensions that keeps neighbours together.
//!
//! McInnes, Healy and Melville, *UMAP: Uniform Manifold Approximation and Projection*, 2018. The
//! crate `umap-rs` draws its randomness from the thread, so that no map could be made twice; this
//! one takes a seed.

use super::neighbours::Near;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How likely two points at distance `d` on the map are neighbours: `w(d) = 1/(1 + a·d^(2b))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    a: f64,
    b: f64,
}

impl Curve {
    /// The nearest to `min(1, exp(0.1 − d))`: neighbours lie 0.1 apart and more.
    pub const DENSE: Self = Self { a: 1.577, b: 0.895 };
    /// The nearest to `min(1, exp(0.3 − d))`: neighbours lie 0.3 apart and more, for points that
    /// are drawn large.
    pub const LOOSE: Self = Self { a: 0.992, b: 1.112 };

    /// The gradient of `ln w(d)`, no number beyond ±4.
    fn pull(self, from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
        let (way, squared) = way(from, to);
        if squared <= 0.0 {
            return [0.0; 2];
        }
        let Self { a, b } = self;
        let strength = 2.0 * a * b * squared.powf(b - 1.0) / (1.0 + a * squared.powf(b));
        way.map(|v| (strength * v).clamp(-4.0, 4.0))
    }

    /// The gradient of `ln(1 − w(d))`, as if `d²` were 0.001 more, no number beyond ±4.
    fn push(self, from: [f64; 2], other: [f64; 2]) -> [f64; 2] {
        let (way, squared) = way(from, other);
        let strength = 2.0 * self.b / ((1e-3 + squared) * (1.0 + self.a * squared.powf(self.b)));
        way.map(|v| (-strength * v).clamp(-4.0, 4.0))
    }
}

/// Points that each pull is met by a push from.
const PUSHES: usize = 5;
/// Half the width of the map it begins from.
const REACH: f64 = 10.0;

/// An edge of the graph, and how surely it is there: above 0, at most 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Edge {
    from: usize,
    to: usize,
    weight: f64,
}

/// A map in the making.
pub struct Umap {
    map: Vec<[f64; 2]>,
    edges: Vec<Edge>,
    /// Epochs from one pull of an edge to the next, and the epoch of the next.
    every: Vec<f64>,
    due: Vec<f64>,
    curve: Curve,
    epochs: usize,
    epoch: usize,
    rng: ChaCha8Rng,
}

impl Umap {
    /// Begin a map.
    ///
    /// - near: of every row its nearest others, nearest first, with `nearness` the distance's
    ///   negative
    /// - start: coordinates to begin from, such as the two leading principal components
    /// - epochs: times that the strongest edge pulls; it takes some 500 for up to 10,000 rows
    pub fn new(
        near: &[Vec<Near>],
        start: &[[f64; 2]],
        curve: Curve,
        epochs: usize,
        seed: u64,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let map = spread(start, &mut rng);
        let mut edges = graph(near);
        let most = edges.iter().map(|edge| edge.weight).fold(0.0, f64::max);
        // What would pull less than once is left out.
        edges.retain(|edge| edge.weight >= most / epochs as f64);
        // An order that says nothing: pulls of neighbouring rows would otherwise follow each
        // other.
        edges.shuffle(&mut rng);
        let every: Vec<f64> = edges.iter().map(|edge| most / edge.weight).collect();
        Self {
            map,
            edges,
            due: every.clone(),
            every,
            curve,
            epochs,
            epoch: 0,
            rng,
        }
    }

    /// One epoch more; whether there are others after it.
    pub fn step(&mut self) -> bool {
        if self.epoch == self.epochs {
            return false;
        }
        self.epoch += 1;
        let rate = 1.0 - (self.epoch - 1) as f64 / self.epochs as f64;
        let map = &mut self.map;
        for (e, edge) in self.edges.iter().enumerate() {
            if self.due[e] > self.epoch as f64 {
                continue;
            }
            self.due[e] += self.every[e];
            let by = self.curve.pull(map[edge.from], map[edge.to]);
            map[edge.from] = moved(map[edge.from], by, rate);
            map[edge.to] = moved(map[edge.to], by, -rate);
            for _ in 0..PUSHES {
                let other = self.rng.random_range(0..map.len());
                if other != edge.from {
                    let by = self.curve.push(map[edge.from], map[other]);
                    map[edge.from] = moved(map[edge.from], by, rate);
                }
            }
        }
        self.epoch < self.epochs
    }

    /// Epochs that are over.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Coordinates of every row as they are now.
    pub fn map(&self) -> &[[f64; 2]] {
        &self.map
    }
}

/// Coordinates of every row once all epochs are over; the arguments are those of [`Umap::new`].
pub fn umap(
    near: &[Vec<Near>],
    start: &[[f64; 2]],
    epochs: usize,
    seed: u64,
    on_epoch: &mut dyn FnMut(usize),
) -> Vec<[f64; 2]> {
    let mut umap = Umap::new(near, start, Curve::DENSE, epochs, seed);
    while umap.step() {
        on_epoch(umap.epoch);
    }
    on_epoch(umap.epoch);
    umap.map
}

/// The start at a width that pulls and pushes work on, and no two rows in one place.
fn spread(start: &[[f64; 2]], rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let most = start
        .iter()
        .flatten()
        .fold(0f64, |most, v| most.max(v.abs()));
    let scale = if most > 0.0 { REACH / most } else { 0.0 };
    let mut place = |v: f64| v * scale + rng.random_range(-1e-3..1e-3);
    start.iter().map(|row| row.map(&mut place)).collect()
}

/// A point so many times a way from where it was.
fn moved(point: [f64; 2], by: [f64; 2], times: f64) -> [f64; 2] {
    [point[0] + times * by[0], point[1] + times * by[1]]
}

/// The way from one point to another, and its squared length.
fn way(from: [f64; 2], to: [f64; 2]) -> ([f64; 2], f64) {
    let way = [to[0] - from[0], to[1] - from[1]];
    (way, way[0] * way[0] + way[1] * way[1])
}

/// The fuzzy graph: of two rows that are neighbours with weights `p` and `q` the edge has `p + q −
/// p·q`, in both directions.
fn graph(near: &[Vec<Near>]) -> Vec<Edge> {
    let own: Vec<Vec<(usize, f64)>> = near.iter().map(|near| weights(near)).collect();
    let weight = |from: usize, to: usize| {
        let found = own[from].iter().find(|(place, _)| *place == to);
        found.map_or(0.0, |(_, weight)| *weight)
    };
    let mut edges = Vec::new();
    for (from, own) in own.iter().enumerate() {
        for &(to, p) in own {
            let q = weight(to, from);
            let both = Edge {
                from,
                to,
                weight: p + q - p * q,
            };
            edges.push(both);
            if q == 0.0 {
                edges.push(Edge {
                    from: to,
                    to: from,
                    ..both
                });
            }
        }
    }
    edges.retain(|edge| edge.weight > 0.0);
    edges
}

/// Weights `exp(−(d − ρ)/σ)` of a row's neighbours: `ρ` is the distance of the nearest that is not
/// in the same place, and `σ` is such that they add up to `log₂ k` (§3.1 and algorithm 3).
fn weights(near: &[Near]) -> Vec<(usize, f64)> {
    let distances: Vec<f64> = near.iter().map(|near| f64::from(-near.nearness)).collect();
    let nearest = distances.iter().copied().find(|&d| d > 0.0).unwrap_or(0.0);
    let wanted = (near.len() as f64).log2();
    let weight = |d: f64, sigma: f64| (-(d - nearest).max(0.0) / sigma).exp();
    let mean = distances.iter().sum::<f64>() / near.len().max(1) as f64;
    // The sum grows with σ, from the number of nearest ones to all.
    let (mut low, mut high) = (1e-3 * mean.max(1e-12), 1e3 * mean.max(1e-12));
    for _ in 0..64 {
        let mid = (low * high).sqrt();
        let sum: f64 = distances.iter().map(|&d| weight(d, mid)).sum();
        if sum > wanted { high = mid } else { low = mid }
    }
    let sigma = (low * high).sqrt();
    near.iter()
        .zip(distances)
        .map(|(near, d)| (near.place, weight(d, sigma)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::neighbours::{Nearness, neighbours};
    use super::super::rows::Rows;
    use super::*;

    fn near(rows: &Rows, k: usize) -> Vec<Vec<Near>> {
        let mut near = neighbours(rows, rows, k, Nearness::Euclidean, true);
        near.iter_mut()
            .flatten()
            .for_each(|near| near.nearness = -(-near.nearness).sqrt());
        near
    }

    #[test]
    fn the_curves_are_near_the_ones_they_stand_for() {
        for (Curve { a, b }, least) in [(Curve::DENSE, 0.1), (Curve::LOOSE, 0.3)] {
            let curve = |d: f64| 1.0 / (1.0 + a * d.powf(2.0 * b));
            let wanted = |d: f64| if d < least { 1.0 } else { (least - d).exp() };
            let errors = (0..300)
                .map(|i| i as f64 / 100.0)
                .map(|d| (curve(d) - wanted(d)).powi(2));
            assert!((errors.sum::<f64>() / 300.0).sqrt() < 0.03, "{least}");
        }
    }

    #[test]
    fn pull_and_push_are_gradients() {
        let curve = Curve::DENSE;
        let w = |d2: f64| 1.0 / (1.0 + curve.a * d2.powf(curve.b));
        let (from, to) = ([0.3, -0.2], [1.1, 0.9]);
        let slope = |f: &dyn Fn(f64) -> f64| {
            let at = |x: f64| f(way([x, from[1]], to).1);
            (at(from[0] + 1e-6) - at(from[0] - 1e-6)) / 2e-6
        };
        assert!((curve.pull(from, to)[0] - slope(&|d2| w(d2).ln())).abs() < 1e-5);
        let pushed = curve.push(from, to)[0];
        assert!((pushed - slope(&|d2| (1.0 - w(d2)).ln())).abs() < 1e-2 * pushed.abs());
    }

    #[test]
    fn weights_add_up_and_edges_go_both_ways() {
        let values = (0..60).map(|i| (i as f32 * 0.37).sin() * (1 + i % 5) as f32);
        let rows = Rows::new(values.collect(), 2);
        let near = near(&rows, 8);
        for near in &near {
            let weights = weights(near);
            let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
            assert!((sum - 3.0).abs() < 1e-6 && weights[0].1 == 1.0);
        }
        let edges = graph(&near);
        for edge in &edges {
            assert!(edge.weight > 0.0 && edge.weight <= 1.0 && edge.from != edge.to);
            let back = edges
                .iter()
                .filter(|other| (other.from, other.to) == (edge.to, edge.from));
            let back: Vec<_> = back.collect();
            assert_eq!(back.len(), 1);
            assert!((back[0].weight - edge.weight).abs() < 1e-12);
        }
    }

    #[test]
    fn clusters_are_kept_apart_and_the_seed_decides() {
        // Three clusters in ten dimensions that a start in one place does not tell apart.
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let rows: Vec<f32> = (0..90)
            .flat_map(|i| {
                let near: Vec<f32> = (0..10).map(|_| rng.random_range(-0.3..0.3)).collect();
                (0..10).map(move |k| near[k] + if k == i % 3 { 5.0 } else { 0.0 })
            })
            .collect();
        let near = near(&Rows::new(rows, 10), 10);
        let start: Vec<[f64; 2]> = (0..90)
            .map(|i| [(i as f64).sin(), (i as f64).cos()])
            .collect();
        let make = |seed| umap(&near, &start, 200, seed, &mut |_| ());
        let map = make(1);
        let mean = |cluster: usize| {
            let own = map.iter().skip(cluster).step_by(3);
            own.fold([0.0; 2], |sum, p| {
                [sum[0] + p[0] / 30.0, sum[1] + p[1] / 30.0]
            })
        };
        for (i, point) in map.iter().enumerate() {
            let distance = |cluster: usize| way(*point, mean(cluster)).1;
            let own = distance(i % 3);
            assert!(
                distance((i + 1) % 3) > own && distance((i + 2) % 3) > own,
                "row {i}"
            );
        }
        assert_eq!(map, make(1));
        assert_ne!(map, make(2));
    }
}
