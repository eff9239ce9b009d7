//! The settings of a law by name, so that flags, the metrics' `config` and refusals all speak from one table.
//!
//! Every law lists its fields once ([`Slot`]); setting, listing and checking ranges follow from that. A flag is the
//! field's name with dashes.

use std::fmt;
use std::time::Duration;

/// A refusal: one sentence that names the flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// A refusal in words.
    pub fn new(text: impl Into<String>) -> ConfigError {
        ConfigError(text.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The value of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A ratio or a factor: `0.8`.
    Ratio(f64),
    /// A number of workers or jobs.
    Count(u64),
    /// A time.
    Time(Duration),
    /// On or off.
    Switch(bool),
    /// Not set: the rule does not apply.
    Unset,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Ratio(x) => x.fmt(f),
            Value::Count(n) => n.fmt(f),
            Value::Time(d) => fmt::Debug::fmt(d, f),
            Value::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Value::Unset => f.write_str("unset"),
        }
    }
}

/// One field of a law's config.
pub(crate) enum Slot<'a> {
    /// 0 to 1.
    Ratio(&'a mut f64),
    /// On or off.
    Switch(&'a mut bool),
    /// At least 1.
    Count(&'a mut u32),
    /// At least 1, or resolved from the cores.
    MaybeCount(&'a mut Option<u32>),
    /// A queue depth.
    Depth(&'a mut u64),
    /// A queue depth, or no such rule.
    MaybeDepth(&'a mut Option<u64>),
    /// A time that must be at least 1 ms.
    Period(&'a mut Duration),
    /// A time that may be zero.
    Wait(&'a mut Duration),
}

/// A field and its name.
pub(crate) type Field<'a> = (&'static str, Slot<'a>);

/// `scale_up_threshold` as it is typed: `--scale-up-threshold`.
pub(crate) fn flag(field: &str) -> String {
    format!("--{}", field.replace('_', "-"))
}

impl Slot<'_> {
    pub(crate) fn get(&self) -> Value {
        match self {
            Slot::Ratio(x) => Value::Ratio(**x),
            Slot::Switch(on) => Value::Switch(**on),
            Slot::Count(n) => Value::Count(u64::from(**n)),
            Slot::MaybeCount(n) => n.map_or(Value::Unset, |n| Value::Count(u64::from(n))),
            Slot::Depth(n) => Value::Count(**n),
            Slot::MaybeDepth(n) => n.map_or(Value::Unset, Value::Count),
            Slot::Period(d) | Slot::Wait(d) => Value::Time(**d),
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Value) -> Result<(), ConfigError> {
        let count =
            |n: u64| u32::try_from(n).map_err(|_| ConfigError(format!("{} {n} is too large", flag(name))));
        match (self, value) {
            (Slot::Ratio(x), Value::Ratio(v)) => **x = v,
            (Slot::Switch(on), Value::Switch(v)) => **on = v,
            (Slot::Count(n), Value::Count(v)) => **n = count(v)?,
            (Slot::MaybeCount(n), Value::Count(v)) => **n = Some(count(v)?),
            (Slot::MaybeCount(n), Value::Unset) => **n = None,
            (Slot::Depth(n), Value::Count(v)) => **n = v,
            (Slot::MaybeDepth(n), Value::Count(v)) => **n = Some(v),
            (Slot::MaybeDepth(n), Value::Unset) => **n = None,
            (Slot::Period(d) | Slot::Wait(d), Value::Time(v)) => **d = v,
            (slot, value) => {
                return Err(ConfigError(format!("{} takes {}, not {value}", flag(name), slot.takes())));
            }
        }
        Ok(())
    }

    /// The range of one field alone.
    pub(crate) fn check(&self, name: &str) -> Result<(), ConfigError> {
        let refuse = |range: &str| Err(ConfigError(format!("{} {} must be {range}", flag(name), self.get())));
        match self {
            Slot::Ratio(x) if !(0.0..=1.0).contains(&**x) => refuse("from 0 to 1 (or 0% to 100%)"),
            Slot::Count(0) | Slot::MaybeCount(Some(0)) => refuse("at least 1"),
            Slot::Period(d) if **d < Duration::from_millis(1) => refuse("at least 1ms"),
            _ => Ok(()),
        }
    }

    fn takes(&self) -> &'static str {
        match self {
            Slot::Ratio(_) => "a ratio",
            Slot::Switch(_) => "on or off",
            Slot::Count(_) | Slot::MaybeCount(_) | Slot::Depth(_) | Slot::MaybeDepth(_) => "a whole number",
            Slot::Period(_) | Slot::Wait(_) => "a time",
        }
    }
}

/// Refuses `low` unless it is below `high`.
pub(crate) fn below(low: (&str, f64), high: (&str, f64)) -> Result<(), ConfigError> {
    if low.1 < high.1 {
        return Ok(());
    }
    Err(ConfigError(format!("{} {} must be below {} {}", flag(low.0), low.1, flag(high.0), high.1)))
}

/// Refuses `low` when it is above `high`.
pub(crate) fn at_most(low: (&str, u64), high: (&str, u64)) -> Result<(), ConfigError> {
    if low.1 <= high.1 {
        return Ok(());
    }
    Err(ConfigError(format!("{} {} must not be above {} {}", flag(low.0), low.1, flag(high.0), high.1)))
}
