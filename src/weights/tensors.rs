//! `model.safetensors`: the parameters of an [`Autoencoder`] by name.

use super::WeightsError;
use crate::fault;
use crate::model::Autoencoder;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::BTreeSet;

/// How tensors are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Half precision: half the download, no visible difference.
    #[default]
    F16,
    /// Single precision, exact.
    F32,
}

/// Path of the parameter that a visitor or mapper is at.
#[derive(Default)]
struct Name(Vec<String>);

impl Name {
    fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    fn exit(&mut self) {
        self.0.pop();
    }

    fn current(&self) -> String {
        self.0.join(".")
    }
}

/// Serialise every parameter.
///
/// # Errors
/// [`WeightsError::NotFinite`] for weights that training has spoilt, so that they cannot replace
/// good ones.
pub fn save_tensors(networks: &Autoencoder, precision: Precision) -> Result<Vec<u8>, WeightsError> {
    let read = |(name, shape, tensor): Parameter| {
        let values = tensor.try_into_vec_as::<f32>();
        let values = values.map_err(|error| WeightsError::Device(error.to_string()))?;
        match fault::of_device() {
            Some(reason) => Err(WeightsError::Device(reason.to_owned())),
            None => Ok((name, shape, values)),
        }
    };
    let tensors = parameters(networks).into_iter().map(read);
    encode_tensors(tensors.collect::<Result<_, WeightsError>>()?, precision)
}

/// [`save_tensors`] where results can only be awaited, in a browser.
///
/// # Errors
/// As [`save_tensors`], and [`WeightsError::Device`] where the device gave no result back.
pub async fn save_tensors_async(
    networks: &Autoencoder,
    precision: Precision,
) -> Result<Vec<u8>, WeightsError> {
    let mut tensors = Vec::new();
    for (name, shape, tensor) in parameters(networks) {
        let data = tensor.into_data_async().await;
        let data = data.map_err(|error| WeightsError::Device(error.to_string()))?;
        tensors.push((name, shape, data.iter::<f32>().collect()));
    }
    encode_tensors(tensors, precision)
}

/// Name, shape and numbers, in one row.
type Parameter = (String, Vec<usize>, Tensor<1>);

fn parameters(networks: &Autoencoder) -> Vec<Parameter> {
    struct Collect {
        name: Name,
        parameters: Vec<Parameter>,
    }

    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.name.enter(name);
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.name.exit();
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = param.val();
            let shape = tensor.dims().to_vec();
            self.parameters
                .push((self.name.current(), shape, tensor.reshape([-1])));
        }
    }

    let mut collect = Collect {
        name: Name::default(),
        parameters: Vec::new(),
    };
    networks.visit(&mut collect);
    collect.parameters
}

fn encode_tensors(
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
    precision: Precision,
) -> Result<Vec<u8>, WeightsError> {
    let mut stored = Vec::new();
    for (name, shape, values) in tensors {
        let finite = |v: f32| match precision {
            Precision::F16 => f16::from_f32(v).is_finite(),
            Precision::F32 => v.is_finite(),
        };
        if !values.iter().copied().all(finite) {
            return Err(WeightsError::NotFinite { name });
        }
        let bytes: Vec<u8> = match precision {
            Precision::F16 => values
                .iter()
                .flat_map(|&v| f16::from_f32(v).to_le_bytes())
                .collect(),
            Precision::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        };
        stored.push((name, shape, bytes));
    }
    let dtype = match precision {
        Precision::F16 => Dtype::F16,
        Precision::F32 => Dtype::F32,
    };
    let damaged = |e: safetensors::SafeTensorError| WeightsError::Damaged(e.to_string());
    let views = stored
        .iter()
        .map(|(name, shape, bytes)| {
            Ok((
                name,
                TensorView::new(dtype, shape.clone(), bytes).map_err(damaged)?,
            ))
        })
        .collect::<Result<Vec<_>, WeightsError>>()?;
    serialize(views, None).map_err(damaged)
}

/// Put the tensors of a safetensors file into `networks`, all of them or none.
///
/// # Errors
/// Every tensor must be there, of the right shape, in half or single precision and finite, and
/// none may be left over; the error names the first that is not so.
pub fn load_tensors(networks: Autoencoder, bytes: &[u8]) -> Result<Autoencoder, WeightsError> {
    struct Check<'a> {
        name: Name,
        file: &'a SafeTensors<'a>,
        unused: BTreeSet<String>,
        error: Option<WeightsError>,
    }

    impl ModuleVisitor for Check<'_> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.name.enter(name);
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.name.exit();
        }

        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let name = self.name.current();
            self.unused.remove(&name);
            if self.error.is_none() {
                self.error = check(self.file, name, param.lazy_shape().to_vec()).err();
            }
        }
    }

    struct Fill<'a> {
        name: Name,
        file: &'a SafeTensors<'a>,
    }

    impl ModuleMapper for Fill<'_> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.name.enter(name);
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.name.exit();
        }

        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let name = self.name.current();
            let view = self.file.tensor(&name).expect("checked before");
            let data = TensorData::new(numbers(&view), view.shape().to_vec());
            let tensor = Tensor::from_data(data, &param.lazy_device().inner());
            let trained = name.starts_with("encoder.") || name.starts_with("unet.");
            Param::initialized(param.id, tensor).set_require_grad(trained)
        }
    }

    let file = SafeTensors::deserialize(bytes).map_err(|e| WeightsError::Damaged(e.to_string()))?;
    let mut checked = Check {
        name: Name::default(),
        file: &file,
        unused: file.names().into_iter().map(ToOwned::to_owned).collect(),
        error: None,
    };
    networks.visit(&mut checked);
    if let Some(error) = checked.error {
        return Err(error);
    }
    if let Some(name) = checked.unused.pop_first() {
        return Err(WeightsError::Unknown { name });
    }
    Ok(networks.map(&mut Fill {
        name: Name::default(),
        file: &file,
    }))
}

fn check(file: &SafeTensors, name: String, wanted: Vec<usize>) -> Result<(), WeightsError> {
    let Ok(view) = file.tensor(&name) else {
        return Err(WeightsError::Missing { name });
    };
    if view.shape() != wanted {
        let found = view.shape().to_vec();
        return Err(WeightsError::Shape {
            name,
            found,
            wanted,
        });
    }
    if !matches!(view.dtype(), Dtype::F16 | Dtype::BF16 | Dtype::F32) {
        let found = format!("{:?}", view.dtype());
        return Err(WeightsError::Number { name, found });
    }
    if numbers(&view).iter().all(|v| v.is_finite()) {
        Ok(())
    } else {
        Err(WeightsError::NotFinite { name })
    }
}

fn numbers(view: &TensorView) -> Vec<f32> {
    let bytes = view.data();
    let pairs = || bytes.chunks_exact(2).map(|b| [b[0], b[1]]);
    match view.dtype() {
        Dtype::F16 => pairs().map(|b| f16::from_le_bytes(b).to_f32()).collect(),
        Dtype::BF16 => pairs().map(|b| bf16::from_le_bytes(b).to_f32()).collect(),
        _ => bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
    }
}
