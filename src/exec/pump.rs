//! Reads one output of one job from its pipe and stores it or passes it on.

use super::capture::{Capture, CaptureStore, Collector};
use super::lines::Lines;
use super::spec::{OutputMode, Stream};
use crate::sys;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// One output.
#[derive(Debug)]
pub struct Pump<'a> {
    stream: Stream,
    pipe: Option<OwnedFd>,
    destination: Destination<'a>,
    /// The bytes that were in the pipe when the process exited and are not read yet.
    unread: usize,
}

#[derive(Debug)]
enum Destination<'a> {
    Collect(Collector<'a>),
    Lines(Lines),
    Nothing,
}

impl<'a> Pump<'a> {
    /// An output at its start.
    pub fn new(stream: Stream, pipe: Option<OwnedFd>, mode: OutputMode, store: &'a CaptureStore) -> Pump<'a> {
        let destination = match mode {
            OutputMode::Capture => Destination::Collect(Collector::new(store)),
            OutputMode::Lines => Destination::Lines(Lines::default()),
            OutputMode::Inherit => Destination::Nothing,
        };
        Pump { stream, pipe, destination, unread: 0 }
    }

    /// The pipe. `None` after its end.
    pub fn pipe(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// The process has exited. All bytes that are in the pipe now are output of the job and will be read. Later bytes
    /// come from other processes.
    pub fn process_ended(&mut self) {
        self.unread = self.pipe.as_ref().map_or(0, sys::events::readable);
    }

    /// Whether bytes of the job itself are not read yet.
    pub fn has_unread(&self) -> bool {
        self.unread > 0 && self.pipe.is_some()
    }

    /// Reads available bytes. Closes the pipe at the end of the stream. An error says why the output cannot be stored.
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
                Destination::Lines(cutter) => {
                    let got = sys::io::read_spare(pipe, cutter.room())?;
                    cutter.take(&mut |bytes| lines(self.stream, bytes));
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

    /// Closes the pipe and passes on a last line without a newline.
    pub fn close(&mut self, lines: &mut dyn FnMut(Stream, &[u8])) {
        self.pipe = None;
        if let Destination::Lines(cutter) = &mut self.destination {
            cutter.finish(&mut |bytes| lines(self.stream, bytes));
        }
    }

    /// The captured output.
    pub fn finish(self) -> Capture {
        match self.destination {
            Destination::Collect(collector) => collector.finish(),
            Destination::Lines(_) | Destination::Nothing => Capture::default(),
        }
    }
}
