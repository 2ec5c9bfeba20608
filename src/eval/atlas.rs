//! Maps to look at: thumbnails where their pictures lie.

use crate::data::to_rgb8;
use image::imageops::{FilterType, resize};
use image::{Rgb, RgbImage};

/// A square map of thumbnails on white.
#[derive(Debug, Clone)]
pub struct Atlas {
    /// Side of the map in pixels.
    pub side: u32,
    /// Side of a thumbnail.
    pub thumbnail: u32,
}

/// Colours of frames, that differ in lightness too (Okabe and Ito 2008).
const COLOURS: [[u8; 3]; 8] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [0, 0, 0],
    [240, 228, 66],
];

impl Atlas {
    /// Draw every picture at its place, as long as it covers at most half of one that is there, in
    /// order; the map, and how many were drawn. With labels every thumbnail has a frame whose
    /// colour is its label's; labels beyond the eighth begin again.
    ///
    /// - pictures: `[3, size, size]` in [-1, 1], by their number
    pub fn draw(
        &self,
        places: &[[f64; 2]],
        size: usize,
        labels: Option<&[usize]>,
        picture: &dyn Fn(usize) -> Vec<f32>,
    ) -> (RgbImage, usize) {
        let mut canvas = RgbImage::from_pixel(self.side, self.side, Rgb([255; 3]));
        let mut drawn: Vec<[i64; 2]> = Vec::new();
        let half = i64::from(self.thumbnail) / 2;
        for (i, corner) in self.corners(places).into_iter().enumerate() {
            let covers = |other: &[i64; 2]| {
                (other[0] - corner[0]).abs() < half && (other[1] - corner[1]).abs() < half
            };
            if drawn.iter().any(covers) {
                continue;
            }
            drawn.push(corner);
            let rgb = to_rgb8(&picture(i), size).expect("a whole picture");
            let whole = RgbImage::from_raw(size as u32, size as u32, rgb).expect("of that size");
            let small = resize(&whole, self.thumbnail, self.thumbnail, FilterType::Triangle);
            let colour = labels.map(|labels| COLOURS[labels[i] % COLOURS.len()]);
            for (x, y, pixel) in small.enumerate_pixels() {
                let last = self.thumbnail - 1;
                let frame = x == 0 || y == 0 || x == last || y == last;
                let to = canvas.get_pixel_mut(corner[0] as u32 + x, corner[1] as u32 + y);
                *to = match colour {
                    Some(colour) if frame => Rgb(colour),
                    // White grounds do not hide what is under them.
                    _ => Rgb([0, 1, 2].map(|c| to[c].min(pixel[c]))),
                };
            }
        }
        (canvas, drawn.len())
    }

    /// Upper left corners, for a map that fills the square in its longer direction.
    fn corners(&self, places: &[[f64; 2]]) -> Vec<[i64; 2]> {
        let range = |axis: usize| {
            let values = || places.iter().map(|place| place[axis]);
            (
                values().fold(f64::INFINITY, f64::min),
                values().fold(f64::NEG_INFINITY, f64::max),
            )
        };
        let ranges = [range(0), range(1)];
        let widest = ranges
            .iter()
            .map(|(low, high)| high - low)
            .fold(1e-12, f64::max);
        let room = f64::from(self.side.saturating_sub(self.thumbnail));
        let corner = |axis: usize, v: f64| {
            let (low, high) = ranges[axis];
            let centred = (v - 0.5 * (low + high)) / widest + 0.5;
            (centred * room).round() as i64
        };
        places
            .iter()
            .map(|place| [corner(0, place[0]), corner(1, place[1])])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_lie_where_the_map_says_and_do_not_hide_each_other() {
        let atlas = Atlas {
            side: 100,
            thumbnail: 10,
        };
        let places = [[0.0, 0.0], [1.0, 2.0], [1.0, 2.05]];
        let black = |_: usize| vec![-1.0; 3 * 16];
        let (map, drawn) = atlas.draw(&places, 4, Some(&[0, 1, 1]), &black);
        assert_eq!(drawn, 2, "the third would cover the second");
        // 2.05 high and 1 wide: the width lies in the middle.
        let left = (90.0f64 * (0.5 - 0.5 / 2.05)).round() as u32;
        assert_eq!(map.get_pixel(left, 0).0, COLOURS[0]);
        assert_eq!(map.get_pixel(left + 5, 5).0, [0; 3]);
        assert_eq!(map.get_pixel(0, 0).0, [255; 3]);
        assert_eq!(
            map.get_pixel(99 - left, 99).0,
            [255; 3],
            "the third alone reaches the corner"
        );
    }
}
