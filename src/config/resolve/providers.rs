//! Providers that can be part of a model name, and the endpoint that such a name implies: its address and key come
//! from the environment variables that each vendor documents.

use std::collections::BTreeMap;

use serde_json::Map;

use super::{
    Context,
    address::{identity, limits, normalised_url},
    offers::is_azure_v1,
};
use crate::{
    config::{experiment::Endpoint, file::LimitsFile, hints, path::YamlPath},
    provider::Dialect,
};

/// Meaning of a provider's name.
struct Provider {
    name: &'static str,
    dialect: Dialect,
    /// Variables that may hold the address; the first one that is set is used.
    url_from: &'static [&'static str],
    /// The address if none of them is set.
    url: Option<&'static str>,
    /// Variables that may hold the key; the first one that is set is used.
    key_from: &'static [&'static str],
    /// Whether calls without a key are useless.
    needs_key: bool,
}

/// Name of the gateway that has settings of its own.
pub(super) const OPENROUTER: &str = "openrouter";

const PROVIDERS: [Provider; 8] = [
    Provider {
        name: "openai",
        dialect: Dialect::OpenaiChat,
        url_from: &["OPENAI_BASE_URL"],
        url: Some("https://api.openai.com/v1"),
        key_from: &["OPENAI_API_KEY"],
        needs_key: true,
    },
    Provider {
        name: "openai-responses",
        dialect: Dialect::OpenaiResponses,
        url_from: &["OPENAI_BASE_URL"],
        url: Some("https://api.openai.com/v1"),
        key_from: &["OPENAI_API_KEY"],
        needs_key: true,
    },
    Provider {
        name: "anthropic",
        dialect: Dialect::AnthropicMessages,
        url_from: &["ANTHROPIC_BASE_URL"],
        url: Some("https://api.anthropic.com"),
        key_from: &["ANTHROPIC_API_KEY"],
        needs_key: true,
    },
    Provider {
        name: "google",
        dialect: Dialect::GoogleGemini,
        url_from: &["GOOGLE_BASE_URL"],
        url: Some("https://generativelanguage.googleapis.com/v1beta"),
        key_from: &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        needs_key: true,
    },
    Provider {
        name: "azure",
        dialect: Dialect::AzureOpenai,
        url_from: &["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_BASE_URL"],
        url: None,
        key_from: &["AZURE_OPENAI_API_KEY"],
        needs_key: true,
    },
    Provider {
        name: OPENROUTER,
        dialect: Dialect::OpenaiChat,
        url_from: &["OPENROUTER_BASE_URL"],
        url: Some("https://openrouter.ai/api/v1"),
        key_from: &["OPENROUTER_API_KEY"],
        needs_key: true,
    },
    Provider {
        name: "ollama",
        dialect: Dialect::OpenaiChat,
        url_from: &["OLLAMA_BASE_URL"],
        url: Some("http://localhost:11434/v1"),
        key_from: &["OLLAMA_API_KEY"],
        needs_key: false,
    },
    Provider {
        name: "vllm",
        dialect: Dialect::OpenaiChat,
        url_from: &["VLLM_BASE_URL"],
        url: Some("http://localhost:8000/v1"),
        key_from: &["VLLM_API_KEY"],
        needs_key: false,
    },
];
/// Variables that may hold the interface version of Azure.
const AZURE_VERSION_FROM: [&str; 2] = ["AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"];
/// Providers whose wire format is not supported yet.
const LATER: &[&str] = &["vertex", "bedrock", "cohere", "hf", "huggingface", "replicate", "sagemaker"];
/// Other names of these providers.
const ALIASES: [(&str, &str); 4] =
    [("gemini", "google"), ("azureai", "azure"), ("azure-openai", "azure"), ("claude", "anthropic")];

/// True for a provider that can be part of a model name.
pub(super) fn is_known(name: &str) -> bool {
    PROVIDERS.iter().any(|provider| provider.name == name)
}

/// Why a provider's name cannot be used, and what to write instead (message, advice).
pub(super) fn refusal(name: &str) -> (String, String) {
    if LATER.contains(&name) {
        let advice = "if the server offers an OpenAI-compatible address, declare it under `endpoints` and write \
                      `openai-api/<endpoint>/<model>`";
        return (format!("this version does not speak `{name}` yet"), advice.into());
    }
    if let Some((_, ours)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return ("no provider has this name".into(), format!("write `{ours}/<model>`"));
    }
    let known: Vec<&str> =
        PROVIDERS.iter().map(|provider| provider.name).chain(["openai-api", "baseline"]).collect();
    let advice = format!(
        "{} Other servers with an OpenAI-compatible address go under `endpoints`.",
        hints::for_reference(name, &known)
    );
    ("no provider has this name".into(), advice)
}

/// The endpoint that a provider's name implies, or that `<NAME>_BASE_URL` describes.
pub(super) fn implied_endpoint(
    cx: &mut Context<'_>,
    at: &YamlPath,
    id: &str,
    declared: &BTreeMap<String, Endpoint>,
) -> Option<Endpoint> {
    match PROVIDERS.iter().find(|provider| provider.name == id) {
        Some(provider) => of_provider(cx, at, provider),
        None => of_variables(cx, at, id, declared),
    }
}

fn of_provider(cx: &mut Context<'_>, at: &YamlPath, provider: &Provider) -> Option<Endpoint> {
    let is_set = |name: &&&str| cx.environment.get(name).is_some();
    let url_name = provider.url_from.iter().find(is_set);
    let key_name = provider.key_from.iter().find(is_set);
    let key_name = key_name.or_else(|| provider.key_from.first().filter(|_| provider.needs_key));
    let Some(url) = url_name.and_then(|name| cx.environment.get(name)).or(provider.url) else {
        let advice = format!("set {}, or declare an endpoint under `endpoints`", provider.url_from[0]);
        cx.at(at, format!("no address for `{}`", provider.name), advice);
        return None;
    };
    let base_url = usable(cx, at, url, url_name.copied().unwrap_or(provider.name))?;
    let version = || {
        AZURE_VERSION_FROM.iter().find_map(|name| cx.environment.get(name)).unwrap_or(Dialect::AZURE_VERSION)
    };
    let api_version =
        (provider.dialect == Dialect::AzureOpenai && !is_azure_v1(&base_url)).then(|| version().to_owned());
    Some(Endpoint {
        id: provider.name.to_owned(),
        dialect: provider.dialect,
        identity: identity(provider.dialect, &base_url, api_version.as_deref()),
        base_url,
        api_version,
        api_key_env: key_name.map(|name| (*name).to_owned()),
        extra_body: Map::new(),
        extra_headers: BTreeMap::new(),
        limits: limits(&LimitsFile::default()),
    })
}

/// An endpoint of the Chat Completions dialect that is described by variables only.
fn of_variables(
    cx: &mut Context<'_>,
    at: &YamlPath,
    id: &str,
    declared: &BTreeMap<String, Endpoint>,
) -> Option<Endpoint> {
    let prefix: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let (url_name, key_name) = (format!("{prefix}_BASE_URL"), format!("{prefix}_API_KEY"));
    let Some(url) = cx.environment.get(&url_name) else {
        if !cx.document.is_incomplete(&YamlPath::root().key("endpoints")) {
            let known: Vec<&str> = declared.keys().map(String::as_str).collect();
            let advice = format!(
                "declare it under `endpoints`, or set {url_name}. {}",
                hints::for_reference(id, &known)
            );
            cx.at(at, format!("no endpoint for {}", cx.quoted(at)), advice);
        }
        return None;
    };
    let base_url = usable(cx, at, url, &url_name)?;
    let dialect = Dialect::OpenaiChat;
    Some(Endpoint {
        id: id.to_owned(),
        dialect,
        identity: identity(dialect, &base_url, None),
        base_url,
        api_version: None,
        api_key_env: cx.environment.get(&key_name).is_some().then_some(key_name),
        extra_body: Map::new(),
        extra_headers: BTreeMap::new(),
        limits: limits(&LimitsFile::default()),
    })
}

fn usable(cx: &mut Context<'_>, at: &YamlPath, url: &str, from: &str) -> Option<String> {
    match normalised_url(url) {
        Ok(base_url) => Some(base_url),
        Err(fault) => {
            let message = format!("{from} is not a usable address: {fault}");
            cx.at(at, message, "such as http://127.0.0.1:8080/v1");
            None
        }
    }
}
