//! Code beside expansions, whose text is not known here.

use super::*;

fn script(text: &str) -> Result<String, TemplateError> {
    let template = Template::shell(text.as_bytes(), &Syntax::default(), &Shell::default())?;
    Ok(words(&template, &one("a b")).pop().unwrap())
}

#[test]
fn code_behind_an_expansion_is_quoted_as_code() {
    for (text, want) in [
        ("bash $FLAGS -c \"echo {}\"", r"bash $FLAGS -c 'echo '\''a b'\'''"),
        ("sh \"${o[@]}\" -c \"x {}\"", r#"sh "${o[@]}" -c 'x '\''a b'\'''"#),
        ("$SUDO sh -c 'x {}'", r"$SUDO sh -c 'x '\''a b'\'''"),
        ("ssh $o h \"ls {}\"", r"ssh $o h 'ls '\''a b'\'''"),
        ("ssh $h \"ls {}\"", r"ssh $h 'ls '\''a b'\'''"),
        ("ssh -p $p h ls {}", r"ssh -p $p h 'ls '\''a b'\'''"),
        ("ssh \"$h\" ls {}", r#"ssh "$h" 'ls '\''a b'\'''"#),
    ] {
        assert_eq!(script(text).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn plain_arguments_behind_an_expansion_stay() {
    for text in [
        "$CC -c {}",
        "$CC $F -c src/{}.c -o {}.o",
        "gcc $F -c \"src/{}.c\"",
        "git -C \"$d\" -c user.name=\"{}\" commit",
        "awk \"$p\" {}",
        "awk -F $s '{print}' \"d/{}\"",
        "sed \"$e\" \"d/{}\"",
        "sed -e \"$e\" \"d/{}\"",
        "jq $filter {}",
        "bash \"$script\" \"x {}\"",
        "bash $flags {}",
        "$SUDO cp \"{}\" \"d/{}\"",
        "\"$dir/bin/tool\" -c \"d/{}.conf\"",
        "find $d -name \"*{}*\"",
        "sh -c \"$(cat {})\"",
        "eval \"$(cat {})\"",
        "local x=\"$(basename {})\"",
        "[[ $(echo {}) == x ]]",
        "grep $o -e \"x {}\" f",
    ] {
        assert!(script(text).is_ok(), "{text}: {:?}", script(text));
    }
}

#[test]
fn what_may_be_code_is_refused() {
    for (text, why) in [
        ("sh $o \"x {}\"", "beside an expansion in the command sh at column 10"),
        ("awk $O \"{print \\\"{}\\\"}\" f", "in the code of awk"),
        ("sed $S \"s/a/{}/\" f", "in the code of sed"),
        ("python3 $O -c \"print('{}')\"", "in the code of python3 -c"),
        ("perl $O -e \"print '{}'\"", "in the code of perl -e"),
        ("jq $O \".a == \\\"{}\\\"\" f", "in the code of jq"),
        ("$S -c \"echo {}\"", "beside an expansion in the command $S at column 13"),
        ("${S:-sh} -c \"echo {}\"", "beside an expansion in the command ${S:-sh}"),
        ("$(which sh) -c 'echo {}'", "beside an expansion in the command $(which sh)"),
        ("for s in sh bash; do $s -c 'echo {}'; done", "beside an expansion in the command $s"),
        ("\"$PY\" -c \"print('{}')\"", "beside an expansion in the command \"$PY\""),
        ("env A=b $P -e 'print \"{}\"'", "beside an expansion in the command $P"),
        ("ssh $h cat {}", "beside an expansion in the command ssh"),
        ("ssh \"${o[@]}\" h ls {}", "beside an expansion in the command ssh"),
        ("sh -c \"echo $(basename {})\"", "beside an expansion in the code of sh -c"),
        ("ssh h pa \"$(pa \"{}\")\"", "beside an expansion in the code of ssh"),
        ("eval \"echo $(basename {})\"", "in the code of eval"),
        ("python3 -c \"print(\\\"$(basename {})\\\")\"", "beside an expansion in the code of python3 -c"),
        ("awk \"{print \\\"$(basename {})\\\"}\"", "beside an expansion in the code of awk"),
        ("perl -e \"print '$(basename {})'\"", "beside an expansion in the code of perl -e"),
        ("[[ $(echo {}) -eq 1 ]]", "in an arithmetic test"),
        ("let \"x=$(echo {})\"", "in an arithmetic expression"),
        ("let \"$(echo {})\"", "in an arithmetic expression"),
    ] {
        let error = script(text).expect_err(text).to_string();
        assert!(error.starts_with(&format!("placeholder {why}")), "{text}: {error}");
    }
}

#[test]
fn values_of_parallel_are_no_code() {
    assert_eq!(script("parallel echo ::: {}").as_deref(), Ok("parallel echo ::: 'a b'"));
    assert!(script("parallel echo {} ::: x").is_err());
    let error = script("parallel ::: 'x {}'").unwrap_err().to_string();
    assert!(error.contains("write the value after ::: of parallel: parallel COMMAND ::: {}"), "{error}");
}
