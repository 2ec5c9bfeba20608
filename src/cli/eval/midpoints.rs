//! `soda eval midpoints`.

use super::gallery::{encode, paint};
use super::options::Subject;
use crate::Soda;
use crate::cli::CliResult;
use crate::data::{Dataset, Sample};
use crate::engine::DecodeOptions;
use crate::eval::{Midpoints, Rows, edge_strength, psnr, ssim};
use crate::plot::Sheet;
use clap::Args;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

/// Whether what lies half-way between two latents is a new picture or a double exposure of both:
/// ghost, low-pass ghost and sharpness, beside a cross-fade of the same two pictures.
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
}

/// Kinds of pairs, and when two pictures are one.
const KINDS: [&str; 3] = ["different", "same group", "same concept"];
/// Pairs on the sheet, and pictures of each morph.
const SHOWN: usize = 10;
const FRAMES: usize = 9;

/// A picture by sample and place in it.
type Place = (usize, usize);

impl MidpointsArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let (soda, data) = self.subject.open()?;
        if !soda.size().is_multiple_of(8) {
            return Err("midpoints: needs pictures whose side is a multiple of 8".into());
        }
        let places = self.places(&data)?;
        let pixels = |&(s, p): &Place| {
            let picture = &data.samples[s].pictures[p].picture;
            picture.compose(soda.manifest.background)
        };
        let width = 3 * soda.size() * soda.size();
        let pictures = Rows::new(places.iter().flat_map(pixels).collect(), width);
        let mean = pictures.moments().mean;
        let options = self.subject.noise.options(self.steps);
        let model = &self.subject.model;
        let codes = encode(&soda, &pictures, model)?;
        let painted = paint(&soda, &codes, &options, model)?;

        let mut rows = Vec::new();
        let mut text = format!(
            "{:<34} {:>6} {:>9} {:>9} {:>9}\n",
            "midpoints", "pairs", "ghost", "low-pass", "sharpness"
        );
        for kind in KINDS {
            let pairs = self.pair(kind, &data, &places);
            if pairs.is_empty() {
                continue;
            }
            let between: Vec<f32> = pairs
                .iter()
                .flat_map(|&(a, b)| {
                    let ends = codes.row(a).iter().zip(codes.row(b));
                    ends.map(|(a, b)| (a + b) / 2.0)
                })
                .collect();
            let middle = paint(&soda, &Rows::new(between, codes.width()), &options, model)?;
            let (mut latent, mut fade) = (Midpoints::default(), Midpoints::default());
            for (i, &(a, b)) in pairs.iter().enumerate() {
                latent.add(
                    [painted.row(a), painted.row(b)],
                    middle.row(i),
                    &mean,
                    soda.size(),
                );
                let (a, b) = (pictures.row(a), pictures.row(b));
                let faded: Vec<f32> = a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect();
                fade.add([a, b], &faded, &mean, soda.size());
            }
            for (name, found) in [("latents", latent), ("cross-fade", fade)] {
                let name = format!("{kind}, {name}");
                text += &format!(
                    "{name:<34} {:>6} {:>9.3} {:>9.3} {:>9.3}\n",
                    found.pairs,
                    found.ghost(),
                    found.low_pass_ghost(),
                    found.sharpness()
                );
                rows.push(serde_json::json!({
                    "row": name, "pairs": found.pairs, "ghost": found.ghost(),
                    "low_pass_ghost": found.low_pass_ghost(), "sharpness": found.sharpness(),
                }));
            }
        }
        text += &self.reconstructions(&soda, &pictures, &painted, &options, &mut rows)?;
        if let Some(path) = &self.sheet {
            let pairs = self.pair(KINDS[0], &data, &places);
            self.draw(&soda, &pictures, &codes, &pairs, &options)?
                .save(path)?;
        }
        let json = serde_json::json!({
            "pictures": pictures.len(), "view": self.only_view, "rows": rows,
            "seed": self.subject.noise.seed,
        });
        self.subject.say(text.trim_end(), json)
    }

    /// The pictures to measure on.
    fn places(&self, data: &Dataset) -> Result<Vec<Place>, String> {
        let view = match &self.only_view {
            Some(name) => Some(data.views.iter().position(|v| v == name).ok_or_else(|| {
                format!(
                    "--only-view: {name:?} is not among the views {:?}",
                    data.views
                )
            })?),
            None => None,
        };
        let all = data.samples.iter().enumerate().flat_map(|(s, sample)| {
            let entries = sample.pictures.iter().enumerate();
            entries.map(move |(p, entry)| ((s, p), entry.view))
        });
        let places: Vec<Place> = all
            .filter(|(_, own)| view.is_none() || *own == view)
            .map(|(place, _)| place)
            .collect();
        if places.len() < 2 {
            return Err(format!(
                "midpoints: needs two pictures, has {}",
                places.len()
            ));
        }
        Ok(places)
    }

    /// Pairs of indices into `places` of one kind: pictures of different concepts, of different
    /// concepts of one group, or of one concept. Without metadata all samples are different.
    fn pair(&self, kind: &str, data: &Dataset, places: &[Place]) -> Vec<(usize, usize)> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.subject.noise.seed);
        let says = |sample: &Sample, field: &str| {
            let value = sample.meta.as_ref()?.get(field)?;
            value.as_str().map(str::to_owned)
        };
        let about: Vec<_> = places
            .iter()
            .map(|&(s, _)| {
                let sample = &data.samples[s];
                let concept = says(sample, "concept").unwrap_or_else(|| sample.key.clone());
                (concept, says(sample, "subgroup"))
            })
            .collect();
        let fits = |a: usize, b: usize| {
            let same_concept = about[a].0 == about[b].0;
            match kind {
                "different" => !same_concept,
                "same group" => !same_concept && about[a].1.is_some() && about[a].1 == about[b].1,
                _ => a != b && same_concept,
            }
        };
        let mut pairs = Vec::new();
        // Some pictures have no partner: an end to trying.
        for _ in 0..4 * self.pairs {
            if pairs.len() == self.pairs as usize {
                break;
            }
            let a = rng.random_range(0..places.len());
            let partners: Vec<usize> = (0..places.len()).filter(|&b| fits(a, b)).collect();
            if let Some(&b) = partners.choose(&mut rng) {
                pairs.push((a, b));
            }
        }
        pairs
    }

    /// Quality and sharpness of reconstructions, and what is lost without the encoder.
    fn reconstructions(
        &self,
        soda: &Soda,
        pictures: &Rows,
        painted: &Rows,
        options: &DecodeOptions,
        rows: &mut Vec<serde_json::Value>,
    ) -> Result<String, Box<dyn std::error::Error>> {
        let size = soda.size();
        let nothing = Rows::new(vec![0.0; soda.latent()], soda.latent());
        let nothing = paint(soda, &nothing, options, &self.subject.model)?;
        let mut text = format!(
            "\n{:<34} {:>6} {:>9} {:>9} {:>9}\n",
            "reconstructions", "", "PSNR dB", "SSIM", "sharpness"
        );
        for (name, encoded) in [("latents", true), ("encoder removed (mean latent)", false)] {
            let (mut quality, mut sharp) = ([0.0; 2], [0.0; 2]);
            for i in 0..pictures.len() {
                let picture = pictures.row(i);
                let found = if encoded {
                    painted.row(i)
                } else {
                    nothing.row(0)
                };
                quality[0] += psnr(found, picture);
                quality[1] += ssim(found, picture, size);
                sharp[0] += edge_strength(found, size);
                sharp[1] += edge_strength(picture, size);
            }
            let [psnr, ssim] = quality.map(|sum| sum / pictures.len() as f64);
            let sharpness = sharp[0] / sharp[1];
            text += &format!(
                "{name:<34} {:>6} {psnr:>9.2} {ssim:>9.3} {sharpness:>9.3}\n",
                ""
            );
            rows.push(serde_json::json!({
                "row": name, "psnr": psnr, "ssim": ssim, "sharpness": sharpness,
            }));
        }
        Ok(text)
    }

    /// Morphs of pairs, each between its pictures, above the cross-fade of the same two.
    fn draw(
        &self,
        soda: &Soda,
        pictures: &Rows,
        codes: &Rows,
        pairs: &[(usize, usize)],
        options: &DecodeOptions,
    ) -> Result<Sheet, Box<dyn std::error::Error>> {
        let mut sheet = Sheet::new(soda.size());
        let mix = |a: &[f32], b: &[f32], t: f32| -> Vec<f32> {
            a.iter()
                .zip(b)
                .map(|(a, b)| a * (1.0 - t) + b * t)
                .collect()
        };
        for &(a, b) in pairs.iter().take(SHOWN) {
            let times = (0..FRAMES).map(|k| k as f32 / (FRAMES - 1) as f32);
            let along = |rows: &Rows| -> Vec<f32> {
                let (a, b) = (rows.row(a), rows.row(b));
                times.clone().flat_map(|t| mix(a, b, t)).collect()
            };
            let codes = Rows::new(along(codes), codes.width());
            let frames = paint(soda, &codes, options, &self.subject.model)?;
            let row = [pictures.row(a), frames.values(), pictures.row(b)].concat();
            sheet.row(&row);
            sheet.row(&[pictures.row(a), &along(pictures), pictures.row(b)].concat());
        }
        Ok(sheet)
    }
}
