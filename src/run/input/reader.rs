//! The reading thread: input to numbered jobs, in batches. It reads no faster than jobs are taken: the channel behind it
//! holds a few batches, and while it is full the thread waits, and with it whoever writes our input.
//!
//! Nobody joins this thread: it may sit in a read of a terminal or a pipe that never ends, and the process may end under
//! it.

use crate::input::{InputError, Reader};
use crate::job::{Args, Job, Priority, Row, Seq};
use crate::run::identity::identity;
use crate::run::input::order::{By, Window};
use crate::run::records::resume::Retry;
use crate::run::worker::WorkerContext;
use crate::sys::fault;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::VecDeque;
use std::sync::Arc;

/// Batches that may wait between the reader and the conductor. A batch is at most 256 jobs or 64 KiB.
const BATCHES_MAX: usize = 4;

/// What the reading thread sends.
#[derive(Debug)]
pub enum Input {
    /// Jobs, in order.
    Jobs(Vec<Job>),
    /// How many jobs there are, known before the end.
    Total(u64),
    /// The end.
    End,
    /// The input cannot be read on. What was read before runs, but for so many jobs, which were to know their number.
    Failed(InputError, u64),
}

/// Starts the reading thread. With `all_first` nothing is handed on before everything was read, because the command
/// names the total number of jobs.
pub fn start(reader: Reader, all_first: bool, order: Option<Ordering>) -> std::io::Result<Receiver<Input>> {
    let (to, from) = bounded(BATCHES_MAX);
    fault::spawn(std::thread::Builder::new().name("reader".into()).stack_size(256 * 1024), move || {
        // The conductor may have gone first: then there is nobody left to tell.
        let _ = match order {
            Some(order) => read_ordered(reader, &order, all_first, &to),
            None if all_first => read_all(reader, &to),
            None => read_on(reader, &to),
        };
    })?;
    Ok(from)
}

/// Starts the reading thread on the failed jobs of a joblog, which keep their numbers.
pub fn start_retry(retry: Retry) -> std::io::Result<Receiver<Input>> {
    let (to, from) = bounded(BATCHES_MAX);
    fault::spawn(std::thread::Builder::new().name("reader".into()).stack_size(256 * 1024), move || {
        let _ = read_joblog(retry, &to);
    })?;
    Ok(from)
}

fn read_joblog(retry: Retry, to: &Sender<Input>) -> Sent {
    to.send(Input::Total(retry.len() as u64))?;
    let mut retry = retry.peekable();
    while retry.peek().is_some() {
        let jobs = retry.by_ref().take(RETRY_BATCH).map(|job| {
            let (seq, command) = job?;
            Ok(Job { seq, args: Args::One(Row::one(command)), priority: Priority::default() })
        });
        match jobs.collect::<std::io::Result<Vec<Job>>>() {
            Ok(jobs) => to.send(Input::Jobs(jobs))?,
            Err(error) => {
                let name = Some(b"the joblog".to_vec());
                return to.send(Input::Failed(InputError::Read { name, error }, 0));
            }
        }
    }
    to.send(Input::End)
}

/// Jobs of a joblog in one batch.
const RETRY_BATCH: usize = 64;

type Sent = Result<(), crossbeam_channel::SendError<Input>>;

fn read_on(mut reader: Reader, to: &Sender<Input>) -> Sent {
    let mut seq = 0;
    let mut total = None;
    loop {
        if total.is_none() {
            total = reader.total();
            total.map_or(Ok(()), |n| to.send(Input::Total(n)))?;
        }
        match reader.next_batch() {
            Ok(Some(batch)) => to.send(Input::Jobs(number(batch.jobs, &mut seq)))?,
            Ok(None) => return to.send(Input::End),
            Err(error) => return to.send(Input::Failed(error, 0)),
        }
    }
}

fn read_all(mut reader: Reader, to: &Sender<Input>) -> Sent {
    let mut seq = 0;
    let mut batches = Vec::new();
    loop {
        match reader.next_batch() {
            Ok(Some(batch)) => batches.push(number(batch.jobs, &mut seq)),
            Ok(None) => break,
            Err(error) => return to.send(Input::Failed(error, seq)),
        }
    }
    // The count goes first, so that it is known when the first job is rendered.
    to.send(Input::Total(seq))?;
    batches.into_iter().try_for_each(|batch| to.send(Input::Jobs(batch)))?;
    to.send(Input::End)
}

/// By what jobs are ordered, and what makes their commands.
#[derive(Debug)]
pub struct Ordering {
    /// By what.
    pub by: By,
    /// Knows the template.
    pub worker: Arc<WorkerContext>,
    /// With `-k`: so many jobs are ordered among themselves and handed on before others come, so that only the outputs of
    /// as many wait for their turn.
    pub round: Option<usize>,
}

/// Jobs that are handed on in one batch: few, so that those read meanwhile can still come before the rest.
const ORDERED_BATCH: usize = 64;

fn read_ordered(mut reader: Reader, order: &Ordering, all_first: bool, to: &Sender<Input>) -> Sent {
    let mut window = Window::default();
    // Read and not in the window: what is left of a batch, and everything where the number of all must be known.
    let mut ahead: VecDeque<Args> = VecDeque::new();
    let (mut read, mut seq) = (0, 0);
    let mut last = None;
    // An order that says nothing of any job looked at is a mistake: nothing starts.
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
                        last = Some(Input::End);
                        to.send(Input::Total(read))?;
                    }
                    Err(error) if all_first => return to.send(Input::Failed(error, read)),
                    Err(error) => last = Some(Input::Failed(error, 0)),
                }
            }
            let Some(args) = ahead.pop_front() else { break };
            seq += 1;
            let mut job = Job { seq: Seq(seq), args, priority: Priority::default() };
            applies = applies || order.by.applies_to(&job.args);
            let command = || identity(&order.worker.command.template, &job, None);
            job.priority = order.by.priority(&job, command);
            window.push(job);
        }
        let jobs: Vec<Job> = std::iter::from_fn(|| window.pop()).take(ORDERED_BATCH).collect();
        if jobs.is_empty() {
            return to.send(last.unwrap_or(Input::End));
        }
        if !applies {
            return to.send(Input::Failed(order.by.nothing(), 0));
        }
        to.send(Input::Jobs(jobs))?;
    }
}

fn number(batch: Vec<Args>, seq: &mut u64) -> Vec<Job> {
    batch
        .into_iter()
        .map(|args| {
            *seq += 1;
            Job { seq: Seq(*seq), args, priority: Priority::default() }
        })
        .collect()
}
