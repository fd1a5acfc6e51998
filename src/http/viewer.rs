//! Who is asking: the access token in the header `Authorization`, and where the request came from.

use std::net::IpAddr;

use poem::{Request, http::header};

use crate::{
    context::Context,
    error::{Error, Result},
    identity::{Viewer, actions, device, viewer::Origin},
    seal::Keys,
};

/// The viewer of a request: anonymous without a token; `Unauthenticated` with one that is not good, because a client
/// that believes it has signed in must not be answered as if it had not.
pub(super) async fn of(ctx: &Context, request: &Request) -> Result<Viewer> {
    let origin = address(request).map(|address| origin(ctx.vault.keys(), address));
    let device = request.header(header::USER_AGENT).map(|told| device::describe(told).into());
    let Some(header) = request.headers().get(header::AUTHORIZATION) else {
        return Ok(Viewer::anonymous().coming_from(origin).using(device));
    };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| {
        Error::Unauthenticated("The header Authorization must read `Bearer` and an access token.".into())
    })?;
    Ok(actions::viewer_of_token(ctx, token).await?.coming_from(origin).using(device))
}

/// The client's address: whoever this connection is with. What headers such as `X-Forwarded-For` say anybody can write; a
/// setting that names the proxies to be believed would be asked here.
fn address(request: &Request) -> Option<IpAddr> {
    request.remote_addr().as_socket_addr().map(|address| address.ip().to_canonical())
}

/// The origin that stands for an address further inward. Whoever has one IPv6 address has all of its /64.
fn origin(keys: &Keys, address: IpAddr) -> Origin {
    let network = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    };
    Origin(keys.lookup_hash(b"origin", &network).into())
}

/// The token of a bearer credential (RFC 6750, section 2.1); the scheme's name in whatever case (RFC 9110, 11.1).
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_tells_networks_apart_and_names_none() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let of = |address: &str| origin(&keys, address.parse().unwrap());
        assert_eq!(of("192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::4"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_ne!(of("192.0.2.1"), origin(&Keys::new(&[2; 32]).unwrap(), "192.0.2.1".parse().unwrap()));
        assert!(!format!("{:?}", Viewer::anonymous().coming_from(Some(of("192.0.2.1")))).contains("192"));
    }
}
