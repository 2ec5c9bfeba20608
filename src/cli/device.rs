//! `--device`: the backends that were built in, chosen at run time.

use burn::tensor::Device;
use clap::{Args, ValueEnum};

/// Where the networks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The CPU, in pure Rust.
    #[cfg(feature = "flex")]
    Flex,
    /// A GPU through wgpu's own shading language: Vulkan, Metal or Direct3D.
    #[cfg(feature = "wgpu")]
    Wgpu,
    /// A GPU through Vulkan and SPIR-V: tensor cores and f16 where the driver has them.
    #[cfg(feature = "vulkan")]
    Vulkan,
    /// An NVIDIA GPU.
    #[cfg(feature = "cuda")]
    Cuda,
}

/// The option itself.
#[derive(Debug, Clone, Args)]
pub struct DeviceArgs {
    /// Where to run. More backends can be built in: cargo build --features wgpu,vulkan,cuda.
    #[arg(long, value_enum, default_value = Backend::default_name())]
    pub device: Backend,
}

impl Backend {
    fn default_name() -> &'static str {
        Self::value_variants()
            .first()
            .and_then(|backend| backend.to_possible_value())
            .map(|value| Box::leak(value.get_name().to_owned().into_boxed_str()) as &'static str)
            .expect("at least one backend is built in")
    }
}

impl DeviceArgs {
    /// Open the device.
    pub fn open(&self) -> Result<Device, Box<dyn std::error::Error>> {
        Ok(match self.device {
            #[cfg(feature = "flex")]
            Backend::Flex => Device::flex(),
            #[cfg(feature = "wgpu")]
            Backend::Wgpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
            #[cfg(feature = "vulkan")]
            Backend::Vulkan => Device::vulkan(burn::tensor::DeviceKind::DefaultDevice),
            #[cfg(feature = "cuda")]
            Backend::Cuda => Device::cuda(0),
        })
    }

    /// The backend's name.
    pub fn name(&self) -> String {
        format!("{:?}", self.device).to_lowercase()
    }
}
