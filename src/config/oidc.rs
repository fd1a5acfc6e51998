//! An outside identity provider whose tokens are believed.

use std::str::FromStr;

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;

use super::ConfigError;

/// The roles that claims can give.
const ROLES: [&str; 4] = ["ADMINISTRATOR", "EDITOR", "MODERATOR", "PARTICIPANT"];

/// Whose tokens are believed, and what they give.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct OidcConfig {
    /// The identity provider whose tokens are believed beside ours, exactly as it calls itself, such as `https://id.example.org`
    #[arg(long, env = "ANSWERABLE_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// What the provider's tokens have to name as their audience: the identifier of this service there
    #[arg(long, env = "ANSWERABLE_OIDC_AUDIENCE")]
    pub oidc_audience: Option<String>,
    /// The algorithms that the provider signs with
    #[arg(long, env = "ANSWERABLE_OIDC_ALGORITHMS", default_value = "RS256,PS256,ES256,EdDSA")]
    pub oidc_algorithms: String,
    /// The claim that says what somebody may do: a text, or a list of them
    #[arg(long, env = "ANSWERABLE_OIDC_ROLE_CLAIM", default_value = "roles")]
    pub oidc_role_claim: String,
    /// Which value of that claim gives which role, such as `consult-desk=MODERATOR,consult-admin=ADMINISTRATOR`
    #[arg(long, env = "ANSWERABLE_OIDC_ROLES")]
    pub oidc_roles: Option<String>,
    /// For how many hours the provider's claims give roles after somebody last came with a token of it: also in sessions that began otherwise, for API tokens, and for mail to moderators
    #[arg(long, env = "ANSWERABLE_OIDC_ROLE_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=8760))]
    pub oidc_role_hours: u16,
}

/// A provider as configured, checked.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// What it calls itself.
    pub issuer: String,
    /// Whom its tokens have to be for.
    pub audience: String,
    /// What it signs with; none of these is symmetric.
    pub algorithms: Vec<Algorithm>,
    /// The claim that gives roles.
    pub role_claim: String,
    /// Its values, each with a role.
    pub roles: Vec<(String, &'static str)>,
    /// How long the roles are held after it last gave them.
    pub role_period: TimeDelta,
}

impl OidcConfig {
    /// The provider, where one is set.
    pub fn settings(&self) -> Result<Option<OidcSettings>, ConfigError> {
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (issuer, audience) = match (given(&self.oidc_issuer), given(&self.oidc_audience)) {
            (Some(issuer), Some(audience)) => (issuer, audience),
            (None, None) => return Ok(None),
            (Some(_), None) => {
                return Err(ConfigError(
                    "ANSWERABLE_OIDC_ISSUER is set without ANSWERABLE_OIDC_AUDIENCE: tokens that the provider made for others would be believed. Set it to the identifier of this service there."
                        .into(),
                ));
            }
            (None, Some(_)) => {
                return Err(ConfigError(
                    "ANSWERABLE_OIDC_AUDIENCE is set without ANSWERABLE_OIDC_ISSUER. Set both or neither."
                        .into(),
                ));
            }
        };
        if !is_safe(&issuer) {
            return Err(ConfigError(format!(
                "ANSWERABLE_OIDC_ISSUER is `{issuer}`; it must be an https address without query, such as `https://id.example.org`."
            )));
        }
        Ok(Some(OidcSettings {
            issuer,
            audience,
            algorithms: algorithms(&self.oidc_algorithms)?,
            role_claim: self.oidc_role_claim.trim().to_owned(),
            roles: roles(self.oidc_roles.as_deref().unwrap_or_default())?,
            role_period: TimeDelta::hours(self.oidc_role_hours.into()),
        }))
    }
}

/// Whether nobody on the way can change what is read there: TLS, or this very machine.
pub fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<poem::http::Uri>() else { return false };
    let is_loopback = uri.host().is_some_and(|host| ["127.0.0.1", "localhost", "[::1]"].contains(&host));
    let is_private = uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && is_loopback);
    is_private && uri.host().is_some() && uri.query().is_none() && !url.contains(['@', '#'])
}

fn algorithms(given: &str) -> Result<Vec<Algorithm>, ConfigError> {
    let listed = given.split(',').map(str::trim).filter(|name| !name.is_empty()).map(|name| {
        let known = Algorithm::from_str(name).ok();
        // Whoever could verify with a shared secret could sign with it; a public key must never be taken for one.
        known.filter(|_| !name.starts_with("HS")).ok_or_else(|| {
            ConfigError(format!(
                "ANSWERABLE_OIDC_ALGORITHMS: `{name}` cannot be used. Choose among RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA."
            ))
        })
    });
    let listed: Vec<_> = listed.collect::<Result<_, _>>()?;
    if listed.is_empty() {
        return Err(ConfigError("ANSWERABLE_OIDC_ALGORITHMS names no algorithm.".into()));
    }
    Ok(listed)
}

fn roles(given: &str) -> Result<Vec<(String, &'static str)>, ConfigError> {
    let pairs = given.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (value, role) = pair.rsplit_once('=').unwrap_or((pair, ""));
            let known = ROLES.into_iter().find(|known| known.eq_ignore_ascii_case(role.trim()));
            match known {
                Some(role) if !value.trim().is_empty() => Ok((value.trim().to_owned(), role)),
                _ => Err(ConfigError(format!(
                    "ANSWERABLE_OIDC_ROLES: `{pair}` does not read `value=ROLE` with ADMINISTRATOR, EDITOR, MODERATOR or PARTICIPANT as the role."
                ))),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(issuer: &str, audience: Option<&str>, algorithms: &str, roles: &str) -> OidcConfig {
        OidcConfig {
            oidc_issuer: Some(issuer.into()),
            oidc_audience: audience.map(str::to_owned),
            oidc_algorithms: algorithms.into(),
            oidc_role_claim: "roles".into(),
            oidc_roles: Some(roles.into()),
            oidc_role_hours: 24,
        }
    }

    #[test]
    fn a_provider_is_taken_only_as_a_whole() {
        let good =
            with("https://id.example.org", Some("answerable"), "RS256, EdDSA", "desk = moderator,a=b=EDITOR");
        let settings = good.settings().unwrap().unwrap();
        assert_eq!(settings.algorithms, [Algorithm::RS256, Algorithm::EdDSA]);
        assert_eq!(settings.roles, [("desk".to_owned(), "MODERATOR"), ("a=b".to_owned(), "EDITOR")]);
        assert!(OidcConfig::default().settings().unwrap().is_none());
        assert!(with("https://id.example.org", None, "RS256", "").settings().is_err());
        for issuer in ["http://id.example.org", "id.example.org", "https://a@b", "https://a/?q=1", "ftp://a"]
        {
            assert!(with(issuer, Some("a"), "RS256", "").settings().is_err(), "{issuer}");
        }
        assert!(with("http://127.0.0.1:9/x", Some("a"), "RS256", "").settings().is_ok());
    }

    #[test]
    fn what_is_symmetric_or_unknown_is_no_algorithm() {
        for algorithms in ["HS256", "RS256,HS512", "none", "", "RS256,ROT13"] {
            let refused = with("https://id.example.org", Some("a"), algorithms, "").settings().unwrap_err();
            assert!(refused.0.contains("ANSWERABLE_OIDC_ALGORITHMS"), "{algorithms}");
        }
        for roles in ["desk", "desk=BOSS", "=MODERATOR"] {
            let refused = with("https://id.example.org", Some("a"), "RS256", roles).settings().unwrap_err();
            assert!(refused.0.contains("ANSWERABLE_OIDC_ROLES"), "{roles}");
        }
    }
}
