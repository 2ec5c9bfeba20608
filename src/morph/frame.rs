//! Frames between two pictures, at any time.

use super::blend::{Bands, Layers, correlations};
use super::drawing::{Mesh, draw, mesh_size};
use super::field::Field;
use super::planes::{Planes, Point};
use super::similarity::Similarity;
use super::trajectory::{Trajectory, Way};

/// Times of a frame, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// How far the shapes are.
    pub shape: f32,
    /// How far the colours are.
    pub colour: f32,
}

/// Two pictures ready to be drawn at any time.
#[derive(Debug, Clone)]
pub struct Renderer {
    /// The first picture.
    pub a: Layers,
    /// The second.
    pub b: Layers,
    bands: [Bands; 2],
    field: Field,
    similarity: Similarity,
    correlations: Planes,
}

/// `t²·(3 − 2t)`.
#[inline(always)]
pub fn smoothstep(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

impl Moment {
    /// Shape and colour together.
    pub fn at(t: f32) -> Self {
        Self {
            shape: t,
            colour: t,
        }
    }
}

impl Renderer {
    /// For two pictures of one size and the field between them.
    pub fn new((a, first): (Layers, Bands), (b, second): (Layers, Bands), field: Field) -> Self {
        let bands = [first, second];
        Self {
            a,
            b,
            similarity: field.similarity(),
            correlations: half_way(&bands, &field),
            bands,
            field,
        }
    }

    /// Another field between the same pictures.
    pub fn set_field(&mut self, field: Field) {
        self.correlations = half_way(&self.bands, &field);
        self.similarity = field.similarity();
        self.field = field;
    }

    /// The field.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// The similarity that a spiral path follows, in cells from the frame's upper left.
    pub fn similarity(&self) -> &Similarity {
        &self.similarity
    }

    /// Correlation of the bands, on the half-way domain.
    pub fn correlations(&self) -> &Planes {
        &self.correlations
    }

    /// Width and height of frames.
    pub fn size(&self) -> (usize, usize) {
        self.a.size()
    }

    /// Cells of the mesh across and down.
    pub fn mesh_size(&self) -> (usize, usize) {
        mesh_size(self.size())
    }

    /// RGBA at a time, colours not premultiplied. At 0 and at 1 it is the picture itself.
    pub fn frame(&self, moment: Moment, trajectory: Trajectory) -> Vec<u8> {
        let way = match trajectory {
            Trajectory::Straight => Way::straight(moment.shape),
            Trajectory::Spiral => Way::spiral(&self.similarity, moment.shape),
        };
        let share = smoothstep(moment.colour);
        let pictures = [&self.a, &self.b];
        let see = |point: Point, places: &mut [Point]| {
            let (p, q) = self.field.inverse(point, &way);
            places[0] = (p.0 - q.0, p.1 - q.1);
            places[1] = (p.0 + q.0, p.1 + q.1);
            p
        };
        let mesh = Mesh::new(&pictures, &self.correlations, &[1.0 - share, share], &see);
        draw(&pictures, &mesh)
    }
}

/// The correlations of two pictures where `field` brings them together.
fn half_way([a, b]: &[Bands; 2], field: &Field) -> Planes {
    correlations(&[a, b], &|i, point| {
        let q = field.at(point.0, point.1);
        let sign = if i == 0 { -1.0 } else { 1.0 };
        (point.0 + sign * q.0, point.1 + sign * q.1)
    })
}
