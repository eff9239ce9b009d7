//! Functions of libm under their C names, from the crate libm.
//!
//! indicatif uses `f64::powf`. The linker takes this function, so that no start loads libm.so.

/// `x` to the power of `y`.
// SAFETY: the symbol has the type and the meaning of the function of C that it replaces.
#[unsafe(no_mangle)]
pub extern "C" fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_function_is_that_of_libm() {
        assert!((super::pow(0.1, 2.0) - 0.01).abs() < 1e-15);
    }
}
