//! Our side of a comparison with peers, in the browser: the networks of the native program, for
//! `benches/peers/web.mjs`.

mod compared;

use burn::tensor::{Device, Tensor};
use compared::{File, Inputs, Network, Reference, Training};
use soda::Soda;
use soda::model::Autoencoder;
use soda::weights::Manifest;
use wasm_bindgen::prelude::*;

/// Both networks on one device.
#[wasm_bindgen]
pub struct Compared {
    reference: Reference,
    browser: Autoencoder,
    device: Device,
    given: Option<Inputs>,
    training: Option<Trained>,
}

enum Trained {
    Reference(Training<Reference>),
    Browser(Training<Autoencoder>),
}

#[wasm_bindgen]
impl Compared {
    /// From the reference network's weights and a model's two files.
    pub async fn open(
        reference: Vec<u8>,
        config: String,
        weights: Vec<u8>,
    ) -> Result<Compared, JsError> {
        let device = open_device().await?;
        let soda = Soda::from_parts(Manifest::from_json(config.as_bytes())?, &weights, &device)?;
        Ok(Self {
            reference: Reference::load(&File(reference), &device),
            browser: soda.networks,
            device,
            given: None,
            training: None,
        })
    }

    /// Takes the inputs of the job to come, for `network`, and starts its training over if asked.
    pub fn give(&mut self, network: &str, inputs: Vec<u8>, train: bool) {
        let device = match train {
            true => self.device.clone().autodiff(),
            false => self.device.clone(),
        };
        self.given = Some(Inputs::load(&File(inputs), network, &device));
        self.training = train.then(|| match network {
            "reference" => Trained::Reference(Training::new(self.reference.clone())),
            _ => Trained::Browser(Training::new(self.browser.clone())),
        });
    }

    /// The output of `network`.
    pub async fn forward(&self, network: &str) -> Result<Vec<f32>, JsError> {
        let inputs = self.given.as_ref().expect("inputs");
        read(match network {
            "reference" => self.reference.run(inputs),
            _ => self.browser.run(inputs),
        })
        .await
    }

    /// A training step; the loss before it.
    pub async fn train(&mut self) -> Result<f32, JsError> {
        let inputs = self.given.as_ref().expect("inputs");
        let loss = match self.training.as_mut().expect("training") {
            Trained::Reference(training) => training.step(inputs),
            Trained::Browser(training) => training.step(inputs),
        };
        Ok(read(loss).await?[0])
    }
}

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, JsError> {
    let data = tensor.into_data_async().await;
    let data = data.map_err(|error| JsError::new(&format!("{error:?}")))?;
    Ok(data.iter::<f32>().collect())
}

#[cfg(feature = "webgpu")]
async fn open_device() -> Result<Device, JsError> {
    let opened = Device::wgpu_options().init_async().await;
    opened.map_err(|error| JsError::new(&format!("{error:?}")))
}

#[cfg(not(feature = "webgpu"))]
async fn open_device() -> Result<Device, JsError> {
    Ok(Device::flex())
}
