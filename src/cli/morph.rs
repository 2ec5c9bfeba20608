//! `soda morph`: a film from picture to picture, of the originals or painted by a model.

use super::data::{bar, cancel_flag};
use super::device::DeviceArgs;
use super::files::{ModelArgs, PaintArgs};
use super::film::{Film, is_file, is_png};
use super::output::remove_stale_frames;
use super::painted::painted;
use super::png::write_rgba;
use super::sound::Format;
use super::together::{Layout, average_shares};
use super::{CliResult, say};
use crate::data::{MOST_FILE, decode_for};
use crate::files::read_at_most;
use crate::morph::{
    Curve, Fit, Group, Kind, MOST_PICTURES, Matcher, Morph, Picture, Pin, Trajectory, along_chain,
    frame_size,
};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// The matcher that ships with the program.
pub const MATCHER: &[u8] = include_bytes!("../../models/matcher/model.safetensors");

/// Make a film that turns one picture into another: matching parts of the originals move together.
/// With --model, the model paints the way instead.
#[derive(Debug, Args)]
pub struct MorphArgs {
    /// Pictures to go through, two or more, of any shape.
    #[arg(required = true, num_args = 2.., value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// Where to: a film by its ending (.mp4, .webm or .mov by way of ffmpeg, or .gif), or a folder
    /// for PNGs, 000.png and on; with --average or --square a .png.
    #[arg(long)]
    out: PathBuf,
    /// Frames, both ends included [default: 60 for each pair; 9 with --model].
    #[arg(long, value_parser = clap::value_parser!(u16).range(2..))]
    frames: Option<u16>,
    /// Frames a second of a film.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=100))]
    fps: u16,
    /// Longer side of the frames in pixels, 16 to 2048 [default: 512; 256 with --square]. With
    /// --model one that it paints at [default: the largest].
    #[arg(long)]
    size: Option<usize>,
    /// How pictures of different shapes meet: cover cuts off what sticks out, contain shows all.
    #[arg(long, value_enum, default_value_t = FitArg::Cover)]
    fit: FitArg,
    /// What pictures are matched by: semantic knows parts, plain knows light and dark.
    #[arg(long, value_enum, default_value_t = FeaturesArg::Semantic)]
    features: FeaturesArg,
    /// Whether shapes move or colours change first.
    #[arg(long, value_enum, default_value_t = CurveArg::Together)]
    curve: CurveArg,
    /// How shapes get there: straight, or turning and growing with the whole.
    #[arg(long, value_enum, default_value_t = PathArg::Straight)]
    path: PathArg,
    /// A point of the first picture and the point of the second it belongs to: AX,AY,BX,BY, each 0
    /// to 1 from the left and the top. May be given several times; for two pictures.
    #[arg(long = "pin", value_name = "AX,AY,BX,BY", value_parser = pin)]
    pins: Vec<Pin>,
    /// Write one picture, the average of all of them, to a .png.
    #[arg(long, conflicts_with_all = ["frames", "curve", "path", "pins", "model"])]
    average: bool,
    /// How much of each picture is in the average, none negative [default: as much of each].
    #[arg(
        long,
        value_delimiter = ',',
        requires = "average",
        value_name = "NUMBER,…"
    )]
    shares: Vec<f32>,
    /// Write a sheet of pictures between four, with one of them at each corner, to a .png: this
    /// many across and down.
    #[arg(
        long,
        value_name = "COUNT",
        value_parser = clap::value_parser!(u8).range(2..=32),
        conflicts_with_all = ["average", "frames", "curve", "path", "pins", "model"]
    )]
    square: Option<u8>,
    /// Paint the way with this model, into a folder with a strip of all frames.
    #[arg(long)]
    model: Option<PathBuf>,
    /// What the frames are written as, with --model; wav adds strip.wav, all of them in a row.
    #[arg(long, value_enum, default_value_t = Format::Png, requires = "model")]
    format: Format,
    #[command(flatten)]
    device: DeviceArgs,
    /// Pictures that a model computes at a time.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
    /// Print results as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    paint: PaintArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FitArg {
    Cover,
    Contain,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum FeaturesArg {
    Semantic,
    Plain,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CurveArg {
    Together,
    ShapeFirst,
    ColourFirst,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PathArg {
    Straight,
    Spiral,
}

impl MorphArgs {
    /// Morph.
    pub fn run(self) -> CliResult {
        if let Some(model) = self.model {
            let [a, b] = self.pictures.as_slice() else {
                return Err("with --model, morph takes two pictures".into());
            };
            let model = ModelArgs {
                model,
                device: self.device,
                batch: self.batch,
                json: self.json,
            };
            let frames = self.frames.unwrap_or(9);
            let frames = (frames.into(), self.size);
            let out = (self.out.as_path(), self.format);
            return painted(&[a, b], &model, &self.paint, frames, out);
        }
        if self.average || self.square.is_some() {
            return self.together();
        }
        self.original()
    }

    /// One picture of all.
    fn together(&self) -> CliResult {
        let count = self.pictures.len();
        match self.square {
            Some(_) if count != 4 => {
                return Err(format!("--square takes four pictures, and there are {count}").into());
            }
            None if count > MOST_PICTURES => {
                return Err(format!(
                    "--average takes up to {MOST_PICTURES} pictures, and there are {count}"
                )
                .into());
            }
            _ => {}
        }
        if !is_png(&self.out) {
            let out = self.out.display();
            return Err(format!("--out {out}: --average and --square write a .png").into());
        }
        let layout = match self.square {
            Some(side) => Layout::Square(side.into()),
            None => Layout::Average(average_shares(&self.shares, count)?),
        };
        let (pictures, matcher) = (self.read()?, self.matcher()?);
        let size = (pictures[0].width, pictures[0].height);
        layout.check(size)?;
        let group = Group::new(pictures, matcher.as_ref());
        let (sheet, width, height) = layout.drawn(&group);
        write_rgba(&self.out, &sheet, (width, height))?;
        let what = format!("{count} pictures in one of {width} × {height} pixels");
        self.report(
            &what,
            None,
            (width, height),
            group.features(),
            &[group.confidence()],
        );
        Ok(())
    }

    fn matcher(&self) -> CliResult<Option<Matcher>> {
        Ok(match self.features {
            FeaturesArg::Semantic => Some(Matcher::from_safetensors(MATCHER)?),
            FeaturesArg::Plain => None,
        })
    }

    fn original(&self) -> CliResult {
        if !self.pins.is_empty() && self.pictures.len() > 2 {
            return Err("--pin belongs to two pictures, and there are more".into());
        }
        let pictures = self.read()?;
        let matcher = self.matcher()?;
        let curve = match self.curve {
            CurveArg::Together => Curve::Together,
            CurveArg::ShapeFirst => Curve::ShapeFirst,
            CurveArg::ColourFirst => Curve::ColourFirst,
        };
        let trajectory = match self.path {
            PathArg::Straight => Trajectory::Straight,
            PathArg::Spiral => Trajectory::Spiral,
        };
        let pairs = pictures.len() - 1;
        let frames = self.frames.map_or(60 * pairs + 1, usize::from);
        let size = (pictures[0].width, pictures[0].height);
        let mut film = Film::create(&self.out, size, self.fps)?;
        if !is_file(&self.out) {
            remove_stale_frames(&self.out, frames)?;
        }
        let progress = bar(self.json, frames as u64, "frames");
        let cancel = cancel_flag()?;
        let mut solved: Option<(usize, Morph)> = None;
        let (mut confidences, mut features) = (Vec::new(), Kind::Plain);
        for index in 0..frames {
            let (pair, t) = along_chain(index, frames, pictures.len());
            let morph = match solved.take_if(|(solved, _)| *solved == pair) {
                Some((_, morph)) => morph,
                None => {
                    let [a, b] = [pair, pair + 1].map(|i| pictures[i].clone());
                    let morph = Morph::new(a, b, matcher.as_ref(), &self.pins);
                    confidences.push(morph.confidence());
                    features = morph.features();
                    morph
                }
            };
            film.frame(&morph.frame(curve.at(t), trajectory))?;
            solved = Some((pair, morph));
            progress.inc(1);
            if cancel.load(Ordering::Relaxed) {
                return Err("cancelled".into());
            }
        }
        film.finish()?;
        progress.finish_and_clear();
        let what = format!("{frames} frames of {} × {} pixels", size.0, size.1);
        self.report(&what, Some(frames), size, features, &confidences);
        Ok(())
    }

    fn report(
        &self,
        what: &str,
        frames: Option<usize>,
        size: (usize, usize),
        features: Kind,
        confidences: &[f32],
    ) {
        let doubtful = if confidences.iter().any(|&confidence| confidence < 0.3) {
            match frames {
                Some(_) => "; the pictures match badly: --pin may help",
                None => "; not all pictures match well",
            }
        } else {
            ""
        };
        let features = match features {
            Kind::Semantic => "semantic",
            Kind::Plain => "plain",
        };
        say(
            self.json,
            &format!("{what}: {}{doubtful}", self.out.display()),
            serde_json::json!({
                "frames": frames, "width": size.0, "height": size.1, "out": self.out,
                "features": features, "confidence": confidences,
            }),
        );
    }

    fn read(&self) -> CliResult<Vec<Picture>> {
        let size = self.size.unwrap_or(match self.square {
            Some(_) => 256,
            None => 512,
        });
        let mut files = Vec::new();
        for path in &self.pictures {
            files.push(read_picture(path, size)?);
        }
        let shapes: Vec<(usize, usize)> = files.iter().map(|(_, shape)| *shape).collect();
        let frame = frame_size(&shapes, size)?;
        let fit = match self.fit {
            FitArg::Cover => Fit::Cover,
            FitArg::Contain => Fit::Contain,
        };
        let fitted = files
            .iter()
            .map(|(rgba, shape)| Picture::fitted(rgba, *shape, frame, fit));
        Ok(fitted.collect::<Result<_, _>>()?)
    }
}

/// RGBA of a file for a frame of `size`, and its width and height.
fn read_picture(path: &Path, size: usize) -> CliResult<(Vec<u8>, (usize, usize))> {
    let name = path.display().to_string();
    let bytes = read_at_most(path, MOST_FILE).map_err(|error| format!("{name}: {error}"))?;
    let picture = decode_for(&bytes, &name, size).map_err(|error| format!("{name}: {error}"))?;
    let (width, height) = picture.dimensions();
    Ok((picture.into_raw(), (width as usize, height as usize)))
}

fn pin(text: &str) -> Result<Pin, String> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|number| number.trim().parse::<f32>())
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{text} is not AX,AY,BX,BY"))?;
    match numbers[..] {
        [ax, ay, bx, by] if numbers.iter().all(|x| (0.0..=1.0).contains(x)) => Ok(Pin {
            a: [ax, ay],
            b: [bx, by],
        }),
        _ => Err(format!("{text} is not four numbers between 0 and 1")),
    }
}
