//! Many pictures brought together at once: averages, and squares with a picture at each corner.
//!
//! All share one domain: place `p` of it is place `p + vᵢ(p)` of picture `i`, with `Σ vᵢ = 0`. The
//! picture most like the others is solved with each of them; that gives the shifts from its places
//! to theirs, and taking the mean shift off centres them. Two rounds of refinement against the mean
//! of all features follow. A frame with the weights `w` shows picture `i` at `X + vᵢ(p) − V(p)`,
//! where `p = X − V(p)` and `V = Σ wᵢvᵢ`, so that all the weight on one picture shows that picture
//! itself.

use super::blend::{Bands, Layers, correlations};
use super::descriptors::Descriptors;
use super::domain::Domain;
use super::drawing::{Mesh, draw, mesh_size};
use super::features::{Analysis, Kind};
use super::field::{Field, is_unfolded, unfolded};
use super::matcher::Matcher;
use super::picture::Picture;
use super::pins::Pin;
use super::planes::{Planes, Point};
use super::refinement::TEMPLATE;
use super::solve::{Start, refinement, solve};
use super::trajectory::Way;
use std::hint::black_box;

/// The most pictures of a group.
pub const MOST_PICTURES: usize = 32;
/// Rounds of refinement against the mean.
const ROUNDS: usize = 2;
/// Iterations that move the domain to the middle.
const ITERATIONS: usize = 6;

/// Pictures with one domain in their middle.
pub struct Group {
    pictures: Vec<Layers>,
    fields: Vec<Field>,
    correlations: Planes,
    features: Kind,
    confidence: f32,
}

impl Group {
    /// Of two to [`MOST_PICTURES`] pictures that fill one frame; with a matcher, by what their
    /// parts are.
    pub fn new(pictures: Vec<Picture>, matcher: Option<&Matcher>) -> Self {
        let size = (pictures[0].width, pictures[0].height);
        let domain = Domain::new(size, pictures.iter().all(|picture| picture.transparent));
        let analyses: Vec<Analysis> = pictures
            .iter()
            .map(|picture| Analysis::new(picture, domain, matcher))
            .collect();
        let (shifts, confidence) = shifts(&analyses);
        let fields: Vec<Field> = refined(&analyses, centred(&shifts))
            .iter()
            .map(|cells| Field::from_cells(cells, domain.padding))
            .collect();
        let (pictures, bands): (Vec<Layers>, Vec<Bands>) =
            pictures.into_iter().map(Layers::new).unzip();
        let bands: Vec<&Bands> = bands.iter().collect();
        let correlations = correlations(&bands, &|i, (u, v)| {
            let shift = fields[i].at(u, v);
            (u + shift.0, v + shift.1)
        });
        Self {
            pictures,
            fields,
            correlations,
            features: analyses[0].kind(),
            confidence,
        }
    }

    /// How many pictures.
    pub fn count(&self) -> usize {
        self.pictures.len()
    }

    /// Width and height of frames.
    pub fn size(&self) -> (usize, usize) {
        self.pictures[0].size()
    }

    /// Cells of the mesh of a frame, across and down.
    pub fn mesh_size(&self) -> (usize, usize) {
        mesh_size(self.size())
    }

    /// Which features were used.
    pub fn features(&self) -> Kind {
        self.features
    }

    /// 0 to 1: how well the picture that matches worst could be matched.
    pub fn confidence(&self) -> f32 {
        self.confidence
    }

    /// The pictures, with what blending needs to know of them.
    pub fn pictures(&self) -> &[Layers] {
        &self.pictures
    }

    /// `vᵢ` of each picture.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// RGBA with a weight for each picture, none negative; they are brought to the sum 1. Colours
    /// not premultiplied.
    pub fn frame(&self, weights: &[f32]) -> Vec<u8> {
        let pictures: Vec<&Layers> = self.pictures.iter().collect();
        draw(&pictures, &self.mesh(weights))
    }

    /// Where a frame with these weights shows each picture, and how much of it.
    pub fn mesh(&self, weights: &[f32]) -> Mesh {
        assert_eq!(weights.len(), self.count(), "one weight a picture");
        let sum: f32 = weights.iter().sum();
        let weights: Vec<f32> = weights.iter().map(|weight| weight / sum).collect();
        let mut whole = self.fields[0].clone();
        whole.planes.values.fill(0.0);
        for (field, &weight) in self.fields.iter().zip(&weights) {
            whole.planes = whole.planes.plus(&field.planes.clone().scaled(weight));
        }
        let way = Way::straight(1.0);
        let pictures: Vec<&Layers> = self.pictures.iter().collect();
        let see = |point: Point, places: &mut [Point]| {
            let (p, _) = whole.inverse(point, &way);
            let mean = whole.at(p.0, p.1);
            for (place, field) in places.iter_mut().zip(&self.fields) {
                let shift = field.at(p.0, p.1);
                *place = (point.0 + shift.0 - mean.0, point.1 + shift.1 - mean.1);
            }
            p
        };
        Mesh::new(&pictures, &self.correlations, &weights, &see)
    }
}

/// The shift to each picture from the one most like all, in cells, and the least confidence.
fn shifts(analyses: &[Analysis]) -> (Vec<Planes>, f32) {
    let middle = most_central(analyses);
    let reference = &analyses[middle];
    let (width, height) = (reference.refined.width, reference.refined.height);
    // Unseen by the compiler, which would make a copy of the solver for no pins: a twentieth of
    // what a page loads.
    let no_pins: &[Pin] = black_box(&[]);
    let mut confidence = 1.0f32;
    let shift = |(i, analysis): (usize, &Analysis)| {
        let mut shift = Planes::zeros(2, width, height);
        if i == middle {
            return shift;
        }
        let solved = solve(
            reference,
            analysis,
            &Start::new(reference, analysis),
            no_pins,
        );
        confidence = confidence.min(solved.confidence);
        let field = solved.field;
        let (w, h) = field.domain.frame();
        let way = Way::straight(0.0);
        for i in 0..width * height {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            let (_, half) = field.inverse(field.domain.point(x, y), &way);
            shift.plane_mut(0)[i] = 2.0 * half.0 * w;
            shift.plane_mut(1)[i] = 2.0 * half.1 * h;
        }
        shift
    };
    let shifts = analyses.iter().enumerate().map(shift).collect();
    (shifts, confidence)
}

/// The picture whose features agree most with those of all others, place by place.
fn most_central(analyses: &[Analysis]) -> usize {
    let mut sum = vec![0.0; analyses[0].refined.values.len()];
    for analysis in analyses {
        for (sum, value) in sum.iter_mut().zip(&analysis.refined.values) {
            *sum += value;
        }
    }
    let agreement = |analysis: &Analysis| -> f32 {
        let own = &analysis.refined.values;
        let products = own.iter().zip(&sum).map(|(own, sum)| own * (sum - own));
        products.sum::<f32>() / own.iter().map(|value| value * value).sum::<f32>().sqrt()
    };
    (0..analyses.len())
        .max_by(|&i, &j| agreement(&analyses[i]).total_cmp(&agreement(&analyses[j])))
        .unwrap_or(0)
}

/// From the reference's places to the middle of all: `vᵢ(p) = uᵢ(x) − ū(x)`, where `p = x + ū(x)`.
fn centred(shifts: &[Planes]) -> Vec<Planes> {
    let mean = mean(shifts);
    let (width, area) = (mean.width, mean.area());
    let mut output = shifts.to_vec();
    for i in 0..area {
        let (px, py) = ((i % width) as f32, (i / width) as f32);
        let (mut x, mut y) = (px, py);
        for _ in 0..ITERATIONS {
            let middle: [f32; 2] = mean.all_at(x, y);
            (x, y) = (px - middle[0], py - middle[1]);
        }
        let middle: [f32; 2] = mean.all_at(x, y);
        for (output, shift) in output.iter_mut().zip(shifts) {
            let own: [f32; 2] = shift.all_at(x, y);
            for c in 0..2 {
                output.values[c * area + i] = own[c] - middle[c];
            }
        }
    }
    output
}

/// Better agreement with the mean of all features, in turn with a better mean.
fn refined(analyses: &[Analysis], shifts: Vec<Planes>) -> Vec<Planes> {
    let (settings, _) = refinement(&analyses[0]);
    let mut shifts: Vec<Planes> = shifts.into_iter().map(unfolded).collect();
    for _ in 0..ROUNDS {
        let warped: Vec<Planes> = analyses
            .iter()
            .zip(&shifts)
            .map(|(analysis, shift)| warped(&analysis.refined, shift))
            .collect();
        let template = mean(&warped);
        let better: Vec<Planes> = analyses
            .iter()
            .zip(&shifts)
            .map(|(analysis, shift)| {
                let pair = [&template, &analysis.refined];
                settings.refine(pair, TEMPLATE, shift.clone(), &[1.0], &[])
            })
            .collect();
        let middle = mean(&better).scaled(-1.0);
        let better: Vec<Planes> = better
            .into_iter()
            .map(|shift| shift.plus(&middle))
            .collect();
        if !better.iter().all(is_unfolded) {
            break;
        }
        shifts = better;
    }
    shifts
}

fn mean(planes: &[Planes]) -> Planes {
    let (first, others) = planes.split_first().expect("a group has pictures");
    let sum = others.iter().fold(first.clone(), Planes::plus);
    sum.scaled(1.0 / planes.len() as f32)
}

/// Features seen at `p + v(p)`.
fn warped(features: &Planes, v: &Planes) -> Planes {
    let cells = Descriptors::interleaved(&[features]);
    let mut output = Descriptors::zeros(cells.length, cells.width, cells.height);
    for (i, cell) in output.values.chunks_exact_mut(cells.length).enumerate() {
        let (x, y) = ((i % cells.width) as f32, (i / cells.width) as f32);
        cells.sample(x + v.plane(0)[i], y + v.plane(1)[i], cell);
    }
    output.planes()
}
