//! What ranks tell one another at each step: gradients summed, all other numbers joined.

use super::super::TrainError;
use super::super::baselines::Learner;
use super::super::batch_gradients::Gradients;
use super::super::critic::Critic;
use super::{Ranks, from_bytes, to_bytes};
use crate::engine::values;
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// What a rank says about its numbers before it sends them.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Header {
    /// Why there are none.
    error: Option<String>,
    terms: [bool; 3],
    parts: Vec<usize>,
    /// How many numbers come before the latents.
    numbers: usize,
    /// Values of a latent, 0 where there are none.
    width: usize,
}

/// What a rank's parts came to, on the host.
#[derive(Default)]
struct Own {
    header: Header,
    /// Numbers, then latents.
    numbers: Vec<f32>,
    gradients: Vec<f32>,
}

/// Sum gradients over all ranks and join their numbers and latents, in the order of ranks: what one
/// process would have that has all devices.
///
/// # Errors
/// [`TrainError::Rank`], the same on all ranks, where one of them has an error instead.
pub(in crate::train) fn exchange(
    ranks: &dyn Ranks,
    own: Result<Gradients, TrainError>,
    learner: &Learner,
    critic: Option<&Critic>,
    home: &Device,
) -> Result<Gradients, TrainError> {
    let own = own.and_then(|own| Own::read(own, learner, critic));
    let own = own.unwrap_or_else(|error| Own {
        header: Header {
            error: Some(error.to_string()),
            ..Header::default()
        },
        ..Own::default()
    });
    let headers = ranks.gather(&serde_json::to_vec(&own.header).unwrap_or_default());
    let mut sum = Gradients::none();
    let (mut lengths, mut width) = (Vec::new(), 0);
    for (rank, header) in headers.iter().enumerate() {
        let header: Header = serde_json::from_slice(header).unwrap_or_else(|e| Header {
            error: Some(e.to_string()),
            ..Header::default()
        });
        if let Some(reason) = header.error {
            return Err(TrainError::Rank { rank, reason });
        }
        // A rank without a part has no terms.
        let terms = sum.terms.iter_mut().zip(header.terms);
        terms.for_each(|(here, there)| *here |= there);
        sum.parts.extend(header.parts);
        lengths.push(header.numbers);
        width = width.max(header.width);
    }

    let (mut numbers, mut latents) = (Vec::new(), Vec::new());
    for (bytes, length) in ranks.gather(&to_bytes(&own.numbers)).iter().zip(lengths) {
        let mut values = from_bytes(bytes);
        numbers.extend(values.by_ref().take(length));
        latents.extend(values);
    }
    let inner = home.clone().inner();
    sum.numbers = vec![Tensor::from_floats(numbers.as_slice(), &inner)];
    if let Some(rows) = latents.len().checked_div(width) {
        let shape = [rows, width];
        sum.latents = vec![Tensor::from_data(TensorData::new(latents, shape), home)];
    }

    let mut gradients = own.gradients;
    ranks.sum(&mut gradients);
    let count = parameters(learner) + critic.map_or(0, parameters);
    let (values, present) = gradients.split_at(gradients.len() - count);
    let mut unpack = Unpack {
        values,
        present,
        device: inner,
        grads: GradientsParams::new(),
    };
    learner.visit(&mut unpack);
    sum.grads = std::mem::take(&mut unpack.grads);
    if let Some(critic) = critic {
        critic.visit(&mut unpack);
        sum.critic = unpack.grads;
    }
    Ok(sum)
}

impl Own {
    fn read(
        own: Gradients,
        learner: &Learner,
        critic: Option<&Critic>,
    ) -> Result<Self, TrainError> {
        let mut pack = Pack::default();
        pack.add(learner, own.grads);
        if let Some(critic) = critic {
            pack.add(critic, own.critic);
        }
        let mut numbers = read(own.numbers)?;
        let header = Header {
            error: None,
            terms: own.terms,
            parts: own.parts,
            numbers: numbers.len(),
            width: own.latents.first().map_or(0, |z| z.dims()[1]),
        };
        let latents = own.latents.into_iter().map(|z| z.inner().flatten(0, 1));
        numbers.extend(read(latents.collect())?);
        Ok(Self {
            header,
            numbers,
            gradients: pack.values()?,
        })
    }
}

/// Values of some tensors, one after another. They are joined first, since each reading from a GPU
/// waits for it.
fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<f32>, TrainError> {
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    let values = values(Tensor::cat(tensors, 0));
    values.map_err(|error| TrainError::Device(error.to_string()))
}

/// How many parameters with gradients there may be.
fn parameters(module: &impl Module) -> usize {
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
            self.0 += 1;
        }
    }
    let mut count = Count(0);
    module.visit(&mut count);
    count.0
}

/// Gradients on their way into one row of numbers, in the order in which modules are visited: the
/// identities of parameters differ between processes.
#[derive(Default)]
struct Pack {
    /// Gradient of each parameter, and how many values it has.
    found: Vec<(Option<Tensor<1>>, usize)>,
}

impl Pack {
    fn add(&mut self, module: &impl Module, grads: GradientsParams) {
        struct Visit<'a>(&'a mut Pack, GradientsParams);
        impl ModuleVisitor for Visit<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let values = param.val().shape().num_elements();
                let grad = self.1.remove::<D>(param.id);
                self.0
                    .found
                    .push((grad.map(|grad| grad.reshape([values])), values));
            }
        }
        module.visit(&mut Visit(self, grads));
    }

    /// All gradients, and behind them for each parameter 1 if there is one: for AdamW a gradient of
    /// zeros and none are two things. −0 stands where there is none, which adds nothing to
    /// anything.
    fn values(self) -> Result<Vec<f32>, TrainError> {
        let (grads, places): (Vec<_>, Vec<_>) = self
            .found
            .into_iter()
            .map(|(grad, values)| {
                let place = (grad.is_some(), values);
                (grad, place)
            })
            .unzip();
        let mut given = read(grads.into_iter().flatten().collect())?.into_iter();
        let mut all = Vec::with_capacity(places.iter().map(|(_, values)| values + 1).sum());
        for &(is_there, values) in &places {
            match is_there {
                true => all.extend(given.by_ref().take(values)),
                false => all.extend(std::iter::repeat_n(-0.0, values)),
            }
        }
        all.extend(places.iter().map(|&(is_there, _)| f32::from(is_there)));
        Ok(all)
    }
}

/// Sums on their way back into gradients.
struct Unpack<'a> {
    values: &'a [f32],
    /// On how many ranks each parameter has a gradient.
    present: &'a [f32],
    device: Device,
    grads: GradientsParams,
}

impl ModuleVisitor for Unpack<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.val().shape();
        let (values, rest) = self.values.split_at(shape.num_elements());
        let (present, others) = self.present.split_at(1);
        (self.values, self.present) = (rest, others);
        if present[0] > 0.0 {
            let data = TensorData::new(values.to_vec(), shape);
            self.grads
                .register(param.id, Tensor::<D>::from_data(data, &self.device));
        }
    }
}
