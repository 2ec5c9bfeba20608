//! `soda eval midpoints`.

use super::beside::KeepArgs;
use super::gallery::{encode, paint};
use super::options::Subject;
use super::report::Format::{Fixed, Plain};
use super::report::{Report, Table};
use crate::cli::CliResult;
use crate::data::{Dataset, Entry, Sample};
use crate::eval::{Midpoints, PairKind, Quality, edge_strength, kind_pairs, way};
use crate::latent::{Interpolation, lerp_noise};
use crate::plot::Sheet;
use crate::recognition::Rows;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Whether what lies half-way between two latents is a new picture or a double exposure of both:
/// ghost, low-pass ghost and sharpness, beside the straight line in the latents, where the model
/// goes another way, and a cross-fade of the same two pictures.
#[derive(Debug, Args)]
pub struct MidpointsArgs {
    #[command(flatten)]
    subject: Subject,
    /// Only pictures of this view, such as a drawing style that was not trained on.
    #[arg(long)]
    only_view: Option<String>,
    /// Steps to decode in [default: the model's own].
    #[arg(long)]
    steps: Option<usize>,
    /// Pairs of each kind.
    #[arg(long, default_value_t = 160, value_parser = clap::value_parser!(u32).range(1..))]
    pairs: u32,
    /// File for a PNG to look at: morphs of ten pairs, each between its two pictures and above
    /// their cross-fade.
    #[arg(long)]
    sheet: Option<PathBuf>,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Pairs on the sheet.
const SHOWN: usize = 10;

impl MidpointsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        let (model, size) = (&self.subject.model, soda.size());
        if !size.is_multiple_of(8) {
            return Err("midpoints: needs pictures whose side is a multiple of 8".into());
        }
        let chosen = self.chosen(&data)?;
        let background = soda.manifest.background;
        let pixels = chosen
            .iter()
            .flat_map(|(_, entry)| entry.picture.compose(background));
        let pictures = Rows::new(pixels.collect(), 3 * size * size);
        let mean = pictures.mean();
        let options = self.subject.noise.options(self.steps);
        let paint = |codes: &Rows| paint(&soda, codes, &options, model);
        let codes = encode(&soda, &pictures, model)?;
        let painted = paint(&codes)?;

        let columns = [
            ("row", "midpoints", Plain),
            ("pairs", "pairs", Plain),
            ("ghost", "ghost", Fixed(3)),
            ("low_pass_ghost", "low-pass", Fixed(3)),
            ("sharpness", "sharpness", Fixed(3)),
        ];
        let mut table = Table::new("rows", &columns);
        let samples: Vec<&Sample> = chosen.iter().map(|(sample, _)| *sample).collect();
        let pairs = |kind| kind_pairs(&samples, kind, self.pairs as usize, self.subject.noise.seed);
        for (name, kind) in PairKind::ALL {
            let pairs = pairs(kind);
            if pairs.is_empty() {
                continue;
            }
            let straight = |a: &[f32], b: &[f32]| lerp_noise(a, b, 0.5);
            let middles = paint(&half_way(&codes, &pairs, |a, b| {
                soda.interpolate(a, b, 0.5)
            }))?;
            let mut ways = vec![("latents", &painted, middles)];
            if soda.manifest.sampled.interpolation != Interpolation::Linear {
                let line = paint(&half_way(&codes, &pairs, straight))?;
                ways.push(("straight line", &painted, line));
            }
            let fades = half_way(&pictures, &pairs, straight);
            ways.push(("cross-fade", &pictures, fades));
            for (way, ends, middles) in ways {
                self.keep
                    .keep(&format!("{name}, {way}"), 0, middles.values(), size)?;
                let mut found = Midpoints::default();
                for (&(a, b), middle) in pairs.iter().zip(middles.iter()) {
                    found.add([ends.row(a), ends.row(b)], middle, &mean, size);
                }
                table.row(json!({
                    "row": format!("{name}, {way}"), "pairs": found.pairs, "ghost": found.ghost(),
                    "low_pass_ghost": found.low_pass_ghost(), "sharpness": found.sharpness(),
                }));
            }
        }
        self.keep.keep("truth", 0, pictures.values(), size)?;
        self.keep.keep("latents", 0, painted.values(), size)?;
        let columns = [
            ("row", "reconstructions", Plain),
            ("psnr", "PSNR dB", Fixed(2)),
            ("ssim", "SSIM", Fixed(3)),
            ("sharpness", "sharpness", Fixed(3)),
        ];
        let mut reconstructions = Table::new("rows", &columns);
        let nothing = paint(&Rows::new(vec![0.0; soda.latent()], soda.latent()))?;
        let nothing = nothing.chosen(&vec![0; pictures.len()]);
        for (name, found) in [
            ("latents", &painted),
            ("encoder removed (mean latent)", &nothing),
        ] {
            let quality = Quality::measure(found.values(), pictures.values(), size);
            let [found, truth] = [found, &pictures]
                .map(|rows| rows.iter().map(|row| edge_strength(row, size)).sum::<f64>());
            reconstructions.row(json!({
                "row": name, "psnr": quality.psnr, "ssim": quality.ssim, "sharpness": found / truth,
            }));
        }
        if let Some(path) = &self.sheet {
            // Morphs of pairs, each between its pictures, above the cross-fade of the same two.
            let mut sheet = Sheet::new(size);
            for (a, b) in pairs(PairKind::Different).into_iter().take(SHOWN) {
                let latents = way(|t| soda.interpolate(codes.row(a), codes.row(b), t));
                let faded = way(|t| lerp_noise(pictures.row(a), pictures.row(b), t));
                let painted = paint(&Rows::new(latents, codes.width()))?;
                for frames in [painted, Rows::new(faded, pictures.width())] {
                    sheet.row(&[pictures.row(a), frames.values(), pictures.row(b)].concat());
                }
            }
            sheet.save(path)?;
        }
        let facts = json!({
            "pictures": pictures.len(), "view": self.only_view, "seed": self.subject.noise.seed,
        });
        self.subject
            .say(Report::new(facts).with(table).with(reconstructions))
    }

    /// The pictures to measure on.
    fn chosen<'a>(&self, data: &'a Dataset) -> Result<Vec<(&'a Sample, &'a Entry)>, String> {
        let mut chosen: Vec<_> = data.pictures().collect();
        if let Some(name) = &self.only_view {
            let view = data.views.iter().position(|view| view == name);
            let missing = || {
                format!(
                    "--only-view: {name:?} is not among the views {:?}",
                    data.views
                )
            };
            let view = view.ok_or_else(missing)?;
            chosen.retain(|(_, entry)| entry.view == Some(view));
        }
        match chosen.len() {
            0 | 1 => Err(format!(
                "midpoints: needs two pictures, has {}",
                chosen.len()
            )),
            _ => Ok(chosen),
        }
    }
}

/// A row for each pair, of what is between the rows of both.
fn half_way(
    rows: &Rows,
    pairs: &[(usize, usize)],
    between: impl Fn(&[f32], &[f32]) -> Vec<f32>,
) -> Rows {
    let halves = pairs.iter();
    let halves = halves.flat_map(|&(a, b)| between(rows.row(a), rows.row(b)));
    Rows::new(halves.collect(), rows.width())
}
