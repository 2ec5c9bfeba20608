//! A GPU that is lost while a program uses it gives an error and never numbers. In a program of its
//! own, since a fault of a device stands until the program ends. `make test-wgpu` runs it.
#![cfg(feature = "wgpu")]

#[cfg(target_os = "linux")]
mod commands;

use burn::tensor::{Device, DeviceKind, Tensor};
use burn_cubecl::cubecl::wgpu::{AutoGraphicsApi, WgpuDevice, init_setup};
use soda::engine::values;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_lost_gpu_is_an_error_and_no_numbers() {
    let setup = init_setup::<AutoGraphicsApi>(&WgpuDevice::default(), Default::default());
    let device = Device::wgpu(DeviceKind::DefaultDevice);
    let compute = |summand: f32| values(Tensor::<2>::ones([40, 40], &device) + summand);
    assert_eq!(compute(1.0).unwrap(), vec![2.0; 1600]);

    setup.device.destroy();
    // The command line catches panics and ends with them; here they count as errors too.
    let results: Vec<_> = [2.0, 3.0]
        .map(|summand| catch_unwind(AssertUnwindSafe(|| compute(summand))))
        .into();
    for result in results {
        match result {
            Ok(Ok(found)) => panic!("a lost device gave {:?}", &found[..4]),
            Ok(Err(error)) => println!("{error}"),
            Err(_) => println!("a panic"),
        }
    }
}
