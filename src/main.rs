//! The command: everything it does is in the library's `cli` module.

#![cfg_attr(all(target_os = "linux", target_env = "gnu", not(test)), no_main)]

/// Called by the C library itself. What the standard library does before a `main` of its own (it reads the memory map to
/// find the guard of the stack, and gives every thread a second stack for a handler that only says that the first is full)
/// takes a tenth of the time of a short run, and the program needs none of it.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
#[expect(
    unsafe_code,
    reason = "the name is the one by which the C library finds it, and there is no other of it"
)]
#[unsafe(no_mangle)]
extern "C" fn main() -> std::ffi::c_int {
    // No panic may leave a function that C has called; the status is that of the standard library.
    std::panic::catch_unwind(apool::cli::main).map_or(101, std::ffi::c_int::from)
}

/// Elsewhere the standard library has to find the words of the command line.
#[cfg(not(all(target_os = "linux", target_env = "gnu", not(test))))]
fn main() -> std::process::ExitCode {
    apool::cli::main().into()
}
