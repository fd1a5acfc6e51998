//! The real service on the filled database, and who asks it over HTTP.

use answerable::{
    app::Service,
    clock::Clock,
    context::Context,
    identity::{Viewer, actions},
    ids::{AccountId, DocumentId, SectionId},
    mail::EmailAddress,
};
use chrono::TimeDelta;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use super::{
    database::{self, Database, MODERATOR},
    dice::Dice,
    operations::{Operation, Subject},
};

/// A running service, and who asks it.
#[derive(Clone)]
pub struct Asker {
    /// The service's own surroundings.
    pub ctx: Context,
    /// The moderator's access token.
    pub token: String,
    /// What the operations are on.
    pub subject: Subject,
    client: Client,
    endpoint: String,
}

/// The service; [`Running::stop`] ends it.
pub struct Running {
    /// Who asks it.
    pub asker: Asker,
    /// Its database.
    pub database: Database,
    stop: oneshot::Sender<()>,
    service: JoinHandle<()>,
}

impl Running {
    /// Starts it with the settings it has when nobody says otherwise, save these further arguments.
    pub async fn start(further: &[&str]) -> Self {
        let database = Database::start().await;
        let config = database::config(&database.url, &database.folder, further);
        let service =
            Service::start(config, Clock::system(), &|_| {}).await.unwrap_or_else(|error| panic!("{error}"));
        let ctx = service.app.ctx.clone();
        let (stop, stopped) = oneshot::channel();
        let service = tokio::spawn(async move {
            service.run(None, async { drop(stopped.await) }).await.unwrap();
        });
        let token = sign_in(&ctx).await;
        let asker = Asker {
            client: Client::new(),
            endpoint: ctx.link("/graphql"),
            subject: subject(&database.url).await,
            ctx,
            token,
        };
        Self { asker, database, stop, service }
    }

    /// Ends the service and its database.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.service.await.unwrap();
        self.database.stop().await;
    }
}

impl Asker {
    /// Asks over HTTP and reads the whole answer, which must be one without errors.
    pub async fn by_http(&self, operation: Operation, dice: &mut Dice) -> Result<String, String> {
        let token = operation.is_moderators().then_some(self.token.as_str());
        self.ask(operation.query(), operation.variables(&self.subject, dice), token).await
    }

    /// The same with any query, as whoever has this access token.
    pub async fn ask(&self, query: &str, variables: Value, token: Option<&str>) -> Result<String, String> {
        let body = json!({ "query": query, "variables": variables });
        let mut request = self.client.post(&self.endpoint).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let answer = response.text().await.map_err(|error| error.to_string())?;
        without_errors(answer)
    }
}

/// Neither the answer nor the payload of a mutation may report any; an empty list reports none.
pub fn without_errors(answer: String) -> Result<String, String> {
    if answer.contains("\"errors\":[{") || !answer.contains("\"data\":{") {
        return Err(answer.chars().take(400).collect());
    }
    Ok(answer)
}

/// An access token of the moderator.
async fn sign_in(ctx: &Context) -> String {
    let email = EmailAddress::parse(MODERATOR).unwrap();
    let account = actions::by_email(ctx, &email).await.unwrap().expect("the moderator");
    token_of(ctx, account.id).await
}

/// An access token of an account.
pub async fn token_of(ctx: &Context, account: AccountId) -> String {
    let link = actions::make_link(ctx, account, TimeDelta::hours(1)).await.unwrap();
    let url = actions::sign_in_url(ctx, link, 0);
    let token = url.split_once("token=").unwrap().1;
    actions::sign_in(ctx, &Viewer::anonymous(), token, None).await.unwrap().access_token
}

async fn subject(url: &str) -> Subject {
    let id = |text: &str| Uuid::parse_str(text).unwrap();
    let client = database::connect(url).await;
    let rows = client
        .query("SELECT id::text, slug, document_id::text FROM sections ORDER BY position", &[])
        .await
        .unwrap();
    let contributor = client.query_one("SELECT id::text FROM contributors LIMIT 1", &[]).await.unwrap();
    Subject {
        document: DocumentId(id(rows[0].get(2))),
        sections: rows.iter().map(|row| (SectionId(id(row.get(0))), row.get(1))).collect(),
        contributor: id(contributor.get(0)),
    }
}
