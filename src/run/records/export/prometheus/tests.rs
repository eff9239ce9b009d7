use super::*;

#[test]
fn a_label_is_quoted_and_a_bucket_has_all_below_it() {
    let mut text = Text::new("a\"b\\c\nd");
    text.histogram("h", "Help.");
    text.buckets(&[0.5, 1.0], &[2, 0, 1], 7.5);
    let text = String::from_utf8(text.finish()).unwrap();
    let run = r#"run="a\"b\\c\nd""#;
    let wanted = format!(
        "# HELP h Help.\n# TYPE h histogram\nh_bucket{{{run},le=\"0.5\"}} 2\nh_bucket{{{run},le=\"1.0\"}} 2\n\
         h_bucket{{{run},le=\"+Inf\"}} 3\nh_sum{{{run}}} 7.5\nh_count{{{run}}} 3\n# EOF\n"
    );
    assert_eq!(text, wanted);
}
