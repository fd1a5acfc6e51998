//! The demonstration: a consultation of an invented town, with contributions in every state, to look at and to try
//! things on. Loading it can be interrupted anywhere and begun again: each step is done once.

mod contributions;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    clock::Clock,
    comments::{self, CommentState},
    context::Context,
    db::paging::Window,
    documents::{
        self,
        import::{self, Source},
        model::Document,
    },
    error::{Error, Result},
    identity::{Role, Viewer, actions::give_role, model::Grant, viewer::SignedIn},
    ids::{AccountId, AnyId, CommentId, DocumentId, SectionId, SessionId},
    installation,
    ledger::{Actor, Decision, Ruling},
    submissions,
    web::ExampleSection as Example,
};
use contributions::{COMMENTS, Fate, SUBMISSIONS};

/// The pages of the demonstration document.
const PAGES: [(&str, &str); 6] = [
    ("index.md", include_str!("../../demo/index.md")),
    ("1-why.md", include_str!("../../demo/1-why.md")),
    ("2-principles.md", include_str!("../../demo/2-principles.md")),
    ("3-proposals.md", include_str!("../../demo/3-proposals.md")),
    ("4-delivery.md", include_str!("../../demo/4-delivery.md")),
    ("appendix-a.md", include_str!("../../demo/appendix-a.md")),
];

/// What the demonstration is called in addresses.
const SLUG: &str = "streets-for-everyone";

/// How long before it is loaded the demonstration opened, and how long after it closes.
const OPENED: TimeDelta = TimeDelta::days(14);
const CLOSES: TimeDelta = TimeDelta::days(42);

/// Loads the demonstration into a database that holds nothing else, with `administrator` as its moderator. Says
/// whether there was anything to do.
pub async fn load(ctx: &Context, administrator: AccountId, progress: &(dyn Fn(&str) + Sync)) -> Result<bool> {
    let source = Source::from_texts(SLUG, PAGES);
    let mut parsed = import::parse(&source).map_err(|error| Error::internal(error.to_string()))?;
    let mut conn = ctx.db.get().await?;
    if installation::has_demo(&mut conn).await? || others_than(ctx, &parsed.slug).await? {
        return Ok(false);
    }
    drop(conn);
    progress("Loading the demonstration …");
    let now = ctx.clock.now();
    parsed.opens_at = Some(now - OPENED);
    parsed.closes_at = Some(now + CLOSES);
    let document = documents::actions::import(ctx, &parsed).await?.document;
    let grant = Grant { role: Role::Moderator, document_id: Some(document) };
    give_role(ctx, administrator, &grant).await?;
    let moderator = Viewer::signed_in(SignedIn {
        account: administrator,
        session: SessionId::new(now),
        grants: vec![grant],
    });
    add_comments(ctx, &moderator, document, now).await?;
    add_submissions(ctx, &moderator, document, now).await?;
    installation::remember_demo(&mut *ctx.db.get().await?, now).await?;
    Ok(true)
}

/// Whether there are documents other than the one of this slug.
async fn others_than(ctx: &Context, slug: &str) -> Result<bool> {
    Ok(all_documents(ctx).await?.iter().any(|document| document.slug != slug))
}

/// The newest documents, drafts included.
async fn all_documents(ctx: &Context) -> Result<Vec<Document>> {
    let everything = Viewer::signed_in(SignedIn {
        account: AccountId::new(ctx.clock.now()),
        session: SessionId::new(ctx.clock.now()),
        grants: vec![Grant { role: Role::Editor, document_id: None }],
    });
    Ok(documents::actions::list(ctx, &everything, Window::new(Some(2), None, None, None)?).await?.items)
}

/// The same surroundings at another time.
fn at(ctx: &Context, moment: DateTime<Utc>) -> Context {
    Context { clock: Clock::fixed(moment), ..ctx.clone() }
}

async fn section_of(ctx: &Context, document: DocumentId, slug: &str) -> Result<SectionId> {
    let sections = documents::queries::sections(&mut *ctx.db.get().await?, &[document]).await?;
    let found = sections.into_values().flatten().find(|section| section.slug == slug);
    found
        .map(|section| section.id)
        .ok_or_else(|| Error::internal(format!("the demonstration has no section {slug}")))
}

async fn add_comments(
    ctx: &Context,
    moderator: &Viewer,
    document: DocumentId,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut made: Vec<CommentId> = Vec::with_capacity(COMMENTS.len());
    for (number, comment) in COMMENTS.iter().enumerate() {
        let target = match (comment.replies_to, comment.section) {
            (Some(other), _) => AnyId::CommentId(made[other]),
            (None, Some(slug)) => AnyId::SectionId(section_of(ctx, document, slug).await?),
            (None, None) => AnyId::DocumentId(document),
        };
        let then = at(ctx, now - OPENED + TimeDelta::hours(comment.after_hours));
        let sent = comments::actions::submit(
            &then,
            &Viewer::anonymous(),
            comments::actions::SubmitComment {
                target,
                author: contributions::author(comment.author),
                body: comment.body.into(),
                notify_of_replies: false,
                form_token: None,
                idempotency_key: Some(format!("demonstration-comment-{number}")),
            },
        )
        .await?
        .comment;
        made.push(sent.id);
        // Before it is replied to.
        if comment.fate.was_public() && sent.state == CommentState::Pending {
            let later = at(ctx, then.clock.now() + TimeDelta::hours(2));
            decide(&later, moderator, sent.id, sent.version, Ruling::plain(Decision::Approve)).await?;
        }
    }
    for (id, comment) in made.into_iter().zip(COMMENTS) {
        let later = at(ctx, now - OPENED + TimeDelta::hours(comment.after_hours + 4));
        meet_fate(&later, moderator, id, &comment.fate).await?;
    }
    Ok(())
}

/// Brings a comment to the state it is to show, as moderators, rules and authors would; one that is there already
/// stays.
async fn meet_fate(ctx: &Context, moderator: &Viewer, id: CommentId, fate: &Fate) -> Result<()> {
    let found = comments::queries::by_id(&mut *ctx.db.get().await?, id).await?;
    let Some(comment) = found.filter(|comment| {
        comment.state == if fate.was_public() { CommentState::Published } else { CommentState::Pending }
    }) else {
        return Ok(());
    };
    let restrict = |decision, reason, statement: &str| Ruling {
        reason: Some(reason),
        statement: Some(statement.to_owned()),
        ..Ruling::plain(decision)
    };
    match *fate {
        Fate::Pending | Fate::Published => {}
        Fate::Rejected(reason, statement) => {
            let ruling = restrict(Decision::Reject, reason, statement);
            decide(ctx, moderator, id, comment.version, ruling).await?;
        }
        Fate::Hidden(reason, statement) => {
            let ruling = restrict(Decision::Hide, reason, statement);
            decide(ctx, moderator, id, comment.version, ruling).await?;
        }
        Fate::Withheld => drop(comments::actions::decide(ctx, id, Actor::Rule, Decision::Withhold).await?),
        Fate::Withdrawn => drop(comments::actions::decide(ctx, id, Actor::Author, Decision::Withdraw).await?),
        Fate::Erased => drop(comments::actions::decide(ctx, id, Actor::System, Decision::Erase).await?),
    }
    Ok(())
}

async fn decide(
    ctx: &Context,
    moderator: &Viewer,
    id: CommentId,
    expected_version: i32,
    ruling: Ruling,
) -> Result<()> {
    let input =
        comments::actions::ModerateComment { id, expected_version, ruling, cuts: Vec::new(), batch: None };
    comments::actions::moderate(ctx, moderator, input).await?;
    Ok(())
}

async fn add_submissions(
    ctx: &Context,
    moderator: &Viewer,
    document: DocumentId,
    now: DateTime<Utc>,
) -> Result<()> {
    for (number, submission) in SUBMISSIONS.iter().enumerate() {
        let then = at(ctx, now - OPENED + TimeDelta::hours(submission.after_hours));
        let made = submissions::actions::make(
            &then,
            &Viewer::anonymous(),
            submissions::actions::MakeSubmission {
                document,
                author: contributions::author(submission.author),
                body: submission.body.into(),
                attachments: Vec::new(),
                form_token: None,
                idempotency_key: Some(format!("demonstration-submission-{number}")),
            },
        )
        .await?
        .submission;
        if let Some(decision) = submission.handled
            && made.version == 1
        {
            let later = at(ctx, then.clock.now() + TimeDelta::hours(3));
            let ruling = Ruling::plain(decision);
            let input = submissions::actions::HandleSubmission {
                id: made.id,
                expected_version: 1,
                ruling,
                batch: None,
            };
            submissions::actions::handle(&later, moderator, input).await?;
        }
    }
    Ok(())
}

/// A section that the explorer can show first: of the demonstration where it is loaded, else of the newest document; the
/// one with the most comments.
pub async fn example(ctx: &Context) -> Result<Option<Example>> {
    let newest = Window::new(Some(1), None, None, None)?;
    let mut conn = ctx.db.get().await?;
    let demonstration = if installation::has_demo(&mut conn).await? {
        documents::queries::by_slug(&mut conn, SLUG).await?
    } else {
        None
    };
    drop(conn);
    let document =
        match demonstration.filter(|document| documents::policy::may_read(&Viewer::anonymous(), document)) {
            Some(document) => document,
            None => match documents::actions::list(ctx, &Viewer::anonymous(), newest).await?.items.pop() {
                Some(document) => document,
                None => return Ok(None),
            },
        };
    let mut conn = ctx.db.get().await?;
    let sections = documents::queries::sections(&mut conn, &[document.id]).await?.remove(&document.id);
    let sections = sections.unwrap_or_default();
    let ids: Vec<_> = sections.iter().map(|section| section.id.0).collect();
    let counts = comments::queries::published_counts(&mut conn, &ids).await?;
    // Of equals the first in reading order.
    let busiest =
        sections.into_iter().rev().max_by_key(|section| counts.get(&section.id.0).copied().unwrap_or(0));
    Ok(busiest.map(|section| Example {
        document: document.slug,
        document_id: document.id.to_string(),
        section: section.slug,
        id: section.id.to_string(),
    }))
}
