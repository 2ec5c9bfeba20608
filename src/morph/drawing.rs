//! Several pictures drawn into one frame, each seen at its own places and with its own share.
//!
//! Where a place of the frame lies in each picture, the shares and the gains ([`Contrast::gain`])
//! are found at the corners of a coarse mesh; pixels interpolate them. The bands are not taken
//! apart at every pixel: with gains `g`, shares `w`, pictures `L₀` and their blurred copies
//! `L₁…L₃`,
//!
//! ```text
//!   Σ w·(L₃ + Σ gₖ·(Lₖ₋₁ − Lₖ)) = g₁·Σ w·L₀ + Σ w·((g₂ − g₁)·L₁ + (g₃ − g₂)·L₂ + (1 − g₃)·L₃)
//! ```
//!
//! and the second sum is smooth, so that it is found on the grid of the copies. Where gains are 1,
//! as at either end of a morph, it is 0, and the picture is left as it is.

use super::blend::{BANDS, Contrast, Layers};
use super::parallel::{Row, chunks, vectorised};
use super::picture::{Picture, straight};
use super::planes::{Planes, Point, larger, rounded, smaller};

/// Cells of the mesh along the longer side.
const CELLS: usize = 64;
/// How far outside an opaque picture its weight falls to nothing, in parts of the longer side.
const FADE: f32 = 10.0 / 256.0;

/// What a frame shows, at the corners of a coarse mesh.
#[derive(Debug, Clone)]
pub struct Mesh {
    columns: usize,
    rows: usize,
    /// One for each picture, and one for the gains.
    layers: usize,
    /// `[rows + 1, layers, columns + 1]`: where a picture is seen, its share times the first gain,
    /// and its share; or the three gains.
    corners: Vec<[f32; 4]>,
}

/// Cells of the mesh across and down, for a frame of this size.
pub fn mesh_size((width, height): (usize, usize)) -> (usize, usize) {
    let cells = |side: usize| (CELLS * side).div_ceil(width.max(height)).max(1);
    (cells(width), cells(height))
}

impl Mesh {
    /// `see` writes where a point of the frame lies in each picture, and gives the point where
    /// `correlations` belong to it. What lies outside an opaque picture counts for little: the
    /// share of picture `i` is `sᵢ·mᵢ/Σ s·m`.
    pub fn new(
        pictures: &[&Layers],
        correlations: &Planes,
        shares: &[f32],
        see: &(dyn Fn(Point, &mut [Point]) -> Point + Sync),
    ) -> Self {
        let (columns, rows) = mesh_size(pictures[0].size());
        let layers = pictures.len() + 1;
        let mut corners = vec![[0.0; 4]; (rows + 1) * layers * (columns + 1)];
        chunks(&mut corners, layers * (columns + 1), |row, line| {
            let mut places = vec![(0.0, 0.0); pictures.len()];
            let mut weights = shares.to_vec();
            for column in 0..=columns {
                let point = (column as f32 / columns as f32, row as f32 / rows as f32);
                let between = see(point, &mut places);
                let mut total = 0.0;
                for (i, &place) in places.iter().enumerate() {
                    weights[i] = shares[i] * inside(&pictures[i].sharp, place);
                    total += weights[i];
                }
                let mut contrast = [Contrast::default(); BANDS];
                for (i, &(u, v)) in places.iter().enumerate() {
                    let weight = weights[i] / total;
                    line[i * (columns + 1) + column] = [u, v, weight, weight];
                    let deviations = on_frame(&pictures[i].deviations, (u, v));
                    for (contrast, deviation) in contrast.iter_mut().zip(deviations) {
                        contrast.add(weight * deviation);
                    }
                }
                let correlations = on_frame(correlations, between);
                let [first, second, third] =
                    std::array::from_fn(|band| contrast[band].gain(correlations[band]));
                line[pictures.len() * (columns + 1) + column] = [first, second, third, 0.0];
                for i in 0..pictures.len() {
                    line[i * (columns + 1) + column][2] *= first;
                }
            }
        });
        Self {
            columns,
            rows,
            layers,
            corners,
        }
    }

    /// `[rows + 1, layers, columns + 1]`, row by row: for each picture where it is seen, its share
    /// times the first gain, and its share; then a layer of the three gains.
    pub fn corners(&self) -> &[[f32; 4]] {
        &self.corners
    }

    /// One layer between the rows of the mesh, at a height of the frame.
    fn line(&self, layer: usize, v: f32) -> Vec<[f32; 4]> {
        let down = Step::new(v * self.rows as f32, self.rows);
        let row = |row: usize| {
            let begin = (row * self.layers + layer) * (self.columns + 1);
            &self.corners[begin..begin + self.columns + 1]
        };
        let (above, below) = (row(down.index), row(down.index + 1));
        let both = above.iter().zip(below);
        both.map(|(above, below)| down.between(above, below))
            .collect()
    }
}

/// A place between two of a row: the first, and the fraction of the way to the next.
#[derive(Debug, Clone, Copy)]
struct Step {
    index: usize,
    part: f32,
}

impl Step {
    /// At `position` of a row that ends at `last`.
    #[inline(always)]
    fn new(position: f32, last: usize) -> Self {
        let position = smaller(larger(position, 0.0), last as f32);
        let index = (position as usize).min(last - 1);
        Self {
            index,
            part: position - index as f32,
        }
    }

    /// For the centre of each of `pixels`, in a row of corners that has this many cells.
    fn between_corners(pixels: usize, cells: usize) -> Vec<Self> {
        let position = |x: usize| (x as f32 + 0.5) / pixels as f32 * cells as f32;
        (0..pixels).map(|x| Self::new(position(x), cells)).collect()
    }

    /// The same between the centres of cells.
    fn between_centres(pixels: usize, cells: usize) -> Vec<Self> {
        let position = |x: usize| (x as f32 + 0.5) / pixels as f32 * cells as f32 - 0.5;
        (0..pixels)
            .map(|x| Self::new(position(x), cells - 1))
            .collect()
    }

    #[inline(always)]
    fn between(&self, first: &[f32; 4], next: &[f32; 4]) -> [f32; 4] {
        let mut output = *first;
        for (value, next) in output.iter_mut().zip(next) {
            *value += self.part * (next - *value);
        }
        output
    }

    #[inline(always)]
    fn on(&self, line: &[[f32; 4]]) -> [f32; 4] {
        let pair = &line[self.index..][..2];
        self.between(&pair[0], &pair[1])
    }
}

/// RGBA of the frame, colours not premultiplied.
pub fn draw(pictures: &[&Layers], mesh: &Mesh) -> Vec<u8> {
    let (width, height) = pictures[0].size();
    let (soft_width, soft_height) = pictures[0].soft_size();
    let smooth = Smooth {
        pictures,
        mesh,
        steps: Step::between_corners(soft_width, mesh.columns),
        height: soft_height,
    };
    let mut added = vec![[0.0; 4]; soft_width * soft_height];
    chunks(&mut added, soft_width, |y, row| vectorised(&smooth, y, row));
    let frame = Frame {
        pictures,
        mesh,
        steps: Step::between_corners(width, mesh.columns),
        added,
        across: Step::between_centres(width, soft_width),
        down: Step::between_centres(height, soft_height),
    };
    let mut output = vec![0; 4 * width * height];
    chunks(&mut output, 4 * width, |y, row| vectorised(&frame, y, row));
    output
}

/// The smooth part of a frame, on the grid of the blurred copies.
struct Smooth<'a> {
    pictures: &'a [&'a Layers],
    mesh: &'a Mesh,
    steps: Vec<Step>,
    height: usize,
}

impl Row<[f32; 4]> for Smooth<'_> {
    #[inline(always)]
    fn row(&self, y: usize, row: &mut [[f32; 4]]) {
        let v = (y as f32 + 0.5) / self.height as f32;
        let gains = self.mesh.line(self.pictures.len(), v);
        let mut seen = Seen::default();
        for (k, picture) in self.pictures.iter().enumerate() {
            let line = self.mesh.line(k, v);
            let grid = picture.soft_size();
            for (sums, steps) in row.chunks_mut(RUN).zip(self.steps.chunks(RUN)) {
                seen.find(&picture.sharp, grid, &line, steps, SHARE);
                for (i, (sum, step)) in sums.iter_mut().zip(steps).enumerate() {
                    let [g1, g2, g3, _] = step.on(&gains);
                    let copies = seen.mixed(i, &picture.soft, grid.0);
                    for (band, factor) in [g2 - g1, g3 - g2, 1.0 - g3].into_iter().enumerate() {
                        for c in 0..4 {
                            sum[c] += factor * copies[4 * band + c];
                        }
                    }
                }
            }
        }
    }
}

/// A frame under way.
struct Frame<'a> {
    pictures: &'a [&'a Layers],
    mesh: &'a Mesh,
    steps: Vec<Step>,
    /// The smooth part, and where each pixel lies in it.
    added: Vec<[f32; 4]>,
    across: Vec<Step>,
    down: Vec<Step>,
}

impl Row<u8> for Frame<'_> {
    #[inline(always)]
    fn row(&self, y: usize, row: &mut [u8]) {
        let grid = self.pictures[0].size();
        let v = (y as f32 + 0.5) / grid.1 as f32;
        let smooth = self.smooth(y);
        let lines: Vec<_> = (0..self.pictures.len())
            .map(|layer| self.mesh.line(layer, v))
            .collect();
        let mut seen = Seen::default();
        let mut sums = [[0.0; 4]; RUN];
        let runs = self.steps.chunks(RUN).zip(self.across.chunks(RUN));
        for (output, (steps, across)) in row.as_chunks_mut::<4>().0.chunks_mut(RUN).zip(runs) {
            for (sum, across) in sums.iter_mut().zip(across) {
                *sum = across.on(&smooth);
            }
            for (picture, line) in self.pictures.iter().zip(&lines) {
                seen.find(&picture.sharp, grid, line, steps, GAINED_SHARE);
                let pixels = picture.sharp.pixels.as_chunks::<4>().0;
                for (i, sum) in sums[..steps.len()].iter_mut().enumerate() {
                    let pixel = seen.mixed(i, pixels, grid.0);
                    for c in 0..4 {
                        sum[c] += pixel[c];
                    }
                }
            }
            for (pixel, sum) in output.iter_mut().zip(&sums) {
                let alpha = smaller(larger(sum[3], 0.0), 255.0);
                let [r, g, b, _] = sum.map(|value| smaller(larger(value, 0.0), alpha));
                *pixel = straight([r, g, b, alpha]);
            }
        }
    }
}

impl Frame<'_> {
    /// The smooth part between its rows.
    #[inline(always)]
    fn smooth(&self, y: usize) -> Vec<[f32; 4]> {
        let down = self.down[y];
        let (width, _) = self.pictures[0].soft_size();
        let rows = self.added[down.index * width..].split_at(width);
        let both = rows.0.iter().zip(rows.1);
        both.map(|(above, below)| down.between(above, below))
            .collect()
    }
}

/// Pixels of a row that are worked on together.
const RUN: usize = 64;
/// Which number of a corner of the mesh counts.
const GAINED_SHARE: usize = 2;
const SHARE: usize = 3;

/// Between which cells of a picture the pixels of a run lie, and how much each of the four counts.
/// Outside, an opaque picture is mirrored and any other is empty.
struct Seen {
    upper_left: [u32; RUN],
    weights: [[f32; RUN]; 4],
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            upper_left: [0; RUN],
            weights: [[0.0; RUN]; 4],
        }
    }
}

impl Seen {
    /// On a grid over the picture, `width` × `height`.
    #[inline(always)]
    fn find(
        &mut self,
        picture: &Picture,
        (width, height): (usize, usize),
        line: &[[f32; 4]],
        steps: &[Step],
        share: usize,
    ) {
        let [mut us, mut vs, mut shares] = [[0.5; RUN]; 3];
        for (i, step) in steps.iter().take(RUN).enumerate() {
            let corner = step.on(line);
            (us[i], vs[i], shares[i]) = (corner[0], corner[1], corner[share]);
        }
        if picture.transparent {
            let (w, h) = (picture.width as f32, picture.height as f32);
            let cover =
                |x: f32, side: f32| smaller(larger(smaller(x, 1.0 - x) * side + 0.5, 0.0), 1.0);
            for i in 0..RUN {
                shares[i] *= cover(us[i], w) * cover(vs[i], h);
            }
        }
        // Cell and fraction along one side.
        let along = |x: f32, side: usize| {
            let mirrored = smaller(x.abs(), 2.0 - x);
            let last = (side - 1) as f32;
            let x = smaller(larger(mirrored * side as f32 - 0.5, 0.0), last);
            let (cell, whole) = rounded(smaller(larger(x - 0.5, 0.0), last - 1.0));
            (cell, x - whole)
        };
        for i in 0..RUN {
            let (column, x) = along(us[i], width);
            let (row, y) = along(vs[i], height);
            self.upper_left[i] = row * width as u32 + column;
            let (above, below) = (shares[i] * (1.0 - y), shares[i] * y);
            self.weights[0][i] = above * (1.0 - x);
            self.weights[1][i] = above * x;
            self.weights[2][i] = below * (1.0 - x);
            self.weights[3][i] = below * x;
        }
    }

    /// What pixel `i` shows of these cells.
    #[inline(always)]
    fn mixed<const N: usize>(&self, i: usize, cells: &[[u8; N]], width: usize) -> [f32; N] {
        let first = self.upper_left[i] as usize;
        let (above, below) = (&cells[first..first + 2], &cells[first + width..][..2]);
        let mut output = [0.0; N];
        for (k, cell) in [above[0], above[1], below[0], below[1]].iter().enumerate() {
            for (value, &byte) in output.iter_mut().zip(cell) {
                *value += self.weights[k][i] * f32::from(byte);
            }
        }
        output
    }
}

/// How much a place of a picture counts: less the further it lies outside an opaque one.
#[inline(always)]
fn inside(picture: &Picture, (u, v): Point) -> f32 {
    if picture.transparent {
        return 1.0;
    }
    let (w, h) = (picture.width as f32, picture.height as f32);
    let distance = (u.min(1.0 - u) * w).min(v.min(1.0 - v) * h) / w.max(h);
    (1.0 + distance / FADE).max(0.0).min(1.0) + 1e-3
}

/// The values of a coarse map that fills the frame.
#[inline(always)]
fn on_frame(planes: &Planes, (u, v): Point) -> [f32; BANDS] {
    let (w, h) = (planes.width as f32, planes.height as f32);
    planes.all_at(u * w - 0.5, v * h - 0.5)
}
