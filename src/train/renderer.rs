//! Training of the renderer on patches of pictures that the model painted once.

use super::TrainError;
use super::critic::{CriticConfig, Criticism};
use super::part::{Common, Learning, check, rate_share, read};
use crate::data::Rgba;
use crate::engine::values;
use crate::model::{RENDER_FACTOR, Renderer};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Settings of the training of a renderer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RendererTraining {
    /// Optimiser steps.
    pub steps: usize,
    /// Patches a step, each of another picture.
    pub batch: usize,
    /// Side of a patch of what was painted, a multiple of 8; four times that of its picture.
    pub patch: usize,
    /// Peak learning rate of AdamW; it warms up over a hundred steps and falls along a cosine.
    pub learning_rate: f64,
    /// Decay of the moving average of weights, in [0, 1).
    pub ema: f64,
    /// Share of the pictures that is held out, to report on, in [0, 0.5].
    pub held_out: f64,
    /// The critic of patches, or none: then pictures come out softer.
    pub critic: Option<CriticConfig>,
    /// Seed of order and places.
    pub seed: u64,
}

impl Default for RendererTraining {
    fn default() -> Self {
        Self {
            steps: 4000,
            batch: 16,
            patch: 32,
            learning_rate: 1e-3,
            ema: 0.998,
            held_out: 0.02,
            critic: Some(CriticConfig {
                from: 0.3,
                weight: 1.0,
                channels: [16, 32, 64],
                ..CriticConfig::default()
            }),
            seed: 1,
        }
    }
}

/// Most patches of a step.
const MOST_AT_ONCE: usize = 1024;
/// Steps between two looks at the pictures held out.
const LOOK_EVERY: usize = 250;
/// Pictures held out that are looked at.
const MOST_LOOKED_AT: usize = 32;
/// Pixels between two logits of the critic's coarsest kind.
const CRITIC_STRIDE: usize = 8;
/// Where the error of a pixel turns from a square to an absolute value (Charbonnier et al. 1994).
const CHARBONNIER: f64 = 0.03;

impl RendererTraining {
    /// # Errors
    /// [`TrainError::Setting`] that names the first setting out of range.
    pub fn validate(&self) -> Result<(), TrainError> {
        self.common().validate(MOST_AT_ONCE)?;
        let patch = self.patch;
        let even = patch.is_multiple_of(8) && (8..=256).contains(&patch);
        check("patch", even, &patch, "a multiple of 8 up to 256")?;
        match &self.critic {
            Some(critic) => critic.validate(std::iter::once(RENDER_FACTOR * patch)),
            None => Ok(()),
        }
    }

    fn common(&self) -> Common {
        Common {
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            ema: self.ema,
            held_out: self.held_out,
        }
    }
}

/// A picture that the model painted, and how it ought to look.
#[derive(Debug, Clone)]
pub struct Painted<'a> {
    /// What the model painted, `[3·S·S]` in [-1, 1].
    pub painted: Vec<f32>,
    /// Its normalised latent, `[D]`.
    pub latent: Vec<f32>,
    /// The picture at four times the side.
    pub picture: &'a Rgba,
    /// Whether what was painted is the picture's mirror image.
    pub mirrored: bool,
}

/// How far the training of a renderer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RendererReport {
    /// Steps taken.
    pub step: usize,
    /// Mean loss of the last batches.
    pub loss: f64,
    /// Mean squared error of whole pictures held out, values in [-1, 1].
    pub held_out: f64,
}

/// Train `renderer` on what a model of side `size` painted, laid on `background`; give back the
/// moving average of its weights after the last step, and the last report.
///
/// The loss is the Charbonnier error of pixels and, from [`CriticConfig::from`] of the steps on, a
/// critic's push.
///
/// # Errors
/// [`TrainError::Setting`] for fewer than two pictures, pictures of another side than `4·size` or
/// settings out of range; [`TrainError::Device`].
#[allow(clippy::too_many_arguments)]
pub fn train_renderer(
    renderer: Renderer,
    pictures: &[Painted],
    size: usize,
    background: [f32; 3],
    settings: &RendererTraining,
    device: &Device,
    cancel: &AtomicBool,
    on_report: &mut dyn FnMut(RendererReport),
) -> Result<(Renderer, RendererReport), TrainError> {
    settings.validate()?;
    check_pictures(pictures, size, settings)?;
    let count = pictures.len();
    let (kept, held) = pictures.split_at(count - settings.common().held_of(count));
    let held = &held[..held.len().min(MOST_LOOKED_AT)];
    let autodiff = device.clone().autodiff();
    let mut learning = Learning::new(renderer, 0.0, settings.ema);
    let mut critic = None;
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut report = RendererReport {
        step: 0,
        loss: f64::NAN,
        held_out: f64::NAN,
    };
    for step in 1..=settings.steps {
        let chosen: Vec<&Painted> = (0..settings.batch)
            .map(|_| &kept[rng.random_range(0..kept.len())])
            .collect();
        let places: Vec<[usize; 2]> = chosen
            .iter()
            // Even, since the renderer folds pixels by two.
            .map(|_| [(); 2].map(|()| 2 * rng.random_range(0..=(size - settings.patch) / 2)))
            .collect();
        let batch = Patches::cut(
            &chosen,
            &places,
            size,
            settings.patch,
            background,
            &autodiff,
        );
        let rendered = learning.networks.forward(batch.painted, batch.latents);
        let error = (rendered.clone() - batch.pictures.clone()).square();
        let mut loss = (error + CHARBONNIER * CHARBONNIER).sqrt().mean();
        let value = loss.clone().inner();
        let progress = step as f64 / settings.steps as f64;
        let share = rate_share(step, settings.steps);
        let settings_of_critic = settings.critic.as_ref();
        if let Some(config) = settings_of_critic.filter(|critic| critic.from < progress) {
            let state = match critic.take() {
                Some(state) => state,
                None => Criticism::new(config, settings.seed, &autodiff)?,
            };
            let state = critic.insert(state);
            let rows: Vec<usize> = (0..settings.batch).collect();
            // Not always the same pixels under its strides: its push has their period, and would
            // draw a grid of dots.
            let side = RENDER_FACTOR * settings.patch - CRITIC_STRIDE;
            let [x, y] = [(); 2].map(|()| rng.random_range(0..=CRITIC_STRIDE));
            let shifted = |x4: Tensor<4>| x4.narrow(2, y, side).narrow(3, x, side);
            let judged = state.critic.judge(
                config,
                state.means,
                shifted(rendered),
                shifted(batch.pictures),
                1.0,
                &rows,
            );
            loss = loss + judged.term;
            let numbers = values(judged.numbers).map_err(device_error)?;
            state.learn(
                config.learning_rate * share,
                judged.grads,
                [numbers[1], numbers[2]],
            );
        }
        learning = learning.step(loss, step, settings.learning_rate * share);
        let value = read(value)?;
        if !value.is_finite() {
            let cause = "loss/rendering".to_owned();
            return Err(TrainError::NotFinite { step, cause });
        }
        learning.note(value);
        let stop = cancel.load(Ordering::Relaxed);
        if step % LOOK_EVERY == 0 || step == settings.steps || stop {
            report = RendererReport {
                step,
                loss: learning.running,
                held_out: error_of(&learning.averaged, held, size, background, device)?,
            };
            on_report(report);
        }
        if stop {
            break;
        }
    }
    Ok((learning.averaged, report))
}

fn check_pictures(
    pictures: &[Painted],
    size: usize,
    settings: &RendererTraining,
) -> Result<(), TrainError> {
    let setting = |field, reason| Err(TrainError::Setting { field, reason });
    if pictures.len() < 2 {
        let reason = format!("{} given, it needs at least two", pictures.len());
        return setting("pictures", reason);
    }
    if settings.patch > size {
        let reason = format!("is {}, and pictures are painted at {size}", settings.patch);
        return setting("patch", reason);
    }
    let side = RENDER_FACTOR * size;
    match pictures.iter().find(|each| each.picture.size() != side) {
        Some(wrong) => {
            let found = wrong.picture.size();
            setting("pictures", format!("one has side {found}, needs {side}"))
        }
        None => Ok(()),
    }
}

fn device_error(error: crate::engine::RequestError) -> TrainError {
    TrainError::Device(error.to_string())
}

/// Patches on a device.
struct Patches {
    /// `[B, 3, patch, patch]`.
    painted: Tensor<4>,
    /// `[B, D]`.
    latents: Tensor<2>,
    /// `[B, 3, 4·patch, 4·patch]`.
    pictures: Tensor<4>,
}

impl Patches {
    /// The patch of each picture whose upper left corner is at the place `[x, y]`.
    fn cut(
        chosen: &[&Painted],
        places: &[[usize; 2]],
        size: usize,
        patch: usize,
        background: [f32; 3],
        device: &Device,
    ) -> Self {
        let (mut painted, mut latents, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
        for (each, &[x, y]) in chosen.iter().zip(places) {
            square(&each.painted, size, [x, y], patch, &mut painted);
            latents.extend_from_slice(&each.latent);
            let mut whole = each.picture.compose(background);
            if each.mirrored {
                let rows = whole.chunks_exact_mut(RENDER_FACTOR * size);
                rows.for_each(<[f32]>::reverse);
            }
            let place = [RENDER_FACTOR * x, RENDER_FACTOR * y];
            let side = RENDER_FACTOR * patch;
            square(&whole, RENDER_FACTOR * size, place, side, &mut pictures);
        }
        let count = chosen.len();
        let side = RENDER_FACTOR * patch;
        let width = latents.len() / count;
        let tensor = |values: Vec<f32>, side| {
            Tensor::from_data(TensorData::new(values, [count, 3, side, side]), device)
        };
        Self {
            painted: tensor(painted, patch),
            latents: Tensor::from_data(TensorData::new(latents, [count, width]), device),
            pictures: tensor(pictures, side),
        }
    }
}

/// Append the square of side `side` at `[x, y]` of a picture `[3, size, size]`.
fn square(picture: &[f32], size: usize, [x, y]: [usize; 2], side: usize, out: &mut Vec<f32>) {
    for channel in picture.chunks_exact(size * size) {
        for row in channel.chunks_exact(size).skip(y).take(side) {
            out.extend_from_slice(&row[x..x + side]);
        }
    }
}

/// Mean squared error of whole pictures.
fn error_of(
    renderer: &Renderer,
    held: &[Painted],
    size: usize,
    background: [f32; 3],
    device: &Device,
) -> Result<f64, TrainError> {
    let mut sum = 0.0;
    for part in held.chunks(4) {
        let chosen: Vec<&Painted> = part.iter().collect();
        let places = vec![[0, 0]; part.len()];
        let whole = Patches::cut(&chosen, &places, size, size, background, device);
        let error = renderer.forward(whole.painted, whole.latents) - whole.pictures;
        sum += read(error.square().mean())? * part.len() as f64;
    }
    Ok(sum / held.len() as f64)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::model::{ModelConfig, RendererConfig};

    /// What was painted of a mirror image is held to the mirror image, at the same place.
    #[test]
    fn a_mirror_image_is_held_to_the_mirrored_picture() {
        let (size, side) = (8, 8 * RENDER_FACTOR);
        let bytes: Vec<u8> = (0..side * side)
            .flat_map(|at| [(at % side * 7) as u8, (at / side * 7) as u8, 9, 255])
            .collect();
        let picture = Rgba::from_rgba8(&bytes, side, side, side).unwrap();
        let cut = |mirrored, place| {
            let painted = Painted {
                painted: vec![0.0; 3 * size * size],
                latent: vec![0.0],
                picture: &picture,
                mirrored,
            };
            Patches::cut(&[&painted], &[place], size, 4, [1.0; 3], &Device::flex()).pictures
        };
        let (left, right) = (cut(false, [0, 2]), cut(true, [4, 2]));
        assert_eq!(right.to_data(), left.clone().flip([3]).to_data());
        assert_ne!(left.to_data(), cut(true, [0, 2]).to_data());
    }

    /// Discs whose radius the latent says and whose edge is blurred in what was painted: the
    /// renderer learns to draw it better than an enlargement does.
    #[test]
    fn it_learns_to_render_better_than_to_enlarge() {
        let device = Device::flex();
        let size = 16;
        let config = ModelConfig {
            renderer: Some(RendererConfig {
                channels: [12, 8, 6, 6],
                blocks: 1,
            }),
            ..ModelConfig::preset("tiny").unwrap()
        };
        let discs: Vec<(Rgba, f64)> = (0..24)
            .map(|i| {
                let side = RENDER_FACTOR * size;
                let radius = 10.0 + f64::from(i % 6) * 3.0;
                let centre = side as f64 / 2.0;
                let mut bytes = Vec::new();
                for at in 0..side * side {
                    let (x, y) = ((at % side) as f64 + 0.5, (at / side) as f64 + 0.5);
                    let inside = (x - centre).hypot(y - centre) < radius;
                    let shade = if inside { 40 } else { 230 };
                    bytes.extend([shade, shade, shade, 255]);
                }
                (Rgba::from_rgba8(&bytes, side, side, side).unwrap(), radius)
            })
            .collect();
        let pictures: Vec<Painted> = discs
            .iter()
            .map(|(picture, radius)| Painted {
                painted: picture.resized(size).compose([1.0; 3]),
                latent: vec![*radius as f32 / 20.0; config.latent()],
                picture,
                mirrored: false,
            })
            .collect();
        let renderer = config.init_seeded(4, &device).unwrap().renderer.unwrap();
        let never = AtomicBool::new(false);
        let before = error_of(&renderer, &pictures[..4], size, [1.0; 3], &device).unwrap();
        let settings = RendererTraining {
            steps: 240,
            batch: 4,
            patch: 16,
            learning_rate: 1e-2,
            ema: 0.9,
            critic: None,
            ..RendererTraining::default()
        };
        let train = |settings: &RendererTraining, pictures: &[Painted]| {
            let renderer = renderer.clone();
            let mut last = None;
            let on_report = &mut |report| last = Some(report);
            let ended = train_renderer(
                renderer, pictures, size, [1.0; 3], settings, &device, &never, on_report,
            );
            ended.map(|(renderer, report)| {
                assert_eq!(last, Some(report));
                (renderer, report)
            })
        };
        let (trained, _) = train(&settings, &pictures).unwrap();
        let after = error_of(&trained, &pictures[..4], size, [1.0; 3], &device).unwrap();
        assert!(after < 0.9 * before, "{before} to {after}");

        // With a critic it runs as well.
        let critic = CriticConfig {
            from: 0.2,
            channels: [4, 4, 4],
            ..CriticConfig::default()
        };
        let with_critic = RendererTraining {
            steps: 40,
            learning_rate: 1e-3,
            critic: Some(critic),
            ..settings.clone()
        };
        let (_, report) = train(&with_critic, &pictures).unwrap();
        assert!(
            report.step == 40 && report.held_out < 2.0 * before,
            "{report:?}"
        );

        let refused = |settings: &RendererTraining, pictures: &[Painted]| {
            train(settings, pictures).unwrap_err().to_string()
        };
        let odd = RendererTraining {
            patch: 12,
            ..settings.clone()
        };
        assert!(refused(&odd, &pictures).contains("patch: is 12, needs a multiple of 8"));
        let large = RendererTraining {
            patch: 32,
            ..settings.clone()
        };
        assert!(
            refused(&large, &pictures).contains("patch: is 32, and pictures are painted at 16")
        );
        assert!(refused(&settings, &pictures[..1]).contains("1 given"));
        let small = discs[0].0.resized(32);
        let wrong = Painted {
            picture: &small,
            ..pictures[0].clone()
        };
        let both = [pictures[0].clone(), wrong];
        assert!(refused(&settings, &both).contains("side 32, needs 64"));
    }
}
