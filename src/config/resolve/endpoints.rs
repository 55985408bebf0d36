//! Resolves declared endpoints: address, identity, key, limits, and what is added to every request.

use std::collections::BTreeMap;

use super::{Context, offers, providers};
use crate::{
    config::{
        experiment::{Endpoint, Limits},
        file::{EndpointFile, LimitsFile},
        hints,
        path::YamlPath,
    },
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

/// An endpoint's part of call keys, unless `identity:` is given.
pub(super) fn identity(dialect: Dialect, base_url: &str, api_version: Option<&str>) -> String {
    let version = api_version.map(|version| format!("|{version}")).unwrap_or_default();
    format!("{}|{base_url}{version}", dialect.name())
}

pub(super) fn limits(file: &LimitsFile) -> Limits {
    Limits {
        requests_per_minute: file.requests_per_minute,
        tokens_per_minute: file.tokens_per_minute,
        input_tokens_per_minute: file.input_tokens_per_minute,
        output_tokens_per_minute: file.output_tokens_per_minute,
        concurrency: file.concurrency.unwrap_or(4),
        timeout_seconds: file.timeout_seconds.unwrap_or(600),
        max_retries: file.max_retries.unwrap_or(5),
        batch_items: file.batch_items.unwrap_or(2_000),
    }
}

/// The address with scheme and host in lower case and without trailing slashes. The error never quotes it.
pub(super) fn normalised_url(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").ok_or("expected http:// or https://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err("expected http:// or https://");
    }
    if rest.contains(['?', '#']) || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("it must hold no query, fragment or white space");
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err("it must hold no user name or password");
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            port.parse::<u16>().map_err(|_| "the port is not a number from 0 to 65535")?;
            host
        }
        _ => authority,
    };
    let fits = |c: char| c.is_alphanumeric() || "-._[]:".contains(c);
    let normal = format!("{scheme}://{}{}", authority.to_lowercase(), path.trim_end_matches('/'));
    // Requests are sent with the same URL parser.
    if host.is_empty() || !host.chars().all(fits) || url::Url::parse(&normal).is_err() {
        return Err("the host is missing or malformed");
    }
    Ok(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised_or_refused_without_quoting_them() {
        let normalised = |text| normalised_url(text);
        assert_eq!(normalised("HTTP://LocalHost:8080/v1/"), Ok("http://localhost:8080/v1".into()));
        assert_eq!(normalised("https://[::1]:80"), Ok("https://[::1]:80".into()));
        assert_eq!(normalised("https://[::1]"), Ok("https://[::1]".into()));
        for bad in [
            "ftp://x",
            "localhost:80",
            "http://",
            "http://u:p@h",
            "http://h:x",
            "http://h/v1?key=1",
            "http://a b",
            "http://[::1]]:80/v1",
            "http://[::1/v1",
            "http://::1/v1",
            "http://[::g]/v1",
            "http://a[b]/v1",
            "http://1.2.3.999/v1",
            "http://xn--/v1",
        ] {
            assert!(normalised(bad).is_err(), "{bad}");
        }
    }
}
