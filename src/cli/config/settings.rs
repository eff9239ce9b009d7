//! The effective settings, for the metrics: the given options, and the values that follow from them and from the machine.
//! Every option is included automatically; only a default that is not null needs a line below.

use crate::cli::args::{Args, Given, constant, texts};
use crate::cli::host::Host;
use crate::exec::TermSeq;
use crate::input::PipeConfig;
use crate::run::config::{Output, Workers};
use crate::run::records::metrics::text;
use crate::template::Shell;
use adaptive_pool::policy::Bounds;
use serde_json::{Value as Json, json};
use std::os::unix::ffi::OsStrExt;

/// Values that follow from the options and the machine.
pub struct Found<'a> {
    /// The workers.
    pub workers: &'a Workers,
    /// The output.
    pub output: &'a Output,
    /// The shell for `-c`.
    pub shell: &'a Shell,
    /// The seed, if the order is random.
    pub seed: Option<u64>,
    /// The machine.
    pub host: &'a Host,
}

/// The settings by the names of their options. Empty if no metrics are written.
pub fn settings(args: &Args, found: &Found) -> Given {
    if args.record.metrics_json.is_none() {
        return Given::new();
    }
    let mut all = args.given.clone();
    let mut put = |name: &str, value: Json| all.insert(name.to_owned(), value);
    let (words, base64) = texts(args.template.iter().map(|word| text(word.as_bytes())).collect(), true);
    put("command", words);
    if let Some(base64) = base64 {
        put("command_base64", base64);
    }
    put("version", json!(env!("CARGO_PKG_VERSION")));
    put("shell", json!(text(&found.shell.shown()).0));
    put("descriptors", json!(found.host.descriptors));
    put_defaults(args, found, &mut put);

    let workers = found.workers;
    put("policy", json!(workers.policy.name()));
    put("min_workers", json!(workers.min));
    put("max_workers", json!(workers.max));
    let bounds = Bounds { min: workers.min, max: workers.max };
    let initial = workers.initial.unwrap_or_else(|| workers.policy.build(workers.cores).initial(bounds));
    put("initial_workers", json!(initial));
    put("cores", json!(workers.cores));
    let mut policy = workers.policy.clone();
    policy.resolve(workers.cores);
    for (name, value) in policy.settings() {
        put(name, constant(value));
    }
    all
}

/// Options with several spellings, and defaults that are not null.
fn put_defaults(args: &Args, found: &Found, put: &mut impl FnMut(&str, Json) -> Option<Json>) {
    let (input, failure, pipe) = (&args.input, &args.failure, &args.pipe);
    put("keep_order", json!(args.output.keep_order));
    put("max_lines", json!(input.max_lines));
    put("eof", json!(input.end_marker.as_ref().map(|mark| text(mark.as_bytes()).0)));
    put("seed", json!(found.seed));
    put("progress", json!(found.output.progress.name()));
    put("tmpdir", json!(text(found.output.tmpdir.as_os_str().as_bytes()).0));
    let other_records = input.null || input.csv || input.xargs_quotes || pipe.any();
    let blocks = PipeConfig::default().block.to_string();
    let defaults = [
        ("order", args.order.order.is_some(), json!("fifo")),
        ("delimiter", input.delimiter.is_some() || other_records, json!("\\n")),
        ("block", pipe.block.is_some() || !pipe.any(), json!(blocks)),
        ("recend", pipe.recend.is_some() || pipe.recstart.is_some() || !pipe.any(), json!("\\n")),
        ("jobs", args.scaling.jobs.is_some(), json!("auto")),
        ("affinity", args.machine.affinity.is_some(), json!("none")),
        ("retries", failure.retries.is_some(), json!(1)),
        ("retry_delay", failure.retry_delay.is_some(), json!(0.0)),
        ("retry_on", failure.retry_on.is_some(), json!("any")),
        ("termseq", failure.termseq.is_some(), json!(TermSeq::default().to_string())),
        ("halt", failure.halt.is_some(), json!("never")),
    ];
    for (name, _, value) in defaults.into_iter().filter(|(_, given, _)| !given) {
        put(name, value);
    }
}

#[cfg(test)]
pub(super) mod tests;
