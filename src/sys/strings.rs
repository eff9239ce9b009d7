//! Arrays of C strings, as the kernel takes them: the arguments and the environment of a new process.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::ptr;

/// An array of pointers to strings. A null pointer ends it.
pub struct Strings<'a> {
    pointers: Vec<*const c_char>,
    strings: PhantomData<&'a CStr>,
}

impl<'a> Strings<'a> {
    /// Points to these strings.
    pub fn of(strings: impl Iterator<Item = &'a CStr>) -> Strings<'a> {
        let mut pointers = Vec::with_capacity(strings.size_hint().0 + 1);
        pointers.extend(strings.map(CStr::as_ptr));
        pointers.push(ptr::null());
        Strings { pointers, strings: PhantomData }
    }

    /// The first pointer of the array.
    #[cfg(target_os = "linux")]
    pub fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }

    /// The strings.
    #[cfg(not(target_os = "linux"))]
    pub fn iter(&self) -> impl Iterator<Item = &'a CStr> {
        let strings = self.pointers.iter().filter(|pointer| !pointer.is_null());
        // SAFETY: each pointer was made from a `&'a CStr`.
        strings.map(|&pointer| unsafe { CStr::from_ptr(pointer) })
    }
}
