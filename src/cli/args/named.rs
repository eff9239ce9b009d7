//! A parser for an option whose value is one of several names. It uses the `FromStr` of the type, whose error messages are
//! better than clap's, and gives the names to the completions.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};
use std::ffi::OsStr;
use std::marker::PhantomData;
use std::str::FromStr;

/// A clap value parser for `T`.
#[derive(Debug)]
pub struct Named<T> {
    names: &'static [&'static str],
    value: PhantomData<fn() -> T>,
}

impl<T> Named<T> {
    /// A parser that accepts `names`.
    pub fn of(names: &'static [&'static str]) -> Named<T> {
        Named { names, value: PhantomData }
    }
}

impl<T> Clone for Named<T> {
    fn clone(&self) -> Named<T> {
        Named::of(self.names)
    }
}

impl<T> TypedValueParser for Named<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        TypedValueParser::parse_ref(&|text: &str| text.parse::<T>(), command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names.iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::args::command;
    use adaptive_pool::policy::{PolicyConfig, Profile};

    #[test]
    fn every_name_is_parsed() {
        let command = command();
        let names = |id: &str| {
            let arg = command.get_arguments().find(|arg| arg.get_id() == id).unwrap();
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect::<Vec<_>>()
        };
        let (policies, profiles) = (names("policy"), names("profile"));
        assert_eq!((policies.len(), profiles.len()), (8, 4));
        assert!(policies.iter().all(|name| name.parse::<PolicyConfig>().is_ok()), "{policies:?}");
        assert!(profiles.iter().all(|name| name.parse::<Profile>().is_ok()), "{profiles:?}");
    }
}
