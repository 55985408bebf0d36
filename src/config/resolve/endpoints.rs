//! Resolves declared endpoints: address, identity, key, limits, and what is added to every request.

use std::collections::BTreeMap;

use super::{
    Context,
    address::{identity, limits, normalised_url},
    offers, providers,
};
use crate::{
    config::{experiment::Endpoint, file::EndpointFile, hints, path::YamlPath},
    provider::Dialect,
};

/// Headers that the program or its HTTP client sets, or that carry a key.
const OWN_HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "anthropic-version",
    "api-key",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
    "x-goog-api-key",
];

/// Resolves an endpoint of the file. One with the name of a provider takes from it what the file does not say.
pub(super) fn declared(cx: &mut Context<'_>, path: &YamlPath, id: &str, file: &EndpointFile) -> Endpoint {
    let at = path.key("base_url");
    let implied = match &file.base_url {
        None if providers::is_known(id) => providers::implied_endpoint(cx, path, id, &BTreeMap::new()),
        None => {
            cx.at(path, "the key `base_url` is missing", "such as `base_url: http://127.0.0.1:8080/v1`");
            None
        }
        Some(_) => None,
    };
    let written = file.base_url.as_ref().map(|url| {
        normalised_url(url).unwrap_or_else(|fault| {
            cx.at(&at, format!("not a usable address: {fault}"), "such as http://127.0.0.1:8080/v1");
            String::new()
        })
    });
    let base_url = written.or_else(|| implied.as_ref().map(|i| i.base_url.clone())).unwrap_or_default();
    let dialect = file.dialect.or_else(|| implied.as_ref().map(|i| i.dialect)).unwrap_or(Dialect::OpenaiChat);
    check_names(cx, path, file);
    check_headers(cx, path, &file.extra_headers);
    let of_provider = implied.as_ref().and_then(|implied| implied.api_version.clone());
    let api_version = offers::api_version(cx, path, file, dialect, &base_url, of_provider);
    let own = file.identity.clone().unwrap_or_else(|| identity(dialect, &base_url, api_version.as_deref()));
    Endpoint {
        id: id.to_owned(),
        dialect,
        identity: with_headers(own, &file.extra_headers),
        api_version,
        base_url,
        api_key_env: file.api_key_env.clone().or_else(|| implied.and_then(|implied| implied.api_key_env)),
        extra_body: file.extra_body.clone(),
        extra_headers: file.extra_headers.clone(),
        limits: limits(&file.limits),
    }
}

fn check_names(cx: &mut Context<'_>, path: &YamlPath, file: &EndpointFile) {
    if let Some(name) = &file.api_key_env
        && !crate::config::environment::is_name(name)
    {
        let advice =
            "write the name of an environment variable, such as `MY_SERVER_API_KEY`, not the key itself";
        cx.at(&path.key("api_key_env"), "not the name of an environment variable", advice);
    }
    if file.identity.as_deref() == Some("") {
        cx.at(&path.key("identity"), "expected text, found an empty one", "leave it out to use the address");
    }
}

fn check_headers(cx: &mut Context<'_>, path: &YamlPath, headers: &BTreeMap<String, String>) {
    let path = path.key("extra_headers");
    for (name, value) in headers {
        let at = path.key(name);
        let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.!#$%&'*+^`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            cx.at(&at, "not the name of a header", "letters, digits and `-`, such as `anthropic-beta`");
        } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            let advice = "leave it out; a key is named by `api_key_env`";
            cx.at(&at, format!("the header `{}` is set by the program", hints::clip(name)), advice);
        }
        if value.chars().any(|c| !(' '..='~').contains(&c)) {
            cx.at(
                &at,
                "the value of a header is printable ASCII in one line",
                "write it without other characters",
            );
        }
    }
}

/// The identity of an endpoint whose requests carry these headers; they are part of it also where it is given.
fn with_headers(identity: String, headers: &BTreeMap<String, String>) -> String {
    if headers.is_empty() {
        return identity;
    }
    let lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase())).collect();
    format!("{identity}|{}", lines.join("|"))
}
