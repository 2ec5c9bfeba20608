//! A Vulkan layer under which the GPU is lost: submission number `SODA_LOST_AFTER` and all later
//! ones answer `VK_ERROR_DEVICE_LOST`, as do waits, which is what a driver says after a reset.
//!
//! Structures and numbers are those of the Vulkan specification and of the loader's interface to
//! layers (`vk_layer.h`). Of both only what is used here; one instance, one device.

#![allow(non_snake_case)]

use std::ffi::{CStr, c_char, c_void};
use std::mem::transmute;
use std::ptr::null;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

type Handle = *mut c_void;
type Function = Option<unsafe extern "system" fn()>;
type GetProcAddr = unsafe extern "system" fn(Handle, *const c_char) -> Function;

const INITIALISATION_FAILED: i32 = -3;
const DEVICE_LOST: i32 = -4;
/// `VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO`, and the same for devices.
const LOADER_INSTANCE: i32 = 47;
const LOADER_DEVICE: i32 = 48;

/// How every structure of a chain begins; of the loader's, what follows.
#[repr(C)]
struct Chained {
    kind: i32,
    next: *const Chained,
    /// 0 for the link to the next layer.
    function: i32,
    link: *mut Link,
}

#[repr(C)]
struct Link {
    next: *mut Link,
    instance_function: GetProcAddr,
    /// Of physical devices for an instance, of the device for a device.
    other_function: GetProcAddr,
}

/// `VkInstanceCreateInfo` and `VkDeviceCreateInfo` as far as the chain.
#[repr(C)]
struct CreateInfo {
    kind: i32,
    next: *const Chained,
}

static INSTANCE: OnceLock<(usize, GetProcAddr)> = OnceLock::new();
static DEVICE: OnceLock<(usize, GetProcAddr)> = OnceLock::new();
static SUBMISSIONS: AtomicU64 = AtomicU64::new(0);

fn limit() -> u64 {
    static LIMIT: OnceLock<u64> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let set = std::env::var("SODA_LOST_AFTER").ok();
        set.and_then(|n| n.parse().ok()).unwrap_or(u64::MAX)
    })
}

fn lost() -> bool {
    SUBMISSIONS.load(Ordering::SeqCst) > limit()
}

/// The loader's link in the chain of `info`, which is moved on to the next layer's.
unsafe fn link(info: *const CreateInfo, kind: i32) -> Option<(GetProcAddr, GetProcAddr)> {
    unsafe {
        let mut chained = (*info).next as *mut Chained;
        while !chained.is_null() {
            if (*chained).kind == kind && (*chained).function == 0 {
                let link = (*chained).link;
                (*chained).link = (*link).next;
                return Some(((*link).instance_function, (*link).other_function));
            }
            chained = (*chained).next as *mut Chained;
        }
        None
    }
}

unsafe extern "system" fn create_instance(
    info: *const CreateInfo,
    allocator: *const c_void,
    instance: *mut Handle,
) -> i32 {
    unsafe {
        let Some((get, _)) = link(info, LOADER_INSTANCE) else {
            return INITIALISATION_FAILED;
        };
        let Some(create) = get(null::<c_void>() as Handle, c"vkCreateInstance".as_ptr()) else {
            return INITIALISATION_FAILED;
        };
        type Create =
            unsafe extern "system" fn(*const CreateInfo, *const c_void, *mut Handle) -> i32;
        let result = transmute::<_, Create>(create)(info, allocator, instance);
        if result == 0 {
            let _ = INSTANCE.set((*instance as usize, get));
        }
        result
    }
}

unsafe extern "system" fn create_device(
    physical: Handle,
    info: *const CreateInfo,
    allocator: *const c_void,
    device: *mut Handle,
) -> i32 {
    unsafe {
        let Some((get, get_of_device)) = link(info, LOADER_DEVICE) else {
            return INITIALISATION_FAILED;
        };
        let instance = INSTANCE.get().map_or(0, |(instance, _)| *instance) as Handle;
        let Some(create) = get(instance, c"vkCreateDevice".as_ptr()) else {
            return INITIALISATION_FAILED;
        };
        type Create =
            unsafe extern "system" fn(Handle, *const CreateInfo, *const c_void, *mut Handle) -> i32;
        let result = transmute::<_, Create>(create)(physical, info, allocator, device);
        if result == 0 {
            let _ = DEVICE.set((*device as usize, get_of_device));
        }
        result
    }
}

/// The next layer's function of that name.
fn below(name: &CStr) -> Function {
    let (device, get) = DEVICE.get()?;
    unsafe { get(*device as Handle, name.as_ptr()) }
}

unsafe extern "system" fn queue_submit(
    queue: Handle,
    count: u32,
    submits: *const c_void,
    fence: u64,
) -> i32 {
    SUBMISSIONS.fetch_add(1, Ordering::SeqCst);
    let next = below(c"vkQueueSubmit");
    match next {
        Some(next) if !lost() => unsafe {
            type Submit = unsafe extern "system" fn(Handle, u32, *const c_void, u64) -> i32;
            transmute::<_, Submit>(next)(queue, count, submits, fence)
        },
        _ => DEVICE_LOST,
    }
}

unsafe extern "system" fn wait_for_fences(
    device: Handle,
    count: u32,
    fences: *const u64,
    all: u32,
    timeout: u64,
) -> i32 {
    match below(c"vkWaitForFences") {
        Some(next) if !lost() => unsafe {
            type Wait = unsafe extern "system" fn(Handle, u32, *const u64, u32, u64) -> i32;
            transmute::<_, Wait>(next)(device, count, fences, all, timeout)
        },
        _ => DEVICE_LOST,
    }
}

unsafe extern "system" fn wait_semaphores(
    device: Handle,
    info: *const c_void,
    timeout: u64,
) -> i32 {
    match below(c"vkWaitSemaphores") {
        Some(next) if !lost() => unsafe {
            type Wait = unsafe extern "system" fn(Handle, *const c_void, u64) -> i32;
            transmute::<_, Wait>(next)(device, info, timeout)
        },
        _ => DEVICE_LOST,
    }
}

/// What this layer puts in a function's place.
fn ours(name: &CStr) -> Function {
    let function = match name.to_bytes() {
        b"vkGetInstanceProcAddr" => soda_instance_function as *const (),
        b"vkGetDeviceProcAddr" => soda_device_function as *const (),
        b"vkCreateInstance" => create_instance as *const (),
        b"vkCreateDevice" => create_device as *const (),
        b"vkQueueSubmit" => queue_submit as *const (),
        b"vkWaitForFences" => wait_for_fences as *const (),
        b"vkWaitSemaphores" | b"vkWaitSemaphoresKHR" => wait_semaphores as *const (),
        _ => return None,
    };
    unsafe { transmute(function) }
}

/// # Safety
/// Called by the loader.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn soda_instance_function(
    instance: Handle,
    name: *const c_char,
) -> Function {
    unsafe {
        ours(CStr::from_ptr(name)).or_else(|| {
            let (_, get) = INSTANCE.get()?;
            get(instance, name)
        })
    }
}

/// # Safety
/// Called by the loader.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn soda_device_function(device: Handle, name: *const c_char) -> Function {
    unsafe {
        let name = CStr::from_ptr(name);
        // Extensions' functions only where the device has them.
        let there = below(name);
        match ours(name) {
            Some(function) if there.is_some() => Some(function),
            Some(_) => None,
            None => {
                let (_, get) = DEVICE.get()?;
                get(device, name.as_ptr())
            }
        }
    }
}
