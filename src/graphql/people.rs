//! What administrators do about people, in the API: invite them, list them, give and take roles, disable them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    batching::in_round,
    errors::{Result, UserError, outcome},
    identity::Account,
    loaders,
    paging::{PageArgs, Total, TotalCount, connection},
};
use crate::{
    documents,
    error::{self, Error, UserErrorCode},
    identity::{
        Role, Viewer,
        actions::{self, InviteModerator},
        model::Grant,
    },
    ids::{AccountId, DocumentId},
};

/// Inviting somebody to moderate.
#[derive(InputObject)]
struct InviteModeratorInput {
    /// Their address; the invitation goes there.
    email: String,
    /// What others see them called.
    display_name: String,
    /// The documents they are to moderate.
    document_ids: Vec<ID>,
}

/// What an invitation did.
#[derive(SimpleObject)]
struct InviteModeratorPayload {
    /// The account that was invited.
    account: Option<Account>,
    /// What has to be put right; then nobody was invited.
    errors: Vec<UserError>,
}

/// A role and whose it is.
#[derive(InputObject)]
struct RoleInput {
    /// Whose.
    account_id: ID,
    /// What they may do.
    role: Role,
    /// For which document; for the whole installation where none is named.
    document_id: Option<ID>,
}

/// What giving a role did.
#[derive(SimpleObject)]
struct GrantRolePayload {
    /// The account, with its roles as they are now.
    account: Option<Account>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// What taking a role did.
#[derive(SimpleObject)]
struct RevokeRolePayload {
    /// The account, with its roles as they are now.
    account: Option<Account>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// Naming an account.
#[derive(InputObject)]
struct AccountInput {
    /// Which.
    id: ID,
}

/// What disabling an account did.
#[derive(SimpleObject)]
struct DisableAccountPayload {
    /// The account.
    account: Option<Account>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// What enabling an account did.
#[derive(SimpleObject)]
struct EnableAccountPayload {
    /// The account.
    account: Option<Account>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// The accounts, for administrators.
#[derive(Default)]
pub(super) struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// The accounts there are, in the order they were made. For administrators.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with this role, wherever they have it.")] role: Option<Role>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, Account, TotalCount>>> {
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        viewer.require_administrator()?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let window = PageArgs { first, after, last, before }.window::<AccountId>("accounts")?;
        let page = in_round(ctx, async move { actions::list(&app, &viewer, role, window).await }).await?;
        Ok(Some(connection("accounts", page, |account| account.id, Account, Total::Accounts(role))))
    }
}

/// What administrators do about people.
#[derive(Default)]
pub(super) struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Invites somebody to moderate documents: makes their account if need be, and mails them a link. For administrators.
    async fn invite_moderator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to moderate what.")] input: InviteModeratorInput,
    ) -> Result<Option<InviteModeratorPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_administrator()?;
        let documents: Vec<DocumentId> =
            input.document_ids.iter().map(|given| given.parse()).collect::<error::Result<_>>()?;
        let known = documents::actions::existing(&mut *app.db.get().await?, &documents).await?;
        if let Some(unknown) = documents.iter().find(|document| !known.contains(document)) {
            let message = format!("There is no document {unknown}.");
            let refused = Error::refused(UserErrorCode::TargetNotFound, message, &["documentIds"]);
            let (_, errors) = outcome::<()>(Err(refused))?;
            return Ok(Some(InviteModeratorPayload { account: None, errors }));
        }
        let invite = InviteModerator { email: input.email, display_name: input.display_name, documents };
        let (made, errors) = outcome(actions::invite_moderator(app, viewer, invite).await)?;
        let account = match made {
            Some(account) => loaders::of(ctx).load_one(account).await?.map(Account),
            None => None,
        };
        Ok(Some(InviteModeratorPayload { account, errors }))
    }

    /// Gives a role. Giving it twice changes nothing. For administrators.
    async fn grant_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role, and whose.")] input: RoleInput,
    ) -> Result<Option<GrantRolePayload>> {
        let (account, errors) = change_role(ctx, input, true).await?;
        Ok(Some(GrantRolePayload { account, errors }))
    }

    /// Takes a role. The last administrator keeps theirs. For administrators.
    async fn revoke_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which role, and whose.")] input: RoleInput,
    ) -> Result<Option<RevokeRolePayload>> {
        let (account, errors) = change_role(ctx, input, false).await?;
        Ok(Some(RevokeRolePayload { account, errors }))
    }

    /// Keeps an account from signing in, and ends its sessions and API tokens at once. Its roles stay, for when it is enabled again. For administrators.
    async fn disable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AccountInput,
    ) -> Result<Option<DisableAccountPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_administrator()?;
        let id: AccountId = input.id.parse()?;
        let (account, errors) = shown(ctx, id, actions::disable(app, viewer, id).await).await?;
        Ok(Some(DisableAccountPayload { account, errors }))
    }

    /// Lets a disabled account sign in again. Its sessions and API tokens do not come back. For administrators.
    async fn enable_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AccountInput,
    ) -> Result<Option<EnableAccountPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_administrator()?;
        let id: AccountId = input.id.parse()?;
        let (account, errors) = shown(ctx, id, actions::enable(app, viewer, id).await).await?;
        Ok(Some(EnableAccountPayload { account, errors }))
    }
}

/// The account as it is after something was done to it, or why it was not.
async fn shown(
    ctx: &Context<'_>,
    id: AccountId,
    done: error::Result<()>,
) -> Result<(Option<Account>, Vec<UserError>)> {
    let (done, errors) = outcome(done)?;
    let account = match done {
        Some(()) => loaders::of(ctx).load_one(id).await?.map(Account),
        None => None,
    };
    Ok((account, errors))
}

async fn change_role(
    ctx: &Context<'_>,
    input: RoleInput,
    gives: bool,
) -> Result<(Option<Account>, Vec<UserError>)> {
    let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
    viewer.require_administrator()?;
    let id: AccountId = input.account_id.parse()?;
    let document_id: Option<DocumentId> = input.document_id.map(|given| given.parse()).transpose()?;
    if let Some(document) = document_id {
        let known = documents::actions::existing(&mut *app.db.get().await?, &[document]).await?;
        if known.is_empty() {
            return Err(Error::missing("document").into());
        }
    }
    let grant = Grant { role: input.role, document_id };
    let done = if gives {
        actions::grant_role(app, viewer, id, grant).await
    } else {
        actions::revoke_role(app, viewer, id, grant).await
    };
    shown(ctx, id, done).await
}
