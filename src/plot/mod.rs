//! What is drawn for people: charts as SVG, sheets of pictures as PNG.

mod chart;
mod sheet;

pub use chart::{Chart, Line};
pub use sheet::{Sheet, training_sheet};
