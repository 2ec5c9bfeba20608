//! Our side of a comparison with peers: runs what it is told on standard input and times it.
//!
//! `network FOLDER MODEL` reads lines `JOB REPEATS` and answers each with one line of JSON, the
//! milliseconds of every repeat and the result of the last: the path of a safetensors file with
//! the output, or the loss. Jobs are `forward` and `train`, of the `reference` network or of the
//! `browser` preset's encoder and U-Net, with their batch: `reference-forward-16`. Weights and
//! inputs lie in FOLDER; see `benches/peers`.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::json;
use soda::model::{Autoencoder, Condition};
use soda::{Soda, ops};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A safetensors file of f32.
struct File(Vec<u8>);

impl File {
    fn open(path: &Path) -> Self {
        Self(std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }

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
struct Reference {
    input: Conv2d,
    blocks: Vec<Block>,
    norm: GroupNorm,
    output: Conv2d,
}

impl Reference {
    fn load(file: &File, device: &Device) -> Self {
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
            let param = |part| Some(Param::from_tensor(file.tensor(part, device)));
            norm.gamma = param(&format!("{name}.gamma"));
            norm.beta = param(&format!("{name}.beta"));
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
struct Inputs {
    x: Tensor<4>,
    target: Tensor<4>,
    /// For the browser preset: the picture to encode and the log-SNR.
    more: Option<(Tensor<4>, Tensor<1>)>,
}

impl Inputs {
    fn load(folder: &Path, network: &str, batch: &str, device: &Device) -> Self {
        let file = File::open(&folder.join(format!("{network}-{batch}.safetensors")));
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

trait Network: Module {
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
            z: self.encoder.forward(source),
            keep: None,
            view: None,
        };
        self.unet.forward(inputs.x.clone(), condition)
    }
}

/// Calls `work` so many times; milliseconds of each, and what the last gave.
fn time<T>(repeats: usize, mut work: impl FnMut() -> T) -> (Vec<f64>, T) {
    let mut last = None;
    let times = (0..repeats)
        .map(|_| {
            let begin = Instant::now();
            last = Some(work());
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    (times, last.expect("at least one repeat"))
}

fn forward(
    network: &impl Network,
    inputs: &Inputs,
    repeats: usize,
    out: &Path,
) -> serde_json::Value {
    let (ms, y) = time(repeats, || network.run(inputs).into_data());
    let bytes: Vec<u8> = y.iter::<f32>().flat_map(f32::to_le_bytes).collect();
    let view = TensorView::new(Dtype::F32, y.shape.to_vec(), &bytes).expect("a whole tensor");
    serialize_to_file([("y", view)], None, out).expect("a file that can be written");
    json!({ "ms": ms, "output": out })
}

fn train(network: impl Network, inputs: &Inputs, repeats: usize) -> serde_json::Value {
    let mut network = Some(network.train());
    let mut optimizer = AdamWConfig::new().with_epsilon(1e-8).init();
    let (ms, loss) = time(repeats, || {
        let now = network.take().expect("the network of the step before");
        let loss = (now.run(inputs) - inputs.target.clone()).square().mean();
        let gradients = GradientsParams::from_grads(loss.backward(), &now);
        network = Some(optimizer.step(1e-4, now, gradients));
        loss.into_scalar::<f32>()
    });
    json!({ "ms": ms, "loss": loss })
}

fn main() {
    // `cargo bench` adds an argument of its own.
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let [folder, model] = arguments.as_slice() else {
        eprintln!("network FOLDER MODEL; see benches/peers");
        std::process::exit(2);
    };
    let folder = PathBuf::from(folder);
    let device = Device::flex();
    let reference = Reference::load(&File::open(&folder.join("reference.safetensors")), &device);
    let soda = Soda::load(Path::new(model), &device).expect("a model");
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let mut words = line.split([' ', '-']);
        let mut word = || words.next().expect("NETWORK-JOB-BATCH REPEATS");
        let (network, job, batch) = (word(), word(), word());
        let repeats = word().parse().expect("a number of repeats");
        let out = folder.join("ours.safetensors");
        let answer = match job {
            "forward" => {
                let inputs = Inputs::load(&folder, network, batch, &device);
                match network {
                    "reference" => forward(&reference, &inputs, repeats, &out),
                    _ => forward(&soda.networks, &inputs, repeats, &out),
                }
            }
            _ => {
                let inputs = Inputs::load(&folder, network, batch, &device.clone().autodiff());
                match network {
                    "reference" => train(reference.clone(), &inputs, repeats),
                    _ => train(soda.networks.clone(), &inputs, repeats),
                }
            }
        };
        println!("{answer}");
    }
}
