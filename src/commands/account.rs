//! `answerable account`

use answerable::{
    app::App,
    config::Config,
    documents,
    identity::{Role, actions, model::Grant},
    mail::EmailAddress,
};
use chrono::TimeDelta;
use clap::Subcommand;

use super::{Failure, open};

/// The settings of `account`.
#[derive(clap::Args)]
pub struct Account {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an account, or give a role to one that is there
    Add {
        /// The address to sign in with
        email: String,
        /// What others see them called
        #[arg(long)]
        name: String,
        /// `administrator`, `editor`, `moderator` or `participant`
        #[arg(long)]
        role: String,
        /// The slug of the document the role is for; for all documents when not given
        #[arg(long)]
        document: Option<String>,
        #[command(flatten)]
        config: Config,
    },
    /// Print a link that signs somebody in once, within the hour
    SignInLink {
        /// The address of their account
        email: String,
        #[command(flatten)]
        config: Config,
    },
}

/// Carries the command out.
pub async fn run(account: Account) -> Result<(), Failure> {
    let config = match &account.command {
        Command::Add { config, .. } | Command::SignInLink { config, .. } => config,
    };
    let app = open(config).await?;
    let done = carry_out(&app, account.command).await;
    app.close().await;
    done
}

async fn carry_out(app: &App, command: Command) -> Result<(), Failure> {
    match command {
        Command::Add { email, name, role, document, .. } => {
            let email = EmailAddress::parse(&email)?;
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if name.is_empty() {
                return Err("A name must not be empty.".into());
            }
            let role = Role::parse(&role.to_uppercase()).ok_or_else(|| {
                format!("`{role}` is no role. Choose administrator, editor, moderator or participant.")
            })?;
            let document_id = match document {
                Some(slug) => Some(document_of(app, &slug).await?),
                None => None,
            };
            let id = actions::add_account(&app.ctx, &email, &name, &[Grant { role, document_id }]).await?;
            say!("{id}");
        }
        Command::SignInLink { email, .. } => {
            let email = EmailAddress::parse(&email)?;
            let account = actions::by_email(&app.ctx, &email).await?;
            let account =
                account.ok_or("There is no account of this address. `answerable account add` makes one.")?;
            let link = actions::make_link(&app.ctx, account.id, TimeDelta::hours(1)).await?;
            say!("{}", actions::sign_in_url(&app.ctx, link, 0));
        }
    }
    Ok(())
}

async fn document_of(app: &App, slug: &str) -> Result<answerable::ids::DocumentId, Failure> {
    let found = documents::queries::by_slug(&mut *app.ctx.db.get().await?, slug).await?;
    Ok(found.ok_or_else(|| format!("There is no document of the slug `{slug}`."))?.id)
}
