//! One look at the whole machine, put together from the meters.

use crate::cgroup::{self, Controller, ReadFile};
use crate::cores::{Files, allowed_cpus};
use crate::cpu::CpuMeter;
use crate::file::CachedFile;
use crate::memory::MemoryMeter;
use crate::portable::Portable;
use crate::pressure::PressureFiles;
use crate::runqueue::{LoadAverage, parse_loadavg, parse_schedstat};
use crate::swap::SwapMeter;
use crate::tasks::Tracker;
use crate::threads::Threads;
use crate::{TaskSource, cores};
use adaptive_pool::policy::{Memory, OnThreadStart, Reading, RunQueueProbe, Sensor};
use adaptive_pool::time::Time;
use std::sync::Arc;

/// Room for the longest file that is read each look (`/proc/vmstat`, and one line a CPU of `/proc/stat`).
const BUFFER: usize = 64 * 1024;

/// Reads the machine. Keeps its files open, so that a look costs no path walk.
///
/// [`Reading::lag`] is left unknown: how late a look came is known to who called for it.
pub struct MachineSensor {
    buf: Vec<u8>,
    system: System,
    load: CachedFile,
    waiting: Option<WaitMeter>,
    pressure: PressureFiles,
    swap: SwapMeter,
    tasks: Tasks,
    /// All CPUs of the machine are ours to use: its run queue is ours.
    whole: bool,
}

/// Who the running tasks are.
enum Tasks {
    Unknown,
    Processes(Tracker),
    Threads(Threads),
}

/// Where CPU use and memory come from.
enum System {
    Proc { cpu: CpuMeter, memory: MemoryMeter },
    Portable(Portable),
}

/// Threads waiting for a CPU, by `/proc/schedstat`: only where `/proc/loadavg` cannot be read.
struct WaitMeter {
    file: CachedFile,
    before: Option<(Time, u64)>,
}

impl MachineSensor {
    /// A sensor of the machine alone.
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
        let mut load = CachedFile::open("/proc/loadavg");
        let readable = load.read(&mut buf).and_then(parse_loadavg).is_some_and(|load| load.running.is_some());
        let waiting =
            (!readable).then(|| WaitMeter { file: CachedFile::open("/proc/schedstat"), before: None });
        let (pressure, swap) = (PressureFiles::open(), SwapMeter::open());
        MachineSensor { buf, system, load, waiting, pressure, swap, tasks: Tasks::Unknown, whole }
    }

    /// A sensor that looks at the running tasks' processes too.
    pub fn with_tasks(tasks: Box<dyn TaskSource>) -> MachineSensor {
        MachineSensor { tasks: Tasks::Processes(Tracker::new(tasks)), ..MachineSensor::new() }
    }

    fn cpu_and_memory(&mut self, now: Time) -> (Option<f64>, Option<Memory>, Option<u64>) {
        match &mut self.system {
            System::Proc { cpu, memory } => {
                let used = cpu.read(now, &mut self.buf);
                let left = memory.read(&mut self.buf);
                (used, left, memory.swap)
            }
            System::Portable(portable) => (portable.cpu(now), portable.memory(), None),
        }
    }

    /// The load average and the runnable threads.
    fn load(&mut self, now: Time, cpu: Option<f64>) -> (Option<f64>, Option<f64>) {
        let load = self.load.read(&mut self.buf).and_then(parse_loadavg);
        let running = load.and_then(runnable);
        let one = load.map(|load| load.one);
        if running.is_some() {
            return (one, running);
        }
        let one = one.or_else(Portable::load);
        let Some(meter) = &mut self.waiting else { return (one, None) };
        let ns = meter.file.read_all(&mut self.buf).and_then(parse_schedstat);
        let before = std::mem::replace(&mut meter.before, ns.map(|ns| (now, ns)));
        let mean = ns.zip(before).and_then(|(ns, (at, before))| {
            let span = now.since(at).as_secs_f64();
            (span > 0.0).then(|| ns.saturating_sub(before) as f64 / 1e9 / span)
        });
        let busy = cpu.map(|cpu| cpu * std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64));
        (one, mean.zip(busy).map(|(waiting, busy)| waiting + busy))
    }
}

/// The file that counts the CPU time of the group that sets the quota.
fn usage_file(quota: &cgroup::Quota, read: ReadFile<'_>) -> Option<std::path::PathBuf> {
    if quota.version == 2 {
        return Some(quota.level.join("cpu.stat"));
    }
    // Accounting is often mounted with the quota; where it is not, the same path below its own mount.
    let beside = quota.level.join("cpuacct.usage");
    if beside.exists() {
        return Some(beside);
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
        let (load, run_queue) = self.load(now, cpu);
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

    /// Closures are looked at where the owner has no processes.
    fn on_thread_start(&mut self) -> Option<OnThreadStart> {
        if let Tasks::Unknown = self.tasks {
            self.tasks = Threads::new().map_or(Tasks::Unknown, Tasks::Threads);
        }
        let Tasks::Threads(threads) = &self.tasks else { return None };
        let registry = threads.registry();
        Some(Arc::new(move || registry.register()))
    }

    /// Where our processes can be told from the others, and no part of the machine is closed to us: in a container with a share of
    /// the CPUs the count is mostly of strangers. A read takes 2 µs, which is nothing to the start of a process, and too much for
    /// that of a closure.
    fn run_queue_probe(&mut self) -> Option<RunQueueProbe> {
        let sees = self.whole && matches!(self.tasks, Tasks::Processes(_)) && self.waiting.is_none();
        sees.then(|| {
            let mut load = CachedFile::open("/proc/loadavg");
            let mut buf = [0; 128];
            let eye: RunQueueProbe =
                Box::new(move || load.read(&mut buf).and_then(parse_loadavg).and_then(runnable));
            eye
        })
    }
}

/// Runnable threads without the one that reads: it runs, else it could not read.
fn runnable(load: LoadAverage) -> Option<f64> {
    load.running.map(|n| f64::from(n.saturating_sub(1)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_memory_and_load() {
        let mut sensor = MachineSensor::new();
        let reading = sensor.read(Time::from_secs(0.01));
        assert_eq!(reading.at, Time::from_secs(0.01));
        assert_eq!(reading.cpu, None, "nothing to compare with yet");
        assert!(reading.memory.unwrap().total > 0);
        assert!(reading.load.is_some() && reading.run_queue.is_some());
        assert_eq!(reading.tasks, None);
    }

    #[test]
    fn an_eye_needs_tasks_and_the_whole_machine() {
        let mut sensor = MachineSensor::new();
        sensor.whole = true;
        assert!(sensor.run_queue_probe().is_none(), "nothing tells ours from others");
        sensor.tasks = Tasks::Processes(Tracker::new(Box::new(NoTasks)));
        let mut eye = sensor.run_queue_probe().unwrap();
        assert!(eye().is_some_and(|queue| queue >= 0.0));
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
    fn files_that_vanish_make_only_their_field_unknown() {
        let mut sensor = MachineSensor::new();
        sensor.pressure = PressureFiles::none();
        sensor.load = CachedFile::open("/proc/self/no-such-file");
        sensor.waiting = None;
        let reading = sensor.read(Time::from_secs(0.5));
        assert_eq!((reading.pressure, reading.run_queue), (None, None));
        assert!(reading.memory.is_some() && reading.load.is_some());
    }

    #[test]
    fn without_proc_sysinfo_stands_in() {
        let mut sensor = MachineSensor::new();
        sensor.system = System::Portable(Portable::new());
        assert!(sensor.read(Time::from_secs(0.5)).memory.unwrap().total > 0);
    }
}
