//! Data parallelism: devices that hold the same networks share a batch, and their gradients are
//! averaged.
//!
//! The first device has the networks, the optimiser and everything else that lasts. The others get
//! a copy of the weights at the beginning of a step and hand back gradients, so that they can never
//! drift apart and a checkpoint knows nothing of them.
//!
//! Where several processes train together, the devices of all of them share the batch, those of
//! rank 0 first: [`super::ranks`].

use super::baselines::{self, Learner, Target};
use super::batch_gradients::Gradients;
use super::critic::{self, Critic, CriticConfig};
#[cfg(feature = "cli")]
use super::ranks::exchange;
use super::{Draws, Loss, TrainConfig, TrainError, Trainer, loss};
use crate::data::Batch;
use crate::weights::Objective;
use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::{Device, Tensor};

/// Some pairs of a batch.
struct Part {
    batch: Batch,
    draws: Draws,
    /// Share of the batch.
    share: f64,
    /// How many parts came before, since the beginning of the run.
    number: usize,
}

/// The networks on one device, and the parts that they go through.
struct Replica<'a> {
    config: &'a TrainConfig,
    /// What losses are multiplied by.
    scale: f64,
    learner: Learner,
    target: Option<Target>,
    /// The critic, its settings and the running means of its logits, where it takes part.
    critic: Option<(Critic, &'a CriticConfig, [f32; 2])>,
    device: Device,
    parts: Vec<Part>,
}

impl Trainer {
    /// Share each batch with these devices too. A device that is named twice, or is the trainer's
    /// own, has two replicas.
    ///
    /// Views are compared within a part, as with `accumulate`: `devices × accumulate` parts need
    /// two pairs each where the objective is contrastive.
    pub fn with_replicas(mut self, devices: &[Device]) -> Self {
        self.devices.truncate(1);
        let others = devices.iter().map(|device| device.clone().autodiff());
        self.devices.extend(others);
        self
    }

    /// Share each batch with the devices of these other processes too. All must be trainers of the
    /// same state with as many devices, and take each step together.
    #[cfg(feature = "cli")]
    pub fn with_ranks(mut self, ranks: std::sync::Arc<dyn super::ranks::Ranks>) -> Self {
        self.ranks = ranks;
        self
    }

    /// Which of the processes that train together this is, and how many there are.
    fn rank_and_size(&self) -> (usize, usize) {
        #[cfg(feature = "cli")]
        {
            (self.ranks.rank(), self.ranks.size())
        }
        #[cfg(not(feature = "cli"))]
        {
            (0, 1)
        }
    }

    /// Loss and gradients of a batch in `devices × accumulate` parts: one part after another on
    /// each device, all devices at once. What comes back lies on the first device, summed in the
    /// order of the devices: N devices come to what `accumulate: N` comes to on one, bit for bit.
    /// Sums of ranks are then summed in the order of ranks.
    pub(super) fn shared_gradients(
        &self,
        batch: &Batch,
        draws: &Draws,
    ) -> Result<Gradients, TrainError> {
        let (rank, ranks) = self.rank_and_size();
        let (count, here) = (batch.count, self.devices.len());
        let devices = here * ranks;
        let parts = (devices * self.config.accumulate).clamp(1, count);
        let part = |i: usize| {
            let (first, end) = (i * count / parts, (i + 1) * count / parts);
            let (batch, draws) = match parts {
                1 => (batch.clone(), draws.clone()),
                _ => (
                    batch.part(first, end - first),
                    draws.part(first, end - first),
                ),
            };
            Part {
                batch,
                draws,
                share: (end - first) as f64 / count as f64,
                number: self.step * parts + i,
            }
        };
        let settings = self.config.critic_at(self.pictures);
        let critic = self.critic.as_ref().zip(settings);
        let critic = critic.map(|(state, settings)| (state.critic.clone(), settings, state.means));
        let numbered = (rank * here..).zip(&self.devices);
        let replicas = numbered.map(|(i, device)| Replica {
            config: &self.config,
            scale: self.loss_scale.factor(),
            learner: self.learner.clone(),
            target: self.target.clone(),
            critic: critic.clone(),
            device: device.clone(),
            parts: ((i * parts).div_ceil(devices)..((i + 1) * parts).div_ceil(devices))
                .map(part)
                .collect(),
        });
        // A batch of fewer pairs than devices leaves some idle, never the first.
        let busy = replicas.filter(|replica| !replica.parts.is_empty());
        let critic = critic.as_ref().map(|(critic, ..)| critic);
        let sum = self.summed(busy.collect(), critic);
        #[cfg(feature = "cli")]
        if ranks > 1 {
            return exchange(&*self.ranks, sum, &self.learner, critic, &self.devices[0]);
        }
        sum
    }

    /// Sums over replicas, on the first device.
    fn summed(
        &self,
        replicas: Vec<Replica>,
        critic: Option<&Critic>,
    ) -> Result<Gradients, TrainError> {
        let mut accumulator = GradientsAccumulator::new();
        let mut of_critic = GradientsAccumulator::new();
        let mut sum = Gradients::none();
        let home = &self.devices[0];
        let inner = &home.clone().inner();
        for found in concurrently(replicas) {
            let found = found?;
            let grads = found.grads.to_device(inner, &self.learner);
            accumulator.accumulate(&self.learner, grads);
            if let Some(critic) = critic {
                of_critic.accumulate(critic, found.critic.to_device(inner, critic));
            }
            sum.terms = found.terms;
            sum.parts.extend(found.parts);
            let numbers = found.numbers.into_iter().map(|n| n.to_device(inner));
            sum.numbers.extend(numbers);
            let latents = found.latents.into_iter().map(|z| z.to_device(home));
            sum.latents.extend(latents);
        }
        sum.grads = accumulator.grads();
        sum.critic = of_critic.grads();
        Ok(sum)
    }
}

impl Replica<'_> {
    /// The same networks with a graph of their own: where graphs share a node Burn keeps them under
    /// one lock, and backward passes would wait for one another.
    fn apart(mut self) -> Self {
        self.learner = self.learner.fork(&self.device);
        let inner = self.device.clone().inner();
        self.target = self.target.map(|target| target.fork(&inner));
        self.critic = self.critic.map(|(critic, settings, means)| {
            let critic = critic.fork(&self.device);
            (critic, settings, means)
        });
        self
    }

    /// Go through the parts, one after another.
    fn gradients(self) -> Result<Gradients, TrainError> {
        let (_, products) = self.config.precision.on(&self.device);
        products.during(|| self.of_parts())
    }

    fn of_parts(self) -> Result<Gradients, TrainError> {
        let mut accumulator = GradientsAccumulator::new();
        let mut of_critic = GradientsAccumulator::new();
        let mut sum = Gradients::none();
        for part in &self.parts {
            let mut loss = self.loss(part)?;
            let judged = self.judge(part, &mut loss, &mut of_critic);
            let grads = (loss.total.clone() * (part.share * self.scale)).backward();
            let grads = GradientsParams::from_grads(grads, &self.learner);
            accumulator.accumulate(&self.learner, grads);
            sum.terms = [0, 1, 2].map(|i| loss.terms[i].is_some());
            sum.numbers.push(loss.total.inner());
            let terms = loss.terms.into_iter().flatten().map(Tensor::inner);
            sum.numbers.extend(terms);
            sum.numbers.extend(judged);
            sum.numbers.extend(loss.errors.map(Tensor::inner));
            sum.numbers.extend(loss.latent_errors.map(Tensor::inner));
            sum.latents.extend(loss.latents.map(Tensor::detach));
            sum.parts.push(part.batch.count);
        }
        // One tensor to move and read instead of many.
        sum.numbers = vec![Tensor::cat(sum.numbers, 0)];
        sum.grads = accumulator.grads();
        sum.critic = of_critic.grads();
        Ok(sum)
    }

    /// Let the critic, where it takes part, learn from what was painted and add its push to the
    /// loss. Gives back its numbers, `[3]`.
    fn judge(
        &self,
        part: &Part,
        loss: &mut Loss,
        accumulator: &mut GradientsAccumulator<Critic>,
    ) -> Option<Tensor<1>> {
        let (critic, settings, means) = self.critic.as_ref()?;
        let [target, painted] = loss.painted.take()?;
        let rows = critic::rows(&part.draws.pure(), &part.batch.mixed);
        if rows.is_empty() {
            // Nothing to judge: the means stay what they are.
            let inner = self.device.clone().inner();
            return Some(Tensor::from_floats([0.0, means[0], means[1]], &inner));
        }
        let judged = critic.judge(settings, *means, painted, target, part.share, &rows);
        accumulator.accumulate(critic, judged.grads);
        loss.total = loss.total.clone() + judged.term;
        Some(judged.numbers)
    }

    fn loss(&self, part: &Part) -> Result<Loss, TrainError> {
        let (config, device, batch) = (self.config, &self.device, &part.batch);
        if config.objective == Objective::Soda {
            let networks = &self.learner.networks;
            return Ok(loss(networks, config, batch, &part.draws, device));
        }
        let target = self.target.as_ref();
        let total = baselines::loss(config, &self.learner, target, batch, part.number, device)?;
        Ok(Loss {
            total,
            terms: [None, None, None],
            errors: None,
            latent_errors: None,
            latents: None,
            painted: None,
        })
    }
}

/// The first replica on this thread, each other one on a thread of its own. Results are in order.
#[cfg(not(target_family = "wasm"))]
fn concurrently(replicas: Vec<Replica>) -> Vec<Result<Gradients, TrainError>> {
    std::thread::scope(|scope| {
        let mut replicas = replicas.into_iter();
        let first = replicas.next();
        let others: Vec<_> = replicas
            .map(|replica| scope.spawn(move || replica.apart().gradients()))
            .collect();
        let first = first.map(Replica::gradients);
        let others = others.into_iter().map(|other| match other.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        first.into_iter().chain(others).collect()
    })
}

/// One replica after another: pages have no threads here.
#[cfg(target_family = "wasm")]
fn concurrently(replicas: Vec<Replica>) -> Vec<Result<Gradients, TrainError>> {
    let each = replicas.into_iter().enumerate();
    each.map(|(i, replica)| match i {
        0 => replica.gradients(),
        _ => replica.apart().gradients(),
    })
    .collect()
}
