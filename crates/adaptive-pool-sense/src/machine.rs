//! The sensor of the machine: it puts the readings of all meters together.

use crate::cgroup::{self, Controller, ReadFile};
use crate::cores::{self, Files, allowed_cpus};
use crate::cpu::CpuMeter;
use crate::load::{LoadMeter, run_queue_probe};
use crate::memory::MemoryMeter;
use crate::portable::Portable;
use crate::pressure::PressureFiles;
use crate::swap::SwapMeter;
use crate::task_source::TaskSource;
use crate::tasks::Tracker;
use crate::threads::Threads;
use adaptive_pool::policy::{Memory, OnThreadStart, Reading, RunQueueProbe, Sensor};
use adaptive_pool::time::Time;
use std::sync::Arc;

/// The size of the longest file that is read (`/proc/vmstat`, and one line for each CPU of `/proc/stat`).
const BUFFER: usize = 64 * 1024;

/// A sensor of the machine. It keeps its files open, so a reading opens none.
///
/// [`Reading::lag`] stays unknown, because only the caller knows when a reading was due.
pub struct MachineSensor {
    buf: Vec<u8>,
    system: System,
    load: LoadMeter,
    pressure: PressureFiles,
    swap: SwapMeter,
    tasks: Tasks,
    /// This process may use all CPUs of the machine, so the run queue of the machine is its own.
    whole: bool,
}

/// The source of the readings of running tasks.
enum Tasks {
    Unknown,
    Processes(Tracker),
    Threads(Threads),
}

/// The source of CPU use and memory.
enum System {
    Proc { cpu: CpuMeter, memory: MemoryMeter },
    Portable(Portable),
}

impl MachineSensor {
    /// A sensor of the machine. In a pool it also reads the worker threads.
    pub fn new() -> MachineSensor {
        let mut buf = vec![0; BUFFER];
        let files = Files::default();
        let read: ReadFile<'_> = &|path| files.get(path);
        let quota = cgroup::quota(read);
        let usage = quota.as_ref().and_then(|quota| usage_file(quota, read));
        let online = std::fs::read("/sys/devices/system/cpu/online").ok();
        let online = online.and_then(|text| cores::parse_cpu_list(&text)).map(|cpus| cpus.len());
        let some = allowed_cpus(read).filter(|cpus| online.is_some_and(|all| cpus.len() < all));
        let whole = some.is_none()
            && online.is_some_and(|all| quota.as_ref().is_none_or(|quota| quota.cores >= all as f64));
        let cpu = CpuMeter::new(some, quota.as_ref(), usage);
        let system = if cpu.works(&mut buf) {
            System::Proc { cpu, memory: MemoryMeter::new(read, &mut buf) }
        } else {
            System::Portable(Portable::new())
        };
        let load = LoadMeter::open(&mut buf);
        let (pressure, swap) = (PressureFiles::open(), SwapMeter::open());
        MachineSensor { buf, system, load, pressure, swap, tasks: Tasks::Unknown, whole }
    }

    /// A sensor of the machine and of the processes of running tasks.
    pub fn with_tasks(tasks: Box<dyn TaskSource>) -> MachineSensor {
        MachineSensor { tasks: Tasks::Processes(Tracker::new(tasks)), ..MachineSensor::new() }
    }

    fn cpu_and_memory(&mut self, now: Time) -> (Option<f64>, Option<Memory>, Option<u64>) {
        match &mut self.system {
            System::Proc { cpu, memory } => {
                let used = cpu.read(now, &mut self.buf);
                let available = memory.read(&mut self.buf);
                (used, available, memory.swap)
            }
            System::Portable(portable) => (portable.cpu(now), portable.memory(), None),
        }
    }
}

/// The file with the CPU time of the control group that sets the quota.
fn usage_file(quota: &cgroup::Quota, read: ReadFile<'_>) -> Option<std::path::PathBuf> {
    if quota.version == 2 {
        return Some(quota.level.join("cpu.stat"));
    }
    // CPU accounting often has the same mount as the quota. Elsewhere it has the same path below its own mount.
    let same_mount = quota.level.join("cpuacct.usage");
    if same_mount.exists() {
        return Some(same_mount);
    }
    let depth = cgroup::find(read, Controller::Cpu).iter().position(|level| *level == quota.level)?;
    cgroup::find(read, Controller::CpuAccounting).get(depth).map(|level| level.join("cpuacct.usage"))
}

impl Default for MachineSensor {
    fn default() -> MachineSensor {
        MachineSensor::new()
    }
}

impl Sensor for MachineSensor {
    fn read(&mut self, now: Time) -> Reading {
        let (cpu, memory, swap_space) = self.cpu_and_memory(now);
        let (load, run_queue) = self.load.read(now, cpu, &mut self.buf);
        let pressure = self.pressure.read(&mut self.buf);
        let swapped = self.swap.read(swap_space, &mut self.buf);
        Reading {
            at: now,
            cpu,
            memory,
            load,
            run_queue,
            pressure,
            lag: None,
            swap_in: swapped.map(|(pages, _)| pages),
            swap_out: swapped.map(|(_, pages)| pages),
            tasks: match &mut self.tasks {
                Tasks::Unknown => None,
                Tasks::Processes(tracker) => Some(tracker.sample(now)),
                Tasks::Threads(threads) => threads.sample(now),
            },
        }
    }

    /// Registers the worker threads, unless the tasks have processes.
    fn on_thread_start(&mut self) -> Option<OnThreadStart> {
        if let Tasks::Unknown = self.tasks {
            self.tasks = Threads::new().map_or(Tasks::Unknown, Tasks::Threads);
        }
        let Tasks::Threads(threads) = &self.tasks else { return None };
        let registry = threads.registry();
        Some(Arc::new(move || registry.register()))
    }

    /// A probe, where tasks have processes and this process may use the whole machine. In a container with a part of the CPUs,
    /// most runnable threads belong to other containers. For closures a probe would cost too much, compared to their start.
    fn run_queue_probe(&mut self) -> Option<RunQueueProbe> {
        let usable = self.whole && matches!(self.tasks, Tasks::Processes(_)) && self.load.is_direct();
        usable.then(|| -> RunQueueProbe { Box::new(run_queue_probe()) })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_memory_and_load() {
        let mut sensor = MachineSensor::new();
        let reading = sensor.read(Time::from_secs(0.01));
        assert_eq!(reading.at, Time::from_secs(0.01));
        assert_eq!(reading.cpu, None, "no earlier reading");
        assert!(reading.memory.unwrap().total > 0);
        assert!(reading.load.is_some() && reading.run_queue.is_some());
        assert_eq!(reading.tasks, None);
    }

    #[test]
    fn a_probe_needs_tasks_and_the_whole_machine() {
        let mut sensor = MachineSensor::new();
        sensor.whole = true;
        assert!(sensor.run_queue_probe().is_none(), "the own share is unknown");
        sensor.tasks = Tasks::Processes(Tracker::new(Box::new(NoTasks)));
        let mut probe = sensor.run_queue_probe().unwrap();
        assert!(probe().is_some_and(|queue| queue >= 0.0));
        sensor.whole = false;
        assert!(sensor.run_queue_probe().is_none());
    }

    struct NoTasks;

    impl TaskSource for NoTasks {
        fn live(&mut self, _each: &mut dyn FnMut(adaptive_pool::policy::TaskId, u32, Time, bool)) {}

        fn finished_cpu(&self) -> std::time::Duration {
            std::time::Duration::ZERO
        }
    }

    #[test]
    fn a_missing_file_makes_only_its_figure_unknown() {
        let mut sensor = MachineSensor::new();
        sensor.pressure = PressureFiles::none();
        sensor.load = LoadMeter::none();
        let reading = sensor.read(Time::from_secs(0.5));
        assert_eq!((reading.pressure, reading.run_queue), (None, None));
        assert!(reading.memory.is_some() && reading.load.is_some());
    }

    #[test]
    fn without_proc_sysinfo_is_used() {
        let mut sensor = MachineSensor::new();
        sensor.system = System::Portable(Portable::new());
        assert!(sensor.read(Time::from_secs(0.5)).memory.unwrap().total > 0);
    }
}
