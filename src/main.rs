//! The command `apool`. All of its code is in the module `cli` of the library.

#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

/// The `main` that the C library calls. The start-up code of the standard library takes a tenth of the time of a short
/// run, and apool does not need it: it reads the memory map for the guard of the stack, and gives every thread a second
/// stack for a message about stack overflow.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
#[expect(unsafe_code, reason = "the C library finds the function by this name, and no other function has it")]
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    // A panic must not leave a function that C calls. The status is that of the standard library.
    std::panic::catch_unwind(apool::cli::main).map_or(101, std::ffi::c_int::from)
}

/// Elsewhere only the standard library can read the command line.
#[cfg(not(all(target_os = "linux", target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    apool::cli::main().into()
}
