//! Where and how requests are answered.

use std::net::SocketAddr;

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

    fn mode_of(listen: &str, public_url: Option<&str>) -> Mode {
        HttpConfig {
            listen: listen.parse().unwrap(),
            public_url: public_url.map(str::to_owned),
            mode: None,
            metrics_token: None,
        }
        .mode()
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
        let of = |url: &str| {
            HttpConfig { listen: bound, public_url: Some(url.into()), mode: None, metrics_token: None }
                .public_url(bound)
        };
        assert_eq!(of("https://a.example/ ").unwrap(), "https://a.example");
        assert_eq!(of("").unwrap(), "http://127.0.0.1:9");
        let everywhere = HttpConfig {
            listen: bound,
            public_url: None,
            mode: Some(Mode::Development),
            metrics_token: None,
        };
        assert_eq!(everywhere.public_url("0.0.0.0:80".parse().unwrap()).unwrap(), "http://localhost:80");
        let public = HttpConfig { mode: Some(Mode::Production), ..everywhere };
        assert!(public.public_url(bound).unwrap_err().0.contains("ANSWERABLE_PUBLIC_URL"));
        for bad in ["a.example", "ftp://a.example", "https://", "https://a.example/?q=1"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
