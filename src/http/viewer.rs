//! Who is asking: the access token in the header `Authorization`, and where the request came from.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use poem::{
    Request,
    http::{HeaderMap, header},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    context::Context,
    error::{Error, Result},
    identity::{Viewer, actions, device, viewer::Origin},
    seal::Keys,
};

/// The viewer of a request: anonymous without a token; `Unauthenticated` with one that is not good, because a client
/// that believes it has signed in must not be answered as if it had not.
pub(super) async fn of(ctx: &Context, proxies: &[IpNet], request: &Request) -> Result<Viewer> {
    let origin = origin_of(ctx, proxies, request);
    let device = request.header(header::USER_AGENT).map(|told| device::describe(told).into());
    let Some(header) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(Viewer::anonymous().coming_from(origin).using(device));
    };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| {
        Error::Unauthenticated("The header Authorization must read `Bearer` and an access token.".into())
    })?;
    Ok(actions::viewer_of_token(ctx, token).await?.coming_from(origin).using(device))
}

/// Where a request comes from.
pub(super) fn origin_of(ctx: &Context, proxies: &[IpNet], request: &Request) -> Option<Origin> {
    address(proxies, request).map(|address| origin(ctx.vault.keys(), address, ctx.clock.now()))
}

/// Who listens for a while, to be asked anew at each event: a token ends, a session is signed out, a role is taken away.
#[derive(Clone)]
pub(super) struct Credentials {
    token: Option<Arc<SecretString>>,
    origin: Option<Origin>,
}

impl Credentials {
    /// What a request came with. What the header `Authorization` holds is given as text, where there is one.
    pub(super) fn new(authorization: Option<&str>, origin: Option<Origin>) -> Result<Self> {
        let token = authorization.map(|text| {
            let wrong = "`authorization` must read `Bearer` and an access token.";
            bearer(text).ok_or_else(|| Error::Unauthenticated(wrong.into()))
        });
        let token = token.transpose()?.map(|token| Arc::new(SecretString::from(token)));
        Ok(Self { token, origin })
    }

    /// The viewer as they are at this moment; `Unauthenticated` once the token is not good any more.
    pub(super) async fn viewer(&self, ctx: &Context) -> Result<Viewer> {
        let viewer = match &self.token {
            Some(token) => actions::viewer_of_token(ctx, token.expose_secret()).await?,
            None => Viewer::anonymous(),
        };
        Ok(viewer.coming_from(self.origin.clone()))
    }

    /// Where they come from.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether there is anything that could come to an end.
    pub(super) fn may_end(&self) -> bool {
        self.token.is_some()
    }
}

/// The header in which proxies write down, one after another, whom they speak for.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address: whoever this connection is with, or whom it speaks for if it is one of the proxies.
fn address(proxies: &[IpNet], request: &Request) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr()?.ip().to_canonical();
    Some(spoken_for(proxies, peer, request.headers()))
}

/// Whom a peer speaks for. Anybody can write the header, so it is read from its end, where the proxy nearest to us has
/// written, and believed as long as one of the proxies says it.
fn spoken_for(proxies: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let said: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut address = peer;
    for entry in said.into_iter().rev() {
        if !proxies.iter().any(|proxy| proxy.contains(&address)) {
            break;
        }
        let Some(before) = entry_address(entry.trim()) else { break };
        address = before;
    }
    address
}

/// An entry of the header: an address, perhaps with brackets, perhaps with a port.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|found| found.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// The origin that stands for an address further inward, for a day: tomorrow the same address has another. Whoever has one
/// IPv6 address has all of its /64.
fn origin(keys: &Keys, address: IpAddr, now: DateTime<Utc>) -> Origin {
    let network = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    };
    Origin(keys.origin_hash(now.date_naive(), &network).into())
}

/// The token of a bearer credential (RFC 6750, section 2.1); the scheme's name in whatever case (RFC 9110, 11.1).
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_origin_tells_networks_apart_for_a_day_and_names_none() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let of = |address: &str| origin(&keys, address.parse().unwrap(), now);
        assert_eq!(of("192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::4"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        let other = Keys::new(&[2; 32]).unwrap();
        assert_ne!(of("192.0.2.1"), origin(&other, "192.0.2.1".parse().unwrap(), now));
        assert_ne!(of("192.0.2.1"), origin(&keys, "192.0.2.1".parse().unwrap(), now + TimeDelta::days(1)));
        assert!(!format!("{:?}", of("192.0.2.1")).contains("192"));
    }

    #[test]
    fn what_only_proxies_say_is_believed() {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "2001:db8::/32"].map(|net| net.parse().unwrap()).to_vec();
        let of = |peer: &str, said: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(FORWARDED_FOR, value.parse().unwrap());
            }
            spoken_for(&proxies, peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(of("192.0.2.9", &["198.51.100.1"]), "192.0.2.9", "it is no proxy of ours");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            of("10.0.0.1", &["203.0.113.7, 198.51.100.1"]),
            "198.51.100.1",
            "the client wrote the first"
        );
        assert_eq!(of("10.0.0.1", &["203.0.113.7, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(
            of("10.0.0.1", &["203.0.113.7", "198.51.100.1"]),
            "198.51.100.1",
            "two headers are one list"
        );
        assert_eq!(of("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(of("2001:db8::1", &["[2001:DB9::5]:80"]), "2001:db9::5");
        assert_eq!(of("10.0.0.1", &["[2001:db9::5]"]), "2001:db9::5");
        assert_eq!(of("10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1", "nobody knows who is behind it");
    }
}
