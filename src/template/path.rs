//! The path forms of a value. Each gives the same bytes as GNU parallel.
//!
//! A path is only bytes. It is not looked up, resolved or normalised.

/// The start of the base name, after the last slash.
fn base_start(path: &[u8]) -> usize {
    path.iter().rposition(|&b| b == b'/').map_or(0, |i| i + 1)
}

/// `{/}`: the bytes after the last slash. Empty for `dir/`.
pub(crate) fn base_name(path: &[u8]) -> &[u8] {
    &path[base_start(path)..]
}

/// `{.}`: the path without the last extension. The dot of `.bashrc` begins an extension, as in GNU parallel.
pub(crate) fn no_extension(path: &[u8]) -> &[u8] {
    let start = base_start(path);
    match path[start..].iter().rposition(|&b| b == b'.') {
        Some(dot) => &path[..start + dot],
        None => path,
    }
}

/// The path without the last `count` extensions of the base name. Unchanged if it has fewer.
pub(crate) fn without_extensions(path: &[u8], count: usize) -> &[u8] {
    match dot_before(path, count) {
        Some(dot) => &path[..dot],
        None => path,
    }
}

/// The last `count` extensions of the base name, without the first dot. Empty if it has fewer.
pub(crate) fn extensions(path: &[u8], count: usize) -> &[u8] {
    dot_before(path, count).map_or(b"", |dot| &path[dot + 1..])
}

/// The dot before the last `count` extensions.
fn dot_before(path: &[u8], count: usize) -> Option<usize> {
    let start = base_start(path);
    let mut dots = memchr::memrchr_iter(b'.', &path[start..]);
    dots.nth(count - 1).map(|dot| start + dot)
}

/// `{+/}`: the bytes before the last slash. Empty without a slash.
pub(crate) fn parent(path: &[u8]) -> &[u8] {
    &path[..base_start(path).saturating_sub(1)]
}

/// `{//}`: the directory, or `.` if there is none. A slash at the end is ignored: `/a/b/` is in `/a`.
pub(crate) fn directory(path: &[u8]) -> &[u8] {
    let name = trim_slashes(path);
    if name.is_empty() {
        return if path.is_empty() { b"." } else { b"/" };
    }
    match base_start(name) {
        0 => b".",
        start => match trim_slashes(&name[..start]) {
            b"" => b"/",
            directory => directory,
        },
    }
}

fn trim_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&b| b != b'/').map_or(0, |i| i + 1);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Observed with GNU parallel 20221122: value, `{.}`, `{/}`, `{//}`, `{/.}`.
    const OBSERVED: &[[&str; 5]] = &[
        ["/dir.x/file", "/dir.x/file", "file", "/dir.x", "file"],
        [".bashrc", "", ".bashrc", ".", ""],
        ["/a/.bashrc", "/a/", ".bashrc", "/a", ""],
        ["a.tar.gz", "a.tar", "a.tar.gz", ".", "a.tar"],
        ["/foo/bar/", "/foo/bar/", "", "/foo", ""],
        ["/", "/", "", "/", ""],
        ["foo.", "foo", "foo.", ".", "foo"],
        ["a/b.c/", "a/b.c/", "", "a", ""],
        [".", "", ".", ".", ""],
        ["..", ".", "..", ".", "."],
        ["a/.", "a/", ".", "a", ""],
        ["a.b/.c", "a.b/", ".c", "a.b", ""],
        ["x/.c.d", "x/.c", ".c.d", "x", ".c"],
        ["", "", "", ".", ""],
        ["//a", "//a", "a", "/", "a"],
        ["a//b", "a//b", "b", "a", "b"],
    ];

    #[test]
    fn the_forms_are_those_of_gnu_parallel() {
        for [value, no_ext, base, dir, base_no_ext] in OBSERVED {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let value = value.as_bytes();
            assert_eq!(text(no_extension(value)), *no_ext, "{{.}} of {}", text(value));
            assert_eq!(text(base_name(value)), *base, "{{/}} of {}", text(value));
            assert_eq!(text(directory(value)), *dir, "{{//}} of {}", text(value));
            assert_eq!(text(no_extension(base_name(value))), *base_no_ext, "{{/.}} of {}", text(value));
        }
    }
}
