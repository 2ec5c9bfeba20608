//! Weight files: round trips, and one clear error for each way a file can be wrong.

use burn::module::Module;
use burn::tensor::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use soda::Soda;
use soda::engine::values;
use soda::model::{Autoencoder, ModelConfig, PriorConfig, RendererConfig};
use soda::weights::{Manifest, Precision, load_tensors, read_files, save_tensors};
use std::path::Path;

fn fresh(seed: u64) -> Autoencoder {
    let config = ModelConfig::preset("tiny").unwrap();
    config.init_seeded(seed, &Device::flex()).unwrap()
}

fn file() -> Vec<u8> {
    save_tensors(&fresh(1), Precision::F32).unwrap()
}

/// The file with one tensor changed by `change`, or left out where it gives none.
fn altered(
    name: &str,
    change: impl Fn(Vec<usize>, Vec<u8>) -> Option<(Dtype, Vec<usize>, Vec<u8>)>,
) -> Vec<u8> {
    let bytes = file();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut kept = Vec::new();
    for (key, view) in tensors.tensors() {
        let (shape, data) = (view.shape().to_vec(), view.data().to_vec());
        match key == name {
            true => kept.extend(change(shape, data).map(|(d, s, b)| (key, d, s, b))),
            false => kept.push((key, view.dtype(), shape, data)),
        }
    }
    let views = kept.iter().map(|(key, dtype, shape, data)| {
        (key, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    serialize(views, None).unwrap()
}

fn error(bytes: &[u8]) -> String {
    load_tensors(fresh(2), bytes).unwrap_err().to_string()
}

/// Loading a model then draws nothing from the generator, which tests that are seeded share.
#[test]
fn networks_draw_no_weights_before_they_are_used() {
    use burn::module::{ModuleVisitor, Param};
    use burn::tensor::Tensor;

    #[derive(Default)]
    struct Drawn {
        shapes: Vec<Vec<usize>>,
        parameters: usize,
    }
    impl ModuleVisitor for Drawn {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if param.is_initialized() {
                self.shapes.push(param.lazy_shape().to_vec());
            }
            self.parameters += 1;
        }
    }
    for preset in ["tiny", "browser"] {
        let config = ModelConfig {
            prior: Some(PriorConfig::default()),
            renderer: Some(RendererConfig::default()),
            ..ModelConfig::preset(preset).unwrap()
        };
        let mut drawn = Drawn::default();
        let networks = config.init(&Device::flex()).unwrap();
        // All but the latent's normaliser, which begins as constants.
        networks.encoder.visit(&mut drawn);
        networks.unet.visit(&mut drawn);
        networks.prior.unwrap().visit(&mut drawn);
        networks.renderer.unwrap().visit(&mut drawn);
        assert!(drawn.parameters > 100);
        assert!(drawn.shapes.is_empty(), "{preset}: {:?}", drawn.shapes);
    }
}

const NAME: &str = "unet.levels.0.down.0.conv1.weight";

#[test]
fn single_precision_survives_unchanged() {
    let bytes = file();
    let back = load_tensors(fresh(2), &bytes).unwrap();
    assert_eq!(save_tensors(&back, Precision::F32).unwrap(), bytes);
}

#[test]
fn half_precision_is_half_the_size_and_idempotent() {
    let half = save_tensors(&fresh(1), Precision::F16).unwrap();
    assert!(half.len() < file().len() * 6 / 10);
    let back = load_tensors(fresh(2), &half).unwrap();
    assert_eq!(save_tensors(&back, Precision::F16).unwrap(), half);
}

#[test]
fn a_saved_model_is_loaded_with_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let soda = Soda::load(Path::new("tests/fixtures/tiny"), &device).unwrap();
    soda.save(folder.path(), Precision::F16).unwrap();
    let (manifest, bytes) = read_files(folder.path()).unwrap();
    assert_eq!(manifest, soda.manifest);
    assert_eq!(
        bytes,
        std::fs::read("tests/fixtures/tiny/model.safetensors").unwrap()
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "nothing but the two files is left behind");
}

#[test]
fn a_saved_model_says_what_it_paints_and_a_driver_that_paints_else_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let manifest = Manifest::new("new", ModelConfig::preset("tiny").unwrap(), Vec::new());
    let soda = Soda::new(manifest, fresh(1), &device);
    soda.save(folder.path(), Precision::F32).unwrap();

    let soda = Soda::load(folder.path(), &device).unwrap();
    let mut pixels = values(soda.warm_up().unwrap()).unwrap();
    assert!(soda.manifest.reference.is_some());
    assert_eq!(soda.check_warm_up(&pixels), Ok(()));
    let other = Soda::load(Path::new("tests/fixtures/tiny"), &device).unwrap();
    let error = other.check_warm_up(&pixels).unwrap_err();
    assert!(error.contains("another picture"), "{error}");
    pixels[5] = f32::NAN;
    let error = soda.check_warm_up(&pixels).unwrap_err();
    assert!(error.contains("not finite"), "{error}");
}

#[test]
fn a_file_cut_anywhere_is_damaged() {
    let bytes = file();
    for length in [0, 1, 7, 8, 9, 100, bytes.len() / 2, bytes.len() - 1] {
        let message = error(&bytes[..length]);
        assert!(
            message.starts_with("weights: not a whole safetensors file"),
            "{length}: {message}"
        );
    }
}

#[test]
fn hostile_headers_are_damaged_files_and_no_crash() {
    let header = |json: &str| {
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes
    };
    let tensor = |shape: &str, offsets: &str| {
        header(&format!(
            r#"{{"x":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#
        ))
    };
    let mut huge = u64::MAX.to_le_bytes().to_vec();
    huge.extend([0; 32]);
    for bytes in [
        huge,
        header("{not json"),
        tensor("[4]", "[0,16]"),
        tensor("[18446744073709551615,18446744073709551615]", "[0,4]"),
        tensor("[1]", "[4,0]"),
    ] {
        let message = error(&bytes);
        assert!(
            message.starts_with("weights: not a whole safetensors file"),
            "{message}"
        );
    }
}

#[test]
fn a_missing_tensor_is_named() {
    let message = error(&altered(NAME, |_, _| None));
    assert!(
        message.starts_with(&format!("weights: {NAME} is missing")),
        "{message}"
    );
}

#[test]
fn a_wrong_shape_is_named_with_the_right_one() {
    let bytes = altered(NAME, |shape, data| {
        Some((Dtype::F32, vec![shape[1] * shape[0], 1, 3, 3], data))
    });
    let message = error(&bytes);
    let start = format!("weights: {NAME} is [64, 1, 3, 3], this model needs [8, 8, 3, 3]");
    assert!(message.starts_with(&start), "{message}");
}

#[test]
fn a_number_that_is_not_finite_is_refused_both_ways() {
    let bytes = altered(NAME, |shape, mut data| {
        data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        Some((Dtype::F32, shape, data))
    });
    assert!(error(&bytes).contains("not finite"), "{}", error(&bytes));
}

#[test]
fn integers_are_no_weights() {
    let bytes = altered(NAME, |shape, data| Some((Dtype::I32, shape, data)));
    assert!(
        error(&bytes).contains("I32, needs F16, BF16 or F32"),
        "{}",
        error(&bytes)
    );
}

#[test]
fn a_tensor_too_many_is_named() {
    let bytes = file();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let extra = [0u8; 4];
    let mut views = tensors.tensors();
    views.push((
        "stranger".to_owned(),
        TensorView::new(Dtype::F32, vec![1], &extra).unwrap(),
    ));
    let message = error(&serialize(views, None).unwrap());
    assert!(
        message.starts_with("weights: stranger is not part of this model"),
        "{message}"
    );
}

/// What is shipped loads, is not larger than allowed, and says where it comes from.
#[test]
fn every_shipped_model_loads_and_is_small_enough() {
    let device = Device::flex();
    for name in ["emoji64", "faces64", "notes64"] {
        let folder = Path::new("models").join(name);
        let bytes = std::fs::metadata(folder.join("model.safetensors"))
            .unwrap()
            .len();
        assert!(bytes <= 24_000_000, "{name}: {bytes} bytes");
        let soda = Soda::load(&folder, &device).unwrap();
        assert_eq!(soda.manifest.name, name);
        assert!(
            !soda.manifest.licence.is_empty() && !soda.manifest.training.data_licence.is_empty()
        );
    }
}

#[test]
fn a_model_changes_as_a_whole_or_not_at_all() {
    use soda::weights::{Manifest, write_files};
    let folder = tempfile::tempdir().unwrap();
    let (dir, other) = (folder.path().join("model"), folder.path().join("other"));
    let config = ModelConfig::preset("tiny").unwrap();
    let write = |dir: &Path, name: &str, seed| {
        let manifest = Manifest::new(name, config.clone(), Vec::new());
        write_files(dir, &manifest, &fresh(seed), Precision::F32).unwrap();
    };
    write(&dir, "old", 1);
    write(&other, "new", 2);
    let (old, new) = (read_files(&dir).unwrap(), read_files(&other).unwrap());
    let files = |dir: &Path| std::fs::read_dir(dir).unwrap().count();
    assert_eq!(files(&dir), 2, "nothing else is left");

    // As a program leaves it that ends at each moment of writing the new model.
    let wait = |name: &str| {
        let new = std::fs::read(other.join(name)).unwrap();
        std::fs::write(dir.join(format!("{name}.new")), new).unwrap();
    };
    wait("model.safetensors");
    assert!(read_files(&dir).unwrap() == old);
    wait("config.json");
    assert!(read_files(&dir).unwrap() == old);
    let weights = dir.join("model.safetensors");
    std::fs::rename(dir.join("model.safetensors.new"), &weights).unwrap();
    assert!(read_files(&dir).unwrap() == new);
    std::fs::rename(dir.join("config.json.new"), dir.join("config.json")).unwrap();
    assert!(read_files(&dir).unwrap() == new);

    // Writing begins by ending what was begun.
    std::fs::rename(dir.join("config.json"), dir.join("config.json.new")).unwrap();
    write(&dir, "third", 3);
    assert_eq!(read_files(&dir).unwrap().0.name, "third");
    assert_eq!(files(&dir), 2);
}
