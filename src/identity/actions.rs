//! The use cases of identity.

mod accounts;
mod invite;
mod sign_in;

pub use accounts::{
    acting_as, add_account, address_of, by_email, ensure_first_administrator, give_role, make_link,
    renew_link, sign_in_url, viewer_of_token,
};
pub use invite::{INVITATION_LIFETIME, InviteModerator, invite_moderator};
pub use sign_in::{LINK_MINUTES, SignedIn, refresh, request_link, sign_in, sign_out};
