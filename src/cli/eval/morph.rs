//! `soda eval morph`: the originals' morph against pictures that are known to lie between two
//! others, and against warps that are known.

use super::guards::{Guards, of, psnr};
use super::midway::midway;
use crate::cli::data::{PathArgs, bar, cancel_flag, open_pictures};
use crate::cli::device::DeviceArgs;
use crate::cli::files::ModelArgs;
use crate::cli::morph::MATCHER;
use crate::cli::{CliResult, say};
use crate::data::{Between, Dataset, between};
use crate::morph::{Field, Kind, Matcher, Moment, Morph, Picture, Trajectory};
use clap::Args;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

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
    /// Where faces are: centre and half-axes of an ellipse, in parts of the side.
    #[arg(long, value_delimiter = ',', num_args = 4, default_values_t = [0.5, 0.523, 0.266, 0.344])]
    ellipse: Vec<f32>,
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
    /// Print results as JSON.
    #[arg(long)]
    json: bool,
}

/// Sums over pictures: dB in the whole frame and inside the ellipse.
#[derive(Default, Clone, Copy)]
struct Sums {
    whole: f64,
    inside: f64,
    count: usize,
}

impl MorphArgs {
    /// Measure it.
    pub fn run(self) -> CliResult {
        let data = open_pictures(&self.data, self.size, self.json)?;
        let matcher = Matcher::from_safetensors(MATCHER)?;
        let known: Vec<(usize, Between)> = between(&data)?
            .into_iter()
            .enumerate()
            .filter_map(|(i, between)| Some((i, between?)))
            .collect();
        let mut guards = Guards {
            least_area: f32::INFINITY,
            ends: f64::INFINITY,
        };
        let rows = self.against_known(&data, &known, &matcher, &mut guards)?;
        let between: Vec<usize> = known.iter().map(|(index, _)| *index).collect();
        let originals: Vec<usize> = (0..data.samples.len())
            .filter(|index| between.binary_search(index).is_err())
            .collect();
        let warps = self.against_warps(&data, &originals, &matcher)?;
        let model = self.model.as_ref().map(|model| ModelArgs {
            model: model.clone(),
            device: self.device.clone(),
            batch: self.batch,
            json: self.json,
        });
        let (half_way, floor) = midway(
            &data,
            &originals,
            &matcher,
            model.as_ref(),
            self.json,
            &mut guards,
        )?;
        let mut text = String::new();
        if !known.is_empty() {
            text += &format!("{:<34} {:>9} {:>9}\n", "morph", "frame dB", "inside dB");
        }
        for (name, sums) in &rows {
            let n = sums.count as f64;
            text += &format!(
                "{name:<34} {:>9.2} {:>9.2}\n",
                sums.whole / n,
                sums.inside / n
            );
        }
        if !known.is_empty() {
            text += &format!("{} pictures between two others\n\n", known.len());
        }
        text += &format!("{:<34} {:>9}\n", "known warps, % of the side", "missed by");
        for (name, error) in &warps {
            text += &format!("{name:<34} {:>9.2}\n", 100.0 * error);
        }
        text += &format!(
            "\n{:<34} {:>9} {:>9} {:>9} {:>9}\n",
            "half-way of unknown pairs", "distance", "ghost", "low-pass", "uneven"
        );
        for row in &half_way {
            text += &format!(
                "{:<34} {:>9.3} {:>9.3} {:>9.3} {:>9.3}\n",
                row.name,
                row.kernel,
                row.ghost.ghost(),
                row.ghost.low_pass_ghost(),
                row.unevenness
            );
        }
        text += &format!(
            "{} pairs; the distance between two halves of the pictures is {floor:.3}\n\n",
            originals.len() / 2
        );
        text += &format!(
            "least area of a cell {:.2}; ends at {:.1} dB or more",
            guards.least_area, guards.ends
        );
        let json_rows: Vec<_> = rows
            .iter()
            .map(|(name, sums)| {
                let n = sums.count as f64;
                serde_json::json!({"row": name, "psnr": sums.whole / n, "inside": sums.inside / n})
            })
            .collect();
        say(
            self.json,
            &text,
            serde_json::json!({
                "pictures": known.len(), "rows": json_rows,
                "warps": warps.iter().map(|(name, error)| serde_json::json!({"row": name,
                "missed": error})).collect::<Vec<_>>(),
                "half_way": half_way.iter().map(|row| serde_json::json!({
                    "row": row.name, "kernel": row.kernel, "ghost": row.ghost.ghost(),
                    "low_pass_ghost": row.ghost.low_pass_ghost(), "unevenness": row.unevenness,
                })).collect::<Vec<_>>(),
                "floor": floor, "least_area": guards.least_area, "ends": guards.ends,
            }),
        );
        Ok(())
    }

    fn against_known(
        &self,
        data: &Dataset,
        known: &[(usize, Between)],
        matcher: &Matcher,
        guards: &mut Guards,
    ) -> Result<BTreeMap<String, Sums>, Box<dyn std::error::Error>> {
        let progress = bar(self.json, known.len() as u64, "morphs");
        let cancel = cancel_flag()?;
        let mut rows = BTreeMap::new();
        let mut solved: Option<((usize, usize), [Morph; 2])> = None;
        for &(index, Between { from, to, alpha }) in known {
            let truth = of(&data.samples[index].pictures[0].picture);
            let [a, b] = [from, to].map(|i| of(&data.samples[i].pictures[0].picture));
            let morphs = match solved.take_if(|(pair, _)| *pair == (from, to)) {
                Some((_, morphs)) => morphs,
                None => [None, Some(matcher)].map(|m| Morph::new(a.clone(), b.clone(), m, &[])),
            };
            let mut add = |name: &str, frame: &[u8]| {
                let sums: &mut Sums = rows.entry(format!("{alpha:.2} {name}")).or_default();
                sums.whole += psnr(frame, &truth.pixels, |_| true);
                sums.inside += psnr(frame, &truth.pixels, |i| self.is_inside(i));
                sums.count += 1;
            };
            let pixels = a.pixels.iter().zip(&b.pixels);
            let mix = |(a, b): (&u8, &u8)| {
                (f32::from(*a) * (1.0 - alpha) + f32::from(*b) * alpha + 0.5) as u8
            };
            add("cross-fade", &pixels.map(mix).collect::<Vec<_>>());
            for morph in &morphs {
                let name = match morph.features() {
                    Kind::Plain => "morph, hand-made features",
                    Kind::Semantic => "morph, the matcher's features",
                };
                // The reference mixes colours evenly; a moment's colours go by smoothstep.
                let colour = 0.5 - ((1.0 - 2.0 * alpha).asin() / 3.0).sin();
                let shape = alpha;
                add(
                    name,
                    &morph.frame(Moment { shape, colour }, Trajectory::Straight),
                );
                guards.check(morph, [&a, &b]);
            }
            solved = Some(((from, to), morphs));
            progress.inc(1);
            if cancel.load(Ordering::Relaxed) {
                return Err("cancelled".into());
            }
        }
        progress.finish_and_clear();
        Ok(rows)
    }

    /// Mean distance between the place that a field gives and the true one, in parts of the side,
    /// where a picture is compared with itself warped.
    fn against_warps(
        &self,
        data: &Dataset,
        originals: &[usize],
        matcher: &Matcher,
    ) -> Result<Vec<(&'static str, f64)>, Box<dyn std::error::Error>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut rows = vec![
            ("no morph", 0.0),
            ("hand-made features", 0.0),
            ("the matcher's features", 0.0),
        ];
        let mut count = 0.0;
        let progress = bar(self.json, self.warps as u64, "warps");
        for &index in originals.iter().take(self.warps) {
            let a = of(&data.samples[index].pictures[0].picture);
            let warp = Warp::random(&mut random);
            let b = warp.applied(&a);
            let mut missed = |row: usize, field: Option<&Field>| {
                let points =
                    (0..256).map(|i| (0.2 + (i % 16) as f32 / 25.0, 0.2 + (i / 16) as f32 / 25.0));
                let sum: f32 = points
                    .map(|(u, v)| {
                        let (x, y) = field.map_or((0.0, 0.0), |field| field.at(u, v));
                        let (wx, wy) = warp.way(u + x, v + y);
                        (2.0 * x - wx).hypot(2.0 * y - wy)
                    })
                    .sum();
                rows[row].1 += f64::from(sum / 256.0);
            };
            missed(0, None);
            for (row, matcher) in [(1, None), (2, Some(matcher))] {
                let morph = Morph::new(a.clone(), b.clone(), matcher, &[]);
                missed(row, Some(morph.renderer().field()));
            }
            count += 1.0;
            progress.inc(1);
        }
        progress.finish_and_clear();
        rows.iter_mut()
            .for_each(|(_, sum)| *sum /= f64::max(count, 1.0));
        Ok(rows)
    }

    fn is_inside(&self, index: usize) -> bool {
        let side = self.size as f32;
        let x = ((index % self.size) as f32 + 0.5) / side;
        let y = ((index / self.size) as f32 + 0.5) / side;
        let [cx, cy, rx, ry] = [0, 1, 2, 3].map(|i| self.ellipse[i]);
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
    }
}

/// A shift and three swellings. What lay at `X − way(X)` comes to lie at `X`.
struct Warp {
    shift: (f32, f32),
    bumps: [[f32; 4]; 3],
}

impl Warp {
    fn random(random: &mut ChaCha8Rng) -> Self {
        let mut within = |reach: f32| random.random_range(-reach..reach);
        Self {
            shift: (within(0.04), within(0.04)),
            bumps: [(); 3].map(|()| {
                [
                    0.5 + within(0.3),
                    0.5 + within(0.3),
                    within(0.04),
                    within(0.04),
                ]
            }),
        }
    }

    fn way(&self, x: f32, y: f32) -> (f32, f32) {
        self.bumps
            .iter()
            .fold(self.shift, |(dx, dy), &[cx, cy, sx, sy]| {
                let bump = (-((x - cx).powi(2) + (y - cy).powi(2)) / 0.045).exp();
                (dx + bump * sx, dy + bump * sy)
            })
    }

    fn applied(&self, picture: &Picture) -> Picture {
        let planes = picture.planes();
        let (w, h) = (picture.width as f32, picture.height as f32);
        let mut output = picture.clone();
        for (i, pixel) in output.pixels.chunks_exact_mut(4).enumerate() {
            let x = ((i % picture.width) as f32 + 0.5) / w;
            let y = ((i / picture.width) as f32 + 0.5) / h;
            let (dx, dy) = self.way(x, y);
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sampled = planes.at(channel, (x - dx) * w - 0.5, (y - dy) * h - 0.5);
                *value = (255.0 * sampled + 0.5) as u8;
            }
        }
        output
    }
}
