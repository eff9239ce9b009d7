//! System calls that fail (by strace): the run reports it, no job is lost, and the records stay whole.

use crate::environment::shell;
use crate::harness::{Dir, Done};
use crate::joblog::records;

/// Renames, syncs and locks of records fail at the n-th call: a message, never status 0, and whole records.
#[test]
fn the_nth_rename_or_sync_fails() {
    for (call, error) in
        [("rename,renameat,renameat2", "EIO"), ("fsync", "EIO"), ("fdatasync", "EIO"), ("flock", "EIO")]
    {
        for n in 1..4 {
            let dir = Dir::new();
            let words = "-j2 --joblog log --metrics-json m -- echo";
            let Some(done) = failing(&dir, call, error, n, words) else { return };
            let what = format!("{call} {n}: {}", done.err());
            if done.status.success() {
                assert_eq!((done.sorted().len(), records(&dir, "log").len()), (12, 12), "{what}");
                assert_eq!(dir.json("m")["totals"]["succeeded"], 12, "{what}");
            } else {
                assert_eq!(done.status.code(), Some(255), "{what}");
                assert!(done.err().starts_with("apool: cannot "), "{what}");
            }
            // The first call of a kind always has an effect.
            assert!(n > 1 || !done.status.success(), "{what}");
        }
    }
}

#[test]
fn a_read_of_the_input_fails_in_the_middle() {
    let dir = Dir::new();
    dir.write("in", "1\n2\n3\n");
    let script = "strace -qq -f -o /dev/null -P $PWD/in --inject=read:error=EIO:when=2 $A -k -a in -- echo";
    if failing(&dir, "rename", "EIO", 9, "echo").is_none() {
        return;
    }
    let done = shell(&dir, script);
    done.status(255).stdout("1\n2\n3\n").stderr_has("cannot read in: Input/output error");
}

/// Runs apool so that the n-th call of one kind fails with this error; `None` where that cannot be done.
fn failing(dir: &Dir, call: &str, error: &str, n: u32, words: &str) -> Option<Done> {
    if !shell(dir, "strace -qq -o /dev/null true").status.success() {
        eprintln!("skipped: strace is not here or may not trace");
        return None;
    }
    let inject = format!("--inject={call}:error={error}:when={n}");
    Some(shell(dir, &format!("seq 12 | strace -qq -f -o /dev/null {inject} $A {words}")))
}

#[test]
fn the_nth_start_is_refused_and_nothing_is_lost() {
    for (call, error) in [("clone", "EAGAIN"), ("clone", "ENOMEM"), ("pipe2", "EMFILE"), ("pipe2", "ENFILE")]
    {
        for n in 2..16 {
            let dir = Dir::new();
            let Some(done) = failing(&dir, call, error, n, "-j3 -k --joblog log -- echo") else { return };
            let what = format!("{call} {n} {error}: {}", done.err());
            if done.status.success() {
                let all: Vec<String> = (1..=12).map(|n| n.to_string()).collect();
                assert_eq!(done.out().lines().collect::<Vec<_>>(), all, "{what}");
                assert_eq!(records(&dir, "log").len(), 12, "{what}");
            } else {
                // apool failed to create its own pipes, before the first job.
                assert!(
                    call == "pipe2" && done.status.code() == Some(255) && done.out().is_empty(),
                    "{what}"
                );
                assert!(done.err().starts_with("apool: "), "{what}");
            }
        }
    }
}

/// A necessary thread is refused: no job has run, and one line names the reason. A refused further worker is not needed.
#[test]
fn the_nth_thread_is_refused() {
    let mut refused = 0;
    for n in 1..12 {
        let dir = Dir::new();
        let Some(done) = failing(&dir, "clone3", "EAGAIN", n, "-j3 --joblog log -- echo") else { return };
        let what = format!("thread {n}: {}", done.err());
        if done.status.success() {
            assert_eq!((done.sorted().len(), records(&dir, "log").len()), (12, 12), "{what}");
            continue;
        }
        refused += 1;
        let done = done.status(255).stdout("");
        let why = "apool: cannot start a thread: Resource temporarily unavailable; too many processes and threads run";
        assert!(done.err().starts_with(why) && done.err().lines().count() == 1, "{what}");
    }
    assert!(refused > 0, "no thread was refused");
}
