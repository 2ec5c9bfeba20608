//! The network's weights, from a safetensors file.

use super::{Block, Matcher, REFINED_LENGTH, STAGES, STEM, Weights};
use crate::morph::MorphError;
use half::f16;
use safetensors::{Dtype, SafeTensors};

/// Reads the whole network and checks every shape.
pub fn read(bytes: &[u8]) -> Result<Matcher, MorphError> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| MorphError::Weights(format!("the file cannot be read: {error}")))?;
    let layer = |name: &str, inputs: usize, outputs: usize| {
        Ok::<_, MorphError>(Weights {
            values: tensor(&file, &format!("{name}.weight"), &[inputs, outputs])?,
            bias: tensor(&file, &format!("{name}.bias"), &[outputs])?,
        })
    };
    let mut blocks = Vec::new();
    let mut channels = STEM;
    for (kernel, stride, expansion, outputs, count) in STAGES {
        for i in 0..count {
            let name = |part: &str| format!("blocks.{}.{part}", blocks.len());
            let wide = channels * expansion;
            let block = Block {
                kernel,
                stride: if i == 0 { stride } else { 1 },
                expand: match expansion {
                    1 => None,
                    _ => Some(layer(&name("expand"), channels, wide)?),
                },
                depthwise: layer(&name("depthwise"), kernel * kernel, wide)?,
                project: layer(&name("project"), wide, outputs)?,
            };
            blocks.push(block);
            channels = outputs;
        }
    }
    Ok(Matcher {
        stem: layer("stem", 27, STEM)?,
        blocks,
        basis: tensor(&file, "basis", &[40, REFINED_LENGTH])?,
    })
}

fn tensor(file: &SafeTensors, name: &str, shape: &[usize]) -> Result<Vec<f32>, MorphError> {
    let view = file
        .tensor(name)
        .map_err(|_| MorphError::Weights(format!("{name} is missing")))?;
    if view.shape() != shape || view.dtype() != Dtype::F16 {
        return Err(MorphError::Weights(format!(
            "{name} is {:?} {:?}, the matcher needs F16 {shape:?}",
            view.dtype(),
            view.shape(),
        )));
    }
    let halves = view.data().as_chunks::<2>().0;
    Ok(halves
        .iter()
        .map(|&bytes| f16::from_le_bytes(bytes).to_f32())
        .collect())
}
