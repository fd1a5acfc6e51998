//! The GraphQL schema: one layer on top of the domains, whose files bear the domains' names. A resolver turns input
//! into types, calls one action or loader, and wraps what comes back; it decides nothing and knows no SQL.

mod access;
mod api_tokens;
mod appeals;
mod attachments;
mod author;
mod batching;
mod budget;
mod comments;
mod contract;
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
mod order;
mod outbox;
mod paging;
mod people;
pub mod persisted;
pub mod policies;
mod privacy;
mod reports;
mod rules;
mod sections;
mod sign_in;
mod statements;
mod submissions;
pub mod subscriptions;
mod suggestions;
mod text;
mod time;
mod writing;

use std::sync::{Arc, OnceLock};

use async_graphql::{
    MergedObject, Request, Response, SDLExportOptions, SchemaBuilder, Value, parser::types::BaseType,
};
use futures_util::{FutureExt, StreamExt};

use self::{
    order::Order,
    subscriptions::{Interest, Occasion, Subscription},
    writing::Writing,
};
use crate::{
    config::QueryLimits, context::Context, error::Error, events::Event, identity::Viewer, limits::Limit,
};

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
    attachments::AttachmentMutation,
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

/// How deep the library follows nested selections. The guard has held them to brackets and levels before.
const MAX_RECURSION: usize = 64;
/// How many directives one field may carry.
const MAX_DIRECTIVES: usize = 8;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    AppSchema::build(Query::default(), Mutation::default(), Subscription)
        .limit_recursive_depth(MAX_RECURSION)
        .limit_directives(MAX_DIRECTIVES)
        // Ours are made for the errors that are shown, not for each of thousands.
        .disable_suggestions()
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
    limits: Arc<QueryLimits>,
    /// The same schema for asking whether a document is good; made when that is first asked. Nothing is counted there, and the
    /// library answers differently where something looks on.
    unmetered: Arc<OnceLock<AppSchema>>,
    writing: Writing,
}

impl Api {
    /// A schema that works in these surroundings, and takes requests up to these limits.
    pub fn new(ctx: Context, limits: QueryLimits) -> Self {
        let schema = limited(builder(), &limits).extension(budget::Budget).data(ctx.clone()).finish();
        Self { schema, ctx, limits: Arc::new(limits), unmetered: Arc::default(), writing: Writing::default() }
    }

    /// What a request may ask for.
    pub fn limits(&self) -> &QueryLimits {
        &self.limits
    }

    /// Parses and weighs a request that came from outside, as [`guard::admit`] says. Only what was admitted is to be
    /// executed.
    pub fn admit(&self, request: Request) -> crate::error::Result<guard::Admitted> {
        guard::admit(request, &self.limits)
    }

    /// Why a document would be refused whoever sent it, if it would: by the guard, or by the schema. Nothing is run.
    pub async fn fault_of(&self, query: &str) -> Option<String> {
        let mut request = Request::new(query);
        // What cannot be read is refused below.
        if let Ok(document) = async_graphql::parser::parse_query(query) {
            // Of several operations any: all are validated, whichever is to be run.
            request.operation_name =
                document.operations.iter().next().and_then(|(name, _)| name.map(ToString::to_string));
            // What a list holds is not known yet; how long it is, is asked for where it has a price.
            let variables = document.operations.iter().flat_map(|(_, it)| &it.node.variable_definitions);
            for variable in variables {
                if matches!(variable.node.var_type.node.base, BaseType::List(_)) {
                    request.variables.insert(variable.node.name.node.clone(), Value::List(Vec::new()));
                }
            }
        }
        let admitted = match self.admit(request) {
            Ok(admitted) => admitted,
            Err(error) => return Some(error.to_string()),
        };
        let unmetered = || limited(builder(), &self.limits).data(self.ctx.clone()).finish();
        let schema = self.unmetered.get_or_init(unmetered);
        let response = schema.execute(admitted.request.only_introspection()).await;
        // Errors of the request as a whole have no path.
        let error = response.errors.into_iter().find(|error| error.path.is_empty())?;
        Some(error.message)
    }

    /// Completes when no mutation is under way, whether or not anybody still waits for its answer.
    pub async fn written(&self) {
        self.writing.done().await;
    }

    /// Answers one request for `viewer`. `writes` says that it is a mutation: what is loaded is then not kept for the
    /// next field, because the one before may have changed it.
    pub async fn execute(&self, viewer: Viewer, request: Request, writes: bool) -> Response {
        let mut request = request;
        let _under_way = writes.then(|| self.writing.begin());
        if let Err(refused) = policies::door::check(&viewer, &mut request) {
            return errors::finish(*refused, &self.limits);
        }
        if writes && let Err(error) = self.count_writes(&viewer, guard::changes(&mut request)) {
            return errors::refusal(error);
        }
        let order = Order::of(&mut request);
        let (spawner, batches) = batching::pair();
        let loaders = loaders::Loaders::start(self.ctx.clone(), spawner.clone(), !writes);
        let request = request.data(viewer).data(loaders).data(spawner).data(text::TextGiven::default());
        // As a box without a name: what the schema's own type comes to is more than the compiler follows in programs.
        let mut response = batches.drive(self.schema.execute(request).boxed()).await;
        order.complete(&mut response.data, &response.errors);
        order.arrange(&mut response.data);
        errors::finish(response, &self.limits)
    }

    /// Counts changes by somebody who has not signed in under where they come from, and those of an account without an office
    /// under the account: an identity provider may give one to whoever asks. Whoever has an office, or a token for a program,
    /// was let in by somebody, and answers for it.
    fn count_writes(&self, viewer: &Viewer, changes: usize) -> crate::error::Result<()> {
        let (payer, what) = match viewer.require() {
            Ok(_) if viewer.has_office() || viewer.is_program() => return Ok(()),
            Ok(signed_in) => (
                signed_in.account.0.as_bytes().to_vec(),
                "Much has been sent by your account in a short time.",
            ),
            Err(_) => match viewer.origin() {
                Some(origin) => (origin.0.to_vec(), "Much has been sent from your network in a short time."),
                None => return Ok(()),
            },
        };
        self.ctx.limits.writes.spend(&payer, u32::try_from(changes).unwrap_or(u32::MAX), what)
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
            return Some(errors::finish(*refused, &self.limits));
        }
        let order = Order::of(&mut request);
        let (spawner, batches) = batching::pair();
        let loaders = loaders::Loaders::start(self.ctx.clone(), spawner.clone(), true);
        let request =
            request.data(viewer).data(loaders).data(spawner).data(text::TextGiven::default()).data(occasion);
        let mut answers = self.schema.execute_stream(request).boxed();
        let mut answer = batches.drive(answers.next()).await?;
        order.complete(&mut answer.data, &answer.errors);
        order.arrange(&mut answer.data);
        Some(errors::finish(answer, &self.limits))
    }
}

/// Counts one more under where a request comes from; `RateLimited` where that has had its share, with `what` was too much
/// in a sentence.
fn count_from(viewer: &Viewer, limit: &Limit, what: &str) -> crate::error::Result<()> {
    viewer.origin().map_or(Ok(()), |origin| limit.count(&origin.0, what))
}

/// The limits that the library holds.
fn limited(
    builder: SchemaBuilder<Query, Mutation, Subscription>,
    limits: &QueryLimits,
) -> SchemaBuilder<Query, Mutation, Subscription> {
    let builder = builder.limit_depth(limits.max_depth).limit_complexity(limits.max_complexity);
    if limits.no_introspection { builder.disable_introspection() } else { builder }
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
