//! `--device`: the backends that were built in and their devices, chosen at run time.

use burn::tensor::{Device, DeviceType};
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

/// A backend, and which of its devices: `BACKEND` or `BACKEND:NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    backend: Backend,
    /// Its number among the backend's devices; the backend's own choice where there is none.
    number: Option<usize>,
}

/// The option itself.
#[derive(Debug, Clone, Args)]
pub struct DeviceArgs {
    /// Where to run: a backend, or BACKEND:NUMBER for one of several GPUs. More backends can be
    /// built in: cargo build --features wgpu,vulkan,cuda.
    #[arg(long, default_value = Backend::default_name())]
    pub device: Place,
}

/// The option where several devices can share the work.
#[derive(Debug, Clone, Args)]
pub struct DevicesArgs {
    /// Where to train: a backend, BACKEND:NUMBER for one of several GPUs, or several that share
    /// each batch, such as cuda:0,cuda:1. More backends can be built in: cargo build --features
    /// wgpu,vulkan,cuda.
    #[arg(long, value_delimiter = ',', default_value = Backend::default_name())]
    pub device: Vec<Place>,
    /// How many of the backend's devices share each batch [default: 1; on the CPU, which is one
    /// device, a replica for each core where the loss allows it].
    #[arg(long)]
    pub devices: Option<usize>,
}

impl Backend {
    fn default_name() -> &'static str {
        Self::value_variants()
            .first()
            .and_then(|backend| backend.to_possible_value())
            .map(|value| Box::leak(value.get_name().to_owned().into_boxed_str()) as &'static str)
            .expect("at least one backend is built in")
    }

    /// Its devices are several, and numbered.
    fn is_gpu(self) -> bool {
        #[cfg(feature = "flex")]
        if self == Self::Flex {
            return false;
        }
        true
    }

    fn device_type(self) -> DeviceType {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => DeviceType::Flex,
            #[cfg(feature = "wgpu")]
            Self::Wgpu => DeviceType::Wgpu,
            #[cfg(feature = "vulkan")]
            Self::Vulkan => DeviceType::Vulkan,
            #[cfg(feature = "cuda")]
            Self::Cuda => DeviceType::Cuda,
        }
    }
}

impl Place {
    fn open(self) -> Result<Device, String> {
        if let Some(number) = self.number {
            let mut found = Device::enumerate(self.backend.device_type()).into_vec();
            return if number < found.len() {
                Ok(found.swap_remove(number))
            } else {
                Err(format!(
                    "--device {self}: there are {}, counted from 0",
                    found.len()
                ))
            };
        }
        Ok(match self.backend {
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
}

impl std::str::FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let backend = Backend::from_str(name, false).map_err(|_| {
            let names = Backend::value_variants().iter();
            let names: Vec<String> = names.map(|backend| format!("{backend:?}")).collect();
            let names = names.join(", ").to_lowercase();
            format!("{name:?} is no backend of this build; it has {names}")
        })?;
        let number = match number {
            Some(_) if !backend.is_gpu() => {
                return Err(format!("{name} is one device; leave the number out"));
            }
            Some(number) => Some(number.parse().map_err(|_| {
                format!("{number:?} is no number of a device; {name}:0 is the first")
            })?),
            None => None,
        };
        Ok(Self { backend, number })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = format!("{:?}", self.backend).to_lowercase();
        match self.number {
            Some(number) => write!(f, "{name}:{number}"),
            None => f.write_str(&name),
        }
    }
}

impl DeviceArgs {
    /// Open the device.
    pub fn open(&self) -> Result<Device, Box<dyn std::error::Error>> {
        Ok(self.device.open()?)
    }

    /// The device as the option names it.
    pub fn name(&self) -> String {
        self.device.to_string()
    }
}

impl DevicesArgs {
    /// Open the devices, one at least. `divisible`: the loss of a batch is the mean of those of its
    /// parts, so that cores of a CPU can have a part each without being asked for.
    ///
    /// Replicas on the CPU get a thread pool that leaves each its share of the cores: side by side
    /// on one thread each they are faster than one on all threads.
    pub fn open(&self, divisible: bool) -> Result<Vec<Device>, Box<dyn std::error::Error>> {
        let mut places = self.places()?;
        if let (&[place], None, true) = (&places[..], self.devices, divisible)
            && !place.backend.is_gpu()
        {
            places = vec![place; cores().min(MAX_REPLICAS)];
        }
        let replicas = places.iter().filter(|p| !p.backend.is_gpu()).count();
        if replicas > 1 && std::env::var_os("RAYON_NUM_THREADS").is_none() {
            let threads = (cores() / replicas).max(1);
            // A pool that exists already stays: it is only slower.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let _ = pool.build_global();
        }
        Ok(places
            .into_iter()
            .map(Place::open)
            .collect::<Result<_, _>>()?)
    }

    /// The devices as `--device` would name them.
    pub fn name(&self) -> Result<String, String> {
        let names: Vec<String> = self.places()?.iter().map(Place::to_string).collect();
        Ok(names.join(","))
    }

    fn places(&self) -> Result<Vec<Place>, String> {
        let places = self.device.clone();
        if places.iter().any(|p| p.backend != places[0].backend) {
            return Err("--device: devices that share batches need the same backend".to_owned());
        }
        match (self.devices, &places[..]) {
            (None | Some(1), _) => Ok(places),
            (Some(0), _) => Err("--devices: is 0, needs 1 or more".to_owned()),
            (
                Some(count),
                &[
                    Place {
                        backend,
                        number: None,
                    },
                ],
            ) => Ok((0..count)
                .map(|i| Place {
                    backend,
                    number: backend.is_gpu().then_some(i),
                })
                .collect()),
            (Some(_), _) => {
                Err("--devices: --device names them already; leave one of the two out".to_owned())
            }
        }
    }
}

/// Most replicas that are made unasked: each takes memory for a part of the batch.
const MAX_REPLICAS: usize = 8;

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;

    fn places(device: &str, devices: Option<usize>) -> Result<String, String> {
        let device = device.split(',').map(str::parse).collect::<Result<_, _>>();
        let args = DevicesArgs {
            device: device?,
            devices,
        };
        args.name()
    }

    #[test]
    fn several_devices_are_named_or_counted() {
        assert_eq!(places("flex", None).unwrap(), "flex");
        assert_eq!(places("flex", Some(3)).unwrap(), "flex,flex,flex");
        assert_eq!(places("flex,flex", None).unwrap(), "flex,flex");
        assert!(places("flex,flex", Some(2)).unwrap_err().contains("leave"));
        assert!(places("flex", Some(0)).unwrap_err().contains("is 0"));
    }

    #[test]
    fn a_wrong_device_is_named() {
        assert!(places("tpu", None).unwrap_err().contains("it has flex"));
        assert!(places("flex:1", None).unwrap_err().contains("one device"));
    }
}
