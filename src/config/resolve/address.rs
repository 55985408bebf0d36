//! Addresses of servers in their normal form, the identity that follows from one, and limits with their defaults.

use crate::{
    config::{experiment::Limits, file::LimitsFile},
    provider::Dialect,
};

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
