//! Several channels over one grid, and what a grid needs: blur, resampling, gradients.

/// Values `[channels, height, width]`. A coordinate is in cells, and 0 is the centre of the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// How many values each cell has.
    pub channels: usize,
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// `[channels, height, width]`.
    pub values: Vec<f32>,
}

/// A place of a frame, or a shift: parts of its width and height.
pub type Point = (f32, f32);

/// What lies outside a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// The nearest cell of the border.
    Border,
    /// Zeros.
    Zero,
}

impl Planes {
    /// All zeros.
    pub fn zeros(channels: usize, width: usize, height: usize) -> Self {
        Self {
            channels,
            width,
            height,
            values: vec![0.0; channels * width * height],
        }
    }

    /// Cells of one channel.
    pub fn area(&self) -> usize {
        self.width * self.height
    }

    /// One channel.
    pub fn plane(&self, channel: usize) -> &[f32] {
        &self.values[channel * self.area()..(channel + 1) * self.area()]
    }

    /// One channel, to write to.
    pub fn plane_mut(&mut self, channel: usize) -> &mut [f32] {
        let area = self.area();
        &mut self.values[channel * area..(channel + 1) * area]
    }

    /// These channels and then those of `more`, which has the same grid.
    pub fn stacked(mut self, more: &Planes) -> Self {
        assert_eq!((self.width, self.height), (more.width, more.height));
        self.values.extend_from_slice(&more.values);
        self.channels += more.channels;
        self
    }

    /// Every value times `factor`.
    pub fn scaled(mut self, factor: f32) -> Self {
        self.values.iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// The sum of two.
    pub fn plus(mut self, more: &Planes) -> Self {
        add_scaled(&mut self.values, &more.values, 1.0);
        self
    }

    /// Convolved with a Gaussian of `sigma` cells, cut off at 3 sigma; outside lies the border.
    pub fn blurred(&self, sigma: f32) -> Self {
        if sigma <= 0.0 {
            return self.clone();
        }
        let radius = ((3.0 * sigma).ceil() as usize).max(1);
        let weight = |i: usize| {
            let x = i as f32 - radius as f32;
            (-x * x / (2.0 * sigma * sigma)).exp()
        };
        let mut kernel: Vec<f32> = (0..=2 * radius).map(weight).collect();
        let sum: f32 = kernel.iter().sum();
        kernel.iter_mut().for_each(|weight| *weight /= sum);
        let mut output = Self::zeros(self.channels, self.width, self.height);
        let mut padded = vec![0.0; self.width + 2 * radius];
        let mut across = vec![0.0; self.area()];
        for channel in 0..self.channels {
            for (row, result) in self
                .plane(channel)
                .chunks_exact(self.width)
                .zip(across.chunks_exact_mut(self.width))
            {
                padded[..radius].fill(row[0]);
                padded[radius..radius + self.width].copy_from_slice(row);
                padded[radius + self.width..].fill(row[self.width - 1]);
                result.fill(0.0);
                for (i, &weight) in kernel.iter().enumerate() {
                    add_scaled(result, &padded[i..i + self.width], weight);
                }
            }
            let down = output.plane_mut(channel);
            for (y, result) in down.chunks_exact_mut(self.width).enumerate() {
                for (i, &weight) in kernel.iter().enumerate() {
                    let from = (y + i).saturating_sub(radius).min(self.height - 1);
                    let row = &across[from * self.width..(from + 1) * self.width];
                    add_scaled(result, row, weight);
                }
            }
        }
        output
    }

    /// Brought to another grid over the same area.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let whole = [0.0, 0.0, self.width as f32, self.height as f32];
        self.window(whole, width, height, Outside::Border)
    }

    /// What the window `[left, top, right, bottom]`, in cells from the outer edge of the first,
    /// shows on a grid of `width` × `height`: linear interpolation, averaged over areas where the
    /// window is shrunk.
    pub fn window(&self, window: [f32; 4], width: usize, height: usize, outside: Outside) -> Self {
        let [left, top, right, bottom] = window;
        let columns = taps(left, right, width, self.width, outside);
        let rows = taps(top, bottom, height, self.height, outside);
        let mut output = Self::zeros(self.channels, width, height);
        let mut down = vec![0.0; self.width];
        for channel in 0..self.channels {
            let source = self.plane(channel);
            for (taps, row) in rows
                .iter()
                .zip(output.plane_mut(channel).chunks_exact_mut(width))
            {
                down.fill(0.0);
                for &(y, weight) in taps {
                    let from = &source[y * self.width..(y + 1) * self.width];
                    add_scaled(&mut down, from, weight);
                }
                for (taps, value) in columns.iter().zip(row) {
                    *value = taps.iter().map(|&(x, weight)| down[x] * weight).sum();
                }
            }
        }
        output
    }

    /// Central differences across and down, the border repeated.
    pub fn gradients(&self) -> (Self, Self) {
        let mut across = Self::zeros(self.channels, self.width, self.height);
        let mut down = across.clone();
        let (w, h) = (self.width, self.height);
        for channel in 0..self.channels {
            let source = self.plane(channel);
            let at = |x: usize, y: usize| source[y * w + x];
            for y in 0..h {
                for x in 0..w {
                    let i = channel * w * h + y * w + x;
                    across.values[i] = 0.5 * (at((x + 1).min(w - 1), y) - at(x.max(1) - 1, y));
                    down.values[i] = 0.5 * (at(x, (y + 1).min(h - 1)) - at(x, y.max(1) - 1));
                }
            }
        }
        (across, down)
    }

    /// The value of `channel` at a point, linear between cells; outside lies the border.
    #[inline(never)] // Many users, and a page loads them all.
    pub fn at(&self, channel: usize, x: f32, y: f32) -> f32 {
        let corner = Corner::new(x, y, self.width, self.height);
        let plane = self.plane(channel);
        corner.blend(|i| plane[i])
    }

    /// The values of the first `N` channels at a point.
    #[inline(never)]
    pub fn all_at<const N: usize>(&self, x: f32, y: f32) -> [f32; N] {
        let corner = Corner::new(x, y, self.width, self.height);
        let area = self.area();
        std::array::from_fn(|channel| corner.blend(|i| self.values[channel * area + i]))
    }
}

#[inline(always)]
fn add_scaled(sum: &mut [f32], values: &[f32], weight: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value * weight;
    }
}

/// For each of `count` cells of a window, the cells under a triangle as wide as two of them.
fn taps(
    from: f32,
    to: f32,
    count: usize,
    length: usize,
    outside: Outside,
) -> Vec<Vec<(usize, f32)>> {
    let step = (to - from) / count as f32;
    let reach = step.max(1.0);
    let tap = |i: usize| {
        let centre = from + (i as f32 + 0.5) * step - 0.5;
        let (first, last) = ((centre - reach).ceil(), (centre + reach).floor());
        let mut taps: Vec<(usize, f32)> = Vec::new();
        let mut sum = 0.0;
        for position in first as i64..=last as i64 {
            let weight = (1.0 - (position as f32 - centre).abs() / reach).max(0.0);
            sum += weight;
            if outside == Outside::Zero && !(0..length as i64).contains(&position) {
                continue;
            }
            taps.push((position.clamp(0, length as i64 - 1) as usize, weight));
        }
        taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
        taps
    };
    (0..count).map(tap).collect()
}

/// The four cells around a point and where it lies between them.
#[derive(Debug, Clone, Copy)]
pub struct Corner {
    /// The cell at the upper left, and how far the next column and row are.
    index: usize,
    right: usize,
    below: usize,
    /// Fractions of the way right and down.
    x: f32,
    y: f32,
}

impl Corner {
    /// Of a point in cells, clamped to the grid.
    #[inline(always)]
    pub fn new(x: f32, y: f32, width: usize, height: usize) -> Self {
        let (x, y) = (
            smaller(larger(x, 0.0), (width - 1) as f32),
            smaller(larger(y, 0.0), (height - 1) as f32),
        );
        let (column, row) = (x as i32 as usize, y as i32 as usize);
        Self {
            index: row * width + column,
            right: usize::from(column + 1 < width),
            below: if row + 1 < height { width } else { 0 },
            x: x - column as f32,
            y: y - row as f32,
        }
    }

    /// Linear between the values of the four cells.
    #[inline(always)]
    pub fn blend(&self, value: impl Fn(usize) -> f32) -> f32 {
        let above = value(self.index) * (1.0 - self.x) + value(self.index + self.right) * self.x;
        let next = self.index + self.below;
        let below = value(next) * (1.0 - self.x) + value(next + self.right) * self.x;
        above * (1.0 - self.y) + below * self.y
    }

    /// The four cells and their weights.
    #[inline(always)]
    pub fn weighted(&self) -> [(usize, f32); 4] {
        let next = self.index + self.below;
        [
            (self.index, (1.0 - self.x) * (1.0 - self.y)),
            (self.index + self.right, self.x * (1.0 - self.y)),
            (next, (1.0 - self.x) * self.y),
            (next + self.right, self.x * self.y),
        ]
    }
}

/// The nearest whole number to one between 0 and a million, and the same as a float; a half goes to
/// either side.
#[inline(always)]
pub fn rounded(x: f32) -> (u32, f32) {
    // From here on, floats are whole numbers.
    const WHOLE: f32 = 8_388_608.0;
    let sum = x + WHOLE;
    (sum.to_bits() & 0x7f_ffff, sum - WHOLE)
}

/// The larger of two numbers, one instruction: unlike `f32::max`, it says nothing of NaN.
#[inline(always)]
pub fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The smaller of two numbers, one instruction.
#[inline(always)]
pub fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Planes {
        let mut planes = Planes::zeros(2, width, height);
        for i in 0..width * height {
            planes.values[i] = (i % width) as f32;
            planes.values[width * height + i] = 3.0 - 2.0 * (i / width) as f32;
        }
        planes
    }

    #[test]
    fn a_ramp_survives_blur_and_resampling_away_from_the_border() {
        let blurred = ramp(32, 24).blurred(1.5);
        assert!((blurred.at(0, 15.0, 12.0) - 15.0).abs() < 1e-4);
        assert!((blurred.at(1, 15.0, 12.0) + 21.0).abs() < 1e-4);
        let shrunk = ramp(32, 24).resized(8, 8);
        assert!((shrunk.at(0, 3.0, 3.0) - 13.5).abs() < 1e-4);
        let grown = ramp(8, 8).resized(32, 16);
        assert!((grown.at(0, 15.0, 8.0) - 3.375).abs() < 1e-4);
    }

    #[test]
    fn gradients_of_a_ramp_are_its_slopes() {
        let (across, down) = ramp(9, 7).gradients();
        assert_eq!(across.at(0, 4.0, 3.0), 1.0);
        assert_eq!(down.at(1, 4.0, 3.0), -2.0);
        assert_eq!(down.at(0, 4.0, 3.0), 0.0);
    }

    #[test]
    fn a_window_past_the_border_is_empty_or_repeats_it() {
        let mut planes = Planes::zeros(1, 4, 4);
        planes.values.fill(1.0);
        let window = [-4.0, 0.0, 4.0, 4.0];
        assert_eq!(
            planes.window(window, 8, 4, Outside::Zero).at(0, 1.0, 1.0),
            0.0
        );
        assert_eq!(
            planes.window(window, 8, 4, Outside::Zero).at(0, 6.0, 1.0),
            1.0
        );
        assert_eq!(
            planes.window(window, 8, 4, Outside::Border).at(0, 1.0, 1.0),
            1.0
        );
    }
}
