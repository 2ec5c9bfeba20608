//! The way from one picture to another, painted by a model.

use super::data::bar;
use super::files::{ModelArgs, PaintArgs, SizeArgs};
use super::output::remove_stale_frames;
use super::sound::{Format, sound};
use super::{CliResult, say};
use crate::audio::wav;
use crate::data::{Dataset, OpenOptions, Views};
use crate::latent::slerp_noise;
use crate::plot::Sheet;
use crate::weights::replace_file;
use std::path::{Path, PathBuf};

/// Paints `frames` frames from one picture to the other, both included, into the folder `out`:
/// 000.png and on, and strip.png with all of them. As sounds, also strip.wav with one after
/// another.
pub fn painted(
    pictures: &[&PathBuf; 2],
    model: &ModelArgs,
    paint: &PaintArgs,
    (frames, size): (usize, Option<usize>),
    (out, format): (&Path, Format),
) -> CliResult {
    let soda = model.load()?;
    let (own, background) = (soda.size(), soda.manifest.background);
    let size = SizeArgs { size }.of(&soda, format);
    let mut ends = Vec::new();
    for path in pictures {
        let options = OpenOptions {
            size: own,
            views: Views::Own,
        };
        let data = Dataset::open(path, &options)?;
        let (_, entry) = data.pictures().next().ok_or("no picture")?;
        ends.extend(entry.picture.compose(background));
    }
    let (z, noise) = paint.encode(&soda, soda.pictures(ends)?)?;
    let at = |i: usize| i as f32 / (frames - 1) as f32;
    let z = z.try_into_vec_as::<f32>()?;
    let (a, b) = z.split_at(soda.latent());
    let path: Vec<f32> = (0..frames)
        .flat_map(|i| soda.interpolate(a, b, at(i)))
        .collect();
    let noise = match noise {
        Some(noise) => {
            let noise = noise.try_into_vec_as::<f32>()?;
            let (a, b) = noise.split_at(noise.len() / 2);
            let turn = |i| slerp_noise(a, b, at(i));
            Some((0..frames).flat_map(turn).collect::<Vec<f32>>())
        }
        None => None,
    };
    remove_stale_frames(out, frames)?;
    let progress = bar(model.json, frames as u64, "painting");
    let mut sheet = Vec::new();
    let options = paint.options(Some(size));
    let batch = model.batch as usize;
    let [noises, unit] = [own, size].map(|side| 3 * side * side);
    for first in (0..frames).step_by(batch) {
        let last = (first + batch).min(frames);
        let latents = soda.latents(path[first * soda.latent()..last * soda.latent()].to_vec())?;
        let noise = match &noise {
            Some(noise) => Some(soda.pictures(noise[first * noises..last * noises].to_vec())?),
            None => None,
        };
        let painted = soda.decode(latents, noise, &options)?.finish();
        let values = painted.try_into_vec_as::<f32>()?;
        for (i, picture) in (first..last).zip(values.chunks_exact(unit)) {
            let name = format!("{i:03}.{}", format.ending());
            format.write(&out.join(name), picture, size)?;
        }
        sheet.extend(values);
        progress.set_position(last as u64);
    }
    let mut strip = Sheet::new(size);
    strip.row(&sheet);
    strip.save(&out.join("strip.png"))?;
    if format == Format::Wav {
        let mut all = Vec::new();
        for picture in sheet.chunks_exact(unit) {
            all.extend(sound(picture, size)?);
        }
        replace_file(&out.join("strip.wav"), &wav(&all))?;
    }
    progress.finish_and_clear();
    say(
        model.json,
        &format!("{frames} frames and strip.png: {}", out.display()),
        serde_json::json!({"frames": frames, "out": out}),
    );
    Ok(())
}
