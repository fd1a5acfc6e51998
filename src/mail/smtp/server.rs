//! Which mail server `SMTP_URL` names, and how it is to be reached.

use std::{fmt, net::IpAddr, path::Path};

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
};

use crate::config::ConfigError;

/// How the connection is protected.
#[derive(Clone)]
pub(super) enum Security {
    /// Never: for a server on the same machine or network.
    None,
    /// By STARTTLS where the server offers it.
    Opportunistic(TlsParameters),
    /// By STARTTLS, or nothing is sent.
    Required(TlsParameters),
    /// TLS from the first octet.
    Implicit(TlsParameters),
}

/// A mail server and what is needed to speak to it.
#[derive(Clone)]
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<Credentials>,
}

/// For the log at the start: the address and the protection, without the credentials.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let security = match self.security {
            Security::None => "without TLS",
            Security::Opportunistic(_) => "with STARTTLS where offered",
            Security::Required(_) => "with STARTTLS",
            Security::Implicit(_) => "with TLS",
        };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{host}:{} {security}", self.port)
    }
}

impl Server {
    /// Reads an address of one of these forms. User and password are percent-encoded.
    ///
    /// - `smtps://user:password@host:465`: TLS from the start.
    /// - `smtp://user:password@host:587`: STARTTLS, required, because a password is not sent where it could be read.
    /// - `smtp://host:25`: STARTTLS where the server offers it. Without a CA file the certificate is then not looked
    ///   at: whoever could forge it could as well hide the offer, and an unknown certificate is no reason to fall
    ///   back to plain text (RFC 7435).
    /// - `?tls=required`, `?tls=opportunistic` and `?tls=none` say so outright.
    ///
    /// Wherever TLS is required, the certificate must be good for `host` and come from a public authority or one of
    /// `ca_file`. The port is 465 for `smtps`, else 587 with a password and 25 without, when not given.
    pub fn parse(url: &str, ca_file: Option<&Path>) -> Result<Self, ConfigError> {
        let (implicit, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("smtps") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("smtp") => (false, rest),
            _ => return Err(wrong("begins with neither `smtp://` nor `smtps://`")),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '#']) {
            return Err(wrong("has a `/` or `#` in it (in a password they are written `%2F` and `%23`)"));
        }
        let (user, address) = match rest.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, rest),
        };
        let credentials = user.map(credentials).transpose()?;
        let (host, port) = host_and_port(address)?;
        let port = port.unwrap_or(if implicit {
            465
        } else if credentials.is_some() {
            587
        } else {
            25
        });

        let asked = match query.split_once('=') {
            None if query.is_empty() => None,
            Some(("tls", how @ ("required" | "opportunistic" | "none"))) if !implicit => Some(how),
            _ if implicit => return Err(wrong("has settings after `?`, of which `smtps://` knows none")),
            _ => {
                return Err(wrong("knows after `?` only `tls=required`, `tls=opportunistic` and `tls=none`"));
            }
        };
        let how = asked.unwrap_or(if credentials.is_some() && !is_loopback(&host) {
            "required"
        } else {
            "opportunistic"
        });
        if how == "opportunistic" && credentials.is_some() && !is_loopback(&host) {
            return Err(wrong(
                "would send a password unprotected where TLS is not offered; write `?tls=required`",
            ));
        }
        let security = match (implicit, how) {
            (true, _) => Security::Implicit(trust(&host, ca_file, false)?),
            (_, "required") => Security::Required(trust(&host, ca_file, false)?),
            (_, "none") => Security::None,
            _ => Security::Opportunistic(trust(&host, ca_file, ca_file.is_none())?),
        };
        Ok(Self { host, port, security, credentials })
    }
}

fn credentials(user: &str) -> Result<Credentials, ConfigError> {
    let (name, password) = user.split_once(':').ok_or_else(|| wrong("has a user but no password"))?;
    match (percent_decoded(name), percent_decoded(password)) {
        (Some(name), Some(password)) if !name.is_empty() && !password.is_empty() => {
            Ok(Credentials::new(name, password))
        }
        _ => Err(wrong(
            "has a user or password that is empty or not percent-encoded UTF-8 (`%` itself is written `%25`)",
        )),
    }
}

fn host_and_port(address: &str) -> Result<(String, Option<u16>), ConfigError> {
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((literal, "")) => (literal, None),
        Some((literal, port)) => (literal, port.strip_prefix(':').or(Some("wrong"))),
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    let known = host.parse::<IpAddr>().is_ok()
        || (!host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)));
    if !known {
        return Err(wrong("names no host"));
    }
    let port = port.map(str::parse).transpose().ok().filter(|port| *port != Some(0));
    Ok((host.to_owned(), port.ok_or_else(|| wrong("has a port that is not a number from 1 to 65535"))?))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn trust(host: &str, ca_file: Option<&Path>, anybody: bool) -> Result<TlsParameters, ConfigError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let unusable = |why: &str| {
            ConfigError(format!(
                "SMTP_CA_FILE `{}` {why}; it must be a PEM file of certificate authorities.",
                path.display()
            ))
        };
        let pem = std::fs::read(path).map_err(|error| unusable(&format!("could not be read ({error})")))?;
        if !pem.windows(CERTIFICATE.len()).any(|window| window == CERTIFICATE) {
            return Err(unusable("holds no certificate"));
        }
        let authorities = Certificate::from_pem(&pem).map_err(|_| unusable("is not well-formed"))?;
        parameters = parameters.add_root_certificate(authorities);
    }
    parameters
        .dangerous_accept_invalid_certs(anybody)
        .dangerous_accept_invalid_hostnames(anybody)
        .build()
        .map_err(|_| {
            ConfigError(
                "SMTP_CA_FILE holds a certificate that cannot be used; give one of an authority.".into(),
            )
        })
}

/// How a certificate begins in a PEM file.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let (high, low) =
                    (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok().filter(|text| !text.contains(['\0', '\r', '\n']))
}

/// What is wrong with `SMTP_URL`. The address is never repeated, because it may hold a password.
fn wrong(what: &str) -> ConfigError {
    ConfigError(format!(
        "SMTP_URL {what}. Write it as `smtp://host:port` or `smtps://user:password@host:port`, with special characters of the user and password percent-encoded."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_says_how_the_server_is_reached() {
        for (url, shown) in [
            ("smtp://mail.example.org", "mail.example.org:25 with STARTTLS where offered"),
            ("smtp://localhost:1025/", "localhost:1025 with STARTTLS where offered"),
            ("smtp://a:b@mail.example.org", "mail.example.org:587 with STARTTLS"),
            ("smtp://a:b@mail.example.org?tls=none", "mail.example.org:587 without TLS"),
            ("smtp://a:b@[::1]:2525", "[::1]:2525 with STARTTLS where offered"),
            ("smtp://mail.example.org:2525?tls=required", "mail.example.org:2525 with STARTTLS"),
            ("smtp://mail.example.org?tls=none", "mail.example.org:25 without TLS"),
            ("SMTPS://mail.example.org", "mail.example.org:465 with TLS"),
            ("smtps://a%40b:p%3A%2f@mail.example.org:466", "mail.example.org:466 with TLS"),
        ] {
            let server = Server::parse(url, None).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(server.to_string(), shown, "{url}");
        }
        let server = Server::parse("smtps://a%40b:p%3A%2f%25@mail.example.org", None).unwrap();
        assert_eq!(server.credentials, Some(Credentials::new("a@b".into(), "p:/%".into())));
    }

    #[test]
    fn a_wrong_address_is_refused_without_its_password() {
        for url in [
            "mail.example.org",
            "http://sesame@mail.example.org",
            "smtp://",
            "smtp://user@mail.example.org",
            "smtp://user:@mail.example.org",
            "smtp://user:sesame@",
            "smtp://user:ses/ame@mail.example.org",
            "smtp://user:sesame#@mail.example.org",
            "smtp://user:sesame%@mail.example.org",
            "smtp://user:sesame%ff@mail.example.org",
            "smtp://user:sesame%0d%0a@mail.example.org",
            "smtp://user:sesame@mail.example.org:0",
            "smtp://user:sesame@mail.example.org:99999",
            "smtp://user:sesame@mail example.org",
            "smtp://user:sesame@mail.example.org?tls=maybe",
            "smtp://user:sesame@mail.example.org?tls=opportunistic",
            "smtps://user:sesame@mail.example.org?tls=none",
            "smtp://user:sesame@mail.example.org/path",
        ] {
            let Err(ConfigError(text)) = Server::parse(url, None) else { panic!("{url} was taken") };
            assert!(
                text.starts_with("SMTP_URL ") && !text.contains("sesame") && !text.contains('\n'),
                "{text}"
            );
        }
    }

    #[test]
    fn a_ca_file_that_is_none_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        let refused = |file: &Path| match Server::parse("smtps://mail.example.org", Some(file)) {
            Err(ConfigError(text)) => text,
            Ok(_) => panic!("taken"),
        };
        assert!(refused(&file).contains("could not be read"));
        std::fs::write(&file, "nothing").unwrap();
        assert!(refused(&file).contains("holds no certificate"));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(refused(&file).starts_with("SMTP_CA_FILE "));
    }
}
