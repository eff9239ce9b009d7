//! `--affinity` and `--ionice`: the CPUs and the I/O priority of the jobs of each slot. They are set on the thread of
//! the worker, and the jobs inherit them. The plan is pure. If the system refuses it, the jobs run without it.

use crate::job::Slot;
use crate::sys::placing;
use adaptive_pool_sense::Cpu;
use std::cell::Cell;

/// How jobs are bound to CPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// Each job on a core of its own while there are free cores; different packages first.
    Spread,
    /// All threads of a core first, then all cores of a package.
    Compact,
    /// Each job on all CPUs of one memory node; the nodes in turn.
    Numa,
}

/// The placing of the jobs by slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placing {
    /// The CPUs of slot 1, slot 2 and so on, repeated from the start. Empty: any CPU.
    pub places: Vec<Vec<u32>>,
    /// The I/O class and level.
    pub io_priority: Option<(u32, u32)>,
}

thread_local! {
    /// The slot that this thread was placed for.
    static PLACED: Cell<u32> = const { Cell::new(0) };
}

impl Placing {
    /// Places the calling thread for the jobs of a slot.
    pub fn apply(&self, slot: Slot) {
        if (self.places.is_empty() && self.io_priority.is_none()) || PLACED.get() == slot.0 {
            return;
        }
        PLACED.set(slot.0);
        if let Some(cpus) = self.places.get((slot.0 as usize).saturating_sub(1) % self.places.len().max(1)) {
            let _ = placing::bind(cpus);
        }
        if let Some((class, level)) = self.io_priority {
            let _ = placing::io_priority(class, level);
        }
    }
}

/// The CPUs of each slot in turn. `cpus` are sorted by node, package and core.
pub fn places(affinity: Affinity, cpus: &[Cpu]) -> Vec<Vec<u32>> {
    match affinity {
        Affinity::Compact => cpus.iter().map(|cpu| vec![cpu.number]).collect(),
        Affinity::Spread => {
            let mut ranked: Vec<([usize; 2], Cpu)> = cpus
                .iter()
                .map(|cpu| {
                    let same_core = |other: &&Cpu| other.package == cpu.package && other.core == cpu.core;
                    let thread = cpus.iter().filter(same_core).position(|other| other == cpu);
                    let mut cores: Vec<u32> =
                        cpus.iter().filter(|o| o.package == cpu.package).map(|o| o.core).collect();
                    cores.dedup();
                    let core = cores.iter().position(|&core| core == cpu.core);
                    ([thread.unwrap_or(0), core.unwrap_or(0)], *cpu)
                })
                .collect();
            // First threads of cores before second threads, first cores of packages before second cores.
            ranked.sort_unstable_by_key(|(rank, cpu)| (*rank, cpu.package));
            ranked.into_iter().map(|(_, cpu)| vec![cpu.number]).collect()
        }
        Affinity::Numa => {
            let mut nodes: Vec<u32> = cpus.iter().map(|cpu| cpu.node).collect();
            nodes.dedup();
            let of = |node| cpus.iter().filter(|cpu| cpu.node == node).map(|cpu| cpu.number).collect();
            nodes.into_iter().map(of).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two nodes, each one package of two cores with two threads each.
    fn machine() -> Vec<Cpu> {
        let cpu = |number: u32| Cpu { node: number % 2, package: number % 2, core: number / 2 % 2, number };
        let mut cpus: Vec<Cpu> = (0..8).map(cpu).collect();
        cpus.sort_unstable();
        cpus
    }

    #[test]
    fn compact_fills_a_core_before_the_next() {
        let order: Vec<u32> = places(Affinity::Compact, &machine()).concat();
        assert_eq!(order, [0, 4, 2, 6, 1, 5, 3, 7]);
    }

    #[test]
    fn spread_takes_packages_in_turn_and_second_threads_last() {
        let order: Vec<u32> = places(Affinity::Spread, &machine()).concat();
        assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn numa_gives_each_slot_a_node() {
        assert_eq!(places(Affinity::Numa, &machine()), [vec![0, 4, 2, 6], vec![1, 5, 3, 7]]);
    }
}
