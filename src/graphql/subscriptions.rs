//! Subscriptions in the API.
//!
//! A subscription is not run once for as long as it lasts: the schema is asked anew about each event, as whoever listens is
//! then. So what somebody may see is decided at each event, and a page costs what it costs a query. When it is asked for, it
//! runs once without an event, which checks it and tells which events it is about ([`Interest`]).

use std::{
    option,
    sync::{Arc, OnceLock},
};

use async_graphql::{Context, ID, Subscription as SubscriptionRoot};
use futures_util::stream::{self, Iter};

use super::{
    batching::in_round,
    comments::Comment,
    desk::ModerationCounts,
    errors::Result,
    loaders,
    moderation::{ModerationItem, comment_item, submission_item},
};
use crate::{
    comments, documents,
    error::Error,
    events::{Event, Kind},
    identity::Viewer,
    ids::{CommentId, DocumentId, SubmissionId},
    moderation::desk,
    submissions,
};

/// Which events a subscription is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Of which document.
    pub document: DocumentId,
    /// Of which kinds.
    pub kinds: &'static [Kind],
    /// Whether the events of a moment count as one, and the first counts as having just happened: what is told is then how
    /// things stand, and not what has happened.
    pub gathers: bool,
}

/// Why the schema is asked about a subscription.
pub(super) enum Occasion {
    /// Somebody wants to subscribe: the place is for what it is about.
    Asked(Arc<OnceLock<Interest>>),
    /// Something has happened that it is about.
    Happened(Event),
}

/// What has happened; nothing where somebody only wants to hear of it, which is then noted.
fn happened(ctx: &Context<'_>, interest: Interest) -> Result<Option<Event>> {
    match ctx.data_unchecked::<Occasion>() {
        Occasion::Happened(event) => Ok(Some(*event)),
        Occasion::Asked(place) => {
            place.set(interest).map_err(|_| {
                Error::BadRequest(
                    "A subscription has one field at its top. Subscribe to the others apart.".into(),
                )
            })?;
            Ok(None)
        }
    }
}

/// What a subscription answers on one occasion.
type Once<T> = Iter<option::IntoIter<T>>;

fn once<T>(answer: Option<T>) -> Once<T> {
    stream::iter(answer)
}

/// What can be listened to.
#[derive(Default)]
pub struct Subscription;

/// What can be listened to, over a websocket (`graphql-transport-ws`) or as an event stream (`Accept: text/event-stream`).
#[SubscriptionRoot]
impl Subscription {
    /// Each comment on a document or its sections, replies included, from the moment at which everybody can see it.
    async fn comment_published(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] document_id: ID,
    ) -> Result<Once<Comment>> {
        let document: DocumentId = document_id.parse()?;
        let found = loaders::of(ctx).load_one(document).await?;
        documents::policy::readable(ctx.data_unchecked::<Viewer>(), found)?;
        let interest = Interest { document, kinds: &[Kind::CommentPublished], gathers: false };
        let Some(event) = happened(ctx, interest)? else { return Ok(once(None)) };
        let found = loaders::of(ctx).load_one(CommentId(event.subject)).await?;
        // What has been hidden meanwhile is not told.
        Ok(once(found.filter(comments::Comment::is_published).and_then(|row| Comment::seen(ctx, row))))
    }

    /// How long the queues of a document are: at first, and whenever that has changed, once a second at the most. For moderators.
    async fn moderation_counts_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] document_id: ID,
    ) -> Result<Once<ModerationCounts>> {
        let document: DocumentId = document_id.parse()?;
        let (app, viewer) = surroundings(ctx);
        desk::reach(&viewer, Some(document))?;
        let interest = Interest { document, kinds: ANYTHING, gathers: true };
        let Some(_) = happened(ctx, interest)? else { return Ok(once(None)) };
        let lengths =
            in_round(ctx, async move { desk::lengths(&app, &viewer, Some(document)).await }).await?;
        Ok(once(Some(lengths.into())))
    }

    /// Each comment and submission of a document that has arrived, or was decided on, claimed, given back, reported, appealed about or changed by its author. For moderators.
    async fn moderation_item_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] document_id: ID,
    ) -> Result<Once<ModerationItem>> {
        let document: DocumentId = document_id.parse()?;
        let (_, viewer) = surroundings(ctx);
        desk::reach(&viewer, Some(document))?;
        let interest = Interest { document, kinds: ANYTHING, gathers: false };
        let Some(event) = happened(ctx, interest)? else { return Ok(once(None)) };
        let item = match event.kind {
            Kind::CommentPublished | Kind::CommentChanged => {
                let found = loaders::of(ctx).load_one(CommentId(event.subject)).await?;
                found.filter(|row| viewer.moderates(row.document_id)).map(comment_item)
            }
            Kind::SubmissionChanged => {
                let found = loaders::of(ctx).load_one(SubmissionId(event.subject)).await?;
                submissions::policy::readable(&viewer, found).ok().map(submission_item)
            }
        };
        Ok(once(item))
    }
}

/// Everything that changes a queue.
const ANYTHING: &[Kind] = &[Kind::CommentPublished, Kind::CommentChanged, Kind::SubmissionChanged];

fn surroundings(ctx: &Context<'_>) -> (crate::context::Context, Viewer) {
    (ctx.data_unchecked::<crate::context::Context>().clone(), ctx.data_unchecked::<Viewer>().clone())
}
