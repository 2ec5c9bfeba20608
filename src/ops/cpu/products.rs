//! What 3×3 convolutions multiply.

use std::cell::Cell;

/// The numbers that the products of 3×3 convolutions are taken of. Sums, and everything else, are
/// f32 either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Products {
    /// f32.
    #[default]
    F32,
    /// f32 rounded to bf16 where kernels have been transformed (see [`super::winograd`]): twice as
    /// many products a second on CPUs with `avx512_bf16`. Others round alike and are no faster.
    #[cfg(not(target_family = "wasm"))]
    Bf16,
}

thread_local! {
    static PRODUCTS: Cell<Products> = const { Cell::new(Products::F32) };
}

impl Products {
    /// Those of this thread.
    pub fn here() -> Self {
        PRODUCTS.get()
    }

    /// Does `work`, whose convolutions on this thread take these products of new weights. Weights
    /// that are kept between calls are multiplied in f32.
    pub fn during<T>(self, work: impl FnOnce() -> T) -> T {
        struct Restored(Products);
        impl Drop for Restored {
            fn drop(&mut self) {
                PRODUCTS.set(self.0);
            }
        }
        let _restored = Restored(PRODUCTS.replace(self));
        work()
    }
}
