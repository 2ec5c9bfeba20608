//! A vector at each cell of a grid, all numbers of a cell side by side.

use super::planes::{Corner, Planes};

/// Values `[height, width, length]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Descriptors {
    /// Numbers of a cell.
    pub length: usize,
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// `[height, width, length]`.
    pub values: Vec<f32>,
}

impl Descriptors {
    /// All zeros.
    pub fn zeros(length: usize, width: usize, height: usize) -> Self {
        Self {
            length,
            width,
            height,
            values: vec![0.0; length * width * height],
        }
    }

    /// The channels of `planes`, cell by cell.
    pub fn interleaved(planes: &[&Planes]) -> Self {
        let length = planes.iter().map(|planes| planes.channels).sum();
        let mut output = Self::zeros(length, planes[0].width, planes[0].height);
        let channels = planes
            .iter()
            .flat_map(|planes| (0..planes.channels).map(|channel| planes.plane(channel)));
        for (k, plane) in channels.enumerate() {
            for (cell, &value) in output.values.chunks_exact_mut(length).zip(plane) {
                cell[k] = value;
            }
        }
        output
    }

    /// One plane for each number.
    pub fn planes(&self) -> Planes {
        let mut planes = Planes::zeros(self.length, self.width, self.height);
        let area = self.width * self.height;
        for (i, cell) in self.values.chunks_exact(self.length).enumerate() {
            for (k, &value) in cell.iter().enumerate() {
                planes.values[k * area + i] = value;
            }
        }
        planes
    }

    /// The vector of one cell.
    pub fn cell(&self, index: usize) -> &[f32] {
        &self.values[index * self.length..(index + 1) * self.length]
    }

    /// Writes the vector at a point, linear between cells; outside lies the border.
    #[inline(never)] // Many users, and a page loads them all.
    pub fn sample(&self, x: f32, y: f32, output: &mut [f32]) {
        let corner = Corner::new(x, y, self.width, self.height);
        let [(a, wa), (b, wb), (c, wc), (d, wd)] = corner.weighted();
        let (a, b, c, d) = (self.cell(a), self.cell(b), self.cell(c), self.cell(d));
        let count = self.length.min(output.len());
        let (a, b, c, d) = (&a[..count], &b[..count], &c[..count], &d[..count]);
        for k in 0..count {
            output[k] = a[k] * wa + b[k] * wb + c[k] * wc + d[k] * wd;
        }
    }

    /// On another grid over the same area, linear between cells.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let mut output = Self::zeros(self.length, width, height);
        let (sx, sy) = (
            self.width as f32 / width as f32,
            self.height as f32 / height as f32,
        );
        for (i, cell) in output.values.chunks_exact_mut(self.length).enumerate() {
            let x = ((i % width) as f32 + 0.5) * sx - 0.5;
            let y = ((i / width) as f32 + 0.5) * sy - 0.5;
            self.sample(x, y, cell);
        }
        output
    }

    /// Less the mean over all cells, then every vector brought to length `norm`.
    pub fn centred(mut self, norm: f32) -> Self {
        let mut mean = vec![0.0; self.length];
        for cell in self.values.chunks_exact(self.length) {
            for (mean, value) in mean.iter_mut().zip(cell) {
                *mean += value;
            }
        }
        let cells = (self.width * self.height) as f32;
        for cell in self.values.chunks_exact_mut(self.length) {
            for (value, mean) in cell.iter_mut().zip(&mean) {
                *value -= mean / cells;
            }
            let length = cell.iter().map(|value| value * value).sum::<f32>().sqrt();
            cell.iter_mut()
                .for_each(|value| *value *= norm / (length + 1e-6));
        }
        self
    }
}

/// `Σ aᵢ·bᵢ`, in eight running sums.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
