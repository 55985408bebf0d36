//! Owns which proxy of the environment a request would pass: the same variables and exceptions that the HTTP client reads,
//! so that a proxy in use can be named before text passes it.

use std::net::IpAddr;

use super::environment::Environment;

/// A proxy that requests to an address would pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// Its address, without any user name or password.
    pub address: String,
}

impl Environment {
    /// The proxy that a request to `base_url` would pass; none on this machine, and where `NO_PROXY` says so.
    pub fn proxy_for(&self, base_url: &str) -> Option<Proxy> {
        let (scheme, rest) = base_url.split_once("://")?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = host_of(authority);
        if is_loopback(host) || self.exempts(host) {
            return None;
        }
        let variables: [&'static str; 4] = match scheme {
            "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let set = |variable: &&'static str| Some((*variable, self.get(variable)?));
        let (variable, address) = variables.iter().find_map(set)?;
        Some(Proxy { variable, address: without_credentials(address) })
    }

    fn exempts(&self, host: &str) -> bool {
        let list = self.get("NO_PROXY").or_else(|| self.get("no_proxy")).unwrap_or_default();
        list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| covers(entry, host))
    }
}

fn host_of(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    };
    host.trim_start_matches('[').trim_end_matches(']')
}

fn is_loopback(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.parse();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// One entry of `NO_PROXY`: everything, a domain with all below it, an address, or a block of addresses.
fn covers(entry: &str, host: &str) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(host) = host.parse::<IpAddr>() {
        return match entry.split_once('/') {
            Some((block, length)) => in_block(host, block, length),
            None => entry.parse() == Ok(host),
        };
    }
    let domain = entry.trim_start_matches('.').to_ascii_lowercase();
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

fn in_block(host: IpAddr, block: &str, length: &str) -> bool {
    let (Ok(block), Ok(length)) = (block.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    let (host, block, width) = match (host, block) {
        (IpAddr::V4(host), IpAddr::V4(block)) => {
            (u128::from(host.to_bits()), u128::from(block.to_bits()), 32)
        }
        (IpAddr::V6(host), IpAddr::V6(block)) => (host.to_bits(), block.to_bits(), 128),
        _ => return false,
    };
    length <= width && (host ^ block).checked_shr(width - length).unwrap_or(0) == 0
}

fn without_credentials(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
    format!("{scheme}{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], url: &str) -> Option<(&'static str, String)> {
        let environment: Environment = variables.iter().copied().collect();
        environment.proxy_for(url).map(|proxy| (proxy.variable, proxy.address))
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let set = [("HTTPS_PROXY", "http://me:hunter2@proxy.lab:3128/x"), ("ALL_PROXY", "socks5://s:1080")];
        let https = proxy(&set, "https://api.openai.com/v1");
        assert_eq!(https, Some(("HTTPS_PROXY", "http://proxy.lab:3128".into())));
        assert_eq!(proxy(&set, "http://gpu.lab:8000/v1"), Some(("ALL_PROXY", "socks5://s:1080".into())));
        assert_eq!(proxy(&[("https_proxy", "u:p@h:1")], "https://x"), Some(("https_proxy", "h:1".into())));
        assert_eq!(proxy(&[], "https://api.openai.com/v1"), None);
    }

    #[test]
    fn this_machine_and_the_exceptions_use_none() {
        let with = |exceptions| [("HTTP_PROXY", "http://p:1"), ("NO_PROXY", exceptions)];
        for url in ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1"] {
            assert_eq!(proxy(&with(""), url), None, "{url}");
        }
        let cases = [
            ("*", "http://gpu.lab:8000/v1", true),
            (".lab, other", "http://gpu.lab:8000/v1", true),
            ("lab", "http://collab/v1", false),
            ("10.0.0.0/8", "http://10.2.3.4:8000/v1", true),
            ("10.0.0.0/8", "http://11.2.3.4:8000/v1", false),
            ("0.0.0.0/0", "http://11.2.3.4/v1", true),
            ("10.2.3.4", "http://10.2.3.4/v1", true),
            ("fd00::/8", "http://[fd12::1]:8000/v1", true),
            ("10.0.0.0/99", "http://10.2.3.4/v1", false),
        ];
        for (exceptions, url, is_exempt) in cases {
            assert_eq!(proxy(&with(exceptions), url).is_none(), is_exempt, "{exceptions} {url}");
        }
    }
}
