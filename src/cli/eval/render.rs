//! `soda eval render`.

use super::options::Subject;
use crate::cli::CliResult;
use crate::cli::data::open_pictures;
use crate::cli::renderer::painted;
use crate::data::Rgba;
use crate::engine::{DecodeOptions, values};
use crate::eval::{Quality, edge_strength, sharpness};
use crate::plot::Sheet;
use clap::Args;
use std::fmt::Write;
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
struct Row {
    quality: Quality,
    edges: f64,
    energy: f64,
}

impl Row {
    fn add(&mut self, picture: &[f32], wanted: &[f32], size: usize) {
        self.quality = self.quality.join(Quality::measure(picture, wanted, size));
        self.edges += edge_strength(picture, size);
        self.energy += sharpness(picture, size);
    }
}

/// Pictures on the sheet.
const SHOWN: usize = 12;

impl RenderArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let model = &self.subject.model;
        let soda = model.load()?;
        let Some(side) = soda.rendered_size() else {
            return Err(
                "render: this model has no renderer; train one with: soda train-renderer".into(),
            );
        };
        let data = open_pictures(&self.subject.data, side, model.json)?;
        let pictures = painted(&soda, &data, model)?;
        let options = DecodeOptions {
            size: Some(side),
            ..self.subject.noise.options(None)
        };
        let names = ["true pictures", "painted, bicubic", "painted, rendered"];
        let mut rows: [Row; 3] = Default::default();
        let mut shown: [Vec<f32>; 3] = Default::default();
        for each in &pictures {
            let latents = soda.latents(each.latent.clone())?;
            let rendered = values(soda.decode(latents, None, &options)?.finish())?;
            let wanted = each.picture.compose(soda.manifest.background);
            let enlarged = bicubic(&each.painted, soda.size(), side)?;
            for (i, picture) in [&wanted, &enlarged, &rendered].into_iter().enumerate() {
                rows[i].add(picture, &wanted, side);
                if shown[i].len() < SHOWN * wanted.len() {
                    shown[i].extend_from_slice(picture);
                }
            }
        }
        if let Some(path) = &self.sheet {
            let mut sheet = Sheet::new(side);
            for row in &shown {
                sheet.row(row);
            }
            sheet.save(path)?;
        }
        let mut text = format!(
            "{:<22}{:>8}{:>8}{:>12}{:>10}\n",
            "", "PSNR", "SSIM", "sharpness", "energy"
        );
        let mut table = Vec::new();
        for (name, row) in names.iter().zip(&rows) {
            let [edges, energy] = [row.edges / rows[0].edges, row.energy / rows[0].energy];
            let Quality { psnr, ssim, .. } = row.quality;
            let _ = writeln!(
                text,
                "{name:<22}{psnr:>8.2}{ssim:>8.3}{edges:>12.3}{energy:>10.3}"
            );
            table.push(serde_json::json!({
                "render": name, "psnr": psnr, "ssim": ssim, "sharpness": edges, "energy": energy,
            }));
        }
        self.subject.say(
            &format!("{text}{} pictures of {side}×{side}", pictures.len()),
            serde_json::json!({"pictures": pictures.len(), "side": side, "rows": table}),
        )
    }
}

/// Catmull–Rom enlargement, values beyond white and black cut off.
fn bicubic(
    picture: &[f32],
    size: usize,
    side: usize,
) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let bytes = crate::data::to_rgba8(picture, size)?;
    let enlarged = Rgba::from_rgba8(&bytes, size, size, side)?;
    Ok(enlarged.compose([1.0; 3]))
}
