//! Which server a model's name stands for, and what is asked of a dialect that it cannot carry.

use corater::chat::StructuredOutput::{self, JsonSchema, JsonSchemaSubset, Prompted};

use crate::support::Folder;

fn with_models(models: &str) -> Folder {
    let models = format!("models:\n{models}");
    Folder::with("models:\n  - {id: structured, model: baseline/structured}\n", &models)
}

fn endpoints(folder: &Folder) -> String {
    let experiment = folder.load().unwrap();
    let line = |e: &corater::config::Endpoint| {
        let version = e.api_version.as_deref().unwrap_or("-");
        format!("{} {} {} {version} {:?}", e.id, e.dialect.name(), e.base_url, e.api_key_env)
    };
    experiment.endpoints.values().map(line).collect::<Vec<_>>().join("\n")
}

const EVERY: &str = "  - {id: a, model: anthropic/c, decoding: {max_tokens: 100}}
  - {id: b, model: google/g}
  - {id: c, model: openai/o}
  - {id: d, model: openai-responses/o}
  - {id: e, model: azure/my-deployment}
  - {id: f, model: openrouter/meta-llama/llama-3.3}
  - {id: g, model: ollama/llama3.2}
  - {id: h, model: vllm/qwen}
";

#[test]
fn a_providers_name_stands_for_its_dialect_address_and_key() {
    let folder = with_models(EVERY).env("AZURE_OPENAI_ENDPOINT", "https://lab.openai.azure.com/");
    insta::assert_snapshot!(endpoints(&folder), @r#"
    anthropic anthropic_messages https://api.anthropic.com - Some("ANTHROPIC_API_KEY")
    azure azure_openai https://lab.openai.azure.com 2024-10-21 Some("AZURE_OPENAI_API_KEY")
    google google_gemini https://generativelanguage.googleapis.com/v1beta - Some("GOOGLE_API_KEY")
    ollama openai_chat http://localhost:11434/v1 - None
    openai openai_chat https://api.openai.com/v1 - Some("OPENAI_API_KEY")
    openai-responses openai_responses https://api.openai.com/v1 - Some("OPENAI_API_KEY")
    openrouter openai_chat https://openrouter.ai/api/v1 - Some("OPENROUTER_API_KEY")
    vllm openai_chat http://localhost:8000/v1 - None
    "#);
    let folder = with_models(EVERY)
        .env("AZURE_OPENAI_ENDPOINT", "https://lab.openai.azure.com")
        .env("OPENAI_API_VERSION", "2025-04-01-preview")
        .env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1/v1")
        .env("GEMINI_API_KEY", "k")
        .env("OLLAMA_BASE_URL", "http://10.0.0.1:11434/v1")
        .env("VLLM_API_KEY", "k");
    insta::assert_snapshot!(endpoints(&folder), @r#"
    anthropic anthropic_messages http://127.0.0.1:1/v1 - Some("ANTHROPIC_API_KEY")
    azure azure_openai https://lab.openai.azure.com 2025-04-01-preview Some("AZURE_OPENAI_API_KEY")
    google google_gemini https://generativelanguage.googleapis.com/v1beta - Some("GEMINI_API_KEY")
    ollama openai_chat http://10.0.0.1:11434/v1 - None
    openai openai_chat https://api.openai.com/v1 - Some("OPENAI_API_KEY")
    openai-responses openai_responses https://api.openai.com/v1 - Some("OPENAI_API_KEY")
    openrouter openai_chat https://openrouter.ai/api/v1 - Some("OPENROUTER_API_KEY")
    vllm openai_chat http://localhost:8000/v1 - Some("VLLM_API_KEY")
    "#);
    let route = &folder.load().unwrap().models[5].route;
    assert_eq!(
        serde_json::to_value(route).unwrap(),
        serde_json::json!({"at": "endpoint", "endpoint": "openrouter", "model": "meta-llama/llama-3.3"})
    );
}

#[test]
fn a_declared_endpoint_of_a_providers_name_takes_its_place() {
    let models = "  - {id: a, model: azure/x}
endpoints:
  azure: {dialect: azure_openai, base_url: \"https://lab.openai.azure.com\", api_key_env: LAB_KEY}
";
    let folder = with_models(models);
    insta::assert_snapshot!(endpoints(&folder), @r#"azure azure_openai https://lab.openai.azure.com 2024-10-21 Some("LAB_KEY")"#);
    let identity = folder.load().unwrap().endpoints["azure"].identity.clone();
    assert_eq!(identity, "azure_openai|https://lab.openai.azure.com|2024-10-21");
}

#[test]
fn what_a_dialect_cannot_carry_is_refused_and_never_dropped() {
    let models = "  - {id: a, model: anthropic/c, decoding: {max_tokens: 9, seed: 1, temperature: 1.5}}
  - {id: b, model: anthropic/c, decoding: {max_tokens: 9}, capabilities: {logprobs: true}}
  - {id: c, model: anthropic/c}
  - {id: d, model: openai-responses/o, decoding: {seed: 1, stop: [x]}}
  - {id: e, model: google/g, capabilities: {max_tokens_field: max_completion_tokens}}
  - {id: f, model: azure/x}
  - {id: g, model: gemini/x}
  - {id: h, model: bedrock/x}
endpoints:
  local: {base_url: \"http://x/v1\", api_version: \"2024-10-21\"}
";
    insta::assert_snapshot!(with_models(models).lines(), @r#"
    experiment.yaml:2:65: `anthropic_messages` has no place for `seed`
    experiment.yaml:2:81: this temperature is too high for the server
    experiment.yaml:3:85: `anthropic_messages` gives no log-probabilities
    experiment.yaml:4:6: `anthropic_messages` wants a limit on the tokens to generate with every request
    experiment.yaml:5:57: `openai_responses` has no place for `seed`
    experiment.yaml:5:60: `openai_responses` has no place for `stop`
    experiment.yaml:6:63: `google_gemini` has one name for this limit only
    experiment.yaml:7:20: no address for `azure`
    experiment.yaml:8:20: no provider has this name
    experiment.yaml:9:20: this version does not speak `bedrock` yet
    experiment.yaml:11:49: `openai_chat` has no version to choose
    "#);
    let omitted =
        "  - {id: a, model: anthropic/c, decoding: {max_tokens: 9, seed: 1}, capabilities: {omit: [seed]}}\n";
    with_models(omitted).load().unwrap();
}

#[test]
fn schemas_lose_their_text_limits_where_the_server_would_refuse_them() {
    let models = "  - {id: a, model: openai/o}
  - {id: b, model: ollama/o}
  - {id: c, model: openai/o, capabilities: {structured_output: prompted}}
";
    let experiment = with_models(models).load().unwrap();
    let outputs: Vec<StructuredOutput> =
        experiment.models.iter().take(3).map(|model| model.capabilities.structured_output).collect();
    assert_eq!(outputs, [JsonSchemaSubset, JsonSchema, Prompted]);
}
