//! The places of CPUs in the machine: memory node, package and core. The command binds jobs to CPUs by them.

use crate::cores::{allowed_cpus, parse_cpu_list, read_file};
use std::path::Path;

/// One CPU that this process may use, and its place. CPUs are ordered by node, package and core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu {
    /// The number of the memory node, 0 when unknown.
    pub node: u32,
    /// The number of the package (socket), 0 when unknown.
    pub package: u32,
    /// The number of the core in its package, 0 when unknown.
    pub core: u32,
    /// The number of the CPU.
    pub number: u32,
}

/// The CPUs that this process may use, sorted: the CPUs of one core are adjacent. Empty when unknown.
pub fn cpus() -> Vec<Cpu> {
    let number = |path: String| -> u32 {
        let text = read_file(Path::new(&path)).unwrap_or_default();
        String::from_utf8_lossy(&text).trim().parse().unwrap_or(0)
    };
    let nodes: Vec<Vec<u32>> = (0..1024)
        .map_while(|node| read_file(Path::new(&format!("/sys/devices/system/node/node{node}/cpulist"))))
        .map(|text| parse_cpu_list(&text).unwrap_or_default())
        .collect();
    let place = |cpu: u32| {
        let topology = format!("/sys/devices/system/cpu/cpu{cpu}/topology");
        Cpu {
            node: nodes.iter().position(|node| node.contains(&cpu)).unwrap_or(0) as u32,
            package: number(format!("{topology}/physical_package_id")),
            core: number(format!("{topology}/core_id")),
            number: cpu,
        }
    };
    let mut cpus: Vec<Cpu> = allowed_cpus(&read_file).unwrap_or_default().into_iter().map(place).collect();
    cpus.sort_unstable();
    cpus
}
