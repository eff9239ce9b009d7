//! One output of one job: the pipe, and what becomes of the bytes that come out of it.

use super::capture::{Capture, CaptureStore, Collector};
use super::lines::Lines;
use super::spec::{OutputMode, Stream};
use crate::sys;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// One stream.
#[derive(Debug)]
pub struct Pump<'a> {
    stream: Stream,
    pipe: Option<OwnedFd>,
    destination: Destination<'a>,
    /// How much of what the pipe held when the process ended was not read yet.
    unread: usize,
}

#[derive(Debug)]
enum Destination<'a> {
    Collect(Collector<'a>),
    Lines(Lines),
    Nothing,
}

impl<'a> Pump<'a> {
    /// A stream at its start.
    pub fn new(stream: Stream, pipe: Option<OwnedFd>, mode: OutputMode, store: &'a CaptureStore) -> Pump<'a> {
        let destination = match mode {
            OutputMode::Capture => Destination::Collect(Collector::new(store)),
            OutputMode::Lines => Destination::Lines(Lines::default()),
            OutputMode::Inherit => Destination::Nothing,
        };
        Pump { stream, pipe, destination, unread: 0 }
    }

    /// The pipe, until its end.
    pub fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// The process has ended: what the pipe holds now is its own, and is read however long that takes. What comes after is
    /// of others.
    pub fn process_ended(&mut self) {
        self.unread = self.pipe.as_ref().map_or(0, sys::events::readable);
    }

    /// Whether some of that is still to be read.
    pub fn has_unread(&self) -> bool {
        self.unread > 0 && self.pipe.is_some()
    }

    /// Takes in what is there. At the end of the stream the pipe is closed. An error says why the output cannot be destination.
    pub fn take(
        &mut self,
        ready: sys::events::Ready,
        lines: &mut dyn FnMut(Stream, &[u8]),
    ) -> io::Result<()> {
        let Some(pipe) = self.pipe.as_ref() else { return Ok(()) };
        let mut more = ready.data || !ready.ended;
        if ready.data {
            let got = match &mut self.destination {
                Destination::Collect(collector) => collector.read_from(pipe.as_fd())?,
                Destination::Lines(destination) => {
                    let got = sys::io::read_spare(pipe, destination.room())?;
                    destination.take(&mut |bytes| lines(self.stream, bytes));
                    got
                }
                Destination::Nothing => 0,
            };
            self.unread = self.unread.saturating_sub(got);
            more = got > 0;
        }
        if !more {
            self.close(lines);
        }
        Ok(())
    }

    /// Listens no longer.
    pub fn close(&mut self, lines: &mut dyn FnMut(Stream, &[u8])) {
        self.pipe = None;
        if let Destination::Lines(destination) = &mut self.destination {
            destination.finish(&mut |bytes| lines(self.stream, bytes));
        }
    }

    /// What was collected.
    pub fn finish(self) -> Capture {
        match self.destination {
            Destination::Collect(collector) => collector.finish(),
            Destination::Lines(_) | Destination::Nothing => Capture::default(),
        }
    }
}
