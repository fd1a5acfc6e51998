//! `answerable serve`

use answerable::{
    app::{Service, load_demo},
    clock::Clock,
    config::{Config, Mode, is_of_the_example},
    identity::actions,
    mail::EmailAddress,
    web::ExampleSection,
};
use chrono::TimeDelta;

use super::{Failure, asked_to_end, progress};

/// How long the sign-in link that is printed at the start can be used.
const LINK_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// The settings of `serve`.
#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    config: Config,
    /// Start empty, without the demonstration that an empty database is given
    #[arg(long, env = "ANSWERABLE_NO_DEMO", value_parser = clap::builder::FalseyValueParser::new())]
    no_demo: bool,
    /// The address of the first administrator, whose account is made where there is none
    #[arg(long, env = "ANSWERABLE_ADMIN_EMAIL", default_value = "administrator@answerable.example")]
    admin_email: String,
}

/// Runs the service until it is asked to end.
pub async fn run(serve: Serve) -> Result<(), Failure> {
    let mut ending = tokio::spawn(asked_to_end());
    let email = EmailAddress::parse(&serve.admin_email)
        .map_err(|error| format!("ANSWERABLE_ADMIN_EMAIL: {error}"))?;
    let example =
        "ANSWERABLE_ADMIN_EMAIL is the example's address, so the first administrator could not be reached";
    let further = if is_of_the_example(&serve.admin_email) { vec![example] } else { Vec::new() };
    serve.config.check_for_production(further)?;
    // A start can take long: a first one, one after a crash, one that waits for another process to migrate.
    let started = tokio::select! {
        started = Service::start(serve.config, Clock::system(), &progress) => Some(started?),
        _ = &mut ending => None,
    };
    if let Some(service) = started {
        let welcomed = tokio::select! {
            welcomed = welcome(&service, &email, serve.no_demo) => Some(welcomed),
            _ = &mut ending => None,
        };
        match welcomed {
            Some(Ok(example)) => service.run(example, async { drop(ending.await) }).await?,
            Some(Err(error)) => {
                service.app.close().await;
                return Err(error);
            }
            None => service.app.close().await,
        }
    }
    note!("Stopped.");
    Ok(())
}

/// Loads the demonstration where there is nothing, and prints where everything is.
async fn welcome(
    service: &Service,
    email: &EmailAddress,
    no_demo: bool,
) -> Result<Option<ExampleSection>, Failure> {
    let ctx = &service.app.ctx;
    let development = service.mode() == Mode::Development;
    let (administrator, has_signed_in) = actions::ensure_first_administrator(ctx, email).await?;
    // What is shown to the public is never filled with examples by itself.
    if !no_demo && development {
        load_demo(ctx, administrator, &progress).await?;
    }
    let example = answerable::app::example(ctx).await?;
    let base = ctx.link("");
    say!("Answerable {} is ready.", env!("CARGO_PKG_VERSION"));
    say!("  GraphQL     {base}/graphql");
    say!("  Explorer    {base}/explorer");
    match service.app.mailer.folder() {
        Some(folder) if development => {
            say!("  Mail        {base}/dev/mail  (files in {})", folder.display());
        }
        _ => say!("  Mail        {}", service.app.mailer),
    }
    if service.app.database.is_embedded() {
        say!("  Database    the embedded PostgreSQL");
    }
    // On somebody's own machine at each start; elsewhere only until the administrator has been there.
    if development || !has_signed_in {
        let link = actions::make_link(ctx, administrator, LINK_LIFETIME).await?;
        say!("  Sign in     {}", actions::sign_in_url(ctx, link, 0));
        say!("              as the first administrator, once, within the hour");
    }
    if !development {
        warn_of_what_is_missing(service);
    }
    say!("Ctrl-C stops it.");
    Ok(example)
}

/// Says what a service for the public lacks.
fn warn_of_what_is_missing(service: &Service) {
    if service.app.mailer.folder().is_some() {
        note!(
            "warning: No mail server is set, so mail goes to files and nobody is told of anything. Set SMTP_URL."
        );
    }
    if !service.app.ctx.public_url.starts_with("https://") {
        note!(
            "warning: Links in mail will lead to {}. Set ANSWERABLE_PUBLIC_URL to the https address that people type.",
            service.app.ctx.public_url
        );
    }
}
