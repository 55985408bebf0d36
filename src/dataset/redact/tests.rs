//! Redaction as examples and as properties.

use proptest::prelude::*;

use super::*;

fn redactor(names: &[&str], ids: &[&str]) -> Redactor {
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let spec = Redaction { kinds: IdentifierKind::ALL.to_vec(), names: owned(names), ids: owned(ids) };
    Redactor::new(&spec, "en").expect("patterns")
}

#[test]
fn the_same_value_has_the_same_placeholder_however_it_is_written() {
    let mut redactor = redactor(&["Anna M\u{fc}ller", "Will"], &["K-[0-9]+"]);
    for (text, expected) in [
        ("I'm anna, write to Anna@Mail.example", "I'm [NAME_1], write to [EMAIL_1]"),
        ("ANNA MULLER's phone is (555) 867-5309", "[NAME_1]'s phone is [PHONE_1]"),
        ("555.867.5309 or anna@mail.example!", "[PHONE_1] or [EMAIL_1]!"),
        ("will Will come? file K-7, k-7", "will [NAME_2] come? file [ID_1], k-7"),
        ("https://Example.com/A/ and https://example.com/a", "[URL_1] and [URL_1]"),
        ("from 192.168.0.12 on 3 May 2021, May 4th", "from [IP_1] on [DATE_1], [DATE_2]"),
        ("ping ::1 or fe80::1", "ping [IP_2] or [IP_3]"),
        ("mail anna (at) example (dot) org", "mail [EMAIL_2]"),
        ("@anna_m at example.com", "[ID_2] at [URL_2]"),
    ] {
        assert_eq!(redactor.apply(text), expected);
    }
}

#[test]
fn placeholders_of_an_earlier_redaction_stay_and_their_numbers_are_not_given_again() {
    let mut redactor = redactor(&["Anna"], &[]);
    let before = "[NAME_4] met Anna, see [URL_1]";
    redactor.reserve(before);
    assert_eq!(redactor.apply(before), "[NAME_4] met [NAME_5], see [URL_1]");
    assert!(is_placeholder("[NAME_4]") && !is_placeholder("[sighs]") && !is_placeholder("[NAME_4] x"));
}

#[test]
fn a_part_of_two_names_is_its_own_value() {
    let mut redactor = redactor(&["Anna Lee", "Tom Lee"], &[]);
    assert_eq!(redactor.apply("Anna, Tom and Lee; Tom Lee"), "[NAME_1], [NAME_2] and [NAME_3]; [NAME_2]");
}

#[test]
fn kinds_that_are_not_asked_for_stay() {
    let spec = Redaction { kinds: vec![IdentifierKind::Email], names: vec!["Anna".into()], ids: Vec::new() };
    let mut only = Redactor::new(&spec, "en").expect("no pattern");
    assert_eq!(only.apply("Anna, a@b.example, 555-867-5309"), "Anna, [EMAIL_1], 555-867-5309");
    let counts = only.report("s").counts;
    assert_eq!(counts, [RedactionCount { kind: IdentifierKind::Email, found: 1, different: 1 }]);
}

#[test]
fn a_malformed_pattern_is_named_by_its_number() {
    let spec = Redaction { kinds: Vec::new(), names: Vec::new(), ids: vec!["a".into(), "(".into()] };
    assert_eq!(Redactor::new(&spec, "en").expect_err("malformed"), 2);
}

#[test]
fn nothing_that_is_printed_holds_a_name() {
    let spec = Redaction { kinds: Vec::new(), names: vec!["Anna".into()], ids: Vec::new() };
    let mut redactor = Redactor::new(&spec, "en").expect("no pattern");
    redactor.apply("Anna");
    let shown = format!("{spec:?} {redactor:?} {}", serde_json::to_string(&spec).expect("JSON"));
    assert!(!shown.contains("Anna"), "{shown}");
    assert_eq!(without_names("names: [Anna]", &spec.names), "names: [[NAME_1]]");
}

/// Words, numbers and marks in any order, with identifiers between them.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z]{1,8}",
        "[0-9]{1,12}",
        "[ .,:;/()@+\\-\\[\\]_'\n\u{e9}]{1,3}",
        Just("anna@mail.example".to_owned()),
        Just("Anna".to_owned()),
        Just("+1 555 867 5309".to_owned()),
        Just("https://x.example/a".to_owned()),
        Just("10.0.0.7".to_owned()),
        Just("May 4, 2021".to_owned()),
        Just("[NAME_3]".to_owned()),
        Just("case no. 12345".to_owned()),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn redacting_twice_changes_nothing(text in texts()) {
        let mut redactor = redactor(&["Anna"], &["no [0-9]"]);
        redactor.reserve(&text);
        let once = redactor.apply(&text);
        prop_assert_eq!(redactor.apply(&once), once.clone());
        // Nor does another redactor, that knows no value.
        let mut fresh = self::redactor(&["Anna"], &["no [0-9]"]);
        fresh.reserve(&once);
        prop_assert_eq!(fresh.apply(&once), once);
    }

    #[test]
    fn a_planted_value_never_survives_between_spaces(before in texts(), after in texts()) {
        let mut redactor = redactor(&["Anna"], &[]);
        let text = format!("{before} anna.planted@mail.example {after} Anna {before}");
        let clean = redactor.apply(&text);
        prop_assert!(!clean.contains("planted"), "{}", clean);
    }
}
