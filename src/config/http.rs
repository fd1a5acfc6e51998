//! Where and how requests are answered.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use secrecy::SecretString;

use super::ConfigError;

/// Whether this is somebody's own machine or the public's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Shows the mail folder under `/dev/mail`.
    Development,
    /// Shows nothing that is not meant for the public.
    Production,
}

/// The address, the public name and the mode.
#[derive(Clone, Debug, clap::Args)]
pub struct HttpConfig {
    /// The address and port to listen on
    #[arg(long, env = "ANSWERABLE_LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// What people type to get here, as links in mail need it, such as `https://consult.example.org`
    #[arg(long, env = "ANSWERABLE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// `development` or `production`; when not given, production unless both addresses above are of this machine alone
    #[arg(long, env = "ANSWERABLE_MODE", value_enum)]
    pub mode: Option<Mode>,
    /// What a client of `/metrics` has to send as its bearer token; without it metrics are shown in development only
    #[arg(long, env = "ANSWERABLE_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<SecretString>,
    /// The proxies in front of the service, as addresses or networks with commas between them, such as `10.0.0.0/8`: what they say in `X-Forwarded-For` is believed, and nobody else
    #[arg(long, env = "ANSWERABLE_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
}

/// A network, or one address as the network of it alone.
fn network(given: &str) -> Result<IpNet, String> {
    let given = given.trim();
    given
        .parse()
        .or_else(|_| given.parse().map(|address: IpAddr| address.into()))
        .map_err(|_| format!("`{given}` must be an address or a network, such as `10.0.0.0/8`"))
}

impl HttpConfig {
    /// The public address without a slash at its end, given the address that was really bound.
    pub fn public_url(&self, bound: SocketAddr) -> Result<String, ConfigError> {
        let Some(given) = self.public_url.as_deref().map(str::trim).filter(|url| !url.is_empty()) else {
            if self.mode() == Mode::Production {
                return Err(ConfigError(
                    "Links in mail need the address that people use: set ANSWERABLE_PUBLIC_URL, such as `https://consult.example.org`. To try the service out on this machine alone, set ANSWERABLE_MODE=development."
                        .into(),
                ));
            }
            // What listens everywhere is nowhere in particular: on this machine it is found by its own name.
            return Ok(if bound.ip().is_unspecified() {
                format!("http://localhost:{}", bound.port())
            } else {
                format!("http://{bound}")
            });
        };
        let wrong = || {
            ConfigError(format!(
                "ANSWERABLE_PUBLIC_URL is `{given}`; it must look like `https://consult.example.org`."
            ))
        };
        let uri: poem::http::Uri = given.parse().map_err(|_| wrong())?;
        if !matches!(uri.scheme_str(), Some("http" | "https"))
            || uri.host().is_none()
            || uri.query().is_some()
        {
            return Err(wrong());
        }
        Ok(given.trim_end_matches('/').to_owned())
    }

    /// What a client of `/metrics` has to send, where something was set.
    pub fn metrics_token(&self) -> Option<&SecretString> {
        super::given(self.metrics_token.as_ref()).and(self.metrics_token.as_ref())
    }

    /// The mode that was given, or the one that fits the addresses.
    pub fn mode(&self) -> Mode {
        let named = self.public_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        let local_name = named.is_none_or(|url| {
            ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|own| {
                url.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
            })
        });
        self.mode.unwrap_or(if self.listen.ip().is_loopback() && local_name {
            Mode::Development
        } else {
            Mode::Production
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str, public_url: Option<&str>, mode: Option<Mode>) -> HttpConfig {
        HttpConfig {
            listen: listen.parse().unwrap(),
            public_url: public_url.map(str::to_owned),
            mode,
            metrics_token: None,
            trusted_proxies: Vec::new(),
        }
    }

    fn mode_of(listen: &str, public_url: Option<&str>) -> Mode {
        config(listen, public_url, None).mode()
    }

    #[test]
    fn what_the_public_can_reach_is_production() {
        assert_eq!(mode_of("127.0.0.1:8000", None), Mode::Development);
        assert_eq!(mode_of("127.0.0.1:8000", Some("http://localhost:8000/")), Mode::Development);
        assert_eq!(mode_of("127.0.0.1:8000", Some("https://consult.example.org")), Mode::Production);
        assert_eq!(mode_of("127.0.0.1:8000", Some("http://localhost.example.org")), Mode::Production);
        assert_eq!(mode_of("0.0.0.0:8000", None), Mode::Production);
    }

    #[test]
    fn a_public_url_that_is_none_is_refused() {
        let bound = "127.0.0.1:9".parse().unwrap();
        let of = |url: &str| config("127.0.0.1:9", Some(url), None).public_url(bound);
        assert_eq!(of("https://a.example/ ").unwrap(), "https://a.example");
        assert_eq!(of("").unwrap(), "http://127.0.0.1:9");
        let everywhere = config("127.0.0.1:9", None, Some(Mode::Development));
        assert_eq!(everywhere.public_url("0.0.0.0:80".parse().unwrap()).unwrap(), "http://localhost:80");
        let public = HttpConfig { mode: Some(Mode::Production), ..everywhere };
        assert!(public.public_url(bound).unwrap_err().0.contains("ANSWERABLE_PUBLIC_URL"));
        for bad in ["a.example", "ftp://a.example", "https://", "https://a.example/?q=1"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert_eq!(network(" 10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("::1").unwrap().to_string(), "::1/128");
        assert!(network("proxy.example").unwrap_err().contains("10.0.0.0/8"));
    }
}
