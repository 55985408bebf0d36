//! Counterfactual variants as an experiment declares them.

use crate::support::{Folder, MINIMAL};

fn variants(lines: &str) -> Folder {
    Folder::of(format!("{MINIMAL}variants:\n{lines}"))
}

#[test]
fn a_variant_has_substitutions_and_speaks_to_risks_that_need_pairs() {
    let folder = variants(
        "  - id: religion-muslim\n    asks: [religious_bias]\n    replace: [{from: church, to: mosque}, {from: pastor, to: imam}]\n",
    );
    let variant = folder.load().expect("loads").variants.remove(0);
    assert_eq!(variant.id.as_str(), "religion-muslim");
    assert_eq!(variant.asks[0].1, "Religious bias");
    assert_eq!(variant.replace.apply("My Church, his PASTOR"), ("My Mosque, his IMAM".into(), 2));
    assert!(Folder::new().load().expect("loads").variants.is_empty());
}

#[test]
fn what_cannot_be_meant_is_refused_where_it_stands() {
    let folder = variants(
        "  - {id: a, replace: [{from: '', to: x}]}
  - {id: b, replace: [{from: church, to: ''}, {from: ' -- ', to: x}]}
  - {id: c, replace: [{from: church, to: Church}]}
  - {id: d, replace: [{from: church, to: x}, {from: CHURCH, to: y}]}
  - {id: d, replace: [{from: a, to: b}]}
  - {id: original, replace: [{from: a, to: b}]}
  - {id: a b, replace: [{from: a, to: b}]}
  - {id: e, replace: []}
  - {name: f, replace: [{from: a, to: b, tow: c}]}
",
    );
    insta::assert_snapshot!(folder.lines(), @"
    experiment.yaml:21:24: expected text, found an empty one
    experiment.yaml:22:38: expected text, found an empty one
    experiment.yaml:22:54: `from` holds no word
    experiment.yaml:23:42: `from` and `to` are the same words
    experiment.yaml:24:53: `from` is the same words as that of pair 1
    experiment.yaml:25:10: `d` is the id of two variants
    experiment.yaml:26:10: `original` stands for the client's own words in reports
    experiment.yaml:27:10: not a usable id
    experiment.yaml:28:13: expected at least one entry, found an empty list
    experiment.yaml:29:6: unknown key `name`
    experiment.yaml:29:6: the key `id` is missing
    experiment.yaml:29:42: unknown key `tow`
    ");
    let folder = variants(
        "  - {id: a, asks: [religous_bias, abandonment, gender_bias, gender_bias], replace: [{from: ' ', to: x}, {from: church, to: ' '}]}
",
    );
    insta::assert_snapshot!(folder.printed(), @"
    error: the ethics instrument has no risk `religous_bias`
      --> experiment.yaml:21:20
       |
    21 |   - {id: a, asks: [religous_bias, abandonment, gender_bias, gender_bias], replace: [{from: ' ', to: x}, {from: church, to: ' '}]}
       |                    ^^^^^^^^^^^^^
       |
       = help: did you mean `religious_bias`?

    error: `abandonment` is no risk that pairs of sessions show
      --> experiment.yaml:21:35
       |
    21 |   - {id: a, asks: [religous_bias, abandonment, gender_bias, gender_bias], replace: [{from: ' ', to: x}, {from: church, to: ' '}]}
       |                                   ^^^^^^^^^^^
       |
       = help: with `detectability: counterfactual`: `gender_bias`, `religious_bias`

    error: `gender_bias` is named twice
      --> experiment.yaml:21:61
       |
    21 |   - {id: a, asks: [religous_bias, abandonment, gender_bias, gender_bias], replace: [{from: ' ', to: x}, {from: church, to: ' '}]}
       |                                                             ^^^^^^^^^^^
       |
       = help: name each risk once

    error: `from` holds no word
      --> experiment.yaml:21:92
       |
    21 |   - {id: a, asks: [religous_bias, abandonment, gender_bias, gender_bias], replace: [{from: ' ', to: x}, {from: church, to: ' '}]}
       |                                                                                            ^^^
       |
       = help: write the word that is to be replaced

    error: `to` is empty
      --> experiment.yaml:21:124
       |
    21 |   - {id: a, asks: [religous_bias, abandonment, gender_bias, gender_bias], replace: [{from: ' ', to: x}, {from: church, to: ' '}]}
       |                                                                                                                            ^^^
       |
       = help: write the word that takes its place: taking words out is another change

    5 problems
    ");
}

#[test]
fn a_listed_name_does_not_come_back_through_a_variant() {
    let text = MINIMAL.replace("    public: false\n", "    public: false\n    redact: {names: [Zebulon]}\n");
    let folder = Folder::of(format!(
        "{text}variants: [{{id: a, replace: [{{from: uncle ZEBULON, to: x}}, {{from: uncle, to: zebulon}}]}}]\n"
    ));
    insta::assert_snapshot!(folder.lines(), @"
    experiment.yaml:21:37: these words hold a name that is listed under `redact`
    experiment.yaml:21:78: these words hold a name that is listed under `redact`
    ");
}

#[test]
fn without_recorded_client_turns_there_is_nothing_to_replace() {
    let folder = Folder::of(format!(
        "{MINIMAL}reconstruct: {{modes: [simulated_client], simulated_client: {{model: openai/gpt-4.1}}}}\n\
         variants: [{{id: a, replace: [{{from: a, to: b}}]}}]\n"
    ));
    insta::assert_snapshot!(folder.lines(), @"experiment.yaml:21:1: no mode has recorded client turns to replace words in");
}
