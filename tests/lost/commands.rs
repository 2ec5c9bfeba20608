//! Whole commands under a Vulkan layer (`layer/`) that takes the GPU away, as a driver's reset does.

use image::{Rgb, RgbImage};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const TINY: &str = "tests/fixtures/tiny";

/// The folder with the layer and its manifest, built once.
fn layer() -> &'static Path {
    static LAYER: OnceLock<PathBuf> = OnceLock::new();
    LAYER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lost");
        let built = Command::new(std::env::var("CARGO").expect("cargo runs the tests"))
            .args([
                "build",
                "--release",
                "--manifest-path",
                "tests/lost/layer/Cargo.toml",
            ])
            .arg("--target-dir")
            .arg(&folder)
            .status()
            .expect("cargo starts");
        assert!(built.success(), "the layer");
        let manifest = serde_json::json!({
            "file_format_version": "1.1.2",
            "layer": {
                "name": "VK_LAYER_SODA_lost",
                "type": "GLOBAL",
                "library_path": folder.join("release/libsoda_lost_device.so"),
                "api_version": "1.3.0",
                "implementation_version": "1",
                "description": "The GPU is lost",
                "functions": {
                    "vkGetInstanceProcAddr": "soda_instance_function",
                    "vkGetDeviceProcAddr": "soda_device_function"
                }
            }
        });
        let manifests = folder.join("manifests");
        std::fs::create_dir_all(&manifests).unwrap();
        std::fs::write(manifests.join("lost.json"), manifest.to_string()).unwrap();
        manifests
    })
}

/// `soda … --device wgpu`, whose GPU is lost after so many submissions.
fn soda(args: &[&str], lost_after: u64) -> Output {
    Command::new(env!("CARGO_BIN_EXE_soda"))
        .args(args)
        .args(["--device", "wgpu"])
        .env("VK_LAYER_PATH", layer())
        .env("VK_INSTANCE_LAYERS", "VK_LAYER_SODA_lost")
        .env("SODA_LOST_AFTER", lost_after.to_string())
        // Else lavapipe complains.
        .env("XDG_RUNTIME_DIR", std::env::temp_dir())
        .env_remove("RUST_BACKTRACE")
        .output()
        .expect("the program starts")
}

fn pictures(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for i in 0..8 {
        let picture =
            RgbImage::from_fn(16, 16, |x, y| Rgb([i * 30, (x * 12) as u8, (y * 10) as u8]));
        picture.save(folder.join(format!("p{i}.png"))).unwrap();
    }
}

/// It ends by itself, not well, with one line that speaks of the device.
fn says_so(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let said = said.trim();
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("device"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said.to_owned()
}

#[test]
fn a_command_that_loses_its_gpu_says_so_in_one_line_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data);
    let data = data.to_str().unwrap();
    let encode = |out: &str, after| {
        let args = ["encode", "--model", TINY, "--data", data, "--out", out];
        soda(&args, after)
    };
    let out = folder.path().join("z.safetensors");
    let file = out.to_str().unwrap();
    // The layer alone changes nothing.
    let whole = encode(file, u64::MAX);
    let said = String::from_utf8_lossy(&whole.stderr);
    assert!(whole.status.success() && out.exists(), "{said}");
    std::fs::remove_file(&out).unwrap();

    for after in [0, 1, 3] {
        let said = says_so(&encode(file, after));
        println!("{after}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!out.exists(), "after {after}");
    }
    let out = folder.path().join("drawn");
    let args = [
        "reconstruct",
        "--model",
        TINY,
        "--data",
        data,
        "--out",
        out.to_str().unwrap(),
    ];
    println!("{}", says_so(&soda(&args, 4)));
    assert!(!out.exists() || std::fs::read_dir(&out).unwrap().count() == 0);
}

/// What had been kept before stands, and another device goes on from it.
#[test]
fn a_training_that_loses_its_gpu_goes_on_from_its_checkpoint_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    pictures(&data);
    let config = folder.path().join("config.json");
    let settings = serde_json::json!({
        "model": soda::model::ModelConfig::preset("tiny").unwrap(),
        "phases": [{"size": 16, "pictures": 4000, "batch": 4}],
    });
    std::fs::write(&config, settings.to_string()).unwrap();
    let [data, out, config] = [&data, &out, &config].map(|path| path.to_str().unwrap());
    let args = ["train", "--data", data, "--config", config, "--out", out];
    // Late enough for a checkpoint, which is kept after a second: how much work that is depends on
    // the GPU.
    let run = Path::new(out);
    let mut after = 6000;
    while soda::train::latest_checkpoints(run).is_empty() {
        assert!(after < 10_000_000, "no checkpoint");
        let _ = std::fs::remove_dir_all(run);
        let said = says_so(&soda(
            &[&args[..], &["--checkpoint-every", "1"]].concat(),
            after,
        ));
        println!("{after}: {said}");
        assert!(said.contains("the GPU was lost"), "{said}");
        after *= 2;
    }
    let again = Command::new(env!("CARGO_BIN_EXE_soda"))
        .args(["train", "--data", data, "--out", out, "--resume"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success(), "{said}");
}
