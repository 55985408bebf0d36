//! The environment as the program sees it: variables of the process and of `.env` files, whose values are never
//! shown.

use std::{collections::BTreeMap, fmt, path::Path};

use super::{
    experiment::Endpoint,
    plain::{self, NotPlain},
    problem::{ConfigProblem, Problems},
};

/// Environment variables. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Environment {
    /// The variables of this process whose names and values are text. Only this function reads the environment.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()))
            .collect()
    }

    /// The value of a variable; `None` if it is not set or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The proxy that the process's variables require for an endpoint: name of the variable, and address without user
    /// and password. This machine is reached without a proxy. `NO_PROXY` is read as a list of hosts and domains.
    pub fn proxy_for(&self, endpoint: &Endpoint) -> Option<(&'static str, String)> {
        if endpoint.is_local() {
            return None;
        }
        let (scheme, rest) = endpoint.base_url.split_once("://")?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let excepted = ["NO_PROXY", "no_proxy"].iter().find_map(|name| self.get(name)).unwrap_or_default();
        let covers = |domain: &str| {
            let domain = domain.trim().trim_start_matches("*.").trim_start_matches('.');
            let below = || host.strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
            domain == "*" || !domain.is_empty() && (host == domain || below())
        };
        if excepted.split(',').any(covers) {
            return None;
        }
        let names: [&'static str; 4] = match scheme {
            "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let (name, proxy) = names.into_iter().find_map(|name| self.get(name).map(|proxy| (name, proxy)))?;
        let bare = proxy.rsplit_once('@').map_or(proxy, |(_, address)| address);
        let bare = bare.split_once("://").map_or(bare, |(_, address)| address);
        Some((name, bare.trim_end_matches('/').to_owned()))
    }

    /// Adds the variables of an env file; variables that are already set take precedence.
    ///
    /// # Errors
    /// The file cannot be read, or has lines that are not `NAME=value`: all of them, without their text.
    pub fn with_env_file(self, path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let bytes = plain::read(path, plain::MOST_TEXT).map_err(|error| {
            let why =
                NotPlain::of(&error).map_or_else(|| error.kind().to_string(), |fault| fault.to_string());
            ConfigProblem::without_line(&name, format!("the env file cannot be read: {why}"))
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ConfigProblem::without_line(&name, "the env file is not UTF-8 text"))?;
        self.with_env_text(&name, &text)
    }

    /// Adds the variables of an env file's text; variables that are already set take precedence.
    ///
    /// # Errors
    /// Lines that are not `NAME=value`: all of them, without their text.
    pub fn with_env_text(mut self, file: &str, text: &str) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match assignment(line) {
                Some((name, value)) => {
                    self.0.entry(name.to_owned()).or_insert(value);
                }
                None => problems.push(
                    ConfigProblem {
                        line: Some(number + 1),
                        column: Some(1),
                        ..ConfigProblem::without_line(file, "not `NAME=value`")
                    }
                    .suggest(
                        "write one NAME=value a line; quote a value that holds `#` or spaces at its ends",
                    ),
                ),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(Problems::new(problems)) }
    }
}

/// True for names that are allowed in `${NAME}`.
pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn assignment(line: &str) -> Option<(&str, String)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    is_name(name).then_some(())?;
    let value = value.trim_start();
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        let (inner, rest) = value[1..].split_once(quote)?;
        let rest = rest.trim_start();
        return (rest.is_empty() || rest.starts_with('#')).then(|| (name, inner.to_owned()));
    }
    let value = value.split(" #").next().unwrap_or_default();
    Some((name, value.trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password_and_never_for_this_machine() {
        let endpoint = |url: &str| Endpoint {
            id: "e".into(),
            dialect: crate::provider::Dialect::OpenaiChat,
            base_url: url.into(),
            api_version: None,
            identity: "e".into(),
            api_key_env: None,
            extra_body: serde_json::Map::new(),
            extra_headers: std::collections::BTreeMap::new(),
            limits: crate::config::Limits {
                requests_per_minute: None,
                tokens_per_minute: None,
                input_tokens_per_minute: None,
                output_tokens_per_minute: None,
                concurrency: 1,
                timeout_seconds: 1,
                max_retries: 0,
                batch_items: 1,
            },
        };
        let proxied = Environment::from_iter([
            ("HTTPS_PROXY", "http://user:secret@proxy.lab:3128/"),
            ("NO_PROXY", "inside.org, .near.org"),
        ]);
        let through = |url: &str| proxied.proxy_for(&endpoint(url));
        assert_eq!(through("https://api.example.org/v1"), Some(("HTTPS_PROXY", "proxy.lab:3128".into())));
        for direct in [
            "http://api.example.org/v1",
            "https://localhost:8080/v1",
            "https://[::1]:8080/v1",
            "https://127.0.0.1/v1",
            "https://inside.org:8443/v1",
            "https://a.near.org/v1",
        ] {
            assert_eq!(through(direct), None, "{direct}");
        }
        assert!(!endpoint("http://localhost.example.org/v1").is_local());
        assert!(!endpoint("http://127.0.0.1.example.org/v1").is_local());
    }

    #[test]
    fn env_files_fill_gaps_and_are_never_echoed() {
        let process = Environment::from_iter([("A", "process")]);
        let text = "# keys\nexport A=file\nB='two words' # note\nC=x#y # note\nD=\n";
        let environment = process.with_env_text(".env", text).expect("well formed");
        let values = ["A", "B", "C", "D"].map(|name| environment.get(name));
        assert_eq!(values, [Some("process"), Some("two words"), Some("x#y"), None]);
        assert_eq!(format!("{environment:?}"), r#"{"A", "B", "C", "D"}"#);

        let problems =
            Environment::default().with_env_text(".env", "A=1\nsecret\n9=x").expect_err("two bad lines");
        let lines: Vec<String> = problems.iter().map(ConfigProblem::one_line).collect();
        assert_eq!(lines, [".env:2:1: not `NAME=value`", ".env:3:1: not `NAME=value`"]);
    }
}
