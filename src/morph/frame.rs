//! Frames between two pictures, at any time and size.
//!
//! The field is inverted, and the gains are computed, at the corners of a coarse mesh; pixels
//! interpolate both. A frame shows A at `X − 2t·q` and B at `X + 2(1 − t)·q` ([`Field::inverse`]),
//! so at `t = 0` and `t = 1` it is the picture itself.

use super::blend::{BANDS, Layers, gain};
use super::field::Field;
use super::parallel::{Row, chunks, vectorised};
use super::picture::{Picture, straight};
use super::planes::{Corner, Planes};

/// Cells of the mesh along the longer side.
const MESH: usize = 128;
/// How far outside an opaque picture its weight falls to nothing, in parts of the longer side.
const FADE: f32 = 10.0 / 256.0;
/// Numbers at a corner of the mesh: `q` and the gains.
const CORNER: usize = 2 + BANDS;

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
    field: Field,
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
    pub fn new(a: Layers, b: Layers, field: Field) -> Self {
        let correlations = a.correlations(&b, &field);
        Self {
            a,
            b,
            field,
            correlations,
        }
    }

    /// Another field between the same pictures.
    pub fn set_field(&mut self, field: Field) {
        self.correlations = self.a.correlations(&self.b, &field);
        self.field = field;
    }

    /// The field.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Correlation of the bands, on the half-way domain.
    pub fn correlations(&self) -> &Planes {
        &self.correlations
    }

    /// Width and height of frames.
    pub fn size(&self) -> (usize, usize) {
        (self.a.sharp.width, self.a.sharp.height)
    }

    /// Cells of the mesh across and down.
    pub fn mesh_size(&self) -> (usize, usize) {
        let (w, h) = self.size();
        let cells = |side: usize| (MESH * side).div_ceil(w.max(h)).max(1);
        (cells(w), cells(h))
    }

    /// RGBA at a time, colours not premultiplied.
    pub fn frame(&self, moment: Moment) -> Vec<u8> {
        let (width, height) = self.size();
        let drawing = Drawing {
            renderer: self,
            mesh: self.mesh(moment),
            moment,
        };
        let mut output = vec![0; 4 * width * height];
        chunks(&mut output, 4 * width, |y, row| {
            vectorised(&drawing, y, row)
        });
        output
    }

    /// `q` and the gains at each corner of the mesh.
    fn mesh(&self, moment: Moment) -> Vec<[f32; CORNER]> {
        let (columns, rows) = self.mesh_size();
        let mut mesh = vec![[0.0; CORNER]; (columns + 1) * (rows + 1)];
        let share = smoothstep(moment.colour);
        let t = moment.shape;
        chunks(&mut mesh, columns + 1, |row, line| {
            for (column, corner) in line.iter_mut().enumerate() {
                let (u, v) = (column as f32 / columns as f32, row as f32 / rows as f32);
                let (qx, qy) = self.field.inverse(u, v, t);
                let (au, av) = (u - 2.0 * t * qx, v - 2.0 * t * qy);
                let (bu, bv) = (au + 2.0 * qx, av + 2.0 * qy);
                let w = self.weight(share, au, av, bu, bv);
                (corner[0], corner[1]) = (qx, qy);
                for band in 0..BANDS {
                    corner[2 + band] = gain(
                        on_frame(&self.a.deviations, band, au, av),
                        on_frame(&self.b.deviations, band, bu, bv),
                        on_frame(&self.correlations, band, au + qx, av + qy),
                        w,
                    );
                }
            }
        });
        mesh
    }

    /// B's share where A is seen at one point and B at another: what lies outside an opaque
    /// picture counts for little, `w = s·m_b/((1 − s)·m_a + s·m_b)`.
    #[inline(always)]
    fn weight(&self, share: f32, au: f32, av: f32, bu: f32, bv: f32) -> f32 {
        let (a, b) = (
            (1.0 - share) * self.inside(&self.a.sharp, au, av),
            share * self.inside(&self.b.sharp, bu, bv),
        );
        b / (a + b)
    }

    #[inline(always)]
    fn inside(&self, picture: &Picture, u: f32, v: f32) -> f32 {
        if picture.transparent {
            return 1.0;
        }
        let (w, h) = (picture.width as f32, picture.height as f32);
        let longer = w.max(h);
        let distance = (u.min(1.0 - u) * w).min(v.min(1.0 - v) * h) / longer;
        (1.0 + distance / FADE).max(0.0).min(1.0) + 1e-3
    }

    /// Premultiplied RGBA, 0 to 255.
    #[inline(always)]
    fn pixel(&self, u: f32, v: f32, corner: &[f32; CORNER], t: f32, share: f32) -> [f32; 4] {
        let (qx, qy) = (corner[0], corner[1]);
        let (au, av) = (u - 2.0 * t * qx, v - 2.0 * t * qy);
        let (bu, bv) = (u + 2.0 * (1.0 - t) * qx, v + 2.0 * (1.0 - t) * qy);
        let w = self.weight(share, au, av, bu, bv);
        let (first, second) = (sampled(&self.a, au, av), sampled(&self.b, bu, bv));
        let mut levels = [[0.0; 4]; BANDS + 1];
        for (level, values) in levels.iter_mut().enumerate() {
            for (c, value) in values.iter_mut().enumerate() {
                *value = first[level][c] + w * (second[level][c] - first[level][c]);
            }
        }
        let mut output = levels[BANDS];
        for band in 0..BANDS {
            for c in 0..4 {
                output[c] += corner[2 + band] * (levels[band][c] - levels[band + 1][c]);
            }
        }
        let alpha = output[3].max(0.0).min(255.0);
        let colour = |value: f32| value.max(0.0).min(alpha);
        [
            colour(output[0]),
            colour(output[1]),
            colour(output[2]),
            alpha,
        ]
    }
}

/// A frame under way.
struct Drawing<'a> {
    renderer: &'a Renderer,
    mesh: Vec<[f32; CORNER]>,
    moment: Moment,
}

impl Row<u8> for Drawing<'_> {
    #[inline(always)]
    fn row(&self, y: usize, row: &mut [u8]) {
        let renderer = self.renderer;
        let (width, height) = renderer.size();
        let (columns, rows) = renderer.mesh_size();
        let share = smoothstep(self.moment.colour);
        // The mesh between its rows, once for the whole row of pixels.
        let v = (y as f32 + 0.5) / height as f32;
        let above = ((v * rows as f32) as usize).min(rows - 1);
        let below = v * rows as f32 - above as f32;
        let mut line = vec![[0.0; CORNER]; columns + 1];
        for (i, value) in line.iter_mut().enumerate() {
            let upper = &self.mesh[above * (columns + 1) + i];
            let lower = &self.mesh[(above + 1) * (columns + 1) + i];
            for k in 0..CORNER {
                value[k] = upper[k] + below * (lower[k] - upper[k]);
            }
        }
        for (x, pixel) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let u = (x as f32 + 0.5) / width as f32;
            let left = ((u * columns as f32) as usize).min(columns - 1);
            let right = u * columns as f32 - left as f32;
            let mut corner = [0.0; CORNER];
            for (k, value) in corner.iter_mut().enumerate() {
                *value = line[left][k] + right * (line[left + 1][k] - line[left][k]);
            }
            *pixel = straight(renderer.pixel(u, v, &corner, self.moment.shape, share));
        }
    }
}

/// The picture and its blurred copies at a point of the frame. Outside, an opaque picture is
/// mirrored and any other is empty.
#[inline(always)]
fn sampled(layers: &Layers, u: f32, v: f32) -> [[f32; 4]; BANDS + 1] {
    let picture = &layers.sharp;
    let (w, h) = (picture.width as f32, picture.height as f32);
    let cover = |x: f32, side: f32| {
        (x * side + 0.5)
            .min((1.0 - x) * side + 0.5)
            .max(0.0)
            .min(1.0)
    };
    let covered = if picture.transparent {
        cover(u, w) * cover(v, h)
    } else {
        1.0
    };
    let mirror = |x: f32| if x < 0.0 { -x } else { x.min(2.0 - x) };
    let (u, v) = (mirror(u), mirror(v));
    let mut output = [[0.0; 4]; BANDS + 1];
    let corner = Corner::new(u * w - 0.5, v * h - 0.5, picture.width, picture.height);
    let pixels = picture.pixels.as_chunks::<4>().0;
    for (index, weight) in corner.weighted() {
        let pixel = pixels[index];
        for c in 0..4 {
            output[0][c] += weight * f32::from(pixel[c]);
        }
    }
    let soft = &layers.soft;
    let corner = Corner::new(
        u * soft.width as f32 - 0.5,
        v * soft.height as f32 - 0.5,
        soft.width,
        soft.height,
    );
    for (index, weight) in corner.weighted() {
        let cell: &[f32; 4 * BANDS] = soft.cell(index).first_chunk().expect("three copies");
        for (k, value) in cell.iter().enumerate() {
            output[1 + k / 4][k % 4] += weight * value;
        }
    }
    output.map(|level| level.map(|value| value * covered))
}

/// A value of a coarse map that fills the frame.
#[inline(always)]
fn on_frame(planes: &Planes, channel: usize, u: f32, v: f32) -> f32 {
    let (w, h) = (planes.width as f32, planes.height as f32);
    planes.at(channel, u * w - 0.5, v * h - 0.5)
}
