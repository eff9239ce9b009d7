//! `--order` and `--priority`: by what jobs are ordered.

use crate::cli::args::Args;
use crate::run::input::order::{By, History};
use crate::sys::errno;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The order, when it is not that of the input. `names` are those of the columns; `seed` is for a random one.
pub fn order(args: &Args, names: &[Vec<u8>], seed: u64) -> Result<Option<By>, String> {
    let by = match (&args.order.order, &args.order.priority) {
        (None, None) => return Ok(None),
        (_, Some(column)) => By::Column(self::column(column, names)?),
        (Some(order), None) => match order.as_bytes() {
            b"fifo" => return Ok(None),
            b"lifo" => By::Last,
            b"random" => By::Random(seed),
            b"size" => By::Size,
            b"history" => match &args.record.joblog {
                Some(path) => By::History(history(path)?),
                None => return Err("--order history needs --joblog FILE, or history=FILE".to_owned()),
            },
            other => {
                let Some(path) = other.strip_prefix(b"history=") else {
                    let name = crate::escape::visible(other).into_owned();
                    return Err(format!(
                        "--order {name}: the orders are fifo, lifo, random, size, history and history=FILE"
                    ));
                };
                By::History(history(Path::new(std::ffi::OsStr::from_bytes(path)))?)
            }
        },
    };
    let clash = [
        (args.pipe.any(), "--pipe jobs start as their blocks come"),
        (args.record.retry_failed, "--retry-failed starts jobs in the order of the joblog"),
    ];
    match clash.iter().find(|(given, _)| *given) {
        Some((_, why)) => Err(format!("--order and --priority: {why}")),
        None => Ok(Some(by)),
    }
}

fn column(column: &str, names: &[Vec<u8>]) -> Result<usize, String> {
    if let Some(index) = names.iter().position(|name| name == column.as_bytes()) {
        return Ok(index);
    }
    match column.parse::<usize>() {
        Ok(n) if n > 0 => Ok(n - 1),
        _ => Err(format!(
            "--priority {}: neither the number of a column nor a name of --header",
            crate::escape::visible(column.as_bytes())
        )),
    }
}

/// The first run has no joblog yet.
fn history(path: &Path) -> Result<History, String> {
    match History::read(path) {
        Ok(history) => Ok(history),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(History::default()),
        Err(error) => Err(format!(
            "cannot read {}: {}",
            crate::escape::visible(path.as_os_str().as_bytes()),
            errno::words(&error)
        )),
    }
}
