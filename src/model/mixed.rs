//! The type that feature maps are stored in.

use crate::ops::cpu::products::Products;
use burn::tensor::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

/// Mixed precision (Micikevicius et al., *Mixed Precision Training*, ICLR 2018): weights, latents,
/// and everything outside the convolutional trunks of encoder and U-Net are f32; feature maps are
/// of this type, and so are the weights that a convolution multiplies them with. Our GPU kernels
/// add up in f32.
///
/// CPUs keep feature maps in f32 under bf16 as well, and take the products of 3×3 convolutions in
/// bf16 ([`Products`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixedPrecision {
    /// Feature maps in f32 like all the rest.
    #[default]
    F32,
    /// Half the memory, 11 bits of mantissa; large values overflow at 65,504.
    F16,
    /// Half the memory, 8 bits of mantissa, the range of f32.
    Bf16,
}

impl MixedPrecision {
    /// The type of feature maps.
    pub fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::Bf16 => DType::BF16,
        }
    }

    /// What feature maps are stored in on `device`, and what is multiplied there.
    pub fn on(self, device: &Device) -> (Self, Products) {
        #[cfg(all(feature = "flex", not(target_family = "wasm")))]
        if self == Self::Bf16 && device.clone().inner() == Device::flex() {
            return (Self::F32, Products::Bf16);
        }
        let _ = device;
        (self, Products::F32)
    }
}

impl std::fmt::Display for MixedPrecision {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        })
    }
}

impl std::str::FromStr for MixedPrecision {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::F32, Self::F16, Self::Bf16]
            .into_iter()
            .find(|precision| precision.to_string() == name)
            .ok_or_else(|| format!("{name:?} is none of f32, f16, bf16"))
    }
}

/// `x` as the type `dtype`, untouched where it is of that type already.
pub(super) fn cast<const D: usize>(x: Tensor<D>, dtype: DType) -> Tensor<D> {
    if x.dtype() == dtype { x } else { x.cast(dtype) }
}
