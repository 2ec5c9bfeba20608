//! Our side of a comparison with peers: runs what it is told on standard input and times it.
//!
//! `network FOLDER MODEL` reads lines `JOB REPEATS` and answers each with one line of JSON, the
//! milliseconds of every repeat and the result of the last: the path of a safetensors file with
//! the output, or the loss. Jobs are `forward` and `train`, of the `reference` network or of the
//! `browser` preset's encoder and U-Net, with their batch: `reference-forward-16`. Weights and
//! inputs lie in FOLDER; see `benches/peers`.

mod compared;

use burn::tensor::Device;
use compared::{File, Inputs, Network, Reference, Training};
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use serde_json::json;
use soda::Soda;
use std::path::{Path, PathBuf};
use std::time::Instant;

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
    let view = TensorView::new(Dtype::F32, y.shape().to_vec(), &bytes).expect("a whole tensor");
    serialize_to_file([("y", view)], None, out).expect("a file that can be written");
    json!({ "ms": ms, "output": out })
}

fn train(network: impl Network, inputs: &Inputs, repeats: usize) -> serde_json::Value {
    let mut training = Training::new(network);
    let (ms, loss) = time(repeats, || training.step(inputs).into_scalar::<f32>());
    json!({ "ms": ms, "loss": loss })
}

fn open(path: &Path) -> File {
    File(std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
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
    let reference = Reference::load(&open(&folder.join("reference.safetensors")), &device);
    let soda = Soda::load(Path::new(model), &device).expect("a model");
    for line in std::io::stdin().lines() {
        let line = line.expect("text");
        let mut words = line.split([' ', '-']);
        let mut word = || words.next().expect("NETWORK-JOB-BATCH REPEATS");
        let (network, job, batch) = (word(), word(), word());
        let repeats = word().parse().expect("a number of repeats");
        let out = folder.join("ours.safetensors");
        let given = open(&folder.join(format!("{network}-{batch}.safetensors")));
        let answer = match job {
            "forward" => {
                let inputs = Inputs::load(&given, network, &device);
                match network {
                    "reference" => forward(&reference, &inputs, repeats, &out),
                    _ => forward(&soda.networks, &inputs, repeats, &out),
                }
            }
            _ => {
                let inputs = Inputs::load(&given, network, &device.clone().autodiff());
                match network {
                    "reference" => train(reference.clone(), &inputs, repeats),
                    _ => train(soda.networks.clone(), &inputs, repeats),
                }
            }
        };
        println!("{answer}");
    }
}
