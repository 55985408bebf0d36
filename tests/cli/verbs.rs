//! What needs no study: help, version, schemas, completions, the starter.

use crate::support::program::Folder;

#[test]
fn help_lists_the_verbs() {
    insta::assert_snapshot!(Folder::empty().words("--help").prints(), @"
    Reconstruct counseling sessions with language models, rate them with a judge, and compare with
    clinicians.

    Evaluates text for research. Not therapy, not diagnosis, not a medical device.

    Usage: corater <COMMAND>

    Commands:
      init           Write a commented starter experiment, with copies of prompts and rubrics to edit
      validate       Check an experiment with its prompts, rubric, sessions and ratings, without making
                     a call
      plan           Show what a run would do and cost, without making a call
      run            Reconstruct, judge, compare and report; run again to resume [alias: eval]
      score          Judge the sessions of a stored run again, without reconstructing them
      agree          Measure rater agreement in any ratings table; no experiment needed
      report         Rebuild the reports of a stored run and print its summary
      calibrate      Map a judge's scores to the clinicians' scale, or check that an earlier map is
                     still valid
      label-budget   Choose the sessions that clinicians should rate next, and estimate what their
                     ratings would add
      gate           Check a judge against criteria declared in advance; for CI
      compare        Compare two runs: scores, unusable answers and flags, paired by recorded session
      probe          Measure how far judges' scores move under irrelevant changes: attacks, wording,
                     order, length, layout
      check-aligner  Test on the recorded sessions how often the aligner finds the next client turn,
                     compared with chance
      measure-check  Measure how often the rule-based measures are right on your own sentences
      doctor         Check API keys, endpoints and the ledger, with at most one cheap request per
                     endpoint
      ledger         List, show, export, import or prune recorded calls
      forget         Delete a session whose consent was withdrawn from the ledger and all runs, and
                     refuse it afterwards
      schema         Print the JSON Schema of a kind of file
      completions    Print completions for a shell

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ");
}

#[test]
fn the_version_is_the_packages() {
    let printed = Folder::empty().words("--version").prints();
    assert_eq!(printed, format!("corater {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_verb_and_no_verb_are_usage_errors() {
    insta::assert_snapshot!(Folder::empty().words("rnu experiment.yaml").fails(2), @"
    error: unrecognized subcommand 'rnu'

    Usage: corater <COMMAND>

    For more information, try '--help'.
    ");
    let said = Folder::empty().words("").fails(2);
    assert!(said.contains("Usage: corater <COMMAND>"), "{said}");
}

#[test]
fn every_schema_is_json_that_says_what_it_is_of() {
    for (kind, title) in [
        ("experiment", "corater experiment"),
        ("rubric", "Rubric"),
        ("lexicon", "LexiconSpec"),
        ("reference", "Reference"),
    ] {
        let text = Folder::empty().words("schema").more([kind]).prints();
        let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["title"], title);
        jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
    let said = Folder::empty().words("schema runs").fails(2);
    assert!(said.contains("possible values: experiment, rubric, lexicon, reference"), "{said}");
}

#[test]
fn completions_know_the_verbs() {
    for shell in ["bash", "zsh", "fish"] {
        let script = Folder::empty().words("completions").more([shell]).prints();
        for verb in ["validate", "plan", "agree", "--filter-prompts"] {
            assert!(script.contains(verb.trim_start_matches("--")), "{shell}: {verb}");
        }
    }
}

#[test]
fn init_writes_an_experiment_that_runs_and_overwrites_nothing() {
    let folder = Folder::empty();
    let ended = folder.words("init").ends(0);
    insta::assert_snapshot!(ended, @"
    exit 0
    --- stdout
    ./experiment.yaml
    ./schema.json
    ./rubric.schema.json
    ./lexicon.schema.json
    ./reference.schema.json
    ./gates.schema.json
    ./prices.schema.json
    ./cues.schema.json
    ./grounding.schema.json
    ./probes.schema.json
    ./ethics.schema.json
    ./model-families.schema.json
    ./prompts/helpert.md
    ./prompts/helpert-collaborative.md
    ./prompts/helpert-brief.md
    ./prompts/judge.md
    ./prompts/judge-all.md
    ./prompts/flag-judge.md
    ./prompts/ethics-judge.md
    ./prompts/aligner.md
    ./prompts/coherence.md
    ./prompts/simulated-client.md
    ./rubrics/ctrs.yaml
    ./rubrics/deceptive-empathy.yaml
    ./rubrics/deceptive-empathy.de.yaml
    ./rubrics/conversation-cues.yaml
    ./rubrics/grounding-cues.yaml
    ./rubrics/probes.yaml
    ./rubrics/ethics.yaml
    ./rubrics/reference/iftikhar2025-v2.yaml
    ./prices.yaml
    ./model-families.yaml
    ./synthetic/sessions.jsonl
    ./synthetic/ratings.csv
    --- stderr
    hint: corater run experiment.yaml
    ");
    for name in ended.stdout.lines() {
        assert!(folder.path(name).is_file(), "{name}");
    }

    let before = folder.read("experiment.yaml");
    let said = folder.words("init").fails(2);
    assert!(said.starts_with("error: will not overwrite ./experiment.yaml, "), "{said}");
    assert_eq!(folder.read("experiment.yaml"), before);

    folder.words("validate experiment.yaml").ends(0);
    let narrowed = "run experiment.yaml --limit 2 --filter-items agenda --set run.bootstrap=100";
    let ended = folder.words(narrowed).more(["--display", "none"]).ends(0);
    assert!(ended.stdout.contains("demonstration: invented ratings"), "{ended}");
    let kinds: Vec<String> =
        folder.rows_of_run("ratings.csv").into_iter().map(|row| row["kind"].clone()).collect();
    assert!(kinds.contains(&"clinician".to_owned()) && kinds.contains(&"judge".to_owned()));
    let excluded = &folder.json_of_run("findings.json")["excluded"]["stale"];
    assert_eq!(excluded, &serde_json::json!([]), "the starter's ratings are of the texts it rates");
}

#[test]
fn init_makes_the_folder_it_is_given() {
    let folder = Folder::empty();
    folder.words("init study").ends(0);
    let loaded = folder.words("validate study/experiment.yaml").ends(0);
    assert!(loaded.stdout.starts_with("valid: 4 conditions, 12 sessions, "), "{loaded}");
}
