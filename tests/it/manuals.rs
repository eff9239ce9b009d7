//! The examples of the manuals are run, each in its document's own shell and directory; the figures of the tables in them
//! are those of the tables of commands.

use crate::readme::check;
use std::fs;
use std::path::PathBuf;

#[test]
fn from_xargs() {
    check("docs/from-xargs.md", 15);
}

#[test]
fn from_gnu_parallel() {
    check("docs/from-gnu-parallel.md", 20);
}

#[test]
fn the_order_of_jobs() {
    check("docs/order.md", 3);
}

/// The options of the two tools, by their manuals: each must stand in the document.
#[test]
fn every_option_is_spoken_of() {
    let text = |name: &str| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        fs::read_to_string(path).expect(name)
    };
    let xargs = text("from-xargs.md");
    for option in
        "-0 -a -d -E -e -I -i -L -l -n -o -P -p --process-slot-var -r -s --show-limits -t -x -J -R".split(' ')
    {
        assert!(xargs.contains(&format!("`{option}")), "{option} of xargs");
    }
    let parallel = text("from-gnu-parallel.md");
    for (_, names, _) in apool::cli::advice::ABSENT.iter().filter(|(tool, ..)| tool.is_parallel()) {
        let said = names.split(' ').any(|name| parallel.contains(&format!("`{name}`")));
        assert!(said, "{names} of GNU parallel");
    }
}
