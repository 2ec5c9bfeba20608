//! Memory to work in, kept by each thread from one call to the next: asking the system for it and
//! clearing it took a tenth of a training step.

use super::simd::LINE;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

thread_local! {
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Floats from a cache line on, with anything in them.
pub struct Scratch {
    floats: Vec<f32>,
    skip: usize,
    length: usize,
}

impl Scratch {
    /// So many floats.
    pub fn new(length: usize) -> Self {
        let wanted = length + LINE;
        let mut floats = FREE.with_borrow_mut(|free| {
            // The smallest that is large enough, else the largest, to grow.
            let fits = (0..free.len()).filter(|&i| free[i].len() >= wanted);
            let best = fits.min_by_key(|&i| free[i].len());
            let best = best.or_else(|| (0..free.len()).max_by_key(|&i| free[i].len()));
            best.map(|i| free.swap_remove(i)).unwrap_or_default()
        });
        if floats.len() < wanted {
            floats = vec![0.0; wanted];
        }
        let skip = floats.as_ptr().align_offset(LINE * size_of::<f32>()) % LINE;
        Self {
            floats,
            skip,
            length,
        }
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.floats[self.skip..][..self.length]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.floats[self.skip..][..self.length]
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A thread that is ending has no place for it any more.
        let floats = std::mem::take(&mut self.floats);
        let _ = FREE.try_with(|free| free.borrow_mut().push(floats));
    }
}
