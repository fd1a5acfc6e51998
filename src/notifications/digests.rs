//! What does not go at once: collected in a table, and mailed by one job for each account and due time.
//!
//! What was collected stays in the table until its mail has left, so that nothing is lost whenever a process dies; the
//! second copy that may come of that has the same Message-ID.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Post, action_links, active,
    letters::{self, DigestDocument, DigestItem, DigestTopic},
    model::{Entry, MailMode, MailTopic, Preference, Way},
    moderators, preferences, queries, schedule,
};
use crate::{
    comments::{self, Comment},
    contributors,
    documents::{self, model::Document},
    error::Result,
    identity,
    ids::{AccountId, AppealId, CommentId, DocumentId, JobId, MailSubscriptionId, SubmissionId},
    locale,
    moderation::{
        appeals::{self, Appeal},
        claims,
    },
    outbox::{self, Failure, Job},
    seal,
    submissions::{self, Submission},
};

/// Over which time the rate of mail is measured.
const BURST_WINDOW: TimeDelta = TimeDelta::hours(1);
/// How many items of one topic a digest shows one by one; of the rest it says how many they are.
const MAX_SHOWN: usize = 25;
/// How much of a comment a digest quotes, in characters.
const MAX_QUOTE: usize = 400;

/// The digest of one account that is due at one time.
#[derive(Serialize, Deserialize)]
pub(super) struct SendDigest {
    account: AccountId,
    due_at: DateTime<Utc>,
}

impl Job for SendDigest {
    const KIND: &'static str = "notifications.send_digest";
}

/// Something that a moderator is to be told of.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub job: JobId,
    pub account: AccountId,
    pub document: DocumentId,
    pub topic: MailTopic,
    pub subject: Uuid,
}

/// Decides how a moderator is told of something, and collects it where it is not to be mailed at once; then there is
/// nothing left to do. The same job is always decided in the same way. Where mail goes at once, this gives the
/// subscription that it is part of.
pub(super) async fn at_once(post: &Post, arrival: Arrival) -> Result<Option<MailSubscriptionId>> {
    let now = post.ctx.clock.now();
    let mut conn = post.ctx.writer().await?;
    conn.transaction(async |conn| {
        let Arrival { account, document, .. } = arrival;
        // Locked: of many that come at once each is counted.
        let subscription = queries::lock_subscription(conn, account, Some(document), now).await?;
        if let Some(way) = queries::arrival(conn, arrival.job).await? {
            return Ok((way == Way::AtOnce).then_some(subscription.id));
        }
        let chosen = queries::chosen(conn, &[account]).await?;
        let preference = Preference::for_document(&chosen, document);
        let claims = claims::queries::by_subjects(conn, &[arrival.subject]).await?;
        let claimed = claims.iter().any(|claim| claim.account_id == account && now < claim.expires_at);
        let topic = if claimed { MailTopic::AssignedToMe } else { arrival.topic };
        // What one has claimed is wanted as that, or as what it is.
        let Some(topic) = [topic, arrival.topic].into_iter().find(|topic| preference.wants(*topic)) else {
            return Ok(None);
        };
        let way = match preference.mode {
            MailMode::AtOnce if is_burst(conn, post.burst, arrival, now).await? => Way::Burst,
            MailMode::AtOnce => Way::AtOnce,
            MailMode::Hourly | MailMode::Daily | MailMode::None => Way::Digest,
        };
        queries::arrived(conn, arrival.job, account, document, way, now).await?;
        if way == Way::AtOnce {
            return Ok(Some(subscription.id));
        }
        let due_at = preference.due(now).unwrap_or_else(|| schedule::next_hour(now));
        collect(conn, Arrival { topic, ..arrival }, way, due_at, now).await?;
        Ok(None)
    })
    .await
}

/// Whether there is too much for mail at once: more than the rate allows within an hour; once it has come to that, until
/// it is half as much again.
async fn is_burst(
    conn: &mut AsyncPgConnection,
    rate: u32,
    arrival: Arrival,
    now: DateTime<Utc>,
) -> Result<bool> {
    let since = now - BURST_WINDOW;
    let recent = queries::recent(conn, arrival.account, arrival.document, since, rate.into()).await?;
    let bound = if recent.first() == Some(&Way::Burst) { rate.div_ceil(2) } else { rate };
    Ok(u32::try_from(recent.len()).is_ok_and(|count| count >= bound))
}

async fn collect(
    conn: &mut AsyncPgConnection,
    arrival: Arrival,
    way: Way,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let Arrival { account, document, topic, subject, .. } = arrival;
    let entry = Entry {
        id: crate::ids::new(now),
        account_id: account,
        document_id: document,
        topic,
        subject_id: subject,
        burst: way == Way::Burst,
        due_at,
        created_at: now,
    };
    queries::collect(conn, &entry).await?;
    // The job of an account and a due time exists once, whoever makes it.
    let of_due = seal::digest(&[account.0.as_bytes(), &due_at.timestamp_micros().to_be_bytes()]);
    let of_due = Uuid::from_slice(&of_due[..16]).unwrap_or(account.0);
    let job = SendDigest { account, due_at };
    outbox::enqueue_children(conn, due_at, JobId(account.0), vec![(of_due, job)]).await
}

/// Mails what was collected and still waits; nothing where nothing is left.
pub(super) async fn send(post: Post, id: JobId, job: SendDigest) -> std::result::Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let entries = queries::entries(&mut conn, job.account, job.due_at).await?;
    let collected: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let kept = still_wanted(&mut conn, job.account, entries, post.ctx.clock.now()).await?;
    drop(conn);
    let account = active(&post.ctx, job.account).await?;
    if let Some(account) = account.filter(|_| !kept.is_empty()) {
        let subscription = subscription_of(&post, job.account, &kept).await?;
        let documents = shown(&post, id, job.account, kept).await?;
        let stop = preferences::unsubscribe_url(&post.ctx, subscription);
        let words = locale::words(&account.language);
        post.send(id, &account, letters::digest(words, &documents, post.burst, &stop)?).await?;
    }
    // Only now that it has left.
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    Ok(queries::take_out(&mut conn, &collected).await?)
}

/// The subscription that the digest is part of: to its document, or to all where it is about more than one.
async fn subscription_of(post: &Post, account: AccountId, kept: &[Kept]) -> Result<MailSubscriptionId> {
    let documents: HashSet<DocumentId> = kept.iter().map(|kept| kept.entry.document_id).collect();
    let one = documents.iter().next().copied().filter(|_| documents.len() == 1);
    let now = post.ctx.clock.now();
    let mut conn = post.ctx.db.get().await?;
    conn.transaction(async |conn| Ok(queries::lock_subscription(conn, account, one, now).await?.id)).await
}

/// Something that was collected and still waits.
struct Kept {
    entry: Entry,
    item: KeptItem,
}

enum KeptItem {
    Comment(Comment),
    Submission(Submission),
    /// A comment that readers have reported.
    Reported(Comment),
    Appeal(Appeal),
}

/// What of this still waits, in documents that the account still moderates, and is still wanted.
async fn still_wanted(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    entries: Vec<Entry>,
    now: DateTime<Utc>,
) -> Result<Vec<Kept>> {
    let chosen = queries::chosen(conn, &[account]).await?;
    let grants = identity::queries::grants(conn, &[account], now).await?;
    let moderates = |document| {
        grants.iter().any(|(_, grant)| {
            grant.role == identity::Role::Moderator && grant.document_id.is_none_or(|of| of == document)
        })
    };
    let ids = |topics: &[MailTopic]| -> Vec<Uuid> {
        let of_topics = entries.iter().filter(|entry| topics.contains(&entry.topic));
        of_topics.map(|entry| entry.subject_id).collect()
    };
    let of_comments: Vec<CommentId> =
        ids(&[MailTopic::WaitingComments, MailTopic::AssignedToMe]).into_iter().map(CommentId).collect();
    let of_submissions: Vec<SubmissionId> =
        ids(&[MailTopic::Submissions, MailTopic::AssignedToMe]).into_iter().map(SubmissionId).collect();
    let mut comments: HashMap<Uuid, Comment> = comments::queries::by_ids(conn, &of_comments)
        .await?
        .into_iter()
        .filter(moderators::waits)
        .map(|row| (row.id.0, row))
        .collect();
    let mut submissions: HashMap<Uuid, Submission> = submissions::queries::by_ids(conn, &of_submissions)
        .await?
        .into_iter()
        .filter(Submission::waits)
        .map(|row| (row.id.0, row))
        .collect();
    let reported: Vec<CommentId> = ids(&[MailTopic::Reports]).into_iter().map(CommentId).collect();
    let mut reported: HashMap<Uuid, Comment> = comments::queries::by_ids(conn, &reported)
        .await?
        .into_iter()
        .filter(|row| row.open_reports > 0)
        .map(|row| (row.id.0, row))
        .collect();
    let appealed: Vec<AppealId> = ids(&[MailTopic::Appeals]).into_iter().map(AppealId).collect();
    let mut appealed: HashMap<Uuid, Appeal> = appeals::queries::by_ids(conn, &appealed)
        .await?
        .into_iter()
        .filter(Appeal::is_open)
        .map(|row| (row.id.0, row))
        .collect();
    let mut kept = Vec::new();
    for entry in entries {
        let wanted = Preference::for_document(&chosen, entry.document_id).wants(entry.topic);
        if !wanted || !moderates(entry.document_id) {
            continue;
        }
        let item = match entry.topic {
            MailTopic::Submissions | MailTopic::WaitingComments | MailTopic::AssignedToMe => comments
                .remove(&entry.subject_id)
                .map(KeptItem::Comment)
                .or_else(|| submissions.remove(&entry.subject_id).map(KeptItem::Submission)),
            MailTopic::Reports => reported.remove(&entry.subject_id).map(KeptItem::Reported),
            MailTopic::Appeals => appealed.remove(&entry.subject_id).map(KeptItem::Appeal),
        };
        kept.extend(item.map(|item| Kept { entry, item }));
    }
    Ok(kept)
}

/// What the digest shows, document by document, and within each topic by topic.
async fn shown(post: &Post, id: JobId, account: AccountId, kept: Vec<Kept>) -> Result<Vec<DigestDocument>> {
    let mut conn = post.ctx.db.get().await?;
    let of: Vec<DocumentId> = kept.iter().map(|kept| kept.entry.document_id).collect();
    let mut titles: Vec<Document> = documents::queries::by_ids(&mut conn, &of).await?;
    titles.sort_by(|one, other| one.title.cmp(&other.title).then(one.id.cmp(&other.id)));
    let mut groups: HashMap<(DocumentId, MailTopic), Vec<Kept>> = HashMap::new();
    for kept in kept {
        groups.entry((kept.entry.document_id, kept.entry.topic)).or_default().push(kept);
    }
    let mut found = Vec::new();
    for document in titles {
        let mut shown = DigestDocument { title: document.title, burst: false, topics: Vec::new() };
        for topic in MailTopic::ALL {
            let Some(mut of_topic) = groups.remove(&(document.id, topic)) else { continue };
            shown.burst |= of_topic.iter().any(|kept| kept.entry.burst);
            let more = of_topic.len().saturating_sub(MAX_SHOWN);
            of_topic.truncate(MAX_SHOWN);
            let items = items(post, &mut conn, id, account, of_topic).await?;
            shown.topics.push(DigestTopic { topic, items, more });
        }
        found.push(shown);
    }
    Ok(found)
}

async fn items(
    post: &Post,
    conn: &mut AsyncPgConnection,
    id: JobId,
    account: AccountId,
    of: Vec<Kept>,
) -> Result<Vec<DigestItem>> {
    let rows: Vec<&Comment> = of
        .iter()
        .filter_map(|kept| match &kept.item {
            KeptItem::Comment(comment) => Some(comment),
            KeptItem::Submission(_) | KeptItem::Reported(_) | KeptItem::Appeal(_) => None,
        })
        .collect();
    let links = action_links::make(&post.ctx, conn, id, account, &rows).await?;
    let authors: Vec<_> = rows.iter().map(|comment| comment.contributor_id).collect();
    let authors: HashMap<_, _> = contributors::queries::by_ids(conn, &authors)
        .await?
        .into_iter()
        .map(|author| (author.id, author.display_name))
        .collect();
    let bare = |received: DateTime<Utc>, id: String| DigestItem {
        received,
        author: None,
        quote: None,
        link: post.ctx.link(&format!("/desk/{id}")),
        decide: None,
    };
    let item = |kept: Kept| match kept.item {
        KeptItem::Comment(comment) => DigestItem {
            received: comment.created_at,
            author: authors.get(&comment.contributor_id).cloned(),
            quote: Some(quote(&comment.plain)),
            link: post.ctx.link(&format!("/desk/{}", comment.id)),
            decide: links.get(&comment.id).cloned(),
        },
        // Nothing of a submission is in a mail, not even who sent it; nor of an appeal, nor of what was found fault with.
        KeptItem::Submission(submission) => bare(submission.created_at, submission.id.to_string()),
        KeptItem::Reported(comment) => bare(comment.created_at, comment.id.to_string()),
        KeptItem::Appeal(appeal) => bare(appeal.lodged_at, appeal.id.to_string()),
    };
    Ok(of.into_iter().map(item).collect())
}

/// The beginning of a comment, with an ellipsis where there is more.
fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
