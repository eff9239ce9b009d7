use super::super::double::{Double, Step};
use super::*;
use proptest::prelude::*;
use std::io::Read;
use std::sync::atomic::Ordering;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn short_and_interrupted_writes_are_continued() {
    let steps = [
        Step::Take(1),
        Step::Fail(ErrorKind::Interrupted),
        Step::Take(3),
        Step::Fail(ErrorKind::WouldBlock),
        Step::Fail(ErrorKind::WouldBlock),
        Step::Take(2),
    ];
    let double = Double::with(steps);
    double.output().write(&mut [&b"first "[..], b"", b"and second"].map(IoSlice::new)).unwrap();
    assert_eq!(double.text(), "first and second");
    assert_eq!(double.waits.load(Ordering::SeqCst), 2);
}

#[test]
fn a_write_of_zero_bytes_is_an_error() {
    let error = Double::with([Step::Take(0)]).output().write_bytes(b"x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    Double::with([Step::Fail(ErrorKind::StorageFull)]).output().write_bytes(b"").unwrap();
}

#[test]
fn a_file_is_written_whole_without_sendfile() {
    let bytes: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
    let steps = [
        Step::Take(7),
        Step::Fail(ErrorKind::WouldBlock),
        Step::Fail(ErrorKind::InvalidInput),
        Step::Take(5),
    ];
    for steps in [&steps[..2], &steps[..]] {
        let double = Double::with(steps.iter().copied());
        double.output().write_file(&file(&bytes), bytes.len() as u64).unwrap();
        assert_eq!(double.bytes(), bytes);
    }
    let error = Double::pipe().output().write_file(&file(b"short"), 6).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn a_full_non_blocking_pipe_is_waited_for() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let bytes: Vec<u8> = (0..1_000_000u32).map(|i| (i / 7) as u8).collect();
    let output = Output::from(OwnedFd::from(writer));
    let sent = bytes.clone();
    let thread = std::thread::Builder::new()
        .spawn(move || {
            output.write(&mut [&sent[..10], &sent[10..]].map(IoSlice::new)).unwrap();
            output.write_file(&file(&sent), sent.len() as u64).unwrap();
        })
        .unwrap();
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    thread.join().unwrap();
    assert!(read == [&bytes[..], &bytes[..]].concat(), "{} bytes", read.len());
}

#[test]
fn lost_readers_and_full_disks_are_errors() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Output::from(OwnedFd::from(writer));
    assert_eq!(output.write_bytes(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(output.write_file(&file(b"x"), 1).unwrap_err().kind(), ErrorKind::BrokenPipe);
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let output = Output::from(OwnedFd::from(full));
        assert_eq!(output.write_bytes(b"x").unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(output.write_file(&file(b"x"), 1).unwrap_err().kind(), ErrorKind::StorageFull);
    }
}

#[test]
fn a_file_opened_for_appending_takes_a_file() {
    let target = tempfile::NamedTempFile::new().unwrap();
    let append = File::options().append(true).open(target.path()).unwrap();
    let output = Output::from(OwnedFd::from(append));
    output.write_bytes(b"a").unwrap();
    output.write_file(&file(b"bc"), 2).unwrap();
    assert_eq!(std::fs::read(target.path()).unwrap(), b"abc");
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kinds =
        [ErrorKind::Interrupted, ErrorKind::WouldBlock, ErrorKind::StorageFull, ErrorKind::BrokenPipe];
    let step = prop_oneof![
        6 => (1usize..9).prop_map(Step::Take),
        1 => proptest::sample::select(kinds.to_vec()).prop_map(Step::Fail),
    ];
    proptest::collection::vec(step, 0..30)
}

proptest! {
    /// For any failures, the accepted bytes are a prefix of the output. Without an error they are all of it.
    #[test]
    fn accepted_bytes_are_never_out_of_order_or_twice(steps in steps(), first in "[a-z]{0,40}", second in "[A-Z]{0,40}", filed: bool) {
        let double = Double::with(steps);
        let whole = format!("{first}{second}");
        let done = if filed {
            double.output().write_file(&file(whole.as_bytes()), whole.len() as u64)
        } else {
            double.output().write(&mut [first.as_bytes(), second.as_bytes()].map(IoSlice::new))
        };
        let text = double.text();
        prop_assert!(whole.starts_with(&text), "{} {}", whole, text);
        prop_assert!(done.is_err() || text == whole);
    }
}
