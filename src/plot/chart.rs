//! Line charts as SVG.

use plotters::prelude::*;
use std::path::Path;

/// A named line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What the legend says.
    pub name: String,
    /// Points in order.
    pub points: Vec<(f64, f64)>,
}

/// A chart of lines over one pair of axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What stands above it.
    pub title: String,
    /// Name and unit of the horizontal axis.
    pub x: String,
    /// Name and unit of the vertical axis.
    pub y: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Colours that differ in lightness too (Okabe and Ito 2008).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(0, 0, 0),
];

impl Chart {
    /// The chart as SVG text of 720 by 420 pixels. Points that are not finite are left out.
    ///
    /// # Errors
    /// What the plotting library says, as text.
    pub fn svg(&self) -> Result<String, String> {
        let mut text = String::new();
        self.draw(&mut text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    /// Write it to `path`, which is whole or not there.
    ///
    /// # Errors
    /// What the plotting library or the file system says, as text.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        let text = self.svg()?;
        crate::weights::replace_file(path, text.as_bytes()).map_err(|error| error.to_string())
    }

    fn draw(&self, text: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let points = || {
            let all = self.lines.iter().flat_map(|line| &line.points);
            all.filter(|(x, y)| x.is_finite() && y.is_finite())
        };
        let range = |of: fn(&(f64, f64)) -> f64| {
            let low = points().map(of).fold(f64::INFINITY, f64::min);
            let high = points().map(of).fold(f64::NEG_INFINITY, f64::max);
            match low.partial_cmp(&high) {
                Some(std::cmp::Ordering::Less) => low..high,
                Some(std::cmp::Ordering::Equal) => low - 0.5..high + 0.5,
                _ => 0.0..1.0,
            }
        };
        let root = SVGBackend::with_string(text, (720, 420)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(range(|p| p.0), range(|p| p.1))?;
        chart
            .configure_mesh()
            .x_desc(&self.x)
            .y_desc(&self.y)
            .light_line_style(WHITE)
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let finite = line
                .points
                .iter()
                .filter(|(x, y)| x.is_finite() && y.is_finite());
            chart
                .draw_series(LineSeries::new(finite.copied(), colour.stroke_width(2)))?
                .label(&line.name)
                .legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .draw()?;
        root.present()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart {
        Chart {
            title: "Loss".into(),
            x: "step".into(),
            y: "loss".into(),
            lines: vec![Line {
                name: "first & last".into(),
                points,
            }],
        }
    }

    #[test]
    fn a_chart_shows_its_words_and_its_line() {
        let svg = chart(vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, 0.5)])
            .svg()
            .unwrap();
        for part in [
            "<svg",
            "Loss",
            "step",
            "first &amp; last",
            "<polyline",
            "#0072B2",
        ] {
            assert!(svg.contains(part), "{part} is not in {svg}");
        }
    }

    #[test]
    fn a_chart_of_nothing_is_empty_axes() {
        assert!(chart(Vec::new()).svg().unwrap().contains("<svg"));
        assert!(chart(vec![(1.0, 2.0)]).svg().unwrap().contains("<svg"));
    }
}
