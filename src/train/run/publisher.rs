//! What a run shows of itself: sheets and exported models.

use super::super::{Adapted, TrainConfig, TrainError, Trainer};
use super::{Event, RunOptions};
use crate::Soda;
use crate::data::Dataset;
use crate::engine::values;
use crate::latent::Normaliser;
use crate::model::Autoencoder;
use crate::plot::training_sheet;
use crate::train::schedules_chart;
use crate::weights::{Manifest, Precision, Sampled, Training};
use burn::tensor::{Device, Tensor, TensorData};

/// Paints sheets and exports models.
pub struct Publisher<'a> {
    pub data: &'a Dataset,
    pub shown: &'a Dataset,
    pub options: &'a RunOptions,
    pub device: &'a Device,
}

impl Publisher<'_> {
    /// The averaged weights, with their normaliser measured, as a model, and as a sheet where the
    /// objective trains a decoder.
    pub fn publish(
        &self,
        trainer: &Trainer,
        size: usize,
        hours: f64,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), TrainError> {
        let soda = self.soda(trainer, size, hours)?;
        if !trainer.config().objective.is_contrastive()
            && let Err(error) = self.paint(&soda, trainer.steps(), size, on_event)
        {
            on_event(Event::Trouble(error.to_string()));
        }
        if *trainer.adapted() != Adapted::default() {
            let path = self.options.dir.join("schedules.svg");
            if let Err(error) = schedules_chart(trainer.adapted()).save(&path) {
                on_event(Event::Trouble(error));
            }
        }
        let dir = self.options.dir.join("model");
        soda.save(&dir, Precision::F16)?;
        on_event(Event::Exported(dir));
        Ok(())
    }

    fn paint(
        &self,
        soda: &Soda,
        step: usize,
        size: usize,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), TrainError> {
        let sheets = self.options.dir.join("sheets");
        std::fs::create_dir_all(&sheets).map_err(|source| TrainError::Io {
            path: sheets.clone(),
            source,
        })?;
        let path = sheets.join(format!("{step:09}.png"));
        let sheet = training_sheet(soda, self.shown, size)
            .map_err(|error| TrainError::Device(error.to_string()))?;
        sheet.save(&path).map_err(|e| TrainError::Io {
            path: path.clone(),
            source: std::io::Error::other(e),
        })?;
        on_event(Event::Sheet(path));
        Ok(())
    }

    fn soda(&self, trainer: &Trainer, size: usize, hours: f64) -> Result<Soda, TrainError> {
        let config = trainer.config();
        let views = self.data.views.clone();
        let mut manifest = Manifest::new(&config.name, config.model.clone(), views);
        manifest.background = config.pairs.background;
        manifest.schedule = config.schedule;
        manifest.sampled = Sampled {
            interpolation: config.interpolation,
            correction: config.correction,
            ..Sampled::of(config.objective)
        };
        manifest.licence = self.options.licence.clone();
        manifest.training = Training {
            objective: config.objective,
            steps: trainer.steps(),
            pictures: trainer.pictures(),
            seed: config.seed,
            hours: (hours * 100.0).round() / 100.0,
            ..self.options.training.clone()
        };
        let mut networks = trainer.averaged().clone();
        networks.normaliser = self.measure(&networks, config, size)?;
        Ok(Soda::new(manifest, networks, self.device))
    }

    /// The normaliser over up to 1024 training pictures, evenly spaced.
    fn measure(
        &self,
        networks: &Autoencoder,
        config: &TrainConfig,
        size: usize,
    ) -> Result<Normaliser, TrainError> {
        let pictures: Vec<_> = self.data.pictures().map(|(_, entry)| entry).collect();
        let every = pictures.len().div_ceil(1024);
        let chosen: Vec<_> = pictures.iter().step_by(every).collect();
        let mut latents = Vec::new();
        for part in chosen.chunks(32) {
            let pixels: Vec<f32> = part
                .iter()
                .flat_map(|entry| entry.picture.resized(size).compose(config.pairs.background))
                .collect();
            let shape = [part.len(), 3, size, size];
            let x = Tensor::<4>::from_data(TensorData::new(pixels, shape), self.device);
            let z = values(networks.encode(x));
            latents.extend(z.map_err(|error| TrainError::Device(error.to_string()))?);
        }
        let width = config.model.latent();
        Ok(Normaliser::measure(&latents, width, self.device))
    }
}
