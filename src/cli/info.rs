//! `soda info` and `soda bench`: what a model is, and how fast.

use super::device::DeviceArgs;
use super::print::plain;
use super::{CliResult, say};
use crate::Soda;
use crate::engine::{DecodeOptions, RequestError, values};
use crate::model::{ModelConfig, flops};
use crate::weights::Manifest;
use burn::tensor::{Device, Tensor};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

/// Say what a model is.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Folder of the model.
    dir: PathBuf,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl InfoArgs {
    /// Print it.
    pub fn run(self) -> CliResult {
        let soda = Soda::load(&self.dir, &self.device.open()?)?;
        let (manifest, model) = (&soda.manifest, &soda.manifest.model);
        let cost = flops(&soda.networks, model, model.size);
        let training = &manifest.training;
        let views = if manifest.views.is_empty() {
            "none".to_owned()
        } else {
            plain(&manifest.views.join(", "))
        };
        let text = format!(
            "{name}: pictures of {size}×{size}, latents of {latent} numbers in groups {groups:?}\n\
             parameters     {parameters:.2} million\n\
             encoding       {encode:.3} GFLOP a picture\n\
             decoding       {step:.3} GFLOP a step, {steps} steps\n\
             rendering      {render}\n\
             views          {views}\n\
             licence        {licence}\n\
             objective      {objective}\n\
             trained on     {data} ({data_licence})\n\
             for            {pictures} pictures, {train_steps} steps, {hours} hours on {device}, \
             seed {seed}",
            name = plain(&manifest.name),
            size = model.size,
            latent = model.latent(),
            groups = model.groups,
            parameters = cost.parameters as f64 / 1e6,
            encode = cost.encode as f64 / 1e9,
            step = cost.step as f64 / 1e9,
            steps = manifest.sampled.steps,
            render = match soda.rendered_size() {
                Some(side) => format!("{:.3} GFLOP, to {side}×{side}", cost.render as f64 / 1e9),
                None => "none".to_owned(),
            },
            licence = plain(&manifest.licence),
            objective = training.objective,
            data = plain(&training.data),
            data_licence = plain(&training.data_licence),
            pictures = training.pictures,
            train_steps = training.steps,
            hours = training.hours,
            device = plain(&training.device),
            seed = training.seed,
        );
        let json = serde_json::json!({
            "parameters": cost.parameters,
            "flops_per_encode": cost.encode,
            "flops_per_step": cost.step,
            "flops_per_rendering": cost.render,
            "licence": manifest.licence,
            "training_data": training.data,
            "config": manifest,
        });
        say(self.json, &text, json);
        Ok(())
    }
}

/// Time encoding, one U-Net step and a morph of nine frames.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Folder of a model [default: fresh networks of the preset].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Networks to time where no model is given.
    #[arg(long, default_value = "browser")]
    preset: String,
    /// Repetitions; medians are printed.
    #[arg(long, default_value_t = 9)]
    repeat: usize,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl BenchArgs {
    /// Time it.
    pub fn run(self) -> CliResult {
        let device = self.device.open()?;
        let soda = match &self.model {
            Some(dir) => Soda::load(dir, &device)?,
            None => fresh(&self.preset, &device)?,
        };
        let size = soda.size();
        let picture = Tensor::<4>::zeros([1, 3, size, size], &device);
        let z = soda.encode(picture.clone());
        // A model that cannot paint says so before anything is timed.
        soda.decode(z.clone(), None, &DecodeOptions::default())?;
        let paint = |frames: usize, steps: usize| -> Result<(), RequestError> {
            let options = DecodeOptions {
                steps: Some(steps),
                ..DecodeOptions::default()
            };
            let z = z.clone().expand([frames, soda.latent()]);
            values(soda.decode(z, None, &options)?.finish()).map(drop)
        };
        let steps = soda.manifest.sampled.steps;
        let median = |work: &dyn Fn() -> Result<(), RequestError>| {
            work()?;
            let mut times = Vec::new();
            for _ in 0..self.repeat.max(1) {
                let begin = Instant::now();
                work()?;
                times.push(begin.elapsed().as_secs_f64() * 1e3);
            }
            times.sort_by(f64::total_cmp);
            Ok::<_, RequestError>(times[times.len() / 2])
        };
        let encode = median(&|| values(soda.encode(picture.clone())).map(drop))?;
        let step = median(&|| paint(1, 1))?;
        let morph = median(&|| paint(9, steps))?;
        let name = self.device.name();
        say(
            self.json,
            &format!(
                "native {name}: encode {encode:.1} ms, one U-Net step {step:.1} ms, \
                 morph of 9 frames in {steps} steps {morph:.0} ms"
            ),
            serde_json::json!({"device": name, "encode_ms": encode, "step_ms": step,
                "morph_ms": morph, "steps": steps}),
        );
        Ok(())
    }
}

fn fresh(preset: &str, device: &Device) -> Result<Soda, Box<dyn std::error::Error>> {
    let config = ModelConfig::preset(preset)?;
    let networks = config.init(device)?;
    Ok(Soda::new(
        Manifest::new(preset, config, Vec::new()),
        networks,
        device,
    ))
}
