//! What is compared with peers: the reference network and the `browser` preset, their inputs, and a
//! training step. Shared by the native program and the WebAssembly module.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use soda::model::{Autoencoder, Condition};
use soda::ops;

/// A safetensors file of f32.
pub struct File(pub Vec<u8>);

impl File {
    fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let file = SafeTensors::deserialize(&self.0).expect("a safetensors file");
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let values = view.data().as_chunks::<4>().0;
        let values: Vec<f32> = values.iter().map(|&b| f32::from_le_bytes(b)).collect();
        Tensor::from_data(TensorData::new(values, view.shape().to_vec()), device)
    }
}

#[derive(Module, Debug)]
struct Block {
    norms: Vec<GroupNorm>,
    convs: Vec<Conv2d>,
}

/// Four residual blocks of 64 channels.
#[derive(Module, Debug)]
pub struct Reference {
    input: Conv2d,
    blocks: Vec<Block>,
    norm: GroupNorm,
    output: Conv2d,
}

impl Reference {
    /// From its weights.
    pub fn load(file: &File, device: &Device) -> Self {
        let conv = |name: &str| {
            let weight: Tensor<4> = file.tensor(&format!("{name}.weight"), device);
            let [outputs, inputs, _, _] = weight.dims();
            let mut conv = Conv2dConfig::new([inputs, outputs], [3, 3]).init(device);
            conv.weight = Param::from_tensor(weight);
            conv.bias = Some(Param::from_tensor(
                file.tensor(&format!("{name}.bias"), device),
            ));
            conv
        };
        let norm = |name: &str| {
            let mut norm = GroupNormConfig::new(8, 64).init(device);
            let param = |part: &str| {
                let name = format!("{name}.{part}");
                Some(Param::from_tensor(file.tensor(&name, device)))
            };
            norm.gamma = param("gamma");
            norm.beta = param("beta");
            norm
        };
        Self {
            input: conv("input"),
            blocks: (0..4)
                .map(|i| Block {
                    norms: [1, 2].map(|j| norm(&format!("blocks.{i}.norm{j}"))).into(),
                    convs: [1, 2].map(|j| conv(&format!("blocks.{i}.conv{j}"))).into(),
                })
                .collect(),
            norm: norm("norm"),
            output: conv("output"),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut h = convolve(&self.input, x);
        for block in &self.blocks {
            let layers = block.norms.iter().zip(&block.convs);
            h = h.clone() + layers.fold(h, |h, (norm, conv)| convolve(conv, norm_silu(norm, h)));
        }
        convolve(&self.output, norm_silu(&self.norm, h))
    }
}

fn convolve(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let bias = conv.bias.as_ref().expect("a bias");
    ops::conv3x3(x, conv.weight.val(), bias.val())
}

fn norm_silu(norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, _, _] = x.dims();
    let row = |param: &Option<Param<Tensor<1>>>| {
        let param = param.as_ref().expect("scale and shift").val();
        param.unsqueeze_dim::<2>(0).expand([batch, channels])
    };
    ops::norm_silu(
        x,
        row(&norm.gamma),
        row(&norm.beta),
        norm.num_groups,
        norm.epsilon,
    )
}

/// What one call is given.
pub struct Inputs {
    x: Tensor<4>,
    target: Tensor<4>,
    /// For the browser preset: the picture to encode and the log-SNR.
    more: Option<(Tensor<4>, Tensor<1>)>,
}

impl Inputs {
    /// From a file with `x` and `target`, and for the browser preset `source` and `log_snr`.
    pub fn load(file: &File, network: &str, device: &Device) -> Self {
        Self {
            x: file.tensor("x", device),
            target: file.tensor("target", device),
            more: (network == "browser").then(|| {
                (
                    file.tensor("source", device),
                    file.tensor("log_snr", device),
                )
            }),
        }
    }
}

/// What can be run and trained.
pub trait Network: Module {
    /// Forward.
    fn run(&self, inputs: &Inputs) -> Tensor<4>;
}

impl Network for Reference {
    fn run(&self, inputs: &Inputs) -> Tensor<4> {
        self.forward(inputs.x.clone())
    }
}

impl Network for Autoencoder {
    fn run(&self, inputs: &Inputs) -> Tensor<4> {
        let (source, log_snr) = inputs.more.clone().expect("a picture and a log-SNR");
        let condition = Condition {
            log_snr,
            view: None,
            latent: self.condition(self.encode(source), None, inputs.x.dims()[2]),
        };
        self.unet.forward(inputs.x.clone(), condition)
    }
}

/// A network under training with AdamW on the squared error.
pub struct Training<N> {
    network: Option<N>,
    optimizer: ModuleOptimizer,
}

impl<N: Network> Training<N> {
    /// From these weights.
    pub fn new(network: N) -> Self {
        Self {
            network: Some(network.train()),
            optimizer: AdamWConfig::new().with_epsilon(1e-8).init(),
        }
    }

    /// One step; the loss before it.
    pub fn step(&mut self, inputs: &Inputs) -> Tensor<1> {
        let now = self.network.take().expect("the network of the step before");
        let loss = (now.run(inputs) - inputs.target.clone()).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &now);
        self.network = Some(self.optimizer.step(1e-4, now, gradients));
        loss.inner()
    }
}
