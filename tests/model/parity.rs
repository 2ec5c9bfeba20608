//! The same weights give the same pictures everywhere. This test pins the native CPU backend to
//! `fixtures/parity.json`; the browser tests compare WebAssembly and WebGPU with the same file,
//! and `--features wgpu` compares the native GPU backend.

use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use soda::Soda;
use soda::diffusion::SamplerKind;
use soda::engine::DecodeOptions;
use std::path::Path;

#[derive(Serialize, Deserialize)]
struct Parity {
    config: String,
    pixels: Vec<f32>,
    latent: Vec<f32>,
    noise: Vec<f32>,
    steps: usize,
    sampler: SamplerKind,
    decoded: Vec<f32>,
    /// One in sixteen of the numbers of the rendered pictures.
    rendered: Vec<f32>,
}

const FIXTURE: &str = "tests/fixtures/parity.json";
/// Largest difference between backends, for pixels in [-1, 1] and normalised latents.
const TOLERANCE: f32 = 1e-3;

/// A picture with an edge, a gradient and colour, and noise from the seeded host generator.
fn inputs(size: usize) -> (Vec<f32>, Vec<f32>) {
    let pixel = |c: usize, y: usize, x: usize| {
        let disc = (x as f32 - 7.5).powi(2) + (y as f32 - 6.0).powi(2) < 25.0;
        match (disc, c) {
            (true, 0) => 0.9,
            (true, 1) => y as f32 / size as f32,
            (true, _) => -0.8,
            (false, _) => 1.0,
        }
    };
    let at = |i: usize| pixel(i / (size * size), i / size % size, i % size);
    let pixels = (0..3 * size * size).map(at).collect();
    let rng = ChaCha8Rng::seed_from_u64(5);
    let noise = StandardNormal
        .sample_iter(rng)
        .take(3 * size * size)
        .collect();
    (pixels, noise)
}

fn compute(device: &Device) -> Parity {
    let soda = Soda::load(Path::new("tests/fixtures/rendering"), device).unwrap();
    let (pixels, noise) = inputs(soda.size());
    let options = DecodeOptions {
        steps: Some(6),
        sampler: Some(SamplerKind::DpmPlusPlus2M),
        ..DecodeOptions::default()
    };
    let z = soda.encode(soda.pictures(pixels.clone()).unwrap());
    let start = soda.pictures(noise.clone()).unwrap();
    let paint = |options: &DecodeOptions| {
        let painting = soda.decode(z.clone(), Some(start.clone()), options);
        let pictures = painting.unwrap().finish();
        pictures.try_into_vec_as::<f32>().unwrap()
    };
    let decoded = paint(&options);
    let rendered = paint(&DecodeOptions {
        size: soda.rendered_size(),
        ..options
    });
    assert_eq!(rendered.len(), 16 * decoded.len());
    Parity {
        config: "rendering".to_owned(),
        pixels,
        latent: z.clone().try_into_vec_as::<f32>().unwrap(),
        noise,
        steps: 6,
        sampler: SamplerKind::DpmPlusPlus2M,
        decoded,
        rendered: rendered.into_iter().step_by(16).collect(),
    }
}

fn assert_close(what: &str, found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let worst = found
        .iter()
        .zip(wanted)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst <= TOLERANCE, "{what}: off by {worst}");
}

fn check(device: &Device) {
    let found = compute(device);
    if std::env::var_os("SODA_WRITE_FIXTURES").is_some() {
        std::fs::write(FIXTURE, serde_json::to_string(&found).unwrap()).unwrap();
    }
    let wanted: Parity = serde_json::from_str(&std::fs::read_to_string(FIXTURE).unwrap()).unwrap();
    assert_close("latent", &found.latent, &wanted.latent);
    assert_close("decoded", &found.decoded, &wanted.decoded);
    assert_close("rendered", &found.rendered, &wanted.rendered);
    let spread = wanted
        .decoded
        .iter()
        .fold((1f32, -1f32), |(l, h), &v| (l.min(v), h.max(v)));
    assert!(
        spread.1 - spread.0 > 0.5,
        "the fixture is not a blank picture"
    );
}

#[test]
#[cfg(feature = "flex")]
fn the_cpu_backend_gives_the_pinned_picture() {
    check(&Device::flex());
}

#[test]
#[cfg(feature = "wgpu")]
fn the_gpu_backend_gives_the_pinned_picture() {
    check(&Device::wgpu(burn::tensor::DeviceKind::DefaultDevice));
}
