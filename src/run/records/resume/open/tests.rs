use super::*;
use crate::run::input::job_input::JobInput;
use crate::run::job_exit::JobExit;
use crate::run::records::joblog::{HEADER, Record, text};
use crate::run::records::resume::ResumeDecision;
use adaptive_pool::time::Time;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Dir {
        Dir(tempfile::tempdir().unwrap())
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("run.log")
    }

    fn with(&self, bytes: &[u8]) -> PathBuf {
        fs::write(self.log(), bytes).unwrap();
        self.log()
    }
}

const JOBS: [(&[u8], JobExit); 4] = [
    (b"true", JobExit::Exited(0)),
    (b"false 'a\tb'\n\\x", JobExit::Exited(1)),
    (b"printf '\xff\0\x1b'", JobExit::Signaled(9)),
    (b"sleep 9", JobExit::TimedOut(15)),
];

fn record(seq: u64, command: &[u8], exit: JobExit) -> Record<'_> {
    let (began, took) = (Duration::from_millis(1_795_209_535_020), Duration::from_millis(2));
    let input = JobInput::Arguments;
    Record { seq: Seq(seq), host: b":", began, took, sent: 0, received: 3, exit, input, command }
}

/// The bytes of a joblog of [`JOBS`], and where each record ends (the header first).
fn whole() -> (Vec<u8>, Vec<usize>) {
    let mut bytes = HEADER.to_vec();
    let mut ends = vec![bytes.len()];
    let mut line = Vec::new();
    for (i, (command, exit)) in JOBS.iter().enumerate() {
        text::format(&record(i as u64 + 1, command, *exit), None, &mut line);
        bytes.extend_from_slice(&line);
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn decisions(earlier: EarlierRecords) -> Vec<ResumeDecision> {
    let EarlierRecords::Resume(mut resume) = earlier else { panic!("not a resume: {earlier:?}") };
    JOBS.iter()
        .enumerate()
        .map(|(i, (command, _))| resume.decide(Seq(i as u64 + 1), command, Some(JobInput::Arguments)))
        .collect()
}

#[test]
fn records_are_read_again() {
    let dir = Dir::new();
    let (mut log, earlier) = open(&dir.log(), JoblogMode::Fresh).unwrap();
    assert!(matches!(earlier, EarlierRecords::None));
    for (i, (command, exit)) in JOBS.iter().enumerate() {
        log.append(&record(i as u64 + 1, command, *exit)).unwrap();
    }
    assert!(!log.tick(Time::from_secs(0.9)).unwrap() && log.tick(Time::from_secs(1.0)).unwrap());
    assert!(!log.tick(Time::from_secs(9.0)).unwrap());
    log.close().unwrap();
    assert_eq!(fs::read(dir.log()).unwrap(), whole().0);
    assert_eq!(decisions(open(&dir.log(), JoblogMode::Resume).unwrap().1), [ResumeDecision::Skip; 4]);
    let (log, earlier) = open(&dir.log(), JoblogMode::ResumeFailed).unwrap();
    assert_eq!(
        decisions(earlier),
        [ResumeDecision::Skip, ResumeDecision::Failed, ResumeDecision::Failed, ResumeDecision::Failed]
    );
    drop(log);
    let EarlierRecords::Retry(retry) = open(&dir.log(), JoblogMode::RetryFailed).unwrap().1 else { panic!() };
    assert_eq!(retry.len(), 3);
    let want: Vec<_> = (1..4).map(|i| (Seq(i as u64 + 1), JOBS[i].0.to_vec())).collect();
    assert_eq!(retry.map(Result::unwrap).collect::<Vec<_>>(), want);
    drop(open(&dir.log(), JoblogMode::Append).unwrap());
    assert_eq!(fs::read(dir.log()).unwrap(), whole().0);
    drop(open(&dir.log(), JoblogMode::Fresh).unwrap());
    assert_eq!(fs::read(dir.log()).unwrap(), HEADER);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_off() {
    let dir = Dir::new();
    let (bytes, ends) = whole();
    for nuls in [0, 1, 5000] {
        for cut in (0..=bytes.len()).step_by(if nuls > 1 { 7 } else { 1 }) {
            let mut torn = bytes[..cut].to_vec();
            torn.resize(cut + nuls, 0);
            let path = dir.with(&torn);
            let kept = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
            let end = ends.iter().rev().find(|end| **end <= cut).copied().unwrap_or(0);
            let (mut log, earlier) = open(&path, JoblogMode::Resume).unwrap();
            let length = log.file().metadata().unwrap().len();
            assert_eq!(length, end.max(HEADER.len()) as u64, "cut at {cut}, {nuls} NULs");
            let want: Vec<_> =
                (0..4).map(|i| if i < kept { ResumeDecision::Skip } else { ResumeDecision::New }).collect();
            assert_eq!(decisions(earlier), want, "cut at {cut}, {nuls} NULs");
            log.append(&record(99, b"more", JobExit::Exited(0))).unwrap();
            drop(log);
            let got = fs::read(&path).unwrap();
            assert!(got.starts_with(&bytes[..end.max(HEADER.len())]) && got.ends_with(b"\tmore\n"));
            drop(open(&path, JoblogMode::Append).unwrap());
            assert_eq!(fs::read(&path).unwrap(), got);
        }
    }
}

#[test]
fn damaged_and_foreign_files_are_refused_and_not_changed() {
    let dir = Dir::new();
    let (bytes, ends) = whole();
    let mut middle = bytes.clone();
    middle[ends[1] + 1] = b'x';
    let mut nuls = bytes.clone();
    nuls[ends[1]..ends[2] - 1].fill(0);
    let mut glued = bytes.clone();
    glued.remove(ends[2] - 1);
    let mut last = bytes.clone();
    last[ends[3] + 1] = b'x';
    let mut twice = bytes.clone();
    twice.extend_from_slice(&bytes);
    for (name, bytes, line) in [
        ("a column", middle, 3),
        ("NULs in the middle", nuls, 3),
        ("a whole last line", last, 5),
        ("two joblogs", twice, 6),
        ("text", b"root:x:0:0\n".to_vec(), 1),
        ("no newline", b"Seq\tHostile".to_vec(), 1),
        ("other columns", b"Seq\tHost\tCommand\n".to_vec(), 1),
        ("a header without its first byte", HEADER[1..].to_vec(), 1),
        ("an image", vec![0; 100_000], 1),
    ] {
        let path = dir.with(&bytes);
        for mode in
            [JoblogMode::Resume, JoblogMode::ResumeFailed, JoblogMode::RetryFailed, JoblogMode::Append]
        {
            match open(&path, mode) {
                Err(OpenError::Damaged { line: got, .. }) => assert_eq!(got, line, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
            assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
        }
        let fresh = open(&path, JoblogMode::Fresh);
        assert_eq!(fresh.is_err(), line == 1, "{name}");
    }
    // Two records without the newline between them are one line whose command has a tab, which apool never writes.
    let path = dir.with(&glued);
    assert!(matches!(open(&path, JoblogMode::Resume), Err(OpenError::Damaged { line: 3, .. })));
}

#[test]
fn a_second_run_is_refused_with_the_holder_of_the_lock() {
    let dir = Dir::new();
    let (log, _) = open(&dir.log(), JoblogMode::Fresh).unwrap();
    for mode in [JoblogMode::Fresh, JoblogMode::Append, JoblogMode::Resume] {
        match open(&dir.log(), mode) {
            Err(e @ OpenError::InUse { .. }) => {
                let shown = e.to_string();
                let own = format!("joblog in use by pid {}", std::process::id());
                assert!(shown == own || shown == "joblog in use by another run", "{shown}");
            }
            other => panic!("{other:?}"),
        }
    }
    drop(log);
    open(&dir.log(), JoblogMode::Append).unwrap();
}

#[test]
fn a_closed_log_is_unlocked_although_a_process_has_a_copy_of_the_descriptor() {
    let dir = Dir::new();
    let (log, _) = open(&dir.log(), JoblogMode::Fresh).unwrap();
    // A forked process has such a copy until it executes its program.
    let copy = log.file().try_clone().unwrap();
    log.close().unwrap();
    open(&dir.log(), JoblogMode::Append).unwrap();
    drop(copy);
}

#[test]
fn devices_fifos_and_missing_files() {
    let dir = Dir::new();
    let missing = dir.0.path().join("no/such");
    assert!(matches!(open(&missing, JoblogMode::Fresh), Err(OpenError::Io(_))));
    assert!(matches!(open(dir.0.path(), JoblogMode::Fresh), Err(OpenError::Io(_))));
    assert!(matches!(open(&dir.log(), JoblogMode::RetryFailed), Err(OpenError::Io(_))));
    assert!(!dir.log().exists());
    assert!(matches!(open(&dir.log(), JoblogMode::Resume).unwrap().1, EarlierRecords::Resume(_)));
    let null = Path::new("/dev/null");
    assert!(matches!(open(null, JoblogMode::Resume), Err(OpenError::NoRecords)));
    let (mut log, _) = open(null, JoblogMode::Fresh).unwrap();
    log.append(&record(1, b"x", JobExit::Exited(0))).unwrap();
    assert!(!log.tick(Time::from_secs(5.0)).unwrap());
    log.close().unwrap();
    assert!(matches!(open(Path::new("/dev/full"), JoblogMode::Fresh), Err(OpenError::Io(_))));

    let fifo = dir.0.path().join("fifo");
    crate::sys::memfile::make_fifo(&fifo).unwrap();
    let mut reader = File::options().read(true).write(true).open(&fifo).unwrap();
    let (mut log, _) = open(&fifo, JoblogMode::Append).unwrap();
    log.append(&record(1, b"x", JobExit::Exited(0))).unwrap();
    let mut got = vec![0; HEADER.len() + 5];
    reader.read_exact(&mut got).unwrap();
    assert_eq!(&got[HEADER.len()..], b"1\t:\t1");
}

#[test]
fn a_link_in_a_sticky_directory_is_not_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = Dir::new();
    let target = dir.0.path().join("precious");
    let sticky = dir.0.path().join("tmp");
    fs::create_dir(&sticky).unwrap();
    symlink(&target, sticky.join("log")).unwrap();
    open(&sticky.join("log"), JoblogMode::Fresh).unwrap();
    fs::remove_file(&target).unwrap();
    fs::set_permissions(&sticky, fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(matches!(open(&sticky.join("log"), JoblogMode::Fresh), Err(OpenError::Io(_))));
    assert!(!target.exists());
}

proptest! {
    /// After a change of any byte there is no panic, the records before it count, and a refused file is not changed.
    #[test]
    fn the_records_before_a_changed_byte_count(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (mut bytes, ends) = whole();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let before = ends.iter().filter(|end| **end <= at).count().saturating_sub(1);
        let dir = Dir::new();
        let path = dir.with(&bytes);
        if let Ok((_, earlier)) = open(&path, JoblogMode::Resume) {
            prop_assert!(decisions(earlier)[..before].iter().all(|decision| *decision == ResumeDecision::Skip));
        } else {
            prop_assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }

    /// The scanner finds the same records for reads of any size, and never panics.
    #[test]
    fn reads_of_any_size_find_the_same_records(sizes in proptest::collection::vec(1usize..90, 1..20), noise in proptest::collection::vec(any::<u8>(), 0..60)) {
        struct Cut<'a>(&'a [u8], Vec<usize>, usize);
        impl Read for Cut<'_> {
            fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
                self.2 += 1;
                let n = self.1[self.2 % self.1.len()].min(to.len()).min(self.0.len());
                (&mut &mut to[..n]).write_all(&self.0[..n])?;
                self.0 = &self.0[n..];
                Ok(n)
            }
        }
        let (mut bytes, _) = whole();
        bytes.extend_from_slice(&noise);
        let gather = |reader: &mut dyn Read| {
            let mut records = Vec::new();
            let end = scan(reader, &mut |line, offset, command| records.push((line.seq, offset, command.to_vec())));
            (records, end.map_err(|e| format!("{e:?}")))
        };
        prop_assert_eq!(gather(&mut Cut(&bytes, sizes, 0)), gather(&mut &bytes[..]));
    }
}

#[test]
fn a_copy_of_the_descriptor_does_not_keep_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let (log, _) = open(&path, JoblogMode::Fresh).unwrap();
    let copy = log.file().try_clone().unwrap();
    log.close().unwrap();
    let (second, _) = open(&path, JoblogMode::Resume).unwrap();
    assert!(matches!(open(&path, JoblogMode::Resume), Err(OpenError::InUse { .. })));
    drop((copy, second));
}
