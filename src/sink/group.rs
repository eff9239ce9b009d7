//! Commands in the log of GitHub Actions: groups of lines that it folds, and annotations. Pure.

/// Begins a group, with its title up to the end of the line.
const BEGIN: &[u8] = b"::group::";
/// Ends a group.
pub(super) const END: &[u8] = b"::endgroup::\n";

/// The line that begins a group. It is the head of the output of a job, see
/// [`SinkSender::done_with_head`](super::SinkSender::done_with_head).
pub fn begin_group(title: &str) -> Vec<u8> {
    [BEGIN, title.as_bytes(), b"\n"].concat()
}

/// True for a message that GitHub reads. It must begin a line.
pub(super) fn is_command(message: &[u8]) -> bool {
    message.starts_with(b"::")
}

/// True for a head that begins a group.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(BEGIN)
}
