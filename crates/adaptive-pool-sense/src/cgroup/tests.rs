//! Trees of texts as the kernel shows them, for both versions, in and outside of containers.

use super::super::cores::cores_by;
use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

/// A tree of files.
#[derive(Default)]
struct Tree(HashMap<&'static str, &'static str>);

impl Tree {
    fn of(files: &[(&'static str, &'static str)]) -> Tree {
        Tree(files.iter().copied().collect())
    }

    fn cores(&self, fallback: usize) -> f64 {
        let read = |path: &Path| self.0.get(path.to_str()?).map(|text| text.as_bytes().to_vec());
        cores_by(&read, None, || fallback)
    }
}

const V1_MEMBER: &str = "9:name=systemd:/\n5:cpu,cpuacct:/a/b\n4:memory:/process_api/4f1a\n0::/\n";
const V1_MOUNTS: &str = "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
    32 31 0:29 / /sys/fs/cgroup/cpu\\040x rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 master:2 - cgroup cgroup rw,memory\n\
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

#[test]
fn the_own_group_is_found_in_both_versions() {
    assert_eq!(own_path(V1_MEMBER.as_bytes(), Controller::Cpu), Some("/a/b".into()));
    assert_eq!(own_path(V1_MEMBER.as_bytes(), Controller::CpuAccounting), Some("/a/b".into()));
    assert_eq!(own_path(V1_MEMBER.as_bytes(), Controller::Memory), Some("/process_api/4f1a".into()));
    assert_eq!(own_path(V1_MEMBER.as_bytes(), Controller::Unified), Some("/".into()));
    assert_eq!(own_path(b"0::/x:y\n", Controller::Unified), Some("/x:y".into()));
    assert_eq!(own_path(b"garbage\n1:2\n", Controller::Cpu), None);
}

#[test]
fn mounts_are_found_by_type_and_option() {
    let mounts = V1_MOUNTS.as_bytes();
    assert_eq!(mount(mounts, Controller::Cpu), Some(("/".into(), "/sys/fs/cgroup/cpu x".into())));
    assert_eq!(mount(mounts, Controller::Memory), Some(("/".into(), "/sys/fs/cgroup/memory".into())));
    assert_eq!(mount(mounts, Controller::Unified), Some(("/".into(), "/sys/fs/cgroup/unified".into())));
    assert_eq!(mount(b"1 2 3\n- - -\n", Controller::Cpu), None);
    assert_eq!(mount(b"", Controller::Unified), None);
}

#[test]
fn every_level_up_to_the_mount_counts() {
    let level = |own: &str, root: &str| {
        let found = levels(Path::new(own), Path::new(root), Path::new("/m"));
        found.iter().map(|p| p.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(level("/a/b", "/"), ["/m/a/b", "/m/a", "/m"]);
    assert_eq!(level("/", "/"), ["/m"]);
    assert_eq!(level("/docker/x/y", "/docker/x"), ["/m/y", "/m"]);
    assert_eq!(level("/", "/docker/x"), ["/m"]);
    assert_eq!(level("/../../other", "/"), ["/m"]);
}

#[test]
fn quotas_and_limits_are_read() {
    assert_eq!(parse_cpu_max(b"150000 100000\n"), Some(1.5));
    assert_eq!(parse_cpu_max(b"max 100000\n"), None);
    assert_eq!(parse_cpu_max(b"50000\n"), Some(0.5));
    assert_eq!(parse_cfs(b"250000\n", b"100000\n"), Some(2.5));
    assert_eq!(parse_cfs(b"-1\n", b"100000\n"), None);
    assert_eq!(parse_cfs(b"100000\n", b"0\n"), None);
    assert_eq!(parse_limit(b"1073741824\n"), Some(1 << 30));
    assert_eq!(parse_limit(b"9223372036854771712\n"), None);
    assert_eq!(parse_limit(b"max\n"), None);
    assert_eq!(parse_cpu_max(b"\xff 1"), None);
}

#[test]
fn a_version_2_quota_of_a_parent_applies() {
    let tree = Tree::of(&[
        ("/proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-7\n"),
        ("/proc/self/cgroup", "0::/a/b\n"),
        ("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
        ("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"),
        ("/sys/fs/cgroup/a/cpu.max", "250000 100000\n"),
    ]);
    assert!((tree.cores(8) - 2.5).abs() < 1e-12);
}

#[test]
fn a_version_1_quota_applies_as_a_fraction() {
    let tree = Tree::of(&[
        ("/proc/self/status", "Cpus_allowed_list:\t0-3\n"),
        ("/proc/self/cgroup", V1_MEMBER),
        ("/proc/self/mountinfo", V1_MOUNTS),
        ("/sys/fs/cgroup/cpu x/a/b/cpu.cfs_quota_us", "75000\n"),
        ("/sys/fs/cgroup/cpu x/a/b/cpu.cfs_period_us", "50000\n"),
        ("/sys/fs/cgroup/cpu x/cpu.cfs_quota_us", "-1\n"),
        ("/sys/fs/cgroup/cpu x/cpu.cfs_period_us", "100000\n"),
    ]);
    assert!((tree.cores(1) - 1.5).abs() < 1e-12);
}

#[test]
fn without_a_quota_the_affinity_or_the_standard_library_applies() {
    assert!((Tree::of(&[("/proc/self/status", "Cpus_allowed_list:\t1,3\n")]).cores(8) - 2.0).abs() < 1e-12);
    assert!((Tree::default().cores(6) - 6.0).abs() < 1e-12);
    let absurd = Tree::of(&[
        ("/proc/self/cgroup", "0::/\n"),
        ("/proc/self/mountinfo", "30 23 0:26 / /c rw - cgroup2 cgroup2 rw\n"),
        ("/c/cpu.max", "1 100000\n"),
    ]);
    assert!((absurd.cores(6) - 0.1).abs() < 1e-12);
}

#[test]
fn at_the_usual_mount_point_mountinfo_is_not_read() {
    let v2 = Tree::of(&[
        ("/proc/self/cgroup", "0::/a\n"),
        ("/sys/fs/cgroup/a/cgroup.controllers", "cpu memory\n"),
        ("/sys/fs/cgroup/a/cpu.max", "max 100000\n"),
        ("/sys/fs/cgroup/cpu.max", "150000 100000\n"),
    ]);
    assert!((v2.cores(8) - 1.5).abs() < 1e-12);
    let v1 = Tree::of(&[
        ("/proc/self/cgroup", "5:cpu,cpuacct:/a\n0::/a\n"),
        ("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n"),
        ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n"),
        ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
    ]);
    assert!((v1.cores(8) - 2.5).abs() < 1e-12);
}

#[test]
fn a_partly_mounted_tree_is_found_by_mountinfo() {
    let tree = Tree::of(&[
        ("/proc/self/cgroup", "0::/docker/x\n"),
        ("/proc/self/mountinfo", "30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"),
        ("/sys/fs/cgroup/cgroup.controllers", "cpu\n"),
        ("/sys/fs/cgroup/cpu.max", "150000 100000\n"),
    ]);
    assert!((tree.cores(8) - 1.5).abs() < 1e-12);
}

proptest! {
    #[test]
    fn no_input_makes_the_parsers_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        for controller in [Controller::Unified, Controller::Cpu, Controller::CpuAccounting, Controller::Memory] {
            let _ = (own_path(&text, controller), mount(&text, controller));
        }
        let _ = (parse_cpu_max(&text), parse_cfs(&text, &text), parse_limit(&text), unescape(&text));
    }

    #[test]
    fn escaped_paths_are_decoded(name in "[a-z \\\\\t]{0,12}") {
        let escaped: String =
            name.bytes().map(|b| if b.is_ascii_lowercase() { char::from(b).to_string() } else { format!("\\{b:03o}") }).collect();
        prop_assert_eq!(unescape(escaped.as_bytes()), PathBuf::from(name));
    }
}
