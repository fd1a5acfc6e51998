//! Everything that is held about somebody in one document, as JSON for them to keep. What moderators wrote down for each
//! other is not part of it, nor a decision that can still be undone and that nobody has been told of.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    erase::parted,
    person::{self, Held, Whose},
};
use crate::{
    attachments::{self, actions::Shown},
    comments::{self, CommentState},
    context::Context,
    contributors::{self, Contributor, Receipt},
    error::{Error, Result},
    identity::Viewer,
    ledger::{self, ActorKind, Decision, ModerationAction, Subject, UNDO_WINDOW},
    moderation::{
        appeals::{self, Appeal, actions::subject_of},
        reports,
    },
    submissions,
};

/// What somebody wrote, before it was changed.
#[derive(Serialize)]
struct Wording {
    version: i32,
    text: String,
    until: DateTime<Utc>,
}

/// What a contribution is now and was before.
struct Content {
    state: &'static str,
    intake: &'static str,
    text: Option<String>,
    amended_at: Option<DateTime<Utc>>,
    earlier: Vec<Wording>,
    files: Vec<Shown>,
}

/// Gathers it.
pub async fn export(ctx: &Context, viewer: &Viewer, whose: &Whose) -> Result<Value> {
    let held = person::find(ctx, viewer, whose).await?;
    let mut contents = contents(ctx, &held).await?;
    let mut conn = ctx.db.get().await?;
    let ids: Vec<_> = held.receipts.iter().map(|receipt| receipt.contributor).collect();
    let people = contributors::queries::by_ids(&mut conn, &ids).await?;
    let subjects: Vec<Subject> = held.receipts.iter().map(subject_of).collect();
    let records = ledger::queries::of_subjects(&mut conn, &subjects).await?;
    let appeals = appeals::erase::about(&mut conn, &subjects).await?;
    drop(conn);
    let now = ctx.clock.now();
    let mut contributions = Vec::new();
    for receipt in &held.receipts {
        let content = contents.remove(&receipt.subject).ok_or_else(|| Error::missing("contribution"))?;
        let author = people.iter().find(|one| one.id == receipt.contributor);
        let of_this: Vec<&ModerationAction> = records
            .iter()
            .filter(|record| record.subject_id == receipt.subject && is_told(record, now))
            .collect();
        let challenged: Vec<&Appeal> =
            appeals.iter().filter(|appeal| appeal.subject_id == receipt.subject).collect();
        contributions.push(contribution(ctx, receipt, author, content, &of_this, &challenged).await?);
    }
    let mut made = Vec::new();
    for report in &held.reports {
        made.push(reports::mine::told(ctx, report).await?);
    }
    Ok(json!({
        "madeAt": now,
        "document": { "id": held.document.id.to_string(), "slug": held.document.slug, "title": held.document.title },
        "contactKeptForDaysAfterClosing": held.document.retention_days,
        "contributions": contributions,
        "reports": made,
    }))
}

/// Whether the author has been, or is to be, told of a record.
fn is_told(record: &ModerationAction, now: DateTime<Utc>) -> bool {
    let stands = record.actor_kind != ActorKind::Moderator || record.created_at + UNDO_WINDOW <= now;
    record.action != Decision::Note && stands
}

async fn contents(ctx: &Context, held: &Held) -> Result<HashMap<Uuid, Content>> {
    let (comments, submissions) = parted(&held.receipts);
    let mut conn = ctx.db.get().await?;
    let mut found = HashMap::new();
    let mut earlier: HashMap<Uuid, Vec<Wording>> = HashMap::new();
    for row in comments::queries::earlier(&mut conn, &comments).await? {
        let wording =
            Wording { version: row.version, text: row.markdown.to_string(), until: row.replaced_at };
        earlier.entry(row.comment_id.0).or_default().push(wording);
    }
    for row in comments::queries::by_ids(&mut conn, &comments).await? {
        let content = Content {
            state: row.state.as_str(),
            intake: row.intake.as_str(),
            text: (row.state != CommentState::Erased).then(|| row.markdown.to_string()),
            amended_at: row.amended_at,
            earlier: earlier.remove(&row.id.0).unwrap_or_default(),
            files: Vec::new(),
        };
        found.insert(row.id.0, content);
    }
    let rows = submissions::queries::by_ids(&mut conn, &submissions).await?;
    drop(conn);
    for (id, row) in submissions::actions::earlier(ctx, &submissions).await? {
        let wording = Wording { version: row.version, text: row.text, until: row.replaced_at };
        earlier.entry(id.0).or_default().push(wording);
    }
    let mut files: HashMap<Uuid, Vec<Shown>> = HashMap::new();
    for (id, shown) in attachments::actions::of_submissions(ctx, &submissions).await? {
        files.entry(id.0).or_default().push(shown);
    }
    for row in rows {
        let content = Content {
            state: row.state.as_str(),
            intake: row.intake.as_str(),
            text: submissions::actions::text_of(ctx, &row).await?,
            amended_at: row.amended_at,
            earlier: earlier.remove(&row.id.0).unwrap_or_default(),
            files: files.remove(&row.id.0).unwrap_or_default(),
        };
        found.insert(row.id.0, content);
    }
    Ok(found)
}

async fn contribution(
    ctx: &Context,
    receipt: &Receipt,
    author: Option<&Contributor>,
    content: Content,
    records: &[&ModerationAction],
    challenged: &[&Appeal],
) -> Result<Value> {
    let (mut name, mut address) = (String::new(), None);
    if let Some(author) = author {
        name = contributors::name_of(ctx, author).await?;
        address = contributors::address_of(ctx, author).await?;
    }
    let mut appeals = Vec::new();
    for appeal in challenged {
        appeals.push(json!({
            "state": appeal.state.as_str(),
            "text": appeals::actions::text_of(ctx, appeal).await?,
            "lodgedAt": appeal.lodged_at,
            "decidedAt": appeal.decided_at,
        }));
    }
    // Whoever sent a file has it; what is held is what it is called, and that it is there.
    let files: Vec<Value> = content
        .files
        .iter()
        .map(|file| {
            json!({
                "name": file.name,
                "mediaType": file.media_type,
                "bytes": file.bytes,
                "receivedAt": file.stored_at,
            })
        })
        .collect();
    let decisions: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "decision": record.action.as_str(),
                "by": record.actor_kind.as_str(),
                "at": record.created_at,
                "from": record.from_state,
                "to": record.to_state,
                "reason": record.reason.map(ledger::Reason::as_str),
                "rule": record.rule_cited,
                "statement": record.statement(),
            })
        })
        .collect();
    Ok(json!({
        "kind": receipt.kind.as_str(),
        "reference": receipt.reference,
        "link": receipt.url(ctx),
        "receivedAt": receipt.received_at,
        "amendedAt": content.amended_at,
        "name": name,
        "email": address,
        "addressConfirmed": content.intake,
        "mailDoesNotArriveSince": author.and_then(|author| author.bounced_at),
        "mailAboutReplies": author.is_some_and(|author| author.notify_of_replies),
        "state": content.state,
        "text": content.text,
        "earlierTexts": content.earlier,
        "files": files,
        "decisions": decisions,
        "appeals": appeals,
    }))
}
