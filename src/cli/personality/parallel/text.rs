//! The help and the version of apool as GNU parallel, and the numbers that it prints about the machine.

use std::collections::HashSet;

/// The version of GNU parallel whose command line this is.
pub const LIKE: u64 = 20_221_122;

/// What `--version` prints. Scripts look for the first three words.
pub const VERSION: &str =
    concat!("GNU parallel 20221122 (its command line, by apool ", env!("CARGO_PKG_VERSION"), ")\n");

/// What `--help` prints.
pub const HELP: &str = "\
Usage: parallel [OPTION]... [COMMAND [ARGUMENT]...] [::: VALUE...]... [:::: FILE...]...
Join the words of the COMMAND, and run them with a shell for each line of the input.

  {} {.} {/} {//} {/.} {#} {%}   The line, without extension, its name, its directory, the number of the job, the slot
  {3} {3.}                       The value of the third source or column
  {s/FROM/TO/}                   The line after a replacement by a regular expression

  -j N       Run N jobs at once; without -j, apool finds the number
  -k         Print the outputs in the order of the input
  -X         Put as many lines into a command as fit; -m: into one word
  -n N, -N N Put N lines into a command
  --pipe     Give each job a block of standard input; --block SIZE
  --colsep RE, --header :, --csv  Tables
  --tag, --line-buffer, -u, --results DIR, --joblog FILE  Output
  --halt WHEN, --retries N, --timeout TIME  Failures
  --dry-run  Print the commands

The options are those of the manual of GNU parallel 20221122. An option that is not supported is refused by its name.
The exit status is 0; the number of jobs that failed, up to 100; 101 for more; 255 for any other error.
This is apool. Its own options are in apool --help; --as apool chooses them under any name.
";

/// Numbers of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpus {
    /// Packages.
    pub sockets: usize,
    /// Physical cores.
    pub cores: usize,
    /// What the system counts as CPUs.
    pub threads: usize,
}

/// The CPUs in the text of `/proc/cpuinfo`. Where it names no packages or cores, each CPU is a core of one package.
pub fn cpus(text: &str) -> Cpus {
    let (mut sockets, mut cores, mut threads) = (HashSet::new(), HashSet::new(), 0);
    let mut socket = "";
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        match key.trim() {
            "processor" => threads += 1,
            "physical id" => {
                socket = value.trim();
                sockets.insert(socket);
            }
            "core id" => {
                cores.insert((socket, value.trim()));
            }
            _ => {}
        }
    }
    let threads = threads.max(1);
    Cpus {
        sockets: sockets.len().max(1),
        cores: if cores.is_empty() { threads } else { cores.len() },
        threads,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_cores_and_threads() {
        let cpu = |n: u32, socket: u32, core: u32| {
            format!("processor\t: {n}\nphysical id\t: {socket}\ncore id\t\t: {core}\n\n")
        };
        let text: String =
            [(0, 0, 0), (1, 0, 1), (2, 0, 0), (3, 1, 0)].map(|(n, s, c)| cpu(n, s, c)).concat();
        assert_eq!(cpus(&text), Cpus { sockets: 2, cores: 3, threads: 4 });
        assert_eq!(cpus("processor : 0\nprocessor : 1\n"), Cpus { sockets: 1, cores: 2, threads: 2 });
        assert_eq!(cpus(""), Cpus { sockets: 1, cores: 1, threads: 1 });
    }
}
