//! One field from two pictures.

use super::domain::Domain;
use super::features::{Analysis, DETAIL, Kind};
use super::field::{Field, unfolded};
use super::matching::matched;
use super::pins::{Pin, Pull, moved};
use super::planes::Planes;
use super::refinement::{HALF_WAY, Refinement};
use super::similarity::{Complex, Similarity, mutual_matches, ransac};

/// Matches that must agree on a global start before it is taken.
const INLIERS: usize = 20;
/// Matches at which confidence is 0.3: with fewer, pins help.
const DOUBTFUL: f32 = 30.0;

/// Two pictures brought together.
#[derive(Debug, Clone)]
pub struct Correspondence {
    /// Where parts of the two pictures meet.
    pub field: Field,
    /// Which features it was solved by.
    pub features: Kind,
    /// 0 to 1: how well the pictures could be matched. Below 0.3, pins help.
    pub confidence: f32,
}

/// The start that depends on the pictures alone, so that moving a pin need not find it again.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    similarity: Similarity,
    inliers: usize,
}

impl Start {
    /// The similarity that most parts agree on; the identity for hand-made features.
    #[inline(never)]
    pub fn new(a: &Analysis, b: &Analysis) -> Self {
        let (similarity, inliers) = match (&a.matched, &b.matched) {
            (Some(a), Some(b)) => ransac(&mutual_matches(a, b)),
            _ => (Similarity::IDENTITY, 0),
        };
        Self {
            similarity,
            inliers,
        }
    }

    fn with_pins(&self, pins: &[Pin], domain: &Domain) -> Similarity {
        if self.inliers >= INLIERS {
            return self.similarity;
        }
        let cells: Vec<(Complex, Complex)> = pins.iter().map(|pin| pin.cells(domain)).collect();
        Similarity::fitted(&cells)
    }
}

/// The field between two pictures analysed on one domain.
#[inline(never)] // Two users, and a page loads both.
pub fn solve(a: &Analysis, b: &Analysis, start: &Start, pins: &[Pin]) -> Correspondence {
    assert_eq!(a.domain, b.domain, "both pictures on one grid");
    let domain = a.domain;
    let similarity = start.with_pins(pins, &domain);
    let v = similarity.field(domain.width, domain.height);
    let pulls: Vec<Pull> = pins
        .iter()
        .map(|pin| pin.pull(&domain, &similarity))
        .collect();
    let ends: Vec<Pull> = pins
        .iter()
        .map(|pin| {
            pin.pull(&domain, &Similarity::IDENTITY)
                .scaled(DETAIL as f32)
        })
        .collect();
    let (settings, factors) = refinement(a);
    let v = match (&a.matched, &b.matched) {
        (Some(first), Some(second)) => matched(first, second, &v, &pulls),
        _ => v,
    };
    let pair = [&a.refined, &b.refined];
    let mut v = settings.refine(pair, HALF_WAY, unfolded(v), factors, &ends);
    if !ends.is_empty() {
        v = unfolded(moved(v, &ends, 2.0 * DETAIL as f32));
    }
    let features = a.kind();
    let confidence = match features {
        Kind::Semantic => 1.0 - 0.7f32.powf(start.inliers as f32 / DOUBTFUL),
        Kind::Plain => agreement(&a.refined, &b.refined, &v),
    };
    Correspondence {
        field: Field::from_cells(&v, domain.padding),
        features,
        confidence,
    }
}

/// How fields between pictures like this one are refined, and on which grids in turn.
pub fn refinement(analysis: &Analysis) -> (Refinement, &'static [f32]) {
    let outlined = analysis.domain.padding > 0.0;
    match analysis.kind() {
        Kind::Semantic => (
            Refinement {
                window: 3.0,
                smoothing: 1.5,
                damping: 0.1,
                iterations: if outlined { 6 } else { 4 },
            },
            &[0.5, 1.0],
        ),
        Kind::Plain if outlined => (
            Refinement {
                window: 4.0,
                smoothing: 2.0,
                damping: 0.1,
                iterations: 20,
            },
            &[0.125, 0.25, 0.5, 1.0],
        ),
        Kind::Plain => (
            Refinement {
                window: 5.0,
                smoothing: 3.5,
                damping: 1.0,
                iterations: 10,
            },
            &[0.25, 0.5, 1.0],
        ),
    }
}

/// The correlation of two pictures' features once they are brought together, 0 to 1.
fn agreement(a: &Planes, b: &Planes, v: &Planes) -> f32 {
    let (mut cross, mut squares) = (0.0, 1e-9);
    for channel in 0..a.channels {
        for i in 0..v.area() {
            let (x, y) = ((i % v.width) as f32, (i / v.width) as f32);
            let (vx, vy) = (v.plane(0)[i], v.plane(1)[i]);
            let first = a.at(channel, x - vx, y - vy);
            let second = b.at(channel, x + vx, y + vy);
            cross += first * second;
            squares += 0.5 * (first * first + second * second);
        }
    }
    (cross / squares).clamp(0.0, 1.0)
}
