//! What administrators do about people: list them, give and take roles, keep them from signing in.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use crate::{
    context::Context,
    db::paging::{self, Page, Span, Window},
    error::{Error, Result, UserErrorCode},
    identity::{
        Account, Role, Viewer,
        model::Grant,
        queries::{self, people},
    },
    ids::AccountId,
};

/// A page of the accounts, in the order they were made; those with a role alone, where one is named. Administrators only.
pub async fn list(
    ctx: &Context,
    viewer: &Viewer,
    role: Option<Role>,
    window: Window<AccountId>,
) -> Result<Page<Account>> {
    viewer.require_administrator()?;
    let now = ctx.clock.now();
    paging::page(
        window,
        |account: &Account| account.id,
        async |span: Span<AccountId>| people::list(&mut *ctx.db.get().await?, role, now, &span).await,
    )
    .await
}

/// How many accounts that list has.
pub async fn count(ctx: &Context, viewer: &Viewer, role: Option<Role>) -> Result<i64> {
    viewer.require_administrator()?;
    people::count(&mut *ctx.db.get().await?, role, ctx.clock.now()).await
}

/// Gives a role; giving it twice changes nothing. Administrators only. The document must exist: the caller has looked it up.
pub async fn grant_role(ctx: &Context, viewer: &Viewer, account: AccountId, grant: Grant) -> Result<()> {
    let by = viewer.require_administrator()?;
    if grant.role == Role::Administrator && grant.document_id.is_some() {
        return Err(Error::refused(
            UserErrorCode::InvalidCombination,
            "An administrator runs the whole installation. Leave `documentId` out, or give the role EDITOR.",
            &["documentId"],
        ));
    }
    let mut conn = ctx.writer().await?;
    existing(&mut conn, account).await?;
    queries::grant(&mut conn, account, &grant, Some(by), ctx.clock.now()).await
}

/// Takes a role; the last administrator keeps theirs. Administrators only.
pub async fn revoke_role(ctx: &Context, viewer: &Viewer, account: AccountId, grant: Grant) -> Result<()> {
    viewer.require_administrator()?;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        people::lock_administrators(conn).await?;
        let from_here = people::is_run_from_here(conn).await?;
        existing(conn, account).await?;
        if !people::take(conn, account, &grant).await? {
            let message = "This account does not have this role there.";
            return Err(Error::refused(UserErrorCode::TargetNotFound, message, &["role"]));
        }
        somebody_runs_it(conn, from_here, now, "accountId").await
    })
    .await
}

/// Keeps an account from signing in, ends its sessions and its API tokens. Administrators only.
pub async fn disable(ctx: &Context, viewer: &Viewer, account: AccountId) -> Result<()> {
    viewer.require_administrator()?;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        people::lock_administrators(conn).await?;
        let from_here = people::is_run_from_here(conn).await?;
        let known = existing(conn, account).await?;
        if known.disabled_at.is_none() {
            people::set_disabled(conn, account, Some(now)).await?;
        }
        queries::sessions::end_all(conn, account, None, now).await?;
        queries::api_tokens::revoke_all(conn, account, now).await?;
        somebody_runs_it(conn, from_here, now, "id").await
    })
    .await
}

/// Lets a disabled account sign in again, with the roles it has. Administrators only.
pub async fn enable(ctx: &Context, viewer: &Viewer, account: AccountId) -> Result<()> {
    viewer.require_administrator()?;
    let mut conn = ctx.writer().await?;
    existing(&mut conn, account).await?;
    people::set_disabled(&mut conn, account, None).await
}

async fn existing(conn: &mut AsyncPgConnection, account: AccountId) -> Result<Account> {
    queries::accounts(conn, &[account]).await?.pop().ok_or_else(|| Error::missing("account"))
}

/// Refuses, and so undoes, what would leave nobody to run the installation. Where somebody was made its administrator here
/// (`from_here`), somebody stays who was: those whom a provider's claims made one may be gone tomorrow, and nobody is asked
/// then. Where nobody was, one by claims is enough.
async fn somebody_runs_it(
    conn: &mut AsyncPgConnection,
    from_here: bool,
    now: DateTime<Utc>,
    field: &str,
) -> Result<()> {
    let is_run = if from_here {
        people::is_run_from_here(conn).await?
    } else {
        !queries::administrators(conn, now).await?.is_empty()
    };
    if !is_run {
        let message = if from_here {
            "This is the last administrator who was made one here and can sign in. Make somebody else one first."
        } else {
            "This is the last administrator who can sign in. Make somebody else one first."
        };
        return Err(Error::refused(UserErrorCode::LastAdministrator, message, &[field]));
    }
    Ok(())
}
