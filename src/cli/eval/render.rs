//! `soda eval render`.

use super::options::Subject;
use super::report::Format::{Fixed, Plain};
use super::report::{Report, Table};
use crate::cli::CliResult;
use crate::cli::data::open_pictures;
use crate::cli::renderer::painted;
use crate::data::Rgba;
use crate::engine::{DecodeOptions, values};
use crate::eval::{Quality, edge_strength, gradient_energy};
use crate::plot::Sheet;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Pictures at four times the model's side.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Pictures of at least four times the model's side.
    #[command(flatten)]
    subject: Subject,
    /// PNG of the first twelve: the pictures, painted and enlarged, rendered.
    #[arg(long)]
    sheet: Option<PathBuf>,
}

/// Sums over pictures.
#[derive(Default)]
struct Sums {
    quality: Quality,
    edges: f64,
    energy: f64,
}

/// Pictures on the sheet.
const SHOWN: usize = 12;

impl RenderArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let model = &self.subject.model;
        let soda = model.load()?;
        let side = soda
            .rendered_size()
            .ok_or("render: this model has no renderer; train one with: soda train-renderer")?;
        let data = open_pictures(&self.subject.data, side, model.json)?;
        let pictures = painted(&soda, &data, model, false)?;
        let options = DecodeOptions {
            size: Some(side),
            ..self.subject.noise.options(None)
        };
        let mut sums: [Sums; 3] = Default::default();
        let mut shown: [Vec<f32>; 3] = Default::default();
        for each in &pictures {
            let latents = soda.latents(each.latent.clone())?;
            let rendered = values(soda.decode(latents, None, &options)?.finish())?;
            let truth = each.picture.compose(soda.manifest.background);
            let enlarged = bicubic(&each.painted, soda.size(), side)?;
            for (i, picture) in [&truth, &enlarged, &rendered].into_iter().enumerate() {
                let quality = Quality::measure(picture, &truth, side);
                sums[i].quality = sums[i].quality.join(quality);
                sums[i].edges += edge_strength(picture, side);
                sums[i].energy += gradient_energy(picture, side);
                if shown[i].len() < SHOWN * truth.len() {
                    shown[i].extend_from_slice(picture);
                }
            }
        }
        if let Some(path) = &self.sheet {
            let mut sheet = Sheet::new(side);
            shown.iter().for_each(|row| sheet.row(row));
            sheet.save(path)?;
        }
        let columns = [
            ("render", "picture", Plain),
            ("psnr", "PSNR dB", Fixed(2)),
            ("ssim", "SSIM", Fixed(3)),
            ("sharpness", "sharpness", Fixed(3)),
            ("energy", "energy", Fixed(3)),
        ];
        let mut table = Table::new("rows", &columns);
        let names = ["true pictures", "painted, bicubic", "painted, rendered"];
        for (name, row) in names.iter().zip(&sums) {
            table.row(json!({
                "render": name, "psnr": row.quality.psnr, "ssim": row.quality.ssim,
                "sharpness": row.edges / sums[0].edges, "energy": row.energy / sums[0].energy,
            }));
        }
        let count = pictures.len();
        let table = table.note(format!("{count} pictures of {side}×{side}"));
        self.subject
            .say(Report::new(json!({"pictures": count, "side": side})).with(table))
    }
}

/// Catmull–Rom enlargement, values beyond white and black cut off.
fn bicubic(picture: &[f32], size: usize, side: usize) -> CliResult<Vec<f32>> {
    let bytes = crate::data::to_rgba8(picture, size)?;
    Ok(Rgba::from_rgba8(&bytes, size, size, side)?.compose([1.0; 3]))
}
