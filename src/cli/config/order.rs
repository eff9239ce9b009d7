//! `--order` and `--priority`: the order in which jobs start.

use crate::cli::args::Args;
use crate::run::input::order::{History, OrderBy};
use crate::sys::errno;
use crate::template::{no_column, no_number};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The order, or `None` for that of the input. `names`: the names of the columns. `values`: the number of values of a job, if
/// it is known. `seed`: for a random order.
pub fn order(
    args: &Args,
    names: &[Vec<u8>],
    values: Option<usize>,
    seed: u64,
) -> Result<Option<OrderBy>, String> {
    let by = match (&args.order.order, &args.order.priority) {
        (None, None) => return Ok(None),
        // The input has no header, and therefore no record and no job.
        (_, Some(_)) if names.is_empty() && args.input.header.is_some() && !args.pipe.any() => {
            return Ok(None);
        }
        (_, Some(column)) => OrderBy::Column(self::column(column, names, values)?),
        (Some(order), None) => match order.as_bytes() {
            b"fifo" => return Ok(None),
            b"lifo" => OrderBy::Last,
            b"random" => OrderBy::Random(seed),
            b"size" => OrderBy::Size,
            b"history" => match &args.record.joblog {
                Some(path) => OrderBy::History(history(path, false)?),
                None => return Err("--order history needs --joblog FILE, or history=FILE".to_owned()),
            },
            other => {
                let Some(path) = other.strip_prefix(b"history=") else {
                    let name = crate::escape::visible(other).into_owned();
                    return Err(format!(
                        "--order {name}: the orders are fifo, lifo, random, size, history and history=FILE"
                    ));
                };
                OrderBy::History(history(Path::new(std::ffi::OsStr::from_bytes(path)), true)?)
            }
        },
    };
    let clash = [
        (args.pipe.any(), "jobs of --pipe start in the order of their blocks"),
        (args.record.retry_failed, "--retry-failed starts jobs in the order of the joblog"),
    ];
    match clash.iter().find(|(given, _)| *given) {
        Some((_, why)) => Err(format!("--order and --priority: {why}")),
        None => Ok(Some(by)),
    }
}

fn column(column: &str, names: &[Vec<u8>], values: Option<usize>) -> Result<usize, String> {
    if let Some(index) = names.iter().position(|name| name == column.as_bytes() && !name.is_empty()) {
        return Ok(index);
    }
    let number = column.parse::<i32>().ok().filter(|number| *number > 0);
    match (number, values) {
        (Some(number), None) => Ok(number as usize - 1),
        (Some(number), Some(values)) if number as usize <= values => Ok(number as usize - 1),
        (Some(number), Some(_)) if !names.is_empty() => {
            Err(format!("--priority: {}", no_number(number, names)))
        }
        (Some(number), Some(1)) => {
            Err(format!("--priority {number}: a record has one value; --colsep splits it into columns"))
        }
        (Some(number), Some(values)) => Err(format!("--priority {number}: a job has {values} values")),
        (None, _) => Err(format!("--priority: {}", no_column(column.as_bytes(), names))),
    }
}

/// The number of values of each job, if it is the same for all: the number of columns or of input sources.
pub fn values(args: &Args, sources: usize, names: &[Vec<u8>]) -> Option<usize> {
    let input = &args.input;
    let several = input.context || input.many || input.xargs;
    let several = several || input.max_args.or(input.max_replace_args).or(input.max_lines).is_some();
    match (several, names.len()) {
        // Columns after the last one of the header have no name and do not count.
        (false, 1..) => Some(names.len()),
        (false, 0) if input.colsep.is_none() && !input.csv && input.header.is_none() => {
            Some((sources + input.arg_file.len()).max(1))
        }
        _ => None,
    }
}

/// The run times of earlier jobs. `named`: the file was given by `history=FILE` and must exist. A joblog may not exist yet.
fn history(path: &Path, named: bool) -> Result<History, String> {
    match History::read(path) {
        Ok(history) => Ok(history),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => Ok(History::default()),
        Err(error) => Err(format!(
            "cannot read {}: {}",
            crate::escape::visible(path.as_os_str().as_bytes()),
            errno::words(&error)
        )),
    }
}
