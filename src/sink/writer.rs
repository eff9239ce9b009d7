//! The writing thread: takes messages, keeps the order, buffers small outputs, and reports accepted output.
//!
//! While messages wait, small outputs are collected and written in one call. When no message waits, everything is
//! written at once, so that no output is late. Standard output and standard error are written in the order of the
//! messages, because both may be the same terminal or file.

use super::config::{Order, SinkConfig};
use super::event::{SinkEvent, SinkReport};
use super::group;
use super::sender::{Inbox, Message};
use super::sequencer::{Release, Sequencer};
use super::spool::{SpoolBudget, SpooledOutput};
use super::status::Status;
use super::stream_buffer::StreamBuffer;
use super::tag::Tag;
use crate::exec::{Capture, Stream};
use crate::job::Seq;
use crossbeam_channel::Sender;
use std::io;
use std::time::Duration;

/// The most pieces of output before a write, even while messages wait. Their jobs must be reported.
const PENDING_MAX: usize = 256;

/// The state of the thread.
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
#[derive(Debug)]
pub(super) struct Writer {
    inbox: Inbox,
    events: Sender<SinkEvent>,
    report_emitted: bool,
    groups: bool,
    out: StreamBuffer,
    err: StreamBuffer,
    order: Option<Sequencer<SpooledOutput>>,
    budget: SpoolBudget,
    status: Status,
    /// Jobs whose output is in the buffers and not yet accepted.
    pending: Vec<Seq>,
    pending_pieces: usize,
    /// The cursor of the terminal is at the start of a line.
    at_line_start: bool,
    /// Output was lost or is not wanted. All later output is discarded.
    discarding: bool,
    report: SinkReport,
}

type Written = Result<(), (Stream, io::Error)>;

impl Writer {
    pub(super) fn new(config: SinkConfig, inbox: Inbox, events: Sender<SinkEvent>) -> Writer {
        let status = Status::new(config.progress, config.clock, &config.stdout, config.stderr.clone());
        Writer {
            inbox,
            events,
            report_emitted: config.report_emitted,
            groups: config.groups,
            err: StreamBuffer::new(config.stderr, status.is_live()),
            out: StreamBuffer::new(config.stdout, status.clears_for_pipe()),
            order: (config.order == Order::Input).then(|| Sequencer::new(config.first.0)),
            budget: SpoolBudget::new(config.spill_directory),
            status,
            pending: Vec::new(),
            pending_pieces: 0,
            at_line_start: true,
            discarding: false,
            report: SinkReport::default(),
        }
    }

    /// Handles messages until [`Message::Finish`].
    pub(super) fn run(mut self) -> SinkReport {
        loop {
            let message = match self.inbox.try_next() {
                Some(message) => Some(message),
                None => self.wait(),
            };
            match message {
                Some(Message::Finish) => return self.finish(),
                Some(Message::Conclude(lost)) => {
                    self.flush_all();
                    if !self.discarding {
                        return self.finish();
                    }
                    let _ = lost.send(());
                }
                Some(message) => self.handle(message),
                None => {}
            }
            if self.pending_pieces >= PENDING_MAX {
                self.flush_all();
                self.show();
            }
        }
    }

    /// No message waits: writes the buffers, shows a due view, and waits. `None` when the view is due. While a view
    /// is shown, output waits for the next one.
    fn wait(&mut self) -> Option<Message> {
        let held = self.status.holds_output().filter(|_| self.out.may_wait() || self.err.may_wait());
        if held.is_none() {
            self.flush_all();
        }
        self.show();
        // A message that came meanwhile has not waited long.
        let due = self.status.due_in();
        self.inbox.wait(held.map_or(due, |held| Some(due.map_or(held, |due| due.min(held)))))
    }

    fn show(&mut self) {
        if self.status.due_in() == Some(Duration::ZERO) {
            self.status.show(self.at_line_start);
            self.at_line_start = true;
            if self.status.is_drawn() {
                self.inbox.note_view();
            }
        }
    }

    fn handle(&mut self, message: Message) {
        if self.inbox.discarding() {
            self.discard();
        }
        match message {
            Message::Done { seq, tag, head, out, err, permit } => {
                let grouped = self.groups && group::begins(&head);
                self.handle_output(permit, |writer| {
                    if !head.is_empty() {
                        writer.chunk(seq, Stream::Stdout, tag.clone(), head)?;
                    }
                    writer.done(seq, tag, out, err, grouped)
                });
            }
            Message::Chunk { seq, stream, tag, bytes } => {
                self.handle_output(true, |writer| writer.chunk(seq, stream, tag, bytes));
            }
            Message::Skip { from, to } => {
                if let Some(order) = &mut self.order {
                    order.skip(from.0, to.0);
                }
                self.try_write(Writer::release);
            }
            Message::Line { text, permit } => {
                self.line(&text);
                if permit {
                    self.inbox.release();
                }
            }
            Message::View => self.status.update(self.inbox.view()),
            Message::Suspend(tx) => {
                self.flush_all();
                self.status.suspend();
                let _ = tx.send(());
            }
            Message::Flush(tx) => {
                self.flush_all();
                let _ = tx.send(());
            }
            Message::Resume => self.status.resume(),
            Message::Conclude(_) | Message::Finish => {}
        }
    }

    /// Handles a piece of output. Returns the permit of its sender, if it took one.
    fn handle_output(&mut self, permit: bool, action: impl FnOnce(&mut Writer) -> Written) {
        self.pending_pieces += 1;
        self.try_write(action);
        if permit {
            self.inbox.release();
        }
    }

    /// Does nothing after output was lost. The first loss is reported.
    fn try_write(&mut self, action: impl FnOnce(&mut Writer) -> Written) {
        if self.discarding {
            return;
        }
        if let Err((stream, error)) = action(self) {
            self.discard();
            let _ = self.events.send(SinkEvent::Broken { stream, error });
        }
    }

    /// Discards all output from now on.
    fn discard(&mut self) {
        self.report.broken |= !self.discarding;
        self.discarding = true;
        self.pending.clear();
        self.out.discard();
        self.err.discard();
        self.order = None;
    }

    fn done(&mut self, seq: Seq, tag: Option<Tag>, out: Capture, err: Capture, grouped: bool) -> Written {
        let Some(order) = &mut self.order else {
            return self.write_last(seq, tag.as_ref(), (&out, &err), grouped);
        };
        if order.is_due(seq.0) {
            order.end(seq.0);
            self.write_last(seq, tag.as_ref(), (&out, &err), grouped)?;
        } else {
            let spooled = order.buffer(seq.0, SpooledOutput::default);
            spooled.tag = spooled.tag.take().or(tag);
            (spooled.done, spooled.grouped) = (true, grouped);
            spooled.push_captures(out, err, &mut self.budget).map_err(|error| (Stream::Stdout, error))?;
            order.end(seq.0);
        }
        self.release()
    }

    fn chunk(&mut self, seq: Seq, stream: Stream, tag: Option<Tag>, bytes: Vec<u8>) -> Written {
        match &mut self.order {
            Some(order) if !order.is_due(seq.0) => {
                let spooled = order.buffer(seq.0, SpooledOutput::default);
                spooled.tag = spooled.tag.take().or(tag);
                spooled.push_lines(stream, bytes, &mut self.budget).map_err(|error| (stream, error))
            }
            _ => self.write(seq, stream, tag.as_ref(), &Capture::Memory(bytes)),
        }
    }

    /// Writes buffered output that is due.
    fn release(&mut self) -> Written {
        while let Some(released) = self.order.as_mut().and_then(Sequencer::next) {
            match released {
                Release::Whole(seq, spooled) | Release::Begin(seq, spooled) => {
                    self.write_spooled(Seq(seq), &spooled)?;
                }
                Release::Skipped { .. } => {}
            }
        }
        Ok(())
    }

    fn write_spooled(&mut self, seq: Seq, spooled: &SpooledOutput) -> Written {
        self.budget.release(spooled);
        if spooled.done {
            let outputs = (&spooled.out, &spooled.err);
            return self.write_last(seq, spooled.tag.as_ref(), outputs, spooled.grouped);
        }
        self.write(seq, Stream::Stdout, spooled.tag.as_ref(), &spooled.out)?;
        self.write(seq, Stream::Stderr, spooled.tag.as_ref(), &spooled.err)
    }

    /// All output, or the rest, of a job. The job is then reported.
    fn write_last(
        &mut self,
        seq: Seq,
        tag: Option<&Tag>,
        (out, err): (&Capture, &Capture),
        grouped: bool,
    ) -> Written {
        self.write(seq, Stream::Stdout, tag, out)?;
        if grouped {
            let mut end = if self.out.at_line_start() { Vec::new() } else { b"\n".to_vec() };
            end.extend_from_slice(group::END);
            self.write(seq, Stream::Stdout, None, &Capture::Memory(end))?;
        }
        self.write(seq, Stream::Stderr, tag, err)?;
        self.pending.push(seq);
        Ok(())
    }

    fn write(&mut self, seq: Seq, stream: Stream, tag: Option<&Tag>, bytes: &Capture) -> Written {
        if bytes.is_empty() {
            return Ok(());
        }
        self.flush(if stream == Stream::Stdout { Stream::Stderr } else { Stream::Stdout })?;
        let (buffer, status) = self.buffer(stream);
        let written = buffer.write(seq, tag, bytes, || status.erase(stream));
        if buffer.shows_view() {
            self.at_line_start = buffer.at_line_start();
        }
        written.map_err(|error| (stream, error))
    }

    fn flush(&mut self, stream: Stream) -> Written {
        let (buffer, status) = self.buffer(stream);
        buffer.flush(|| status.erase(stream)).map_err(|error| (stream, error))
    }

    fn buffer(&mut self, stream: Stream) -> (&mut StreamBuffer, &mut Status) {
        match stream {
            Stream::Stdout => (&mut self.out, &mut self.status),
            Stream::Stderr => (&mut self.err, &mut self.status),
        }
    }

    /// Writes the buffers and reports jobs with accepted output.
    fn flush_all(&mut self) {
        self.pending_pieces = 0;
        self.try_write(|writer| {
            writer.flush(Stream::Stdout)?;
            writer.flush(Stream::Stderr)
        });
        if self.pending.is_empty() {
            return;
        }
        self.report.emitted += self.pending.len() as u64;
        if self.report_emitted {
            // The receiver may be gone.
            let _ = self.events.send(SinkEvent::Emitted(std::mem::take(&mut self.pending)));
        } else {
            self.pending.clear();
        }
    }

    fn line(&mut self, text: &[u8]) {
        self.flush_all();
        self.status.await_pipe();
        let erase = self.status.erase(Stream::Stderr);
        self.err.write_message(erase, text, self.at_line_start);
        self.at_line_start = true;
    }

    /// Writes all buffered output, even of jobs whose turn has not come.
    fn finish(mut self) -> SinkReport {
        let left: Vec<_> = self.order.as_mut().map(|order| order.drain().collect()).unwrap_or_default();
        for (seq, spooled) in left {
            self.try_write(|writer| writer.write_spooled(Seq(seq), &spooled));
        }
        self.flush_all();
        self.status.finish(self.at_line_start);
        SinkReport { stdout_bytes: self.out.bytes, stderr_bytes: self.err.bytes, ..self.report }
    }
}

#[cfg(test)]
mod tests;
