//! Anything by its global id.

use async_graphql::{Context, ID, Interface, Object};
use futures_util::future::try_join_all;

use super::{
    appeals::Appeal,
    comments::Comment,
    documents::{Document, readable, section_where},
    errors::Result,
    identity::Account,
    loaders,
    moderation::ModerationAction,
    sections::Section,
    submissions::Submission,
};
use crate::{comments::policy::Access, error::Error, identity::Viewer, ids::AnyId};

/// Anything that has a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its global id."))]
pub(super) enum Node {
    /// An account.
    Account(Account),
    /// A challenge to a decision.
    Appeal(Appeal),
    /// A comment.
    Comment(Comment),
    /// A document.
    Document(Document),
    /// The record of a decision.
    ModerationAction(ModerationAction),
    /// A section.
    Section(Section),
    /// A private submission.
    Submission(Submission),
}

/// How many ids `nodes` takes.
const MAX_NODES: usize = 100;

/// Anything by its id.
#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Whatever has this id; nothing where there is none, or none that the viewer may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
    ) -> Result<Option<Node>> {
        find(ctx, AnyId::parse(&id)?).await
    }

    /// Whatever has these ids, in their order, with nothing in the place of what is not there; 100 at the most.
    #[graphql(complexity = "1 + ids.len().min(100) * child_complexity")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            return Err(Error::BadRequest(format!("`nodes` takes at most {MAX_NODES} ids at a time.")).into());
        }
        let ids: Vec<_> = ids.iter().map(|id| AnyId::parse(id)).collect::<crate::error::Result<_>>()?;
        try_join_all(ids.into_iter().map(|id| find(ctx, id))).await
    }
}

async fn find(ctx: &Context<'_>, id: AnyId) -> Result<Option<Node>> {
    let loads = loaders::of(ctx);
    let viewer = ctx.data_unchecked::<Viewer>();
    Ok(match id {
        AnyId::DocumentId(id) => readable(ctx, id).await?.map(Node::Document),
        AnyId::SectionId(id) => {
            let Some(document) = loads.load_one(id).await? else { return Ok(None) };
            if readable(ctx, document).await?.is_none() {
                return Ok(None);
            }
            section_where(ctx, document, |section| section.id == id).await?.map(Node::Section)
        }
        AnyId::CommentId(id) => {
            let Some(row) = loads.load_one(id).await? else { return Ok(None) };
            // A comment is not more public than its document.
            if readable(ctx, row.document_id).await?.is_none() {
                return Ok(None);
            }
            Comment::seen(ctx, row).map(Node::Comment)
        }
        AnyId::SubmissionId(id) => {
            let row = loads.load_one(id).await?;
            row.and_then(|row| Submission::seen(ctx, row)).map(Node::Submission)
        }
        AnyId::ModerationActionId(id) => {
            let row = loads.load_one(id).await?;
            row.filter(|row| viewer.moderates(row.document_id))
                .map(ModerationAction)
                .map(Node::ModerationAction)
        }
        AnyId::AppealId(id) => {
            let row = loads.load_one(id).await?;
            row.filter(|row| viewer.moderates(row.document_id))
                .map(|row| Appeal::new(row, Access::Moderator))
                .map(Node::Appeal)
        }
        AnyId::AccountId(id) => {
            let own = viewer.require().is_ok_and(|signed_in| signed_in.account == id);
            if !own && viewer.require_administrator().is_err() {
                return Ok(None);
            }
            loads.load_one(id).await?.map(Account).map(Node::Account)
        }
        // These have ids, but nothing to be looked up by them.
        AnyId::SessionId(_)
        | AnyId::SignInLinkId(_)
        | AnyId::ApiTokenId(_)
        | AnyId::AttachmentId(_)
        | AnyId::SectionRevisionId(_)
        | AnyId::ContributorId(_)
        | AnyId::ReceiptId(_)
        | AnyId::ReportId(_)
        | AnyId::RuleId(_)
        | AnyId::SimilarGroupId(_)
        | AnyId::JobId(_)
        | AnyId::MailSubscriptionId(_)
        | AnyId::AccessRecordId(_)
        | AnyId::ActionLinkId(_) => None,
    })
}
