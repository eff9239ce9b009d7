//! Signals: names, sets, inherited actions, sending, and ending this process by a signal.

use std::mem::MaybeUninit;

/// The signals that other modules use.
pub use libc::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN,
    SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH,
};

/// A set of signals (1 to 64).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet(u64);

impl SignalSet {
    /// These signals.
    pub fn of(signals: &[i32]) -> SignalSet {
        signals.iter().fold(SignalSet::default(), |set, &s| set.with(s))
    }

    /// This set with one more signal. A number outside of 1 to 64 is ignored.
    #[must_use]
    pub fn with(self, signal: i32) -> SignalSet {
        if (1..=64).contains(&signal) { SignalSet(self.0 | 1 << (signal - 1)) } else { self }
    }

    /// Whether the signal is in the set.
    pub fn contains(self, signal: i32) -> bool {
        (1..=64).contains(&signal) && self.0 & (1 << (signal - 1)) != 0
    }

    /// The signals of both sets.
    #[must_use]
    pub fn union(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 | other.0)
    }

    /// The signals of this set that are not in the other.
    #[must_use]
    pub fn without(self, other: SignalSet) -> SignalSet {
        SignalSet(self.0 & !other.0)
    }

    /// The signals of the set.
    pub fn iter(self) -> impl Iterator<Item = i32> {
        (1..=64).filter(move |&s| self.contains(s))
    }
}

/// The ignored ones of the signals that end programs. Call it before any handler is installed. Signals that were
/// ignored at the start (`nohup`, a background job of an old shell) must stay ignored, in apool and in the jobs.
pub fn ignored() -> SignalSet {
    with_action([SIGHUP, SIGINT, SIGQUIT, SIGTERM], |action| action == libc::SIG_IGN)
}

/// The signals with an action other than the default.
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

/// The pending blocked signals of this process or this thread. May be called between `vfork` and exec.
pub fn pending() -> SignalSet {
    #[cfg(target_os = "linux")]
    {
        let mut set = [0u8; 8];
        // SAFETY: the kernel writes this many bytes into a live local.
        unsafe { libc::syscall(libc::SYS_rt_sigpending, &raw mut set, size_of_val(&set)) };
        SignalSet(u64::from_ne_bytes(set))
    }
    #[cfg(not(target_os = "linux"))]
    SignalSet::default()
}

/// Sets the default action of a signal.
pub fn set_default(signal: i32) {
    // SAFETY: SIG_DFL is a valid action for every signal; an error (KILL, STOP) changes nothing.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}

/// Resets an ignored SIGCHLD, with which children cannot be waited for, and blocked signals, with which apool cannot be
/// interrupted. Both may be inherited.
pub fn reset_inherited() {
    set_default(SIGCHLD);
    let mut none = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set before it is read; a null old set is allowed.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut());
    }
}

/// Ignores the signals for a closed reader and for a file at its size limit (`ulimit -f`). The write then returns an
/// error. Jobs get the default action.
pub fn ignore_lost_output() {
    for signal in [SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: SIG_IGN is a valid action for these signals.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Blocks all signals of this thread except SIGCHLD, until it is dropped. SIGCHLD has no handler. If it were blocked,
/// the kernel would not discard it, and the exit of a child would wake another thread.
pub struct AllBlocked(libc::sigset_t);

impl AllBlocked {
    /// Blocks the signals.
    #[expect(clippy::new_without_default, reason = "a call to new has an effect")]
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

/// Sends a signal to a process group. Its leader must be a child that is not reaped. Otherwise the number may belong to
/// another group.
pub fn kill_group(group: i32, signal: i32) {
    if group > 1 {
        // SAFETY: kill takes no pointer.
        unsafe { libc::kill(-group, signal) };
    }
}

/// Sends a signal to the process group of apool, as a key of the terminal does.
pub fn kill_own_group(signal: i32) {
    // SAFETY: kill takes no pointer.
    unsafe { libc::kill(0, signal) };
}

/// Sends a signal to a process, which must be a child that is not reaped.
pub fn kill_one(pid: i32, signal: i32) {
    if pid > 1 {
        // SAFETY: kill takes no pointer.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Ends or stops this process by the default action of the signal, so that the parent sees the signal. Returns when the
/// signal does not end a process, or when the process was continued.
pub fn raise_default(signal: i32) {
    set_default(signal);
    let mut one = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set before it is used; a null old set is allowed; raise and kill take no
    // pointer.
    unsafe {
        libc::sigemptyset(one.as_mut_ptr());
        libc::sigaddset(one.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, one.as_ptr(), std::ptr::null_mut());
        libc::raise(signal);
    }
}

/// The number of a signal: by name, in either case, with or without `SIG`, or by number (1 to 64).
pub fn by_name(name: &str) -> Option<i32> {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return name.parse().ok().filter(|number| (1..=64).contains(number));
    }
    let upper = name.to_ascii_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    NAMES.iter().find(|(n, _)| *n == bare).map(|&(_, number)| number)
}

/// The name of a signal without `SIG`. `None` for real-time signals, which have no name.
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
