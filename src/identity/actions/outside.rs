//! People for whom an outside identity provider vouches: an account is made when they first come, by who they are there.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use crate::{
    context::Context,
    error::{Error, Result},
    identity::{
        Role, Viewer,
        model::Account,
        queries::{self, NewAccount, outside},
        viewer::SignedIn,
    },
    ids::{AccountId, SessionId},
    mail::EmailAddress,
    oidc::{Person, Provider},
    text,
    vault::Class,
};

/// What somebody is called whose provider does not say.
const NAMELESS: &str = "Somebody";

/// Into how many parts the time is cut for which the provider's word on roles holds: within each it is noted once that
/// somebody came with it, and not with every request.
const PARTS: i32 = 24;

/// Who asks with a token of the provider, with the roles that it and we give them. By other ways, mailed links and API tokens
/// among them, they hold what the claims gave for as long as [`Provider::vouches_for`] says and no longer: what the claims say
/// by then is not known here.
///
/// What the claims take away is taken away, even from the last administrator there is: whoever was dismissed there must not
/// keep the installation by having been the only one to run it. `people::somebody_runs_it` therefore does not count on those
/// whom claims made administrators, and whoever runs the machine makes another with `answerable account add`.
pub(super) async fn viewer_of(ctx: &Context, provider: &Provider, token: &str) -> Result<Viewer> {
    let person = provider.verify(token).await?;
    let known = outside::account(&mut *ctx.db.get().await?, provider.issuer(), &person.subject).await?;
    let account = match known {
        Some(account) => account,
        None => make(ctx, provider.issuer(), &person).await?,
    };
    if account.disabled_at.is_some() {
        return Err(Error::Unauthenticated("This account has been disabled here.".into()));
    }
    let mut conn = ctx.db.get().await?;
    let (now, period) = (ctx.clock.now(), provider.vouches_for());
    let wanted: Vec<Role> = person.roles.iter().filter_map(|role| Role::parse(role)).collect();
    let given = outside::roles(&mut conn, account.id).await?;
    let mut grants = queries::grants(&mut conn, &[account.id], now).await?;
    let has =
        |role: &Role| grants.iter().any(|(_, grant)| grant.role == *role && grant.document_id.is_none());
    let is_noted = |(role, until): &(Role, Option<DateTime<Utc>>)| {
        wanted.contains(role) && until.is_some_and(|until| until > now + period - period / PARTS)
    };
    if !wanted.iter().all(has) || !given.iter().all(is_noted) {
        conn.transaction(async |conn| outside::set_roles(conn, account.id, &wanted, now, now + period).await)
            .await?;
        if given.iter().any(|(role, _)| *role == Role::Administrator && !wanted.contains(role)) {
            warn_if_nobody_runs_it(&mut conn, now).await?;
        }
        grants = queries::grants(&mut conn, &[account.id], now).await?;
    }
    let grants = grants.into_iter().map(|(_, grant)| grant).collect();
    Ok(Viewer::signed_in(SignedIn { account: account.id, session: SessionId(uuid::Uuid::nil()), grants }))
}

/// Says so where a provider has taken away the last administrator.
async fn warn_if_nobody_runs_it(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<()> {
    if queries::administrators(conn, now).await?.is_empty() {
        tracing::warn!(
            "The identity provider's claims have taken the last administrator away. Make one with `answerable account add`."
        );
    }
    Ok(())
}

/// Makes the account of somebody who has not been here. An account that has their address already stays another's: who
/// has an address today may not be who had it when that account was made.
async fn make(ctx: &Context, issuer: &str, person: &Person) -> Result<Account> {
    let email = person.email.as_deref().and_then(|given| EmailAddress::parse(given).ok());
    let key = ctx.vault.key(Class::Account, None).await?;
    let now = ctx.clock.now();
    let id = AccountId::new(now);
    let display_name = name_of(person);
    let mut conn = ctx.writer().await?;
    let made = conn
        .transaction(async |conn| -> Result<()> {
            let nameless =
                NewAccount { id, display_name: &display_name, email_sealed: None, email_hash: None, now };
            let mut is_there = false;
            if let Some(email) = &email {
                let hash = super::accounts::email_hash(ctx, email);
                let place = Account::email_place(id);
                let sealed = key.seal(place, email.as_str().as_bytes()).map_err(Error::internal)?;
                let new = NewAccount {
                    id,
                    display_name: &display_name,
                    email_sealed: Some(sealed),
                    email_hash: Some(&hash),
                    now,
                };
                is_there = queries::insert_account(conn, new).await?.is_some();
            }
            if !is_there {
                queries::insert_account(conn, nameless).await?;
            }
            if outside::insert(conn, issuer, &person.subject, id, now).await? {
                return Ok(());
            }
            // Undone: somebody with the same token was quicker.
            Err(Error::Conflict(String::new()))
        })
        .await;
    match made {
        Ok(()) | Err(Error::Conflict(_)) => {}
        Err(error) => return Err(error),
    }
    let account = outside::account(&mut conn, issuer, &person.subject).await?;
    account.ok_or_else(|| Error::internal("an account that was just made is not there"))
}

fn name_of(person: &Person) -> String {
    let mut problems = Vec::new();
    let given = person.name.as_deref().unwrap_or_default();
    let name = text::line(&mut problems, given, text::MAX_NAME, &[]);
    if problems.is_empty() { name } else { NAMELESS.to_owned() }
}
