//! The process that holds the lock of a file, from `/proc/locks`. Only Linux has this file.

use crate::run::records::os;
use std::fs::File;

/// The process that holds the exclusive lock of this file, if the system names it.
pub(in crate::run) fn holder(file: &File) -> Option<u32> {
    find(&std::fs::read_to_string("/proc/locks").ok()?, &os::lock_name(file).ok()?)
}

/// Searches lines such as `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`. Some file systems (btrfs, overlayfs) show
/// another device there than `fstat` does. Then a single lock on the same inode number is accepted.
fn find(locks: &str, name: &str) -> Option<u32> {
    let inode = name.rsplit(':').next()?;
    let mut near = Vec::new();
    for line in locks.lines() {
        let mut words = line.split_ascii_whitespace().skip_while(|word| *word != "FLOCK").skip(3);
        let (Some(pid), Some(file)) = (words.next(), words.next()) else { continue };
        // 0 and -1 mean a process outside our PID namespace.
        let Some(pid) = pid.parse().ok().filter(|pid| *pid > 0) else { continue };
        if file == name {
            return Some(pid);
        }
        if file.rsplit(':').next() == Some(inode) {
            near.push(pid);
        }
    }
    match near[..] {
        [pid] => Some(pid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_found_by_device_and_inode() {
        let locks = "1: POSIX  ADVISORY  WRITE 7 08:01:5 0 EOF\n2: FLOCK  ADVISORY  WRITE 42 08:01:5 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 43 08:01:5 0 EOF\n3: FLOCK  ADVISORY  WRITE 44 00:2a:9 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 0 08:01:6 0 EOF\n";
        assert_eq!(find(locks, "08:01:5"), Some(42));
        assert_eq!(find(locks, "00:1f:9"), Some(44));
        assert_eq!(find(locks, "00:1f:5"), None);
        assert_eq!(find(locks, "08:01:6"), None);
        assert_eq!(find("", "08:01:6"), None);
        assert_eq!(find("nonsense\n1: FLOCK\n", "1:1:1"), None);
    }
}
