//! One exchange with a server: bytes out, and a whole response back or the reason why there is none.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{
    Method, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};

use super::{
    api_key::ApiKey,
    client::{Client, innermost},
    clock::Clock,
};
use crate::{
    chat::{Failure, FailureKind},
    provider::{Dialect, RateHint, Response, failure::retry_after},
};

/// Largest body read, decompressed: a reply with log-probabilities is a few megabytes at most.
const LARGEST_BODY: usize = 32 * 1024 * 1024;
/// Longest silence in the middle of a body.
const LONGEST_SILENCE: Duration = Duration::from_mins(2);

/// Where requests go, and how.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) client: Client,
    pub(super) dialect: Dialect,
    pub(super) key: Option<ApiKey>,
    /// Headers of the endpoint's own.
    pub(super) extra_headers: BTreeMap<String, String>,
    pub(super) timeout: Duration,
    pub(super) clock: Clock,
}

/// What is carried, and how much may come back.
#[derive(Debug)]
pub(super) struct RequestBody {
    pub(super) method: Method,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// Most bytes of the response's body.
    pub(super) most: usize,
}

/// A whole response, and what its headers say of the server's limits.
#[derive(Debug)]
pub(super) struct ServerResponse {
    pub(super) response: Response,
    pub(super) hint: RateHint,
}

impl Transport {
    /// Sends one body to `url` and reads the response to its end. A key that the server repeats is taken out.
    ///
    /// # Errors
    /// No whole response came.
    pub(super) async fn send(&self, url: &Url, body: Vec<u8>) -> Result<ServerResponse, Failure> {
        let load =
            RequestBody { method: Method::POST, content_type: "application/json", body, most: LARGEST_BODY };
        let (response, headers) = self.carry(url, load).await?;
        Ok(ServerResponse { hint: self.hint(&headers), response })
    }

    /// Carries any load; the response with its headers.
    ///
    /// # Errors
    /// No whole response came.
    pub(super) async fn carry(&self, url: &Url, load: RequestBody) -> Result<(Response, HeaderMap), Failure> {
        let RequestBody { method, content_type, body, most } = load;
        let mut request = self
            .client
            .request(method, url)
            .timeout(self.timeout)
            .header(CONTENT_TYPE, content_type)
            .header(ACCEPT, "application/json")
            .body(body);
        for (name, value) in self.dialect.headers() {
            request = request.header(*name, *value);
        }
        for (name, value) in &self.extra_headers {
            request = request.header(name, value);
        }
        if let Some(key) = &self.key {
            let (name, value) = key.header(self.dialect.key_header())?;
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(|error| self.lost(url, &error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let retry_after = self.asked_wait(&headers);
        let body = self.read(response, most).await.map_err(|failure| {
            let retry_after_ms = retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
            Failure { status: Some(status), retry_after_ms, ..failure }
        })?;
        let body = match &self.key {
            Some(key) => key.masked_in(body),
            None => body,
        };
        Ok((Response { status, retry_after, body }, headers))
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

    async fn read(&self, mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Failure> {
        let announced = response.content_length().unwrap_or(0);
        if announced > most as u64 {
            return Err(too_large(most));
        }
        let mut body = Vec::new();
        loop {
            let chunk = tokio::time::timeout(LONGEST_SILENCE, response.chunk()).await;
            let Ok(chunk) = chunk else {
                return Err(Failure::new(FailureKind::Transient, "the server fell silent within its reply"));
            };
            let Some(chunk) = chunk.map_err(|error| self.broken(&error, body.len()))? else {
                return Ok(body);
            };
            if body.len() + chunk.len() > most {
                return Err(too_large(most));
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// No response: nothing came, or not in time.
    fn lost(&self, url: &Url, error: &reqwest::Error) -> Failure {
        let host = url.host_str().unwrap_or("the server");
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
}

fn too_large(most: usize) -> Failure {
    let message = format!("the reply is larger than {} MiB", most / 1024 / 1024);
    Failure::new(FailureKind::Malformed, message)
}
