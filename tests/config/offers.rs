//! What is added to requests, and what is worth knowing of a model before a call is paid for.

use crate::support::Folder;

fn with_models(models: &str) -> Folder {
    let models = format!("models:\n{models}");
    Folder::with("models:\n  - {id: structured, model: baseline/structured}\n", &models)
}

fn warnings(models: &str) -> String {
    let folder = with_models(models).env("AZURE_OPENAI_ENDPOINT", "https://lab.openai.azure.com/");
    folder.load().unwrap_or_else(|problems| panic!("{problems}")).warnings.join("\n")
}

#[test]
fn extra_fields_of_an_endpoint_are_part_of_each_models_decoding_and_headers_of_the_identity() {
    let models = "  - {id: a, model: openrouter/x}
  - {id: b, model: openrouter/x, decoding: {extra_body: {provider: {only: [one]}, service_tier: flex}}}
endpoints:
  openrouter:
    extra_body: {provider: {data_collection: deny, require_parameters: true}}
    extra_headers: {X-Title: a study}
    limits: {concurrency: 2, batch_items: 7}
";
    let experiment = with_models(models).load().unwrap();
    let endpoint = &experiment.endpoints["openrouter"];
    assert_eq!(endpoint.base_url, "https://openrouter.ai/api/v1", "what is not said is the provider's");
    assert_eq!(endpoint.api_key_env.as_deref(), Some("OPENROUTER_API_KEY"));
    assert_eq!(endpoint.identity, "openai_chat|https://openrouter.ai/api/v1|x-title: a study");
    assert_eq!((endpoint.limits.concurrency, endpoint.limits.batch_items), (2, 7));
    let extra = |index: usize| serde_json::to_string(&experiment.models[index].decoding.extra_body).unwrap();
    assert_eq!(extra(0), r#"{"provider":{"data_collection":"deny","require_parameters":true}}"#);
    assert_eq!(
        extra(1),
        r#"{"provider":{"only":["one"]},"service_tier":"flex"}"#,
        "a model's own field stands"
    );
    assert!(experiment.warnings.iter().any(|warning| warning.starts_with("model b: OpenRouter is not told")));
    let plain = with_models("  - {id: a, model: openai/x}\n").load().unwrap();
    assert_eq!(plain.endpoints["openai"].identity, "openai_chat|https://api.openai.com/v1");
    assert_eq!(serde_json::to_string(&plain.models[0].decoding).unwrap(), "{}");
}

#[test]
fn what_the_program_writes_itself_and_what_no_header_can_carry_is_refused() {
    let models = "  - {id: a, model: openai/x, decoding: {extra_body: {temperature: 1}}}
  - {id: b, model: openai-api/lab/x}
  - {id: c, model: openai-api/none/x}
endpoints:
  lab: {base_url: \"http://x/v1\", extra_body: {stream: true}, extra_headers: {Authorization: x, \"a b\": x, ok: \"ä\"}}
  none: {extra_body: {}}
";
    insta::assert_snapshot!(with_models(models).lines(), @r#"
    experiment.yaml:2:41: the program writes the field `temperature` itself, or could not read the reply with it
    experiment.yaml:6:34: the program writes the field `stream` itself, or could not read the reply with it
    experiment.yaml:6:93: the header `Authorization` is set by the program
    experiment.yaml:6:103: not the name of a header
    experiment.yaml:6:110: the value of a header is printable ASCII in one line
    experiment.yaml:7:3: the key `base_url` is missing
    "#);
}

#[test]
fn azures_addresses_without_versions_have_none() {
    let folder = with_models("  - {id: a, model: azure/d}\n")
        .env("AZURE_OPENAI_ENDPOINT", "https://lab.openai.azure.com/openai/v1/");
    let azure = folder.load().unwrap().endpoints["azure"].clone();
    assert_eq!(
        (azure.api_version, azure.identity.as_str()),
        (None, "azure_openai|https://lab.openai.azure.com/openai/v1")
    );
    let declared = with_models(
        "  - {id: a, model: azure/d}
endpoints:
  azure: {dialect: azure_openai, base_url: \"https://lab.openai.azure.com/openai/v1\", api_version: preview}
",
    );
    assert_eq!(declared.load().unwrap().endpoints["azure"].api_version.as_deref(), Some("preview"));
}

#[test]
fn openrouter_without_its_settings_is_warned_of() {
    let said = warnings("  - {id: a, model: openrouter/x}\n");
    assert!(
        said.contains("provider.data_collection") && said.contains("provider.require_parameters"),
        "{said}"
    );
    assert!(
        said.contains("extra_body: {provider: {data_collection: deny, require_parameters: true}}"),
        "{said}"
    );
    let told = "decoding: {extra_body: {provider: {data_collection: deny, require_parameters: true}}}";
    assert_eq!(warnings(&format!("  - {{id: a, model: openrouter/x, {told}}}\n")), "");
}

#[test]
fn what_a_familys_servers_refuse_is_warned_of_and_nothing_is_changed() {
    let said =
        warnings("  - {id: a, model: openai/gpt-5.6-sol, decoding: {temperature: 0, max_tokens: 300}}\n");
    assert!(said.contains("refuses `temperature` unless decoding.reasoning_effort is none"), "{said}");
    assert!(said.contains("thinking counts into max_tokens (300)"), "{said}");
    assert!(said.contains("https://developers.openai.com/"), "each fact has its source: {said}");
    let quiet = "  - {id: a, model: openai/gpt-5.6-sol, decoding: {temperature: 0, max_tokens: 300, reasoning_effort: none}}\n";
    assert_eq!(warnings(quiet), "");
    let said = warnings("  - {id: a, model: openai/gpt-5-mini, decoding: {max_tokens: 9000}}\n");
    assert!(said.contains("max_tokens_field: max_completion_tokens"), "{said}");
    let said = warnings(
        "  - {id: a, model: anthropic/claude-sonnet-5, decoding: {max_tokens: 5000, reasoning_effort: \"2000\"}}\n",
    );
    assert!(said.contains("refuses reasoning_effort `2000`"), "{said}");
    let said = warnings(
        "  - {id: a, model: anthropic/claude-opus-4-6, decoding: {max_tokens: 500, reasoning_effort: \"2000\"}}\n",
    );
    assert!(said.contains("leaves nothing of max_tokens (500)"), "{said}");
    let said = warnings("  - {id: a, model: azure/d, decoding: {reasoning_effort: low}}\n");
    assert!(said.contains("api_version 2024-10-21 of endpoint `azure` is older"), "{said}");
    assert_eq!(
        warnings("  - {id: a, model: openai/gpt-4.1, decoding: {temperature: 0, max_tokens: 300}}\n"),
        ""
    );
    let experiment =
        with_models("  - {id: a, model: openai/gpt-5.6-sol, decoding: {temperature: 0}}\n").load().unwrap();
    assert_eq!(experiment.models[0].decoding.temperature, Some(0.0));
}

#[test]
fn log_probabilities_that_a_family_refuses_are_warned_of() {
    let judges =
        "judges:\n  - {id: j, model: openai/gpt-5.6-sol, logprobs: 5, capabilities: {logprobs: true}}\n";
    let experiment =
        Folder::with("judges:\n  - {id: scripted, model: baseline/judge}\n", judges).load().unwrap();
    let said = experiment.warnings.join("\n");
    assert!(said.contains("model j: its server refuses log-probabilities unless"), "{said}");
}

#[test]
fn rows_of_ones_own_come_before_the_embedded_ones_and_are_checked() {
    let row = "format: corater-model-families/1\nfamilies:\n  - {family: Ours, models: [gpt-5.6], refuses: [seed], as_of: 2026-12-01, source: our notes}\n";
    let models = "  - {id: a, model: openai/gpt-5.6-sol, decoding: {temperature: 0, seed: 1}}\nmodel_families: mine.yaml\n";
    let said = with_models(models).file("mine.yaml", row).load().unwrap().warnings.join("\n");
    assert_eq!(
        said,
        "model a: its server refuses `seed`; leave it out, or write capabilities: {omit: [seed]} (Ours, 2026-12-01, our notes)"
    );
    let broken = row.replace("/1", "/9").replace("2026-12-01", "2026-13-01");
    let said = with_models(models).file("mine.yaml", broken).lines();
    assert!(
        said.contains("not a table of model families this version reads") && said.contains("not a day"),
        "{said}"
    );
}
