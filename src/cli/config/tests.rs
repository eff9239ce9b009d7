use super::settings::tests::{example, parse};
use super::*;
use crate::cli::args::command;

/// `-r` has no effect with `--retry-failed`.
const FOR_ANY_INPUT: [&str; 1] = ["no-run-if-empty"];

fn refusal(words: &[String]) -> Option<String> {
    let host = Host { cores: 4.0, descriptors: 1024, ..Host::default() };
    config(&parse(words), Vec::new(), Box::new(std::io::empty()), &host, GuardianMode::No).err()
}

#[test]
fn retry_failed_refuses_options_of_the_input() {
    let definition = command();
    let of_the_input = |arg: &&clap::Arg| matches!(arg.get_help_heading(), Some("Input" | "Stream"));
    let mut seen = 0;
    for arg in definition.get_arguments().filter(of_the_input) {
        let long = arg.get_long().unwrap_or_default();
        let words = ["--joblog=j", "--retry-failed"].map(str::to_owned).into_iter();
        let words: Vec<String> = words.chain(example(arg)).collect();
        let refusal = refusal(&words);
        if FOR_ANY_INPUT.contains(&long) {
            assert_eq!(refusal, None, "{words:?}");
            continue;
        }
        let refusal = refusal.unwrap_or_else(|| panic!("{words:?} is taken"));
        assert!(refusal.contains("--retry-failed"), "{words:?}: {refusal}");
        seen += 1;
    }
    assert!(seen > 25, "{seen} options");
}
