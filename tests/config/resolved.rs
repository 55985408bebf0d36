//! Experiments that load, and what they resolve to.

use corater::config::{ConfigSource, Environment, Experiment, Route, load};
use serde_json::{Value, json};

use crate::support::{Folder, MINIMAL};

#[test]
fn the_least_that_loads_has_documented_defaults() {
    let experiment = Folder::new().load().unwrap();
    assert_eq!(experiment.counselors, ["structured"]);
    assert_eq!(experiment.items.len(), 11);
    assert_eq!((experiment.epochs, experiment.judges[0].draws, experiment.seed), (1, 1, 0));
    assert_eq!(experiment.source_text, MINIMAL);
    let rest = json!([experiment.reconstruct, experiment.run, experiment.flags]);
    insta::assert_snapshot!(rest, @r#"[{"max_exchanges":null,"modes":["replay"]},{"allow_unconsented":false,"bootstrap":2000,"concurrency":4,"directory":"runs","local_only":false,"name":"experiment","require_redacted":false},null]"#);
}

/// The experiment without its long texts.
fn outline(experiment: &Experiment) -> Value {
    let mut value = serde_json::to_value(experiment).unwrap();
    for key in ["rubric", "source_text", "flags"] {
        value.as_object_mut().unwrap().remove(key);
    }
    for prompt in value["prompts"].as_array_mut().unwrap() {
        let lines = prompt["system"]
            .as_str()
            .unwrap()
            .lines()
            .filter(|line| line.starts_with("- "))
            .collect::<Vec<_>>();
        prompt["system"] = json!(lines);
    }
    for judge in value["judges"].as_array_mut().unwrap() {
        judge["prompt"] = json!("…");
    }
    for input in value["inputs"].as_array_mut().unwrap() {
        input["digest"] = json!("…");
    }
    value["reference"] = value["reference"]["id"].clone();
    for key in ["cues", "grounding"] {
        let ids = value[key].as_array().unwrap().iter().map(|words| words["id"].clone());
        value[key] = Value::Array(ids.collect());
    }
    value
}

#[test]
fn the_quickstart_resolved() {
    let experiment =
        load(&ConfigSource::of_argument("builtin:quickstart"), &Environment::default(), &[]).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&outline(&experiment)).unwrap(), @r#"
    {
      "anchors": null,
      "calibration": null,
      "cautions": [],
      "counselors": [
        "structured",
        "warm"
      ],
      "cues": [
        "conversation-cues"
      ],
      "description": "Two scripted counselors, three prompts, invented sessions and ratings",
      "endpoints": {},
      "epochs": 1,
      "gates": {
        "bias_by_arm": null,
        "flags_per_100_turns": {},
        "gap_to_ceiling": null,
        "margins": {
          "item": 0.5,
          "total": 3.0
        },
        "probes": null,
        "regression": null,
        "unusable_rate": null,
        "verified_quote_rate": null
      },
      "grounding": [
        "grounding-cues"
      ],
      "inputs": [
        {
          "digest": "…",
          "path": "builtin:quickstart",
          "role": "experiment"
        },
        {
          "digest": "…",
          "path": "builtin:helpert",
          "role": "prompt helpert"
        },
        {
          "digest": "…",
          "path": "builtin:helpert-collaborative",
          "role": "prompt collaborative"
        },
        {
          "digest": "…",
          "path": "builtin:helpert-brief",
          "role": "prompt brief"
        },
        {
          "digest": "…",
          "path": "builtin:ctrs",
          "role": "rubric"
        },
        {
          "digest": "…",
          "path": "builtin:iftikhar2025-v2",
          "role": "reference"
        },
        {
          "digest": "…",
          "path": "builtin:judge",
          "role": "prompt of judge baseline-judge"
        },
        {
          "digest": "…",
          "path": "builtin:flag-judge",
          "role": "prompt of the flag pass"
        },
        {
          "digest": "…",
          "path": "builtin:deceptive-empathy",
          "role": "lexicon"
        },
        {
          "digest": "…",
          "path": "builtin:conversation-cues",
          "role": "cues"
        },
        {
          "digest": "…",
          "path": "builtin:grounding-cues",
          "role": "grounding"
        }
      ],
      "items": [
        "agenda",
        "feedback",
        "understanding",
        "interpersonal",
        "collaboration",
        "pacing",
        "guided_discovery",
        "key_cognitions",
        "strategy",
        "application",
        "homework"
      ],
      "judges": [
        {
          "draws": 1,
          "form": "per_item",
          "id": "baseline-judge",
          "logprobs": null,
          "model": "baseline-judge",
          "observations": 3,
          "prompt": "…",
          "prompt_source": "builtin:judge"
        }
      ],
      "matrix": {
        "exclude": [],
        "include": []
      },
      "models": [
        {
          "capabilities": {
            "logprobs": false,
            "max_tokens_field": "max_tokens",
            "omit": [],
            "structured_output": "json_schema"
          },
          "decoding": {},
          "id": "structured",
          "route": {
            "at": "baseline",
            "name": "structured"
          }
        },
        {
          "capabilities": {
            "logprobs": false,
            "max_tokens_field": "max_tokens",
            "omit": [],
            "structured_output": "json_schema"
          },
          "decoding": {},
          "id": "warm",
          "route": {
            "at": "baseline",
            "name": "warm"
          }
        },
        {
          "capabilities": {
            "logprobs": false,
            "max_tokens_field": "max_tokens",
            "omit": [],
            "structured_output": "json_schema"
          },
          "decoding": {},
          "id": "baseline-judge",
          "route": {
            "at": "baseline",
            "name": "judge"
          }
        }
      ],
      "panel": null,
      "prompts": [
        {
          "id": "helpert",
          "settings": {
            "agenda": "announced",
            "feedback": "never",
            "homework": "yes",
            "questions": "2",
            "warmth": "relational",
            "words": "140"
          },
          "source": "builtin:helpert",
          "system": [
            "- agenda: announced",
            "- questions: 2",
            "- feedback: never",
            "- homework: yes",
            "- words: 140",
            "- warmth: relational"
          ]
        },
        {
          "id": "collaborative",
          "settings": {
            "agenda": "shared",
            "feedback": "often",
            "homework": "yes",
            "questions": "2",
            "warmth": "plain",
            "words": "110"
          },
          "source": "builtin:helpert-collaborative",
          "system": [
            "- At the start, propose what to look at and ask whether that is what they want. Change it when they want something else.",
            "- Say back what you heard in their words before anything else, and ask whether you got it right.",
            "- Offer two ways to go on when there is a choice, and let them choose.",
            "- Ask what the situation means in their family, culture, faith or work. Do not assume your own norms.",
            "- Every few replies, ask how this way of working is for them, and adapt.",
            "- agenda: shared",
            "- questions: 2",
            "- feedback: often",
            "- homework: yes",
            "- words: 110",
            "- warmth: plain"
          ]
        },
        {
          "id": "brief",
          "settings": {
            "agenda": "none",
            "feedback": "sometimes",
            "homework": "no",
            "questions": "1",
            "warmth": "plain",
            "words": "45"
          },
          "source": "builtin:helpert-brief",
          "system": [
            "- agenda: none",
            "- questions: 1",
            "- feedback: sometimes",
            "- homework: no",
            "- words: 45",
            "- warmth: plain"
          ]
        }
      ],
      "ratings": [
        {
          "columns": {
            "arm": "arm",
            "epoch": null,
            "item": "item",
            "rater": "rater",
            "score": "score",
            "session": "session",
            "text_digest": "text_digest"
          },
          "id": "synthetic-raters",
          "instructions": null,
          "items": {},
          "layout": "long",
          "out_of_scale": "exclude",
          "path": "builtin:synthetic/ratings.csv",
          "rater_ids": {},
          "raters": [
            "C1",
            "C2",
            "C3"
          ],
          "scale": {
            "max": 6,
            "min": 0
          },
          "session_ids": {},
          "synthetic": true,
          "table": {
            "decimal_comma": false,
            "delimiter": ",",
            "na": []
          },
          "words": {
            "not_assessable": [],
            "values": {}
          }
        }
      ],
      "reconstruct": {
        "max_exchanges": null,
        "modes": [
          "replay"
        ]
      },
      "reference": "iftikhar2025-v2",
      "run": {
        "allow_unconsented": false,
        "bootstrap": 2000,
        "concurrency": 32,
        "directory": "runs",
        "local_only": false,
        "name": "quickstart",
        "require_redacted": false
      },
      "seed": 20240901,
      "sessions": [
        {
          "columns": {
            "order": "order",
            "selected": null,
            "session": "session",
            "speaker": "speaker",
            "text": "text",
            "time": null
          },
          "format": "jsonl",
          "id": "synthetic",
          "notes": null,
          "only": [],
          "opening": "original",
          "paths": [
            "builtin:synthetic/sessions.jsonl"
          ],
          "provenance": {
            "client": "human",
            "consent": null,
            "counselor": "human",
            "language": "en",
            "licence": "invented for this project, MIT OR Apache-2.0",
            "public": true,
            "source_set": "synthetic",
            "synthetic": true
          },
          "redact": null,
          "redacted": false,
          "roles": {
            "client": [
              "thinker"
            ],
            "counselor": [
              "helper"
            ]
          },
          "selected": null,
          "strip_backchannel": false,
          "table": {
            "decimal_comma": false,
            "delimiter": ",",
            "na": []
          },
          "unknown_labels": "remark"
        }
      ],
      "tags": {
        "study": "quickstart"
      }
    }
    "#);
}

#[test]
fn endpoints_come_from_the_file_the_provider_or_the_environment() {
    let models = "endpoints:
  local: {base_url: \"HTTP://Localhost:${PORT:-8080}/v1/\", identity: smol, limits: {concurrency: \"${N}\"}}
models:
  - {id: a, model: openai-api/local/org/smol}
  - {id: b, model: openai/gpt-4.1}
  - {id: c, model: openai-api/my-lab/m}
";
    let folder = Folder::with("models:\n  - {id: structured, model: baseline/structured}\n", models)
        .env("N", "2")
        .env("MY_LAB_BASE_URL", "https://lab.example/v1/")
        .env("MY_LAB_API_KEY", "secret");
    let experiment = folder.load().unwrap();
    let seen: Vec<String> = experiment
        .endpoints
        .values()
        .map(|e| {
            format!("{} {} {} {:?} {}", e.id, e.base_url, e.identity, e.api_key_env, e.limits.concurrency)
        })
        .collect();
    insta::assert_snapshot!(seen.join("\n"), @r#"
    local http://localhost:8080/v1 smol None 2
    my-lab https://lab.example/v1 openai_chat|https://lab.example/v1 Some("MY_LAB_API_KEY") 4
    openai https://api.openai.com/v1 openai_chat|https://api.openai.com/v1 Some("OPENAI_API_KEY") 4
    "#);
    let route = Route::Endpoint { endpoint: "local".into(), model: "org/smol".into() };
    assert_eq!(experiment.models[0].route, route);
}

#[test]
fn judges_share_a_model_or_have_their_own() {
    let judges = "judges:
  - {id: shares, model: gpt}
  - {id: cooler, model: gpt, decoding: {temperature: 0}}
  - {id: gpt, model: openai/gpt-4.1-mini, draws: 3}
";
    let yaml = MINIMAL
        .replace("prompts:", "  - {id: gpt, model: openai/gpt-4.1, decoding: {temperature: 1}}\nprompts:")
        .replace("judges:\n  - {id: scripted, model: baseline/judge}\n", judges);
    let experiment = Folder::of(yaml).load().unwrap();
    let of_judges: Vec<String> =
        experiment.judges.iter().map(|judge| format!("{} uses {}", judge.id, judge.model)).collect();
    assert_eq!(of_judges, ["shares uses gpt", "cooler uses cooler", "gpt uses judge-gpt"]);
    assert_eq!(experiment.counselors, ["structured", "gpt"]);
    assert_eq!(experiment.model("cooler").unwrap().decoding.temperature, Some(0.0));
}

#[test]
fn flags_change_the_file_before_it_is_checked() {
    let folder = Folder::new()
        .set("run.name=again")
        .set("models.structured.decoding={temperature: 0.5}")
        .set("reconstruct.modes=[replay, teacher_forced]")
        .set("models.0.id=first")
        .set("sessions.demo.only=[\"402e12\"]");
    let experiment = folder.load().unwrap();
    assert_eq!(experiment.run.name, "again");
    assert_eq!(
        (experiment.models[0].id.as_str(), experiment.models[0].decoding.temperature),
        ("first", Some(0.5))
    );
    assert_eq!(experiment.reconstruct.modes.len(), 2);
    assert_eq!(experiment.sessions[0].only, ["402e12"]);
}

#[test]
fn the_matrix_keeps_what_it_includes_and_does_not_exclude() {
    let yaml = MINIMAL.replace("prompts:", "  - {id: warm, model: baseline/warm}\nprompts:")
        + "matrix: {include: [{prompt: helpert}], exclude: [{model: warm}]}\n";
    let matrix = Folder::of(yaml).load().unwrap().matrix;
    let mode = corater::domain::Mode::Replay;
    assert!(matrix.keeps("structured", "helpert", mode));
    assert!(!matrix.keeps("warm", "helpert", mode));
    assert!(!matrix.keeps("structured", "other", mode));
}

#[test]
fn items_are_chosen_by_profile_and_by_name_in_the_rubrics_order() {
    let items = |choice: &str| -> Vec<String> {
        let folder = Folder::with(
            "rubric: {file: \"builtin:ctrs\"}",
            &format!("rubric: {{file: \"builtin:ctrs\", {choice}}}"),
        );
        folder.load().unwrap().items.iter().map(ToString::to_string).collect()
    };
    assert_eq!(items("profile: ctrs_text_single").len(), 10);
    assert_eq!(items("items: [pacing, agenda]"), ["agenda", "pacing"]);
}

#[test]
fn published_figures_of_another_instrument_are_refused() {
    let reference = std::fs::read_to_string("rubrics/reference/iftikhar2025-v2.yaml").unwrap();
    let folder = Folder::of(MINIMAL.replace("\"builtin:ctrs\"", "\"builtin:ctrs\", reference: figures.yaml"))
        .file("figures.yaml", reference.replace("rubric: ctrs", "rubric: other"));
    let printed = folder.printed();
    assert!(printed.contains("the figures are of the rubric other on 0 to 6"), "{printed}");
}
