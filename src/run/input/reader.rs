//! The reading thread: it turns the input into numbered jobs, in batches.
//!
//! The channel to the conductor holds a few batches. While it is full the thread waits, and so does the writer of our
//! input. No thread joins this one, because it may block in a read of a terminal or a pipe. It ends with the process.

use crate::input::{InputError, Reader};
use crate::job::{Args, Job, Priority, Row, Seq};
use crate::run::input::message::InputMessage;
use crate::run::input::order::{OrderBy, Window};
use crate::run::records::resume::Retry;
use crate::sys::fault;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::VecDeque;
use std::fmt;

/// The batches that may wait between the reader and the conductor. A batch has at most 256 jobs or 64 KiB.
const BATCHES_MAX: usize = 4;
/// Jobs of a joblog in one batch.
const RETRY_BATCH: usize = 64;
/// Jobs in one batch of an ordered input. It is small, so that jobs that are read later can still start earlier.
const ORDERED_BATCH: usize = 64;
const STACK_BYTES: usize = 256 * 1024;

type Sent = Result<(), crossbeam_channel::SendError<InputMessage>>;

/// A function from a job to its command.
pub type CommandOf = Box<dyn Fn(&Job) -> Vec<u8> + Send>;

/// The order in which jobs start.
pub struct StartOrder {
    /// The criterion.
    pub by: OrderBy,
    /// Gives the command that identifies a job in the joblog.
    pub command: CommandOf,
    /// With `-k`: this many jobs are ordered among themselves and sent before any other, which bounds the outputs that
    /// wait for their turn.
    pub round: Option<usize>,
}

impl fmt::Debug for StartOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartOrder").field("by", &self.by).field("round", &self.round).finish_non_exhaustive()
    }
}

/// Starts the reading thread. With `all_first` it sends no job before it has read all of them, because the command
/// contains their total number.
pub fn start(
    reader: Reader,
    all_first: bool,
    order: Option<StartOrder>,
) -> std::io::Result<Receiver<InputMessage>> {
    start_thread(move |tx| match order {
        Some(order) => read_ordered(reader, &order, all_first, tx),
        None if all_first => read_all(reader, tx),
        None => read_on(reader, tx),
    })
}

/// Starts the reading thread on the failed jobs of a joblog, which keep their numbers.
pub fn start_retry(retry: Retry) -> std::io::Result<Receiver<InputMessage>> {
    start_thread(move |tx| read_joblog(retry, tx))
}

fn start_thread(
    read: impl FnOnce(&Sender<InputMessage>) -> Sent + Send + 'static,
) -> std::io::Result<Receiver<InputMessage>> {
    let (tx, rx) = bounded(BATCHES_MAX);
    fault::spawn(std::thread::Builder::new().name("reader".into()).stack_size(STACK_BYTES), move || {
        // An error means that the conductor has ended first.
        let _ = read(&tx);
    })?;
    Ok(rx)
}

fn read_joblog(retry: Retry, tx: &Sender<InputMessage>) -> Sent {
    tx.send(InputMessage::Total(retry.len() as u64))?;
    let mut retry = retry.peekable();
    while retry.peek().is_some() {
        let jobs = retry.by_ref().take(RETRY_BATCH).map(|job| {
            let (seq, command) = job?;
            Ok(Job { seq, args: Args::One(Row::one(command)), priority: Priority::default() })
        });
        match jobs.collect::<std::io::Result<Vec<Job>>>() {
            Ok(jobs) => tx.send(InputMessage::Jobs(jobs))?,
            Err(error) => {
                let name = Some(b"the joblog".to_vec());
                return tx.send(InputMessage::Failed(InputError::Read { name, error }, 0));
            }
        }
    }
    tx.send(InputMessage::End)
}

/// Sends each batch as it is read.
fn read_on(mut reader: Reader, tx: &Sender<InputMessage>) -> Sent {
    let mut seq = 0;
    let mut total = None;
    loop {
        if total.is_none() {
            total = reader.total();
            total.map_or(Ok(()), |n| tx.send(InputMessage::Total(n)))?;
        }
        match reader.next_batch() {
            Ok(Some(batch)) => tx.send(InputMessage::Jobs(number(batch.jobs, &mut seq)))?,
            Ok(None) => return tx.send(InputMessage::End),
            Err(error) => return tx.send(InputMessage::Failed(error, 0)),
        }
    }
}

/// Reads everything, then sends the total and all batches.
fn read_all(mut reader: Reader, tx: &Sender<InputMessage>) -> Sent {
    let mut seq = 0;
    let mut batches = Vec::new();
    loop {
        match reader.next_batch() {
            Ok(Some(batch)) => batches.push(number(batch.jobs, &mut seq)),
            Ok(None) => break,
            Err(error) => return tx.send(InputMessage::Failed(error, seq)),
        }
    }
    // The total comes first, so that the first command can contain it.
    tx.send(InputMessage::Total(seq))?;
    batches.into_iter().try_for_each(|batch| tx.send(InputMessage::Jobs(batch)))?;
    tx.send(InputMessage::End)
}

/// Fills a window of jobs and sends the first of them in the order wanted.
fn read_ordered(mut reader: Reader, order: &StartOrder, all_first: bool, tx: &Sender<InputMessage>) -> Sent {
    let mut window = Window::default();
    // Jobs that were read and are not in the window: the rest of a batch, or everything if the total must be known
    // first.
    let mut ahead: VecDeque<Args> = VecDeque::new();
    let (mut read, mut seq) = (0, 0);
    let mut last = None;
    // If the criterion applies to none of the first jobs, it is a mistake of the user and nothing starts.
    let mut applies = false;
    loop {
        let may_fill = order.round.is_none() || window.is_empty();
        let everything = all_first && order.round.is_none();
        while may_fill && (everything || !window.is_full(order.round)) {
            while last.is_none() && (ahead.is_empty() || all_first) {
                match reader.next_batch() {
                    Ok(Some(batch)) => {
                        read += batch.jobs.len() as u64;
                        ahead.extend(batch.jobs);
                    }
                    Ok(None) => {
                        last = Some(InputMessage::End);
                        tx.send(InputMessage::Total(read))?;
                    }
                    Err(error) if all_first => return tx.send(InputMessage::Failed(error, read)),
                    Err(error) => last = Some(InputMessage::Failed(error, 0)),
                }
            }
            let Some(args) = ahead.pop_front() else { break };
            seq += 1;
            let mut job = Job { seq: Seq(seq), args, priority: Priority::default() };
            applies = applies || order.by.applies_to(&job.args);
            job.priority = order.by.priority(&job, || (order.command)(&job));
            window.push(job);
        }
        let jobs: Vec<Job> = std::iter::from_fn(|| window.pop()).take(ORDERED_BATCH).collect();
        if jobs.is_empty() {
            return tx.send(last.unwrap_or(InputMessage::End));
        }
        if !applies {
            return tx.send(InputMessage::Failed(order.by.no_match(), 0));
        }
        tx.send(InputMessage::Jobs(jobs))?;
    }
}

/// Gives the jobs of a batch their numbers. `seq` is the last number given.
fn number(batch: Vec<Args>, seq: &mut u64) -> Vec<Job> {
    batch
        .into_iter()
        .map(|args| {
            *seq += 1;
            Job { seq: Seq(*seq), args, priority: Priority::default() }
        })
        .collect()
}
