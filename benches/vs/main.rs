//! Compares apool with other tools: `cargo bench --bench vs [-- dispatch bulk start memory …]`.
//!
//! Every figure is the median of five rounds (`ROUNDS=n` changes that). In a round the tools run one after another, so
//! that other load affects all alike. A tool that is not installed is left out. CPU is that of the tool without its
//! children, read from /proc after its end and before its reap.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::similar_names,
    clippy::zombie_processes,
    missing_docs,
    reason = "a benchmark"
)]
#![allow(unsafe_code, reason = "waitid and wait4, to read the tool's own CPU time before it is reaped")]

mod measure;
mod tables;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let want = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    let tools = measure::Tools::find();
    println!("tools: {}", tools.names().join(", "));
    if want("dispatch") {
        tables::dispatch(&tools);
    }
    if want("bulk") {
        tables::bulk(&tools);
    }
    if want("start") {
        tables::start(&tools);
    }
    if want("memory") {
        tables::memory(&tools);
    }
    if want("joblog") {
        tables::joblog(&tools);
    }
}
