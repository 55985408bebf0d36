//! Says where a request of each dialect goes below the base URL, and which headers carry its key and version.

use super::Dialect;

/// How a key travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHeader {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// The bare key in a header of this name.
    Named(&'static str),
}

impl Dialect {
    /// The version of Azure `OpenAI`'s interface that is asked for unless the endpoint names another.
    pub const AZURE_VERSION: &str = "2024-10-21";

    /// What follows the base URL for a request to `wire_model`. Base URLs are accepted with and without the version
    /// that the vendor's own libraries leave out.
    pub fn path(self, base_url: &str, wire_model: &str, api_version: Option<&str>) -> String {
        let last = base_url.rsplit('/').next().unwrap_or_default();
        let is_versioned =
            last.strip_prefix('v').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
        match self {
            Self::OpenaiChat => "/chat/completions".into(),
            Self::OpenaiResponses => "/responses".into(),
            // The interface without versions: the model stands in the body, as in Chat Completions.
            Self::AzureOpenai if base_url.ends_with("/openai/v1") => match api_version {
                Some(version) => format!("/chat/completions?api-version={}", segment(version)),
                None => "/chat/completions".into(),
            },
            Self::AzureOpenai => {
                let root = if last == "openai" { "" } else { "/openai" };
                let (deployment, version) =
                    (segment(wire_model), segment(api_version.unwrap_or(Self::AZURE_VERSION)));
                format!("{root}/deployments/{deployment}/chat/completions?api-version={version}")
            }
            Self::AnthropicMessages if is_versioned => "/messages".into(),
            Self::AnthropicMessages => "/v1/messages".into(),
            Self::GoogleGemini => {
                let version = if is_versioned { "" } else { "/v1beta" };
                let model = match wire_model.split_once('/') {
                    // A tuned model, or one written with its collection.
                    Some((collection, name)) => format!("{}/{}", segment(collection), segment(name)),
                    None => format!("models/{}", segment(wire_model)),
                };
                format!("{version}/{model}:generateContent")
            }
        }
    }

    /// The header that carries the key.
    pub fn key_header(self) -> KeyHeader {
        match self {
            Self::OpenaiChat | Self::OpenaiResponses => KeyHeader::Bearer,
            Self::AzureOpenai => KeyHeader::Named("api-key"),
            Self::AnthropicMessages => KeyHeader::Named("x-api-key"),
            Self::GoogleGemini => KeyHeader::Named("x-goog-api-key"),
        }
    }

    /// Headers that every request carries besides, by name and value.
    pub fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::AnthropicMessages => &[("anthropic-version", "2023-06-01")],
            _ => &[],
        }
    }
}

/// One segment of a path, or one value of a query, with everything escaped that could end it.
fn segment(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte);
    let escape = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::Dialect::*;

    #[test]
    fn base_urls_are_taken_with_and_without_their_version() {
        let cases = [
            (OpenaiChat, "https://h/v1", "m", "/chat/completions"),
            (OpenaiResponses, "https://h/v1", "m", "/responses"),
            (AnthropicMessages, "https://api.anthropic.com", "m", "/v1/messages"),
            (AnthropicMessages, "https://h/v1", "m", "/messages"),
            (GoogleGemini, "https://h", "gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro:generateContent"),
            (GoogleGemini, "https://h/v1beta", "tunedModels/a", "/tunedModels/a:generateContent"),
            (
                AzureOpenai,
                "https://r.openai.azure.com",
                "my gpt/4?",
                "/openai/deployments/my%20gpt%2F4%3F/chat/completions?api-version=2024-10-21",
            ),
        ];
        for (dialect, base, model, path) in cases {
            assert_eq!(dialect.path(base, model, None), path, "{dialect:?} {base}");
        }
        let azure = AzureOpenai.path("https://h/openai", "d", Some("2025-04-01-preview"));
        assert_eq!(azure, "/deployments/d/chat/completions?api-version=2025-04-01-preview");
        let v1 = |version| AzureOpenai.path("https://r.openai.azure.com/openai/v1", "d", version);
        assert_eq!(v1(None), "/chat/completions");
        assert_eq!(v1(Some("preview")), "/chat/completions?api-version=preview");
    }
}
