//! Links the unwinder into the program. Otherwise every start loads libgcc_s.so.1, although unwinding is rare.
//!
//! Only where the archive of the compiler is found, and only for the program. A user of the library decides for itself.
//! Some linkers load the shared library all the same. That is no worse than without this file.
#![allow(clippy::disallowed_methods, reason = "cargo passes the target in the environment")]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_LINKER");
    let var = |name: &str| env::var(name).unwrap_or_default();
    let glibc = var("CARGO_CFG_TARGET_OS") == "linux" && var("CARGO_CFG_TARGET_ENV") == "gnu";
    let is_static = var("CARGO_CFG_TARGET_FEATURE").split(',').any(|feature| feature == "crt-static");
    if !glibc || is_static || var("HOST") != var("TARGET") {
        return;
    }
    let linker = env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let Ok(output) = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output() else { return };
    let Ok(archive) = String::from_utf8(output.stdout) else { return };
    // The output without a directory means that there is none. A comma would end the name for the linker.
    let archive = archive.trim();
    if Path::new(archive).is_absolute() && Path::new(archive).is_file() && !archive.contains(',') {
        println!("cargo::rustc-link-arg-bins=-Wl,--whole-archive,{archive},--no-whole-archive");
    }
}
