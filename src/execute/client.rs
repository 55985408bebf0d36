//! The HTTP client of the process: one TLS stack, no redirects, no proxy to this machine.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{Method, Url, redirect};
use rustls::{ClientConfig, RootCertStore};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Idle connections are closed before common servers (60 s and more) close them under us.
const IDLE: Duration = Duration::from_secs(45);
/// How often an idle or waiting connection is probed.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The client. Cheap to clone; connections are shared.
#[derive(Debug, Clone)]
pub(super) struct Client {
    proxied: reqwest::Client,
    direct: reqwest::Client,
}

impl Client {
    /// A client that trusts the system's certificates, or Mozilla's where the system has none.
    ///
    /// # Errors
    /// TLS cannot be set up, or a proxy of the environment is not a URL.
    pub(super) fn new() -> Result<Self, String> {
        let tls = tls()?;
        let build = |builder: reqwest::ClientBuilder| builder.build().map_err(|error| innermost(&error));
        let proxied = build(settings(tls.clone()))?;
        // This machine by its own address, whatever a name server says.
        let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        let direct = build(settings(tls).no_proxy().resolve_to_addrs("localhost", &here))?;
        Ok(Self { proxied, direct })
    }

    /// A request to `url`, past any proxy when it is on this machine.
    pub(super) fn request(&self, method: Method, url: &Url) -> reqwest::RequestBuilder {
        let client = if is_loopback(url) { &self.direct } else { &self.proxied };
        client.request(method, url.clone())
    }
}

fn settings(tls: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        // A key must not travel to where a server points.
        .redirect(redirect::Policy::none())
        .referer(false)
        // Retries are decided in one place, `retry`.
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_keepalive(KEEPALIVE)
        .http2_keep_alive_interval(KEEPALIVE)
        .user_agent(concat!("corater/", env!("CARGO_PKG_VERSION")))
}

fn tls() -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let address: Result<std::net::IpAddr, _> = host.parse();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The innermost cause: the outer ones repeat URLs.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        let loopback = |url: &str| is_loopback(&url.parse().expect("a URL"));
        for url in
            ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1", "http://127.9.9.9/"]
        {
            assert!(loopback(url), "{url}");
        }
        for url in ["https://api.openai.com/v1", "http://localhost.example.org/", "http://10.0.0.1/"] {
            assert!(!loopback(url), "{url}");
        }
    }

    #[test]
    fn the_client_can_be_built() {
        Client::new().expect("a client");
    }
}
