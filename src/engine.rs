//! A loaded model and what it can do. The CLI and the web page are two faces of this.

mod drawing;
mod request;
mod warm_up;

pub(crate) use drawing::Drawing;
pub use request::{DecodeOptions, InvertOptions, RequestError, SampleOptions, values};

use crate::diffusion::{Denoiser, Sampler, SamplerKind, Sampling, Schedule};
use crate::latent::interpolate;
use crate::model::{
    Autoencoder, Condition, LatentCondition, MOST_AUTOGUIDANCE, RENDER_FACTOR, Renderer, UNet,
};
use crate::weights::{self, Manifest, Objective, Precision, WeightsError};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::path::Path;

/// A model, ready to encode and decode on its device.
#[derive(Debug)]
pub struct Soda {
    /// What `config.json` says.
    pub manifest: Manifest,
    /// The networks, without autodiff.
    pub networks: Autoencoder,
    device: Device,
}

/// A painting under way.
#[derive(Debug)]
pub struct Painting {
    network: Network,
    sampling: Sampling,
    rng: ChaCha8Rng,
    rendering: Option<Rendering>,
}

/// How the finished pictures of a painting are enlarged.
#[derive(Debug)]
struct Rendering {
    renderer: Renderer,
    /// `[N, D]`, normalised.
    latents: Tensor<2>,
}

/// Pictures that are rendered at once, which bounds the memory that it takes.
const RENDERED_AT_ONCE: usize = 4;

impl Rendering {
    fn render(&self, painted: Tensor<4>) -> Tensor<4> {
        let count = painted.dims()[0];
        let parts = (0..count).step_by(RENDERED_AT_ONCE).map(|first| {
            let part = RENDERED_AT_ONCE.min(count - first);
            let latents = self.latents.clone().narrow(0, first, part);
            self.renderer
                .forward(painted.clone().narrow(0, first, part), latents)
        });
        Tensor::cat(parts.collect(), 0)
    }
}

impl Painting {
    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.sampling.steps()
    }

    /// Steps taken.
    pub fn done(&self) -> usize {
        self.sampling.done()
    }

    /// Whether the pictures are finished.
    pub fn is_done(&self) -> bool {
        self.sampling.is_done()
    }

    /// One step of the network.
    pub fn step(&mut self) {
        let Self {
            network,
            sampling,
            rng,
            ..
        } = self;
        sampling.step(network, |x| standard_normal(x.dims(), rng, &x.device()));
    }

    /// The pictures as they are now, `[N, 3, size, size]` at the model's own size; noise when
    /// inverting; latents `[N, D, 1, 1]` when drawing.
    pub fn state(&self) -> Tensor<4> {
        self.sampling.state()
    }

    /// The same, and once they are done at the size that was asked for.
    pub fn pictures(&self) -> Tensor<4> {
        match &self.rendering {
            Some(rendering) if self.is_done() => rendering.render(self.state()),
            _ => self.state(),
        }
    }

    /// Take all steps that are left, and give the [`pictures`](Self::pictures) back.
    pub fn finish(mut self) -> Tensor<4> {
        while !self.is_done() {
            self.step();
        }
        self.pictures()
    }
}

/// Standard normal numbers from a seeded generator on the host, so that they are the same on
/// every backend.
pub fn standard_normal<const D: usize>(
    shape: [usize; D],
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Tensor<D> {
    let count = shape.iter().product();
    let values: Vec<f32> = StandardNormal.sample_iter(rng).take(count).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

impl Soda {
    /// Networks that are in memory already.
    pub fn new(manifest: Manifest, networks: Autoencoder, device: &Device) -> Self {
        Self {
            manifest,
            networks,
            device: device.clone(),
        }
    }

    /// From the text of `config.json` and the bytes of `model.safetensors`.
    pub fn from_parts(
        manifest: Manifest,
        weights: &[u8],
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let networks = manifest.model.init(device)?;
        let networks = weights::load_tensors(networks, weights)?;
        Ok(Self::new(manifest, networks, device))
    }

    /// From folder `dir`.
    pub fn load(dir: &Path, device: &Device) -> Result<Self, WeightsError> {
        let (manifest, weights) = weights::read_files(dir)?;
        Self::from_parts(manifest, &weights, device)
    }

    /// Into folder `dir`, with the reference of what it paints now.
    pub fn save(&self, dir: &Path, precision: Precision) -> Result<(), WeightsError> {
        let reference = self
            .reference()
            .map_err(|error| WeightsError::Device(error.to_string()))?;
        let manifest = Manifest {
            reference,
            ..self.manifest.clone()
        };
        weights::write_files(dir, &manifest, &self.networks, precision)
    }

    /// The device it runs on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Side of the model's pictures.
    pub fn size(&self) -> usize {
        self.manifest.model.size
    }

    /// Length of its latents.
    pub fn latent(&self) -> usize {
        self.manifest.model.latent()
    }

    /// Pictures from host memory. `[N·3·size·size]`, in [-1, 1], to `[N, 3, size, size]`.
    pub fn pictures(&self, pixels: Vec<f32>) -> Result<Tensor<4>, RequestError> {
        let size = self.size();
        let n = items("pictures", &pixels, 3 * size * size)?;
        Ok(Tensor::from_data(
            TensorData::new(pixels, [n, 3, size, size]),
            &self.device,
        ))
    }

    /// Normalised latents from host memory. `[N·D]` to `[N, D]`.
    pub fn latents(&self, values: Vec<f32>) -> Result<Tensor<2>, RequestError> {
        let n = items("latents", &values, self.latent())?;
        Ok(Tensor::from_data(
            TensorData::new(values, [n, self.latent()]),
            &self.device,
        ))
    }

    /// The place `t` in [0, 1] of the way between two normalised latents `[D]`, as this model's
    /// are interpolated.
    pub fn interpolate(&self, a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
        let groups = &self.manifest.model.groups;
        interpolate(a, b, t, groups, self.manifest.sampled.interpolation)
    }

    /// Pictures `[N, 3, size, size]` in [-1, 1] to normalised latents `[N, D]`.
    pub fn encode(&self, pictures: Tensor<4>) -> Tensor<2> {
        let z = self.networks.encode(pictures);
        self.networks.normaliser.normalise(z)
    }

    /// As [`Self::encode`], and corrected by what is painted from the latent: `z + c·(z − z')`,
    /// where `z'` is what encoding sees in the painting and `c` the model's `sampled.correction`.
    /// What the decoder shows too weakly is asked for more strongly, so that paintings come nearer
    /// to their pictures; it takes one step of painting and one more encoding. (One round of
    /// ReStyle's feedback, Alaluf, Patashnik and Cohen-Or 2021, by the encoder as it is.)
    ///
    /// # Errors
    /// What the device says that gave no picture back.
    pub fn encode_corrected(&self, pictures: Tensor<4>) -> Result<Tensor<2>, RequestError> {
        let z = self.encode(pictures);
        let correction = self.manifest.sampled.correction;
        if correction == 0.0 {
            return Ok(z);
        }
        let options = DecodeOptions {
            steps: Some(1),
            ..DecodeOptions::default()
        };
        let painted = self.decode(z.clone(), None, &options)?.finish();
        let seen = self.encode(painted.clamp(-1.0, 1.0));
        Ok(z.clone() + (z - seen) * correction)
    }

    /// Start painting normalised latents `[N, D]`, from `noise [N, 3, size, size]` or from seeded
    /// noise that all N share (frames of a morph must not flicker).
    pub fn decode(
        &self,
        latents: Tensor<2>,
        noise: Option<Tensor<4>>,
        options: &DecodeOptions,
    ) -> Result<Painting, RequestError> {
        let size = self.size();
        let n = latents.dims()[0];
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let sampled = &self.manifest.sampled;
        let temperature = options.temperature.unwrap_or(sampled.temperature);
        if !(0.0..=1.0).contains(&temperature) {
            return Err(RequestError::Temperature(temperature));
        }
        let inverted = noise.is_some();
        let noise = match noise {
            Some(noise) if noise.dims()[0] != n => {
                let noise = noise.dims()[0];
                return Err(RequestError::Noise { noise, latents: n });
            }
            Some(noise) => noise,
            None => {
                let shared = standard_normal([1, 3, size, size], &mut rng, &self.device);
                shared.mul_scalar(temperature).expand([n, 3, size, size])
            }
        };
        let steps = if inverted {
            sampled.invert_steps
        } else {
            sampled.steps
        };
        let steps = options.steps.unwrap_or(steps);
        if !self.objective_that_paints()?.denoises() && steps != 1 {
            return Err(RequestError::OneStep(self.manifest.training.objective));
        }
        let rendering = self.rendering(&latents, options.size)?;
        let kind = options.sampler.unwrap_or(sampled.sampler);
        let sampler = Sampler::new(kind, &sampled.schedule, steps)?.with_eta(options.eta)?;
        Ok(Painting {
            network: Network::Pictures(Box::new(self.conditioned(
                latents,
                options,
                noise.dims()[3],
            )?)),
            sampling: sampler.start(noise),
            rng,
            rendering,
        })
    }

    /// The side that the model's renderer gives, if it has one.
    pub fn rendered_size(&self) -> Option<usize> {
        let renderer = self.networks.renderer.as_ref();
        renderer.map(|_| RENDER_FACTOR * self.size())
    }

    /// How pictures of the model's own size come to the size that was asked for.
    fn rendering(
        &self,
        latents: &Tensor<2>,
        size: Option<usize>,
    ) -> Result<Option<Rendering>, RequestError> {
        let (own, rendered) = (self.size(), self.rendered_size());
        match (size, &self.networks.renderer) {
            (None, _) => Ok(None),
            (Some(wanted), _) if wanted == own => Ok(None),
            (Some(wanted), Some(renderer)) if Some(wanted) == rendered => Ok(Some(Rendering {
                renderer: renderer.clone(),
                latents: latents.clone(),
            })),
            (Some(wanted), _) => Err(RequestError::Size {
                wanted,
                own,
                rendered,
            }),
        }
    }

    /// Start finding the noise `x_T` that decodes to `pictures`, given their latents.
    pub fn invert(
        &self,
        pictures: Tensor<4>,
        latents: Tensor<2>,
        options: &InvertOptions,
    ) -> Result<Painting, RequestError> {
        let sampled = &self.manifest.sampled;
        let objective = self.objective_that_paints()?;
        if !objective.denoises() {
            return Err(RequestError::OneStep(objective));
        }
        let steps = options.steps.unwrap_or(sampled.invert_steps);
        let sampler = Sampler::new(SamplerKind::Ddim, &sampled.schedule, steps)?
            .with_refinements(options.refinements)?;
        Ok(Painting {
            network: Network::Pictures(Box::new(self.conditioned(
                latents,
                &DecodeOptions::default(),
                pictures.dims()[3],
            )?)),
            sampling: sampler.invert(pictures),
            rng: ChaCha8Rng::seed_from_u64(0),
            rendering: None,
        })
    }

    /// Start drawing `count` new latents from the prior, by DPM-Solver++(2M) on the cosine grid,
    /// led away from the prior's guide. The end state, `[count, D, 1, 1]`, is normalised latents.
    ///
    /// # Errors
    /// [`RequestError::NoPrior`] for a model without one, [`RequestError::Autoguidance`],
    /// [`RequestError::NoGuide`].
    pub fn draw(&self, count: usize, options: &SampleOptions) -> Result<Painting, RequestError> {
        let prior = self.networks.prior.clone().ok_or(RequestError::NoPrior)?;
        let weight = options.autoguidance;
        let weight = weight.unwrap_or(self.manifest.sampled.autoguidance);
        if !(0.0..=MOST_AUTOGUIDANCE).contains(&weight) {
            return Err(RequestError::Autoguidance(weight));
        }
        let guide = match &self.networks.prior_guide {
            _ if weight == 0.0 => None,
            Some(guide) => Some((guide.clone(), weight)),
            None => return Err(RequestError::NoGuide),
        };
        let kind = SamplerKind::DpmPlusPlus2M;
        let sampler = Sampler::new(kind, &Schedule::Cosine, options.steps)?;
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let noise = standard_normal([count, self.latent(), 1, 1], &mut rng, &self.device);
        Ok(Painting {
            network: Network::Latents(Box::new(Drawing { prior, guide })),
            sampling: sampler.start(noise),
            rng,
            rendering: None,
        })
    }

    /// The objective, if it is one that trains a decoder.
    fn objective_that_paints(&self) -> Result<Objective, RequestError> {
        let objective = self.manifest.training.objective;
        if objective.is_contrastive() {
            Err(RequestError::NoDecoder(objective))
        } else {
            Ok(objective)
        }
    }

    /// For pictures of side `size`, the model's own or a smaller one it was trained on before.
    fn conditioned(
        &self,
        latents: Tensor<2>,
        options: &DecodeOptions,
        size: usize,
    ) -> Result<Conditioned, RequestError> {
        let by_level = &options.level_guidance;
        let mut weights = std::iter::once(&options.guidance).chain(by_level);
        if let Some(&wrong) = weights.find(|weight| !(-1.0..=20.0).contains(*weight)) {
            return Err(RequestError::Guidance(wrong));
        }
        let views = &self.manifest.views;
        let view = match &options.view {
            Some(view) => {
                views
                    .iter()
                    .position(|v| v == view)
                    .ok_or_else(|| RequestError::View {
                        view: view.clone(),
                        known: views.clone(),
                    })?
            }
            None => views.len(),
        };
        let z = self.networks.normaliser.denormalise(latents);
        let (n, groups) = (z.dims()[0], self.manifest.model.groups.len());
        if let Some(&group) = options.dropped.iter().find(|&&group| group >= groups) {
            return Err(RequestError::Group { group, groups });
        }
        if !by_level.is_empty() && by_level.len() != groups {
            let found = by_level.len();
            return Err(RequestError::LevelGuidance { found, groups });
        }
        let condition_on = |kept: &dyn Fn(usize) -> bool| {
            let mask: Vec<f32> = (0..groups).map(|group| f32::from(kept(group))).collect();
            let mask = Tensor::<1>::from_floats(mask.as_slice(), &self.device);
            let keep = mask.unsqueeze::<2>().expand([n, groups]);
            self.networks.condition(z.clone(), Some(keep), size)
        };
        let kept = |group: usize| !options.dropped.contains(&group);
        let latent = match options.dropped.as_slice() {
            [] => self.networks.condition(z.clone(), None, size),
            _ => condition_on(&kept),
        };
        let mut contrasts = Vec::new();
        if options.guidance != 0.0 {
            contrasts.push((condition_on(&|_| false), options.guidance));
        }
        for (level, &weight) in by_level.iter().enumerate() {
            if weight != 0.0 && kept(level) {
                let without = condition_on(&|group| group != level && kept(group));
                contrasts.push((without, weight));
            }
        }
        Ok(Conditioned {
            unet: self.networks.unet.clone(),
            latent,
            contrasts,
            view: (!views.is_empty()).then_some(view),
        })
    }
}

fn items(what: &'static str, values: &[f32], unit: usize) -> Result<usize, RequestError> {
    match values.len() {
        0 => Err(RequestError::Length {
            what,
            found: 0,
            unit,
        }),
        found if found.is_multiple_of(unit) => Ok(found / unit),
        found => Err(RequestError::Length { what, found, unit }),
    }
}

/// What a sampler runs on.
#[derive(Debug)]
enum Network {
    Pictures(Box<Conditioned>),
    Latents(Box<Drawing>),
}

impl Denoiser for Network {
    fn predict_v(&self, x: Tensor<4>, log_snr: f64) -> Tensor<4> {
        match self {
            Self::Pictures(conditioned) => conditioned.predict_v(x, log_snr),
            Self::Latents(drawing) => drawing.predict_v(x, log_snr),
        }
    }
}

/// The U-Net conditioned on given latents.
#[derive(Debug)]
struct Conditioned {
    unet: UNet,
    latent: LatentCondition,
    /// What guidance leads away from, and how far.
    contrasts: Vec<(LatentCondition, f64)>,
    view: Option<usize>,
}

impl Denoiser for Conditioned {
    fn predict_v(&self, x: Tensor<4>, log_snr: f64) -> Tensor<4> {
        let (n, device) = (x.dims()[0], x.device());
        let predict = |latent: &LatentCondition| {
            let condition = Condition {
                log_snr: Tensor::full([n], log_snr, &device),
                view: self
                    .view
                    .map(|view| Tensor::<1, Int>::full([n], view as i64, &device)),
                latent: latent.clone(),
            };
            self.unet.forward(x.clone(), condition)
        };
        let v = predict(&self.latent);
        self.contrasts
            .iter()
            .fold(v.clone(), |sum, (less, weight)| {
                sum + (v.clone() - predict(less)) * *weight
            })
    }
}
