//! Policies and guards: pure state machines that determine how many tasks run at once.
//!
//! A [`Policy`] gets an [`Observation`] and returns a [`Decision`]. It keeps its state in its own fields, and the observation
//! brings the time, so a simulator can drive it. It does not know what a task is: a closure, a process, a simulated job. A
//! [`Guard`] may only lower the limit of the policy. A [`Sensor`] gives the [`Reading`] of the machine.
//!
//! [`PolicyConfig`] selects one of the policies of this crate, as plain data:
//!
//! | Name | Rule |
//! | --- | --- |
//! | `auto` | Measures throughput and finds the limit itself. |
//! | `fixed` | The limit is a given number. |
//! | `conservative`, `balanced`, `aggressive` | The ratio of running tasks to the limit, with steps. |
//! | `threshold` | Thresholds of CPU use and queue length. |
//! | `aimd` | Additive increase, multiplicative decrease. |
//! | `predictive` | Moving averages and trends. |
//!
//! [`GuardConfig`] selects guards: memory, descriptors, processes, load, swapping, delays and rates.
//!
//! ```
//! use adaptive_pool::policy::{Bounds, PolicyConfig, Value};
//!
//! let mut config: PolicyConfig = "aimd".parse()?;
//! config.set("increase_step", Value::Count(4))?;
//! config.validate()?;
//! let policy = config.build(8.0);
//! assert_eq!(policy.name(), "aimd");
//! assert_eq!(policy.initial(Bounds { min: 1, max: 16 }), 16);
//! # Ok::<(), adaptive_pool::policy::ConfigError>(())
//! ```

mod aimd;
mod auto;
mod bounds;
mod config;
mod decision;
mod fixed;
pub mod guard;
mod interface;
mod move_rules;
mod observation;
mod predictive;
mod profile;
mod ratio;
mod reading;
#[cfg(test)]
mod scene;
mod sensor;
mod setting;
mod task_event;
mod threshold;
mod trend;
mod why;

pub use aimd::AimdConfig;
pub use auto::{Auto, AutoConfig, AutoWhy, Unseen};
pub use bounds::{Bounds, DefaultBounds};
pub use config::{POLICY_NAMES, PolicyConfig};
pub use decision::{Admit, Decision};
pub use fixed::FixedConfig;
pub use guard::GuardConfig;
pub use interface::{Guard, Policy};
pub use observation::Observation;
pub use predictive::PredictiveConfig;
pub use profile::Profile;
pub use ratio::RatioConfig;
pub use reading::{Memory, Pressure, Reading, TaskReading, TasksReading};
pub use sensor::{OnThreadStart, RunQueueProbe, Sensor};
pub use setting::{ConfigError, Value};
pub use task_event::{Finished, TaskEvent, TaskId, Verdict};
pub use threshold::ThresholdConfig;
pub use why::Why;
