//! Tokens for programs: made by those they act for, or by an administrator for an account without office.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use diesel_async::AsyncConnection;

use crate::{
    context::Context,
    error::{Error, Result, UserError, UserErrorCode},
    identity::{
        Role, Scope,
        api_tokens::{self, Scoped},
        model::{ApiToken, Grant},
        queries::{self, api_tokens::NewApiToken},
        viewer::{Reach, SignedIn, Viewer},
    },
    ids::{AccountId, ApiTokenId, DocumentId, SessionId},
    text,
};

/// How many days a token can be good.
pub const MAX_DAYS: i32 = 366;
/// How many good tokens an account can have.
const MAX_TOKENS: i64 = 50;

/// A token to be made.
pub struct CreateApiToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// For which document: one that is there. The caller has looked it up.
    pub document: Option<DocumentId>,
    /// How many days it is good.
    pub days: i32,
    /// For whom it acts; for its maker where nobody is named.
    pub account: Option<AccountId>,
}

/// Makes a token and returns it with its row; it is never to be had again.
pub async fn create_api_token(
    ctx: &Context,
    viewer: &Viewer,
    mut input: CreateApiToken,
) -> Result<(String, ApiToken)> {
    let by = viewer.require_person()?.account;
    let account = input.account.unwrap_or(by);
    if account != by {
        viewer.require_administrator()?;
    }
    input.scopes.sort_unstable_by_key(|scope| scope.as_str());
    input.scopes.dedup();
    let mut problems = Vec::new();
    let name = text::line(&mut problems, &input.name, text::MAX_NAME, &["name"]);
    if input.scopes.is_empty() {
        problems.push(UserError::new(UserErrorCode::Blank, "Name at least one scope.", &["scopes"]));
    }
    if !(1..=MAX_DAYS).contains(&input.days) {
        let message = format!("A token is good for 1 to {MAX_DAYS} days.");
        problems.push(UserError::new(UserErrorCode::OutOfRange, message, &["expiresInDays"]));
    }
    problems.extend(input.scopes.iter().filter_map(|scope| beyond(viewer, *scope, &input, account != by)));
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let now = ctx.clock.now();
    let token = api_tokens::make()?;
    let digest = api_tokens::digest(&token).ok_or_else(|| Error::internal("a token of no use was made"))?;
    let mut conn = ctx.writer().await?;
    let made = conn
        .transaction(async |conn| {
            let known = queries::accounts(conn, &[account]).await?.pop();
            let Some(known) = known else { return Err(Error::missing("account")) };
            let refuse = |message: &str| Error::refused(UserErrorCode::NotAllowed, message, &["accountId"]);
            if known.disabled_at.is_some() {
                return Err(refuse("This account is disabled. Enable it first."));
            }
            let grants = queries::grants(conn, &[account], now).await?;
            if account != by && grants.iter().any(|(_, grant)| grant.role != Role::Participant) {
                return Err(refuse(
                    "Whoever holds an office makes their own tokens. Make this one for an account without a role.",
                ));
            }
            if queries::api_tokens::count_live(conn, account, now).await? >= MAX_TOKENS {
                let message = format!("An account can have {MAX_TOKENS} tokens. End one of them first.");
                return Err(Error::refused(UserErrorCode::TooLong, message, &["accountId"]));
            }
            let new = NewApiToken {
                id: ApiTokenId::new(now),
                account,
                name: &name,
                scopes: &input.scopes,
                document: input.document,
                token_hash: &digest,
                by,
                now,
                expires_at: now + TimeDelta::days(input.days.into()),
            };
            queries::api_tokens::insert(conn, new).await
        })
        .await?;
    Ok((token, made))
}

/// Why a token may not have this scope: nobody gives more than they have.
fn beyond(viewer: &Viewer, scope: Scope, input: &CreateApiToken, for_another: bool) -> Option<UserError> {
    let refuse = |message: &str| Some(UserError::new(UserErrorCode::NotAllowed, message, &["scopes"]));
    let role = scope.role()?;
    if for_another {
        return refuse("A token for somebody else can READ and CONTRIBUTE, nothing more.");
    }
    match (scope, input.document) {
        (Scope::Administer, Some(_)) => {
            refuse("ADMINISTER is for the whole installation. Leave `documentId` out, or the scope.")
        }
        (Scope::Administer, None) if viewer.require_administrator().is_err() => {
            refuse("Only an administrator can give a token the scope ADMINISTER.")
        }
        (Scope::Administer, None) => None,
        (_, Some(document)) if viewer.has(role, document) => None,
        (_, None) if viewer.reach(role) != Reach::Only(Vec::new()) => None,
        _ => Some(UserError::new(
            UserErrorCode::NotAllowed,
            format!(
                "Only somebody with the role {} there can give a token the scope {}.",
                role.as_str(),
                scope.as_str()
            ),
            &["scopes"],
        )),
    }
}

/// Ends a token: its owner does, or an administrator. It is not there for anybody else.
pub async fn revoke_api_token(ctx: &Context, viewer: &Viewer, id: ApiTokenId) -> Result<ApiToken> {
    let by = viewer.require_person()?.account;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let token = queries::api_tokens::lock(conn, id).await?;
        let token = token
            .filter(|token| token.account_id == by || viewer.require_administrator().is_ok())
            .ok_or_else(|| Error::missing("API token"))?;
        if token.revoked_at.is_some() {
            return Ok(token);
        }
        queries::api_tokens::revoke(conn, id, now).await
    })
    .await
}

/// Who asks with this token.
pub(super) async fn viewer_of(ctx: &Context, token: &str) -> Result<Viewer> {
    let refused = || {
        Error::Unauthenticated(
            "This API token is not valid: it has expired, was revoked, or was not copied whole.".into(),
        )
    };
    let digest = api_tokens::digest(token).ok_or_else(refused)?;
    let now = ctx.clock.now();
    let mut conn = ctx.db.get().await?;
    let token = queries::api_tokens::presented(&mut conn, &digest, now).await?.ok_or_else(refused)?;
    let hour = hour_of(now);
    if token.last_used_at.is_none_or(|last| last < hour) {
        queries::api_tokens::note_use(&mut conn, token.id, hour).await?;
    }
    let grants = queries::grants(&mut conn, &[token.account_id], now).await?;
    let grants: Vec<Grant> = grants.into_iter().map(|(_, grant)| grant).collect();
    let signed_in = SignedIn { account: token.account_id, session: SessionId(uuid::Uuid::nil()), grants };
    let scoped = Scoped { token: token.id, scopes: token.scopes(), document: token.document_id };
    Ok(Viewer::program(signed_in, scoped))
}

fn hour_of(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now)
}
