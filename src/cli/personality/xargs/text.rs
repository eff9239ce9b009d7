//! The help, the version and the limits of apool as xargs.

/// What `--version` prints.
pub const VERSION: &str = concat!("xargs (apool ", env!("CARGO_PKG_VERSION"), ")\n");

/// What `--help` prints.
pub const HELP: &str = "\
Usage: xargs [OPTION]... [COMMAND [ARGUMENT]...]
Run COMMAND (echo by default) with the arguments and with words read from standard input.

  -0, --null                   Items end in NUL, not in white space
  -a, --arg-file=FILE          Read items from FILE; commands keep standard input
  -d, --delimiter=CHARACTER    Items end in CHARACTER; quotes and backslashes are plain
  -E END, -e[END], --eof[=END] Stop reading at the item END
  -I R, -i[R], --replace[=R]   Run a command for each line, with the line in place of R ({} if not given)
  -L N, -l[N], --max-lines[=N] Use at most N lines that are not blank for each command (1 if not given)
  -n, --max-args=N             Use at most N items for each command
  -P, --max-procs=N            Run up to N commands at once (1 by default); 0: apool finds the number
  -p, --interactive            Ask before each command
  -r, --no-run-if-empty        Run nothing if the input is empty
  -s, --max-chars=BYTES        Limit the length of a command line
  -t, --verbose                Print each command before it runs
  -u, --ungroup                With several commands at once, do not keep their outputs apart
  -x, --exit                   Stop if a command line is longer than allowed
      --process-slot-var=VAR   Set VAR to a number from 0 that no other running command has
      --show-limits            Print the limits on the length of a command line
      --help                   Print this help
      --version                Print the version

The exit status is 0; 123 if a command failed; 124 if one exited with 255; 125 if one was killed; 126 if
the command cannot be run; 127 if it is not found; 1 for any other error.
This is apool. Its own options are in apool --help; --as apool chooses them under any name.
";

/// What `--show-limits` prints. `most`: the longest command line; `environment`: the size of the variables; `used`: the
/// length that is used; all in bytes.
pub fn limits(most: usize, environment: usize, used: usize) -> [String; 3] {
    [
        format!("the environment variables take {environment} bytes"),
        format!("the longest command line that the system allows: {most} bytes"),
        format!("the longest command line that is used: {used} bytes"),
    ]
}
