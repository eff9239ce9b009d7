//! The settings of a policy by name. Options, metrics and error messages use the same names.
//!
//! Each policy lists its fields once as [`FieldMut`]s. Setting, listing and range checks use that list. The name of an option is
//! the name of the field with dashes.

use std::fmt;
use std::time::Duration;

/// An invalid setting: one sentence that names the option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// An error with this text.
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
    /// A number of workers or tasks.
    Count(u64),
    /// A duration.
    Time(Duration),
    /// On or off.
    Switch(bool),
    /// Not set. The rule is off, or the default depends on the cores.
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

/// Access to one field of a policy's config. The variant gives its range.
pub(crate) enum FieldMut<'a> {
    /// 0 to 1.
    Ratio(&'a mut f64),
    /// On or off.
    Switch(&'a mut bool),
    /// At least 1.
    Count(&'a mut u32),
    /// At least 1; `None` for a default that depends on the cores.
    MaybeCount(&'a mut Option<u32>),
    /// A number of tasks, from 0.
    Depth(&'a mut u64),
    /// A number of tasks, from 0; `None` for no such rule.
    MaybeDepth(&'a mut Option<u64>),
    /// A duration of at least 1 ms.
    Period(&'a mut Duration),
    /// A duration, from 0.
    Wait(&'a mut Duration),
}

/// The name of a field, and access to it.
pub(crate) type Field<'a> = (&'static str, FieldMut<'a>);

/// The option of a field: `--scale-up-threshold` for `scale_up_threshold`.
pub(crate) fn flag(field: &str) -> String {
    format!("--{}", field.replace('_', "-"))
}

impl FieldMut<'_> {
    pub(crate) fn get(&self) -> Value {
        match self {
            FieldMut::Ratio(x) => Value::Ratio(**x),
            FieldMut::Switch(on) => Value::Switch(**on),
            FieldMut::Count(n) => Value::Count(u64::from(**n)),
            FieldMut::MaybeCount(n) => n.map_or(Value::Unset, |n| Value::Count(u64::from(n))),
            FieldMut::Depth(n) => Value::Count(**n),
            FieldMut::MaybeDepth(n) => n.map_or(Value::Unset, Value::Count),
            FieldMut::Period(d) | FieldMut::Wait(d) => Value::Time(**d),
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Value) -> Result<(), ConfigError> {
        let count =
            |n: u64| u32::try_from(n).map_err(|_| ConfigError(format!("{} {n} is too large", flag(name))));
        match (self, value) {
            (FieldMut::Ratio(x), Value::Ratio(v)) => **x = v,
            (FieldMut::Switch(on), Value::Switch(v)) => **on = v,
            (FieldMut::Count(n), Value::Count(v)) => **n = count(v)?,
            (FieldMut::MaybeCount(n), Value::Count(v)) => **n = Some(count(v)?),
            (FieldMut::MaybeCount(n), Value::Unset) => **n = None,
            (FieldMut::Depth(n), Value::Count(v)) => **n = v,
            (FieldMut::MaybeDepth(n), Value::Count(v)) => **n = Some(v),
            (FieldMut::MaybeDepth(n), Value::Unset) => **n = None,
            (FieldMut::Period(d) | FieldMut::Wait(d), Value::Time(v)) => **d = v,
            (field, value) => {
                return Err(ConfigError(format!("{} takes {}, not {value}", flag(name), field.takes())));
            }
        }
        Ok(())
    }

    /// Checks the range of the field.
    pub(crate) fn check(&self, name: &str) -> Result<(), ConfigError> {
        let refuse = |range: &str| Err(ConfigError(format!("{} {} must be {range}", flag(name), self.get())));
        match self {
            FieldMut::Ratio(x) if !(0.0..=1.0).contains(&**x) => refuse("from 0 to 1 (or 0% to 100%)"),
            FieldMut::Count(0) | FieldMut::MaybeCount(Some(0)) => refuse("at least 1"),
            FieldMut::Period(d) if **d < Duration::from_millis(1) => refuse("at least 1ms"),
            _ => Ok(()),
        }
    }

    fn takes(&self) -> &'static str {
        match self {
            FieldMut::Ratio(_) => "a ratio",
            FieldMut::Switch(_) => "on or off",
            FieldMut::Count(_) | FieldMut::MaybeCount(_) | FieldMut::Depth(_) | FieldMut::MaybeDepth(_) => {
                "a whole number"
            }
            FieldMut::Period(_) | FieldMut::Wait(_) => "a time",
        }
    }
}

/// An error unless `low` is below `high`.
pub(crate) fn below(low: (&str, f64), high: (&str, f64)) -> Result<(), ConfigError> {
    if low.1 < high.1 {
        return Ok(());
    }
    Err(ConfigError(format!("{} {} must be below {} {}", flag(low.0), low.1, flag(high.0), high.1)))
}

/// An error when `low` is above `high`.
pub(crate) fn at_most(low: (&str, u64), high: (&str, u64)) -> Result<(), ConfigError> {
    if low.1 <= high.1 {
        return Ok(());
    }
    Err(ConfigError(format!("{} {} must not be above {} {}", flag(low.0), low.1, flag(high.0), high.1)))
}
