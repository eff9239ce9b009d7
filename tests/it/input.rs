//! Where records come from and how they are cut.

use crate::env::{Dir, Run};

#[test]
fn lines_of_stdin_become_arguments() {
    Run::line("-k echo").stdin("a\nb c\n").gives("a\nb c\n");
}

#[test]
fn the_last_line_needs_no_newline() {
    Run::line("-k echo x").stdin("a\nb").gives("x a\nx b\n");
}

#[test]
fn empty_input_runs_nothing() {
    Run::line("echo").gives("");
}

#[test]
fn nul_separated_names_may_hold_newlines() {
    Run::line("-k -0 printf <%s>").stdin("a\nb\0c\0").gives("<a\nb><c>");
}

#[test]
fn arguments_after_three_colons() {
    Run::line("-k echo ::: a b").gives("a\nb\n");
    Run::line("-k echo {1}-{2} ::: a b ::: 1 2").gives("a-1\na-2\nb-1\nb-2\n");
}

#[test]
fn files_as_sources() {
    let dir = Dir::new();
    dir.write("x", "1\n2\n");
    dir.write("y", "3\n");
    Run::line("-k -a x -a y echo").dir(&dir).gives("1 3\n2 3\n");
    Run::line("-k echo :::: x").dir(&dir).gives("1\n2\n");
}

#[test]
fn a_directory_as_a_source_is_refused_before_anything_runs() {
    let dir = Dir::new();
    std::fs::create_dir(dir.join("d")).expect("mkdir");
    Run::line("-a d echo").dir(&dir).refused(255, "apool: cannot read d: Is a directory");
}
