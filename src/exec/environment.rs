//! The environment of the jobs, in the form that the kernel takes.
//!
//! It is made once for each run and shared. A job adds its own variables without a copy of the others. The variables
//! are an argument: this module does not read the environment of apool.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The variables of all jobs, as `NAME=VALUE` strings.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    block: Vec<CString>,
}

impl Environment {
    /// Takes these variables, except for the `reserved` names, which each job gets separately. With two variables of
    /// one name, programs disagree which one counts.
    pub fn new<N: AsRef<OsStr>>(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        reserved: &[N],
    ) -> Environment {
        let mut environment = Environment::default();
        for (name, value) in variables {
            if !reserved.iter().any(|r| r.as_ref() == name) {
                environment.push(name.into_vec(), value.as_bytes());
            }
        }
        environment
    }

    /// Sets a variable. Replaces one of the same name. A value that contains NUL is not set.
    pub fn set(&mut self, name: &OsStr, value: &OsStr) {
        self.remove(name);
        self.push(name.as_bytes().to_vec(), value.as_bytes());
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: &OsStr) {
        self.block.retain(|v| name_of(v.as_bytes()) != name.as_bytes());
    }

    /// The value of a variable.
    pub fn get(&self, name: &OsStr) -> Option<&OsStr> {
        let found = self.block.iter().find(|v| name_of(v.as_bytes()) == name.as_bytes())?;
        found.as_bytes().get(name.len() + 1..).map(OsStr::from_bytes)
    }

    /// Every variable as `NAME=VALUE`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &CStr> {
        self.block.iter().map(CString::as_c_str)
    }

    /// Every variable as its name and its value, for a process that is no job.
    pub fn pairs(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.block.iter().filter_map(|variable| {
            let name = name_of(variable.as_bytes());
            let value = variable.as_bytes().get(name.len() + 1..)?;
            Some((OsStr::from_bytes(name), OsStr::from_bytes(value)))
        })
    }

    /// The part of the command line limit that the variables use, in bytes: strings, NULs and pointers.
    pub fn size(&self) -> usize {
        self.block.iter().map(|v| v.as_bytes_with_nul().len() + size_of::<usize>()).sum()
    }

    fn push(&mut self, mut name: Vec<u8>, value: &[u8]) {
        name.push(b'=');
        name.extend_from_slice(value);
        if let Ok(variable) = CString::new(name) {
            self.block.push(variable);
        }
    }
}

fn name_of(variable: &[u8]) -> &[u8] {
    // Names do not contain `=`, but some programs pass names that begin with it.
    let end = variable.iter().skip(1).position(|&b| b == b'=').map_or(variable.len(), |at| at + 1);
    &variable[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_left_out_and_others_replaced() {
        let vars = [("A", "1"), ("APOOL_SEQ", "9"), ("PATH", "/bin")].map(|(n, v)| (n.into(), v.into()));
        let mut env = Environment::new(vars, &["APOOL_SEQ"]);
        env.set(OsStr::new("A"), OsStr::new("2=3"));
        assert_eq!(env.get(OsStr::new("A")), Some(OsStr::new("2=3")));
        assert_eq!(env.get(OsStr::new("APOOL_SEQ")), None);
        assert_eq!(env.iter().collect::<Vec<_>>(), [c"PATH=/bin", c"A=2=3"]);
        let pairs =
            [("PATH", "/bin"), ("A", "2=3")].map(|(name, value)| (OsStr::new(name), OsStr::new(value)));
        assert_eq!(env.pairs().collect::<Vec<_>>(), pairs);
        assert_eq!(env.size(), 10 + 6 + 2 * size_of::<usize>());
        env.set(OsStr::new("A"), OsStr::new("x\0y"));
        assert_eq!(env.get(OsStr::new("A")), None);
    }
}
