//! Signals: what this process inherited, sending, and dying of one properly.

use std::mem::MaybeUninit;

/// The signals that others of our modules name.
pub use libc::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN,
    SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH,
};

/// A set of signals (1 to 64).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet(u64);

impl SignalSet {
    /// Those listed.
    pub fn of(signals: &[i32]) -> SignalSet {
        signals.iter().fold(SignalSet::default(), |set, &s| set.with(s))
    }

    /// This set and one more.
    #[must_use]
    pub fn with(self, signal: i32) -> SignalSet {
        if (1..=64).contains(&signal) { SignalSet(self.0 | 1 << (signal - 1)) } else { self }
    }

    /// Whether it is among them.
    pub fn contains(self, signal: i32) -> bool {
        (1..=64).contains(&signal) && self.0 & (1 << (signal - 1)) != 0
    }

    /// Both together.
    #[must_use]
    pub fn union(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 | other.0)
    }

    /// Those of this set that are not in the other.
    #[must_use]
    pub fn without(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 & !other.0)
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = i32> {
        (1..=64).filter(move |&s| self.contains(s))
    }
}

/// Which of the signals that end programs are ignored in this process now. Read it first of all: what our starter had
/// ignored (`nohup`, a job put into the background by an old shell) must stay ignored, in us and in our jobs.
pub fn ignored() -> SignalSet {
    with_action([SIGHUP, SIGINT, SIGQUIT, SIGTERM], |action| action == libc::SIG_IGN)
}

/// Which signals have anything but the default action in this process now.
pub fn not_default() -> SignalSet {
    with_action(1..=64, |action| action != libc::SIG_DFL)
}

fn with_action(
    signals: impl IntoIterator<Item = i32>,
    wanted: impl Fn(libc::sighandler_t) -> bool,
) -> SignalSet {
    let mut set = SignalSet::default();
    for signal in signals {
        let mut old = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: no new action is given, and the old one is written to a local of the right type.
        let ok = unsafe { libc::sigaction(signal, std::ptr::null(), old.as_mut_ptr()) } == 0;
        // SAFETY: the call succeeded, so it was written.
        if ok && wanted(unsafe { old.assume_init() }.sa_sigaction) {
            set = set.with(signal);
        }
    }
    set
}

/// Which signals wait, blocked, for this process or the calling thread. It may be called between a `vfork` and an exec.
pub fn pending() -> SignalSet {
    #[cfg(target_os = "linux")]
    {
        let mut set = [0u8; 8];
        // SAFETY: the kernel writes so many bytes into a live local.
        unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut set, size_of_val(&set)) };
        SignalSet(u64::from_ne_bytes(set))
    }
    #[cfg(not(target_os = "linux"))]
    SignalSet::default()
}

/// Gives a signal its default action.
pub fn set_default(signal: i32) {
    // SAFETY: SIG_DFL is a valid action for every signal; a refusal (KILL, STOP) changes nothing.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// Puts right what a careless starter may have left: an ignored SIGCHLD (we could not wait for children) and blocked
/// signals (we could not be interrupted).
pub fn reset_inherited() {
    set_default(SIGCHLD);
    let mut none = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set before it is read; a null old set is allowed.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut());
    }
}

/// That the reader of our output has gone, or that a file is at the limit of its size (`ulimit -f`), is to be an error like
/// a full disk, not our death. Jobs get the default back.
pub fn ignore_lost_output() {
    for signal in [SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: SIG_IGN is a valid action for these signals.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Blocks every signal on this thread until dropped, but for CHLD: nothing handles it, and a child that ends before its
/// starter goes on would otherwise wake some other thread for it, because what is blocked anywhere is not thrown away.
pub struct AllBlocked(libc::sigset_t);

impl AllBlocked {
    /// From now on.
    #[expect(clippy::new_without_default, reason = "it is no value, it does something")]
    pub fn new() -> AllBlocked {
        // SAFETY: all zeroes are valid for sigset_t; both sets are live locals.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            let mut old: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::sigdelset(&raw mut all, SIGCHLD);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut old);
            AllBlocked(old)
        }
    }
}

impl Drop for AllBlocked {
    fn drop(&mut self) {
        // SAFETY: the set was filled in by the call that blocked.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
    }
}

/// Sends a signal to every process of a group. The group's leader must be a child of ours that is not reaped yet, else
/// the number may belong to strangers.
pub fn kill_group(group: i32, signal: i32) {
    if group > 1 {
        // SAFETY: kill takes no pointer.
        unsafe { libc::kill(-group, signal) };
    }
}

/// Sends a signal to one process; the same care as for [`kill_group`].
pub fn kill_one(pid: i32, signal: i32) {
    if pid > 1 {
        // SAFETY: kill takes no pointer.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Ends (or stops) this process by the signal's default action, so that whoever started us sees the signal and not a
/// mere status. Returns only when the signal does not end a process, or when we were continued.
pub fn raise_default(signal: i32) {
    set_default(signal);
    let mut one = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set before it is used; a null old set is allowed; raise and kill take no pointer.
    unsafe {
        libc::sigemptyset(one.as_mut_ptr());
        libc::sigaddset(one.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, one.as_ptr(), std::ptr::null_mut());
        libc::raise(signal);
    }
}

/// The number of a signal by its name, in either case, with or without `SIG`, or by its number (1 to 64).
pub fn by_name(name: &str) -> Option<i32> {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return name.parse().ok().filter(|number| (1..=64).contains(number));
    }
    let upper = name.to_ascii_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    NAMES.iter().find(|(n, _)| *n == bare).map(|&(_, number)| number)
}

/// The name of a signal without `SIG`; `None` for the nameless ones (real-time).
pub fn name(signal: i32) -> Option<&'static str> {
    NAMES.iter().find(|&&(_, number)| number == signal).map(|&(name, _)| name)
}

const NAMES: &[(&str, i32)] = &[
    ("HUP", libc::SIGHUP),
    ("INT", libc::SIGINT),
    ("QUIT", libc::SIGQUIT),
    ("ILL", libc::SIGILL),
    ("TRAP", libc::SIGTRAP),
    ("ABRT", libc::SIGABRT),
    ("BUS", libc::SIGBUS),
    ("FPE", libc::SIGFPE),
    ("KILL", libc::SIGKILL),
    ("USR1", libc::SIGUSR1),
    ("SEGV", libc::SIGSEGV),
    ("USR2", libc::SIGUSR2),
    ("PIPE", libc::SIGPIPE),
    ("ALRM", libc::SIGALRM),
    ("TERM", libc::SIGTERM),
    ("CHLD", libc::SIGCHLD),
    ("CONT", libc::SIGCONT),
    ("STOP", libc::SIGSTOP),
    ("TSTP", libc::SIGTSTP),
    ("TTIN", libc::SIGTTIN),
    ("TTOU", libc::SIGTTOU),
    ("URG", libc::SIGURG),
    ("XCPU", libc::SIGXCPU),
    ("XFSZ", libc::SIGXFSZ),
    ("VTALRM", libc::SIGVTALRM),
    ("PROF", libc::SIGPROF),
    ("WINCH", libc::SIGWINCH),
    ("IO", libc::SIGIO),
    ("SYS", libc::SIGSYS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        assert_eq!(["TERM", "SIGTERM", "term", "sigterm", "15"].map(by_name), [Some(15); 5]);
        assert_eq!((by_name("KILL"), by_name("9"), by_name("34")), (Some(9), Some(9), Some(34)));
        assert_eq!((name(15), name(9), name(50)), (Some("TERM"), Some("KILL"), None));
        for text in ["", "0", "65", "SIG", "SIGSIGTERM", "9x", "-9", "+9", "NONE"] {
            assert_eq!(by_name(text), None, "{text}");
        }
    }
}
