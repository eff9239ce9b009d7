//! Which CPUs belong together: threads of a core, cores of a package, packages of a memory node. For binding jobs.

use crate::cores::{allowed_cpus, parse_cpu_list, read_file};
use std::path::Path;

/// One CPU that this process may use, and where it sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu {
    /// The memory node.
    pub node: u32,
    /// The package.
    pub package: u32,
    /// The core within the package.
    pub core: u32,
    /// Its number.
    pub number: u32,
}

/// The CPUs that this process may use, those of a core next to each other. Empty where that is not known.
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
