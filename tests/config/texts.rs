//! Documents that are odd as text: byte-order marks, merge keys, expansion without bound, no YAML at all.

use corater::config::{ConfigSource, Environment, load};
use proptest::prelude::*;

use crate::support::{Folder, MINIMAL};

#[test]
fn a_byte_order_mark_is_no_problem_and_shifts_no_column() {
    assert!(Folder::of(format!("\u{feff}{MINIMAL}")).load().is_ok());
    let lines = Folder::of(format!("\u{feff}modles: []\n{MINIMAL}")).lines();
    insta::assert_snapshot!(lines, @"experiment.yaml:1:1: unknown key `modles`");
}

#[test]
fn windows_line_ends_and_wide_characters_keep_their_places() {
    let yaml =
        MINIMAL.replace("{id: structured, ", "{id: structured, description: 感情 é, ").replace('\n', "\r\n");
    insta::assert_snapshot!(Folder::of(yaml).printed(), @"
    error: unknown key `description`
     --> experiment.yaml:2:22
      |
    2 |   - {id: structured, description: 感情 é, model: baseline/structured}
      |                      ^^^^^^^^^^^
      |
      = help: the keys here are `capabilities`, `decoding`, `family`, `id`, `model`

    1 problem
    ");
}

#[test]
fn merge_keys_are_applied_and_what_is_wrong_in_them_is_shown_where_it_is_written() {
    let old = "  - {id: structured, model: baseline/structured}\n";
    let new = "  - &base {id: structured, model: baseline/structured, decoding: {temperature: 1}}\n  - {<<: *base, id: again}\n";
    let experiment = Folder::with(old, new).load().unwrap();
    assert_eq!(experiment.models[1].decoding.temperature, Some(1.0));
    assert_eq!(experiment.counselors, ["structured", "again"]);

    let hot = new.replace("temperature: 1", "temperature: 9").replace("id: again", "id: again, <<: nothing");
    insta::assert_snapshot!(Folder::with(old, &hot).lines(), @r#"
    experiment.yaml:2:80: out of range: expected 0 to 2
    experiment.yaml:3:28: duplicate key `<<`
    "#);
    let bad = new.replace("<<: *base", "<<: base, model: baseline/warm");
    insta::assert_snapshot!(Folder::with(old, &bad).lines(), @"experiment.yaml:3:10: `<<` merges mappings only");
}

#[test]
fn a_billion_laughs_are_refused_before_they_are_expanded() {
    let mut yaml = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        let name = format!("a{level}");
        yaml.extend([&name, ": &", &name, " [", &aliases, "]\n"]);
    }
    insta::assert_snapshot!(Folder::of(yaml).printed(), @r#"
    error: the document has more than 100000 nodes once its aliases are expanded
     --> experiment.yaml:5:55
      |
    5 | a4: &a4 [*a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3]
      |                                                       ^^^
      |
      = help: write the values out; aliases of aliases multiply

    1 problem
    "#);
}

#[test]
fn an_alias_inside_its_own_anchor_is_refused() {
    insta::assert_snapshot!(Folder::of("models: &m [*m]\n").lines(), @"experiment.yaml:1:13: this alias stands inside the node it names");
    insta::assert_snapshot!(Folder::of("models: *m\n").lines(), @"experiment.yaml:1:9: not valid YAML: while parsing node, found unknown anchor");
}

#[test]
fn what_is_not_a_mapping_says_so() {
    insta::assert_snapshot!(Folder::of("").lines(), @"experiment.yaml:1:1: the file is empty");
    insta::assert_snapshot!(Folder::of("# nothing\n").lines(), @"experiment.yaml:1:1: the file is empty");
    insta::assert_snapshot!(Folder::of("- a\n- b\n").lines(), @"experiment.yaml:1:1: the file is not a mapping of keys to values");
    insta::assert_snapshot!(Folder::of("just words").lines(), @"experiment.yaml:1:1: the file is not a mapping of keys to values");
}

#[test]
fn what_is_not_yaml_says_where() {
    insta::assert_snapshot!(Folder::of("models:\n\t- {id: a}\n").printed(), @r#"
    error: not valid YAML: tabs disallowed within this context (block indentation)
     --> experiment.yaml:2:2
      |
    2 |     - {id: a}
      |     ^
      |
      = help: YAML is indented with spaces; replace the tabs

    1 problem
    "#);
    insta::assert_snapshot!(Folder::of("models: [a, b\nprompts: x\n").lines(), @"experiment.yaml:2:8: not valid YAML: illegal placement of ':' indicator");
    insta::assert_snapshot!(Folder::of("a: 'open\n").lines(), @"experiment.yaml:1:4: not valid YAML: while scanning a quoted scalar, found unexpected end of stream");
    insta::assert_snapshot!(Folder::of("a: 1\n---\nb: 2\n").lines(), @"experiment.yaml:2:1: a second YAML document starts here");
    insta::assert_snapshot!(Folder::of("a: !include x.yaml\n").lines(), @"experiment.yaml:1:4: YAML tags are not used here");
    insta::assert_snapshot!(Folder::of("? [a, b]\n: 1\n").lines().lines().next().unwrap(), @"experiment.yaml:1:3: a key must be text");
    insta::assert_snapshot!(Folder::of("a: ".to_owned() + &"[".repeat(100)).lines(), @"experiment.yaml:1:67: nested deeper than 64 levels");
}

#[test]
fn what_is_not_text_says_where() {
    insta::assert_snapshot!(Folder::of(b"seed: 1\ndescription: caf\xe9\n").lines(), @"experiment.yaml:2:17: the file is not UTF-8 text");
    insta::assert_snapshot!(Folder::of(b"\xff\xfes\0e\0").lines(), @"experiment.yaml:1:1: the file is not UTF-8 text");
}

#[test]
fn a_flood_of_faults_is_cut_off() {
    let keys: Vec<String> = (0..5000).map(|n| format!("k{n}: 1")).collect();
    let yaml = keys.join("\n");
    assert_eq!(Folder::of(yaml).load().unwrap_err().len(), 200);
    assert_eq!(Folder::of("a: 1\n".repeat(5000)).load().unwrap_err().len(), 200);
}

/// Pieces of YAML in any order: more of them parse than of random text.
fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z<&*!|>%@`$~?:,{}\\[\\]#\"'\\- \n\t\r.0-9é\u{feff}]{0,12}",
        Just("models:\n  - {id: a, model: baseline/warm}\n".to_owned()),
        Just("sessions: ".to_owned()),
        Just("rubric: {file: \"builtin:ctrs\"".to_owned()),
        Just("<<: *a\n".to_owned()),
        Just("&a {x: [1, 2]}\n".to_owned()),
        Just("${X:-1}".to_owned()),
        Just("- ".to_owned()),
        Just("\n  ".to_owned()),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Every text loads or gives problems that can be printed.
    #[test]
    fn no_text_panics(yaml in yaml_like()) {
        let folder = Folder::of(&yaml);
        if let Err(problems) = folder.load() {
            prop_assert!(!problems.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    /// A piece of an experiment replaced by anything: the same.
    #[test]
    fn no_damage_panics(at in 0..MINIMAL.len(), length in 0usize..40, put in "[ -~\n]{0,8}") {
        let end = (at + length).min(MINIMAL.len());
        let yaml = format!("{}{put}{}", &MINIMAL[..at], &MINIMAL[end..]);
        if let Err(problems) = Folder::of(yaml).load() {
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    /// Any bytes at all.
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::of(bytes);
        let _ = load(&ConfigSource::File(folder.path().join("experiment.yaml")), &Environment::default(), &[]);
    }
}
