//! Memory that a training asks for again and again.

/// Have the C library keep what is freed. A step of a training frees and asks for the same
/// hundreds of megabytes; given back to the system, every page of them is cleared and mapped anew,
/// which took a sixth of a step. Where the C library is another than glibc, nothing happens.
pub fn keep_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` sets numbers that the allocator reads, before there are other threads.
    unsafe {
        // The largest threshold there is: what is mapped apart is given back at once.
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        // Arenas of threads give their memory back whatever these numbers say.
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
