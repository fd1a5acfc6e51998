//! The use cases of identity.

mod accounts;
mod api_tokens;
mod invite;
mod outside;
mod people;
mod sessions;
mod sign_in;

pub use accounts::{
    acting_as, add_account, address_of, by_email, ensure_first_administrator, give_role, link_to_mail,
    make_link, renew_link, sign_in_url, viewer_of_token,
};
pub use api_tokens::{CreateApiToken, MAX_DAYS, create_api_token, revoke_api_token};
pub use invite::{INVITATION_LIFETIME, InviteModerator, invite_moderator};
pub use people::{count, disable, enable, grant_role, list, revoke_role};
pub use sessions::{end_others, end_session, refresh, sessions_of, sign_out};
pub use sign_in::{LINK_MINUTES, SignedIn, is_secret, request_link, sign_in};
