//! Who is asking: the access token in the header `Authorization`.

use poem::{Request, http::header};

use crate::{
    context::Context,
    error::{Error, Result},
    identity::{Viewer, actions},
};

/// The viewer of a request: anonymous without a token; `Unauthenticated` with one that is not good, because a client
/// that believes it has signed in must not be answered as if it had not.
pub(super) async fn of(ctx: &Context, request: &Request) -> Result<Viewer> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else { return Ok(Viewer::anonymous()) };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| {
        Error::Unauthenticated("The header Authorization must read `Bearer` and an access token.".into())
    })?;
    actions::viewer_of_token(ctx, token).await
}

/// The token of a bearer credential (RFC 6750, section 2.1); the scheme's name in whatever case (RFC 9110, 11.1).
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}
