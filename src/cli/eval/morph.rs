//! `soda eval morph`: the originals' morph against pictures that are known to lie between two
//! others, and against warps that are known.

use super::beside::KeepArgs;
use super::gallery::{encode, paint};
use super::options::{EllipseArgs, known_between};
use super::progress::Progress;
use super::report::Format::{Fixed, Percent, Plain};
use super::report::{Report, ResultArgs, Table};
use crate::cli::CliResult;
use crate::cli::data::{PathArgs, open_pictures};
use crate::cli::device::DeviceArgs;
use crate::cli::files::ModelArgs;
use crate::cli::morph::MATCHER;
use crate::data::{Between, Dataset, Rgba};
use crate::engine::DecodeOptions;
use crate::eval::{FRAMES, MORPHS, Morphs, Reference, way};
use crate::morph::Matcher;
use crate::recognition::Rows;
use clap::Args;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The morph of two originals beside a cross-fade: PSNR against pictures that are known to lie
/// between two others, in the whole frame and inside an ellipse; how far known warps are missed;
/// ends and folds; and of pairs of which nothing is known, how far what is half-way is from real
/// pictures, how much of both ends it shows at once, and how even the way is.
#[derive(Debug, Args)]
pub struct MorphArgs {
    #[command(flatten)]
    data: PathArgs,
    /// Side of the pictures.
    #[arg(long, default_value_t = 64)]
    size: usize,
    #[command(flatten)]
    ellipse: EllipseArgs,
    /// Pictures that are warped by a known field.
    #[arg(long, default_value_t = 50)]
    warps: usize,
    /// Seed of the warps.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A model whose interpolation is measured too, half-way.
    #[arg(long)]
    model: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArgs,
    /// Pictures that a model computes at a time.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
    #[command(flatten)]
    keep: KeepArgs,
    /// Print results as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    results: ResultArgs,
}

impl MorphArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let data = open_pictures(&self.data, self.size, self.json)?;
        let matcher = Matcher::from_safetensors(MATCHER)?;
        let known = known_between(&data)?;
        let mut morphs = Morphs::new(&matcher);
        let rows = self.against_known(&data, &known, &mut morphs)?;
        let mut originals: Vec<&Rgba> = Vec::new();
        for (i, sample) in data.samples.iter().enumerate() {
            if known.binary_search_by_key(&i, |(known, _)| *known).is_err() {
                originals.push(&sample.pictures[0].picture);
            }
        }
        let warps = self.against_warps(&originals, &morphs)?;
        let (half_way, floor) = self.half_way(&originals, &mut morphs, &matcher)?;
        let facts = json!({
            "pictures": known.len(), "floor": floor, "least_area": morphs.least_area,
            "ends": morphs.ends,
        });
        let rows = rows.note(format!("{} pictures between two others", known.len()));
        let half_way = half_way.note(format!(
            "{} pairs; the distance between two halves of the pictures is {floor:.3}\n\n\
             least area of a cell {:.2}; ends at {:.1} dB or more",
            originals.len() / 2,
            morphs.least_area,
            morphs.ends
        ));
        let report = Report::new(facts).with(rows).with(warps).with(half_way);
        self.results.say(self.json, report)
    }

    fn against_known(
        &self,
        data: &Dataset,
        known: &[(usize, Between)],
        morphs: &mut Morphs,
    ) -> CliResult<Table> {
        let progress = Progress::new(self.json, known.len(), "morphs")?;
        // Sums of dB in the whole frame and inside the ellipse, and pictures.
        let mut sums = BTreeMap::<String, ([f64; 2], f64)>::new();
        for (index, between) in known {
            let inside = |i| self.ellipse.holds(i, self.size);
            let scores = morphs.against_known(data, *index, between, inside);
            for (name, [whole, inside]) in MORPHS.iter().zip(scores) {
                let name = format!("{:.2} {name}", between.alpha);
                let (sums, count) = sums.entry(name).or_default();
                *sums = [sums[0] + whole, sums[1] + inside];
                *count += 1.0;
            }
            progress.add(1)?;
        }
        let columns = [
            ("row", "morph", Plain),
            ("psnr", "frame dB", Fixed(2)),
            ("inside", "inside dB", Fixed(2)),
        ];
        let mut table = Table::new("rows", &columns);
        for (name, ([whole, inside], n)) in sums {
            table.row(json!({"row": name, "psnr": whole / n, "inside": inside / n}));
        }
        Ok(table)
    }

    fn against_warps(&self, originals: &[&Rgba], morphs: &Morphs) -> CliResult<Table> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let warped = &originals[..self.warps.min(originals.len())];
        let progress = Progress::new(self.json, warped.len(), "warps")?;
        let mut sums = [0.0; 3];
        for picture in warped {
            let missed = morphs.against_warp(picture, &mut random);
            sums.iter_mut()
                .zip(missed)
                .for_each(|(sum, missed)| *sum += missed);
            progress.add(1)?;
        }
        let columns = [
            ("row", "known warps, missed by", Plain),
            ("missed", "of the side", Percent(2)),
        ];
        let mut table = Table::new("warps", &columns);
        let names = ["no morph", "hand-made features", "the matcher's features"];
        for (name, sum) in names.iter().zip(sums) {
            table.row(json!({"row": name, "missed": sum / warped.len().max(1) as f64}));
        }
        Ok(table)
    }

    /// Of pairs of pictures, each of which is in one; and the distance between two halves of the
    /// pictures themselves.
    fn half_way(
        &self,
        originals: &[&Rgba],
        morphs: &mut Morphs,
        matcher: &Matcher,
    ) -> CliResult<(Table, f64)> {
        let (pairs, width) = (originals.len() / 2, 3 * self.size * self.size);
        if pairs < 2 || !self.size.is_multiple_of(8) {
            return Err(
                "the half-way needs four pictures or more, of a side divisible by 8".into(),
            );
        }
        // The other end of a pair is far away in the list, so that it shows somebody else.
        let (firsts, lasts) = originals[..2 * pairs].split_at(pairs);
        let pixels = firsts
            .iter()
            .chain(lasts)
            .flat_map(|picture| picture.compose([1.0; 3]));
        let pictures = Rows::new(pixels.collect(), width);
        let progress = Progress::new(self.json, pairs, "half-way")?;
        let mut kinds: Vec<(&str, Vec<f32>)> = MORPHS.map(|name| (name, Vec::new())).to_vec();
        for (a, b) in firsts.iter().zip(lasts) {
            for ((_, frames), way) in kinds.iter_mut().zip(morphs.ways(a, b)?) {
                frames.extend(way);
            }
            progress.add(1)?;
        }
        drop(progress);
        kinds.extend(
            self.painted(&pictures)?
                .map(|ways| ("the model's interpolation", ways)),
        );
        let columns = [
            ("row", "half-way of unknown pairs", Plain),
            ("kernel", "distance", Fixed(3)),
            ("ghost", "ghost", Fixed(3)),
            ("low_pass_ghost", "low-pass", Fixed(3)),
            ("unevenness", "uneven", Fixed(3)),
        ];
        let mut table = Table::new("half_way", &columns);
        let reference = Reference::new(&pictures, self.size, matcher)?;
        self.keep.keep("truth", 0, pictures.values(), self.size)?;
        for (name, frames) in kinds {
            let half = frames.chunks_exact(FRAMES * width).map(|way| {
                let half = FRAMES / 2 * width;
                &way[half..half + width]
            });
            for (pair, half) in half.enumerate() {
                self.keep.keep(name, pair, half, self.size)?;
            }
            let found = reference.measure(&Rows::new(frames, width))?;
            table.row(json!({
                "row": name, "kernel": found.kernel, "ghost": found.ghost.ghost(),
                "low_pass_ghost": found.ghost.low_pass_ghost(), "unevenness": found.unevenness,
            }));
        }
        Ok((table, reference.floor()))
    }

    /// The ways between reconstructions as the model paints them.
    fn painted(&self, pictures: &Rows) -> CliResult<Option<Vec<f32>>> {
        let Some(model) = &self.model else {
            return Ok(None);
        };
        let model = ModelArgs {
            model: model.clone(),
            device: self.device.clone(),
            batch: self.batch,
            json: self.json,
        };
        let soda = model.load()?;
        if soda.size() != self.size {
            let side = soda.size();
            return Err(format!("--model paints {side} pixels: give --size {side}").into());
        }
        let codes = encode(&soda, pictures, &model)?;
        let pairs = codes.len() / 2;
        let between = |i: usize, t| soda.interpolate(codes.row(i), codes.row(pairs + i), t);
        let ways = (0..pairs).flat_map(|i| way(|t| between(i, t)));
        let ways = Rows::new(ways.collect(), codes.width());
        let frames = paint(&soda, &ways, &DecodeOptions::default(), &model)?;
        Ok(Some(frames.values().to_vec()))
    }
}
