//! A terminal for tests: a pseudo-terminal on which a run is started, and its screen as a person would see it.

use crate::harness::{Done, Run, Watchdog, until};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A pseudo-terminal and the bytes written to it.
pub struct Terminal {
    master: File,
    /// Kept open, so that the terminal outlives the run.
    slave: File,
    columns: usize,
    seen: Arc<Mutex<Vec<u8>>>,
    closing: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

/// Which descriptors of a run are the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    Everything,
    /// Standard output goes into a pipe that is read at the end.
    StderrOnly,
}

impl Terminal {
    pub fn new(columns: u16, rows: u16) -> Terminal {
        // Not every system has a name for it.
        let close_on_exec = OpenptFlags::from_bits_retain(rustix::fs::OFlags::CLOEXEC.bits());
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | close_on_exec).expect("openpt");
        grantpt(&master).expect("grantpt");
        unlockpt(&master).expect("unlockpt");
        let name = ptsname(&master, Vec::new()).expect("ptsname");
        let path = name.to_str().expect("a name");
        let slave = {
            use std::os::unix::fs::OpenOptionsExt;
            let flags = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
            OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).expect("the terminal")
        };
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&slave, size).expect("its size");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (mut from, to) = (File::from(master.try_clone().expect("dup")), Arc::clone(&seen));
        let closing = Arc::new(AtomicBool::new(false));
        let close = Arc::clone(&closing);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while !close.load(Ordering::Relaxed)
                && let Ok(n @ 1..) = from.read(&mut bytes)
            {
                to.lock().expect("no panic").extend_from_slice(&bytes[..n]);
            }
        });
        Terminal { master: File::from(master), slave, columns: columns.into(), seen, closing, reader }
    }

    /// Starts a run whose controlling terminal this is, as a shell would in the foreground.
    #[expect(unsafe_code, reason = "only between fork and exec can a process be given a terminal")]
    pub fn start(&self, run: &Run, on: On) -> OnTerminal {
        let mut command = run.command();
        let dup = || Stdio::from(self.slave.try_clone().expect("dup"));
        command.stdin(dup()).stderr(dup()).env_remove("COLUMNS");
        command.stdout(if on == On::Everything { dup() } else { Stdio::piped() });
        // SAFETY: both are plain system calls, which may be made between fork and exec.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                Ok(rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?)
            });
        }
        let child = command.spawn().expect("start apool");
        let watchdog = Watchdog::over(child.id());
        OnTerminal { child, _watchdog: watchdog }
    }

    /// Types these bytes.
    pub fn type_in(&self, bytes: &[u8]) {
        (&self.master).write_all(bytes).expect("type");
    }

    /// Closes the terminal, as when its window is closed.
    pub fn hang_up(self) {
        // Every descriptor of this end must be closed; the reading thread closes its own when it sees a byte.
        self.closing.store(true, Ordering::Relaxed);
        (&self.slave).write_all(b" ").expect("wake the reader");
        self.reader.join().expect("the reader");
    }

    /// Everything that was written to it.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().expect("no panic")).into_owned()
    }

    /// What is on the screen now.
    pub fn screen(&self) -> Vec<String> {
        Screen::of(&self.raw(), self.columns).lines()
    }

    /// Waits until the screen shows this.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        until(&format!("the screen shows {text:?}"), || self.screen().iter().any(|line| line.contains(text)));
    }

    /// Prints as another program does that has the same terminal.
    pub fn print_as_another(&self, bytes: &[u8]) {
        (&self.slave).write_all(bytes).expect("print");
    }

    /// Waits until every byte written to it has been read.
    pub fn settle(&self) {
        const MARK: &str = "\x1b[m\x1b[m\x1b[m";
        let marks = || self.raw().matches(MARK).count();
        let before = marks();
        (&self.slave).write_all(MARK.as_bytes()).expect("write to the terminal");
        until("everything was read", || marks() > before);
    }

    /// Gives every key to the program at once, as under a pager, or a line at a time.
    pub fn give_keys(&self, at_once: bool) {
        let mut set = tcgetattr(&self.slave).expect("tcgetattr");
        set.local_modes.set(LocalModes::ICANON, !at_once);
        tcsetattr(&self.slave, OptionalActions::Now, &set).expect("tcsetattr");
    }

    /// Whether a background process that writes is stopped (`stty tostop`).
    pub fn stop_background(&self, stop: bool) {
        let mut set = tcgetattr(&self.slave).expect("tcgetattr");
        set.local_modes.set(LocalModes::TOSTOP, stop);
        tcsetattr(&self.slave, OptionalActions::Now, &set).expect("tcsetattr");
    }

    /// The settings of the terminal.
    pub fn settings(&self) -> String {
        let Termios { input_modes, output_modes, control_modes, local_modes, .. } =
            tcgetattr(&self.slave).expect("tcgetattr");
        format!("{input_modes:?} {output_modes:?} {control_modes:?} {local_modes:?}")
    }
}

/// A run on a terminal.
pub struct OnTerminal {
    child: Child,
    _watchdog: Watchdog,
}

impl OnTerminal {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The read end of its standard output, where that is a pipe.
    pub fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("a pipe")
    }

    /// Waits for its end. The output is the part that did not go to the terminal.
    pub fn end(self) -> Done {
        let output = self.child.wait_with_output().expect("wait for apool");
        Done { status: output.status, stdout: output.stdout, stderr: output.stderr }
    }
}

/// A minimal terminal. It panics at an unknown sequence, so that every sequence is expected.
struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    hidden: bool,
}

impl Screen {
    fn of(text: &str, columns: usize) -> Screen {
        let mut screen = Screen { columns, lines: vec![Vec::new()], row: 0, column: 0, hidden: false };
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\r' => screen.column = 0,
                '\n' => screen.down(),
                '\x1b' if rest.peek().is_none() => break,
                '\x1b' if rest.peek() == Some(&']') => {
                    // A command of the operating system. It ends with ESC \ and shows nothing.
                    while rest.next().is_some_and(|c| c != '\x1b') {}
                    rest.next();
                }
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['), "only CSI sequences are used: {text:?}");
                    let mut number = String::new();
                    let end = loop {
                        match rest.next() {
                            Some(c) if c.is_ascii_digit() || ";?".contains(c) => number.push(c),
                            Some(c) => break c,
                            None => return screen,
                        }
                    };
                    screen.control(&number, end, text);
                }
                c => {
                    assert!(!c.is_control(), "{c:?} in {text:?}");
                    screen.put(c);
                }
            }
        }
        screen
    }

    fn down(&mut self) {
        self.row += 1;
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    fn put(&mut self, c: char) {
        if self.column == self.columns {
            self.column = 0;
            self.down();
        }
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = c;
        self.column += 1;
    }

    fn control(&mut self, number: &str, end: char, text: &str) {
        let n = number.parse::<usize>().unwrap_or(1);
        match (number, end) {
            (_, 'm') => {}
            (_, 'A') => self.row = self.row.saturating_sub(n),
            (_, 'B') => (0..n).for_each(|_| self.down()),
            (_, 'C') => self.column += n,
            (_, 'D') => self.column = self.column.saturating_sub(n),
            ("2", 'K') => self.lines[self.row].clear(),
            ("" | "0", 'K') => self.lines[self.row].truncate(self.column),
            ("" | "0", 'J') => {
                self.lines[self.row].truncate(self.column);
                self.lines.truncate(self.row + 1);
            }
            ("?25", 'l') => self.hidden = true,
            ("?25", 'h') => self.hidden = false,
            _ => panic!("ESC [ {number} {end} is not known here: {text:?}"),
        }
    }

    /// The lines without blanks at their ends, and without empty ones at the end of the screen.
    fn lines(&self) -> Vec<String> {
        assert!(!self.hidden || self.row > 0, "a hidden cursor on an empty screen");
        let mut lines: Vec<String> =
            self.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }
}
