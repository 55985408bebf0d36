//! Owns one exchange with a server: bytes out, a whole response back, or why not.

use std::time::Duration;

use reqwest::{
    Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    client::{Client, innermost},
    clock::Clock,
};
use crate::{
    chat::{Failure, FailureKind},
    provider::{RateHint, Response, failure::retry_after},
};

/// Largest body read, decompressed: a reply with log-probabilities is a few megabytes at most.
const LARGEST_BODY: usize = 32 * 1024 * 1024;
/// Longest silence in the middle of a body.
const LONGEST_SILENCE: Duration = Duration::from_mins(2);
/// Shorter keys are placeholders (`none`, `local`) that may be words of a reply.
const SHORTEST_KEY: usize = 8;
/// Stands where a server repeated the key.
const HIDDEN_KEY: &[u8] = b"[key]";

/// Where requests go, and how.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) client: Client,
    pub(super) url: Url,
    pub(super) key: Option<SecretString>,
    pub(super) timeout: Duration,
    pub(super) clock: Clock,
}

/// A whole response, and what its headers say of the server's limits.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) response: Response,
    pub(super) hint: RateHint,
}

impl Transport {
    /// Sends one body and reads the response to its end. A key that the server repeats is taken out.
    ///
    /// # Errors
    /// No whole response came.
    pub(super) async fn send(&self, body: Vec<u8>) -> Result<Arrived, Failure> {
        let mut request = self
            .client
            .post(&self.url)
            .timeout(self.timeout)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, bearer(key)?);
        }
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        let status = response.status().as_u16();
        let retry_after = self.asked_wait(response.headers());
        let hint = self.hint(response.headers());
        let body = self.read(response).await.map_err(|failure| {
            let retry_after_ms = retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            Failure { status: Some(status), retry_after_ms, ..failure }
        })?;
        let response = Response { status, retry_after, body: self.without_key(body) };
        Ok(Arrived { response, hint })
    }

    fn hint(&self, headers: &HeaderMap) -> RateHint {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        RateHint::read(header, self.clock.now())
    }

    fn asked_wait(&self, headers: &HeaderMap) -> Option<Duration> {
        let text =
            |value: Option<&HeaderValue>| value.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let milliseconds = text(headers.get("retry-after-ms"));
        let header = text(headers.get(RETRY_AFTER));
        retry_after(milliseconds.as_deref(), header.as_deref(), self.clock.now())
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let chunk = tokio::time::timeout(LONGEST_SILENCE, response.chunk()).await;
            let Ok(chunk) = chunk else {
                return Err(Failure::new(FailureKind::Transient, "the server fell silent within its reply"));
            };
            let Some(chunk) = chunk.map_err(|error| self.broken(&error, body.len()))? else {
                return Ok(body);
            };
            if body.len() + chunk.len() > LARGEST_BODY {
                let message = format!("the reply is larger than {} MiB", LARGEST_BODY / 1024 / 1024);
                return Err(Failure::new(FailureKind::Malformed, message));
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// No response: nothing came, or not in time.
    fn lost(&self, error: &reqwest::Error) -> Failure {
        let host = self.url.host_str().unwrap_or("the server");
        let message = if error.is_connect() {
            format!("cannot connect to {host}: {}", innermost(error))
        } else if error.is_timeout() {
            self.too_late()
        } else {
            format!("connection to {host} lost before a reply: {}", innermost(error))
        };
        let kind = if error.is_builder() { FailureKind::Permanent } else { FailureKind::Transient };
        Failure::new(kind, message)
    }

    /// A response that began and did not end.
    fn broken(&self, error: &reqwest::Error, so_far: usize) -> Failure {
        if error.is_timeout() {
            return Failure::new(FailureKind::Transient, self.too_late());
        }
        let message = format!("the reply was cut off or damaged after {so_far} bytes: {}", innermost(error));
        Failure::new(FailureKind::Malformed, message)
    }

    fn too_late(&self) -> String {
        format!("no whole reply within {} s", self.timeout.as_secs())
    }

    fn without_key(&self, body: Vec<u8>) -> Vec<u8> {
        match self.key.as_ref().map(|key| key.expose_secret().as_bytes()) {
            Some(key) if key.len() >= SHORTEST_KEY => replace(&body, key, HIDDEN_KEY).unwrap_or(body),
            _ => body,
        }
    }
}

fn bearer(key: &SecretString) -> Result<HeaderValue, Failure> {
    let header = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret().trim()));
    let mut header = header.map_err(|_| {
        Failure::new(FailureKind::Permanent, "the key has characters that no HTTP header can carry")
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// `text` with every `from` replaced; none when there is none.
fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let find = |rest: &[u8]| rest.windows(from.len()).position(|window| window == from);
    let mut at = find(text)?;
    let mut rest = text;
    let mut replaced = Vec::with_capacity(text.len());
    loop {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(to);
        rest = &rest[at + from.len()..];
        match find(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    replaced.extend_from_slice(rest);
    Some(replaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_copy_of_a_key_is_replaced() {
        let replaced = replace(b"a sk-1 b sk-1", b"sk-1", b"[key]").expect("it was there");
        assert_eq!(replaced, b"a [key] b [key]");
        assert_eq!(replace(b"none here", b"sk-1", b"[key]"), None);
    }
}
