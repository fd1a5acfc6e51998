//! The GraphQL schema: one layer on top of the domains, whose files bear the domains' names. A resolver turns input
//! into types, calls one action or loader, and wraps what comes back; it decides nothing and knows no SQL.

mod access;
mod api_tokens;
mod appeals;
mod author;
mod batching;
mod comments;
mod contributors;
mod desk;
mod documents;
pub mod errors;
pub mod guard;
mod identity;
mod letters;
mod loaders;
mod moderation;
mod moderation_log;
mod node;
mod notifications;
mod outbox;
mod paging;
mod people;
pub mod policies;
mod privacy;
mod reports;
mod rules;
mod sections;
mod sign_in;
mod statements;
mod submissions;
pub mod subscriptions;
mod text;
mod time;

use std::sync::{Arc, OnceLock};

use async_graphql::{MergedObject, Request, Response, SDLExportOptions, SchemaBuilder};
use futures_util::StreamExt;

use self::subscriptions::{Interest, Occasion, Subscription};
use crate::{context::Context, error::Error, events::Event, identity::Viewer, limits::Limit};

/// What can be read.
#[derive(MergedObject, Default)]
#[graphql(name = "Query")]
pub struct Query(
    node::NodeQuery,
    documents::DocumentQuery,
    contributors::ReceiptQuery,
    author::AuthorQuery,
    identity::ViewerQuery,
    people::PeopleQuery,
    desk::DeskQuery,
    appeals::AppealQuery,
    notifications::NotificationQuery,
    outbox::OutboxQuery,
    privacy::PrivacyQuery,
    access::AccessQuery,
);

/// What can be done.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    documents::DocumentMutation,
    comments::CommentMutation,
    submissions::SubmissionMutation,
    author::AuthorMutation,
    rules::RulesMutation,
    moderation::ModerationMutation,
    desk::DeskMutation,
    reports::ReportMutation,
    appeals::AppealMutation,
    sign_in::SignInMutation,
    people::PeopleMutation,
    api_tokens::ApiTokenMutation,
    notifications::NotificationMutation,
    outbox::OutboxMutation,
    letters::LetterMutation,
    privacy::PrivacyMutation,
);

type AppSchema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The deepest a query may nest; a thread with all its replies and their authors needs about 25.
const MAX_DEPTH: usize = 32;
/// How many fields a query may ask for, those of lists counted once for each item of the page.
const MAX_COMPLEXITY: usize = 100_000;
/// How deep the parser follows nested selections and values.
const MAX_RECURSION: usize = 48;
/// How many directives one field may carry.
const MAX_DIRECTIVES: usize = 8;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    AppSchema::build(Query::default(), Mutation::default(), Subscription)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_recursive_depth(MAX_RECURSION)
        .limit_directives(MAX_DIRECTIVES)
        .override_output_type_description::<Page<access::AccessRecord>>("A page of records of reading.")
        .override_output_type_description::<Page<identity::Account>>("A page of accounts.")
        .override_output_type_description::<Page<appeals::Appeal>>("A page of appeals.")
        .override_output_type_description::<Page<comments::Comment>>("A page of comments.")
        .override_output_type_description::<Page<documents::Document>>("A page of documents.")
        .override_output_type_description::<Page<outbox::DeadLetter>>("A page of jobs that were given up on.")
        .override_output_type_description::<Page<moderation::ModerationAction>>(
            "A page of records of decisions.",
        )
        .override_output_type_description::<Page<moderation::ModerationItem>>(
            "A page of what waits for a moderator.",
        )
        .override_output_type_description::<Page<moderation_log::ModerationLogEntry>>(
            "A page of a document's public log.",
        )
        .override_output_type_description::<Page<reports::Report>>("A page of readers' reports.")
        .override_output_type_description::<Page<rules::SimilarGroup>>("A page of groups of similar texts.")
        .override_output_type_description::<Page<sections::Section>>("A page of sections.")
}

/// A connection as every list of this schema is one.
type Page<T> = async_graphql::connection::Connection<String, T, paging::TotalCount>;

/// The schema as text: the contract, sorted so that a change shows as one.
pub fn sdl() -> String {
    let options =
        SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    let sdl = builder().finish().sdl_with_options(options);
    format!("{}\n", sdl.trim_end())
}

/// The schema at work. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: AppSchema,
    ctx: Context,
}

impl Api {
    /// A schema that works in these surroundings.
    pub fn new(ctx: Context) -> Self {
        Self { schema: builder().data(ctx.clone()).finish(), ctx }
    }

    /// Answers one request for `viewer`. `writes` says that it is a mutation: what is loaded is then not kept for the
    /// next field, because the one before may have changed it.
    pub async fn execute(&self, viewer: Viewer, request: Request, writes: bool) -> Response {
        let mut request = request;
        if let Err(refused) = policies::door::check(&viewer, &mut request) {
            return errors::finish(*refused);
        }
        if writes && let Err(error) = self.count_write(&viewer) {
            return errors::refusal(error);
        }
        let (spawner, batches) = batching::pair();
        let loaders = loaders::Loaders::start(self.ctx.clone(), spawner.clone(), !writes);
        let request = request.data(viewer).data(loaders).data(spawner).data(text::TextGiven::default());
        let response = batches.drive(self.schema.execute(request)).await;
        errors::finish(response)
    }

    /// Counts a change by somebody who has not signed in under where they come from. Whoever has signed in was let in by
    /// somebody, and answers for it.
    fn count_write(&self, viewer: &Viewer) -> crate::error::Result<()> {
        if !viewer.is_anonymous() {
            return Ok(());
        }
        let what = "Much has been sent from your network in a short time.";
        count_from(viewer, &self.ctx.limits.writes, what)
    }

    /// Looks at a subscription as `viewer` asks for it, and says which events it is about; what is wrong with it otherwise.
    pub async fn subscribe(&self, viewer: Viewer, request: Request) -> Result<Interest, Response> {
        let place = Arc::new(OnceLock::new());
        match self.once(viewer, request, Occasion::Asked(place.clone())).await {
            Some(refused) => Err(refused),
            None => place.get().copied().ok_or_else(|| {
                let hint = "A subscription has one field at its top, without a fragment around it.";
                errors::refusal(Error::BadRequest(hint.into()))
            }),
        }
    }

    /// What a subscription tells `viewer` about an event; nothing where there is nothing that they may see.
    pub async fn tell(&self, viewer: Viewer, request: Request, event: Event) -> Option<Response> {
        self.once(viewer, request, Occasion::Happened(event)).await
    }

    async fn once(&self, viewer: Viewer, request: Request, occasion: Occasion) -> Option<Response> {
        let mut request = request;
        if let Err(refused) = policies::door::check(&viewer, &mut request) {
            return Some(errors::finish(*refused));
        }
        let (spawner, batches) = batching::pair();
        let loaders = loaders::Loaders::start(self.ctx.clone(), spawner.clone(), true);
        let request =
            request.data(viewer).data(loaders).data(spawner).data(text::TextGiven::default()).data(occasion);
        let mut answers = self.schema.execute_stream(request);
        batches.drive(answers.next()).await.map(errors::finish)
    }
}

/// Counts one more under where a request comes from; `RateLimited` where that has had its share, with `what` was too much
/// in a sentence.
fn count_from(viewer: &Viewer, limit: &Limit, what: &str) -> crate::error::Result<()> {
    viewer.origin().map_or(Ok(()), |origin| limit.count(&origin.0, what))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    const WHOLE: &str = "{ __schema { types { name description
        fields { name description args { name description } } inputFields { name description }
        enumValues { name description } } } }";

    fn bare<'a>(of: &'a str, parts: &'a Value) -> impl Iterator<Item = String> + 'a {
        let parts = parts.as_array().into_iter().flatten();
        parts
            .filter(|part| part["description"].as_str().is_none_or(str::is_empty))
            .map(move |part| format!("{of}.{}", part["name"].as_str().unwrap_or_default()))
    }

    #[tokio::test]
    async fn every_part_of_the_schema_is_described() {
        let schema = super::builder().finish();
        let answer = schema.execute(WHOLE).await.data.into_json().unwrap();
        let mut missing = Vec::new();
        for ty in answer["__schema"]["types"].as_array().unwrap() {
            let name = ty["name"].as_str().unwrap();
            // What the language itself brings needs no words of ours.
            if name.starts_with("__") || name == "ID" {
                continue;
            }
            missing.extend(bare("", &Value::Array(vec![ty.clone()])));
            for parts in ["fields", "inputFields", "enumValues"] {
                missing.extend(bare(name, &ty[parts]));
            }
            for field in ty["fields"].as_array().into_iter().flatten() {
                let of = format!("{name}.{}", field["name"].as_str().unwrap());
                missing.extend(bare(&of, &field["args"]).collect::<Vec<_>>());
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
