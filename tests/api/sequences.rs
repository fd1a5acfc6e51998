//! Whatever several moderators do in whatever order, at the same time too: the state of each comment is what the log
//! says when it is replayed, counters are what a recount gives, nobody sees what is not public, and the chain holds.

use std::collections::HashMap;

use answerable::{
    comments::{self, Comment, actions::ModerateComment, model::CommentState},
    error::Error,
    identity::{Role, Viewer, actions::add_account, model::Grant, viewer::SignedIn},
    ids::{AnyId, CommentId, DocumentId, SessionId},
    ledger::{self, Actor, Decision, Reason, Ruling, Subject, verify},
    mail::EmailAddress,
    moderation::bulk::{self, Seen},
};
use chrono::TimeDelta;
use futures_util::future::join_all;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::support::{TestService, documents::BRIDGES, recount};

const COMMENTS: usize = 4;
const MODERATORS: usize = 3;
const KEPT: &str = "Kept words, kept for everybody.";
const CUT: &str = "Cut words, cut for everybody.";

/// What moderators decide.
const DECISIONS: [Decision; 7] = [
    Decision::Approve,
    Decision::Redact,
    Decision::Reject,
    Decision::Hide,
    Decision::Restore,
    Decision::MarkReviewed,
    Decision::RequestChanges,
];

#[derive(Clone, Copy, Debug)]
enum Deed {
    Decide(Decision),
    /// One of the decisions that are possible, by its number.
    Possible(usize),
    /// The same about all comments in one request, all or nothing if so.
    Together(Decision, bool),
    Undo,
    Note,
    /// Not by a moderator: the author withdraws, a rule withholds, the service erases.
    Without(Decision),
    /// Longer than a decision can be undone.
    Wait,
}

/// One deed of one moderator on one comment.
#[derive(Clone, Copy, Debug)]
struct Step {
    moderator: usize,
    comment: usize,
    deed: Deed,
    /// On an older version than the present one.
    late: bool,
}

impl Step {
    fn names_a_version(self) -> bool {
        matches!(self.deed, Deed::Decide(_) | Deed::Possible(_) | Deed::Together(..) | Deed::Undo)
    }

    fn is_about_what(self, other: Self) -> bool {
        let all = |step: Self| matches!(step.deed, Deed::Together(..));
        self.comment == other.comment || all(self) || all(other)
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let deed = prop_oneof![
        3 => prop::sample::select(DECISIONS.to_vec()).prop_map(Deed::Decide),
        9 => (0..DECISIONS.len()).prop_map(Deed::Possible),
        2 => (prop::sample::select(DECISIONS.to_vec()), any::<bool>())
            .prop_map(|(decision, whole)| Deed::Together(decision, whole)),
        3 => Just(Deed::Undo),
        1 => Just(Deed::Note),
        1 => prop::sample::select(vec![Decision::Withhold, Decision::Withhold, Decision::Withdraw, Decision::Erase])
            .prop_map(Deed::Without),
        1 => Just(Deed::Wait),
    ];
    let step = (0..MODERATORS, 0..COMMENTS, deed, prop::bool::weighted(0.1))
        .prop_map(|(moderator, comment, deed, late)| Step { moderator, comment, deed, late });
    prop::collection::vec(step, 5..40)
}

#[test]
fn whatever_moderators_do_state_log_and_counters_agree() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let desk = runtime.block_on(Desk::open());
    let config = Config { cases: 16, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    let cases = (any::<bool>(), steps());
    let result = TestRunner::new(config)
        .run(&cases, |(post, steps)| runtime.block_on(desk.plays(post, &steps)).map_err(TestCaseError::fail));
    let records = runtime.block_on(desk.service.count("FROM moderation_actions"));
    println!("{records} records");
    result.unwrap();
    assert!(records > 60, "{records} records: hardly anything was possible");
    runtime.block_on(desk.service.stop());
}

/// The desk: a service and moderators of all its documents.
struct Desk {
    service: TestService,
    moderators: Vec<Viewer>,
}

impl Desk {
    async fn open() -> Self {
        let service = TestService::start().await;
        let mut moderators = Vec::new();
        for n in 0..MODERATORS {
            let email = EmailAddress::parse(&format!("moderator.{n}@example.org")).unwrap();
            let grant = Grant { role: Role::Moderator, document_id: None };
            let grants = vec![grant];
            let account =
                add_account(&service.ctx, &email, &format!("Moderator {n}"), &grants).await.unwrap();
            let session = SessionId::new(service.clock.now());
            moderators.push(Viewer::signed_in(SignedIn { account, session, grants }));
        }
        Self { service, moderators }
    }

    /// Plays a sequence on a document of its own, two steps at a time.
    async fn plays(&self, post: bool, steps: &[Step]) -> Result<(), String> {
        let slug = format!("d{}", self.service.count("FROM documents").await);
        let moderation = if post { "post" } else { "pre" };
        let source = BRIDGES.replace("slug: bridges", &format!("slug: {slug}\nmoderation: {moderation}"));
        let document = self.service.import(&source).await;
        let ids = self.comments(&slug, document).await;
        for pair in steps.chunks(2) {
            let present = self.present(&ids).await;
            let done = join_all(pair.iter().map(|step| self.does(*step, &present))).await;
            let same = pair.len() == 2 && pair[0].is_about_what(pair[1]);
            for (step, done) in pair.iter().zip(done) {
                match done {
                    Ok(()) if step.late && step.names_a_version() => {
                        return Err(format!("{step:?} was done on an older version"));
                    }
                    Ok(()) | Err(Error::Refused(_)) => {}
                    Err(Error::Conflict(_)) if step.late || same => {}
                    Err(error) => return Err(format!("{step:?}: {}", error.report())),
                }
            }
        }
        self.agrees(document, post, &ids).await
    }

    /// A conversation of two in a section, one more there, and one about the document.
    async fn comments(&self, slug: &str, document: DocumentId) -> Vec<CommentId> {
        let reader = self.service.anybody();
        let query =
            "query($slug: String!) { section(documentSlug: $slug, slug: \"what-we-propose\") { id } }";
        let section =
            reader.data(query, json!({ "slug": slug })).await["section"]["id"].as_str().unwrap().to_owned();
        let body = format!("{KEPT} {CUT}");
        let root = reader.comment_id(&section, &body).await;
        let id = |text: &str| match AnyId::parse(text).unwrap() {
            AnyId::CommentId(id) => id,
            other => panic!("{other}"),
        };
        let present = self.present(&[id(&root)]).await;
        let approve = Step { moderator: 0, comment: 0, deed: Deed::Decide(Decision::Approve), late: false };
        self.does(approve, &present).await.unwrap();
        let others = [
            reader.comment_id(&root, &body).await,
            reader.comment_id(&section, &body).await,
            reader.comment_id(&document.to_string(), &body).await,
        ];
        std::iter::once(&root).chain(&others).map(|text| id(text)).collect()
    }

    async fn present(&self, ids: &[CommentId]) -> Vec<Comment> {
        let mut conn = self.service.ctx.db.get().await.unwrap();
        let found = comments::queries::by_ids(&mut conn, ids).await.unwrap();
        ids.iter().map(|id| found.iter().find(|comment| comment.id == *id).unwrap().clone()).collect()
    }

    async fn does(&self, step: Step, present: &[Comment]) -> answerable::error::Result<()> {
        let (ctx, viewer) = (&self.service.ctx, &self.moderators[step.moderator]);
        let comment = &present[step.comment];
        let id = comment.id;
        let expected_version = comment.version - i32::from(step.late);
        match step.deed {
            Deed::Possible(number) => {
                let possible =
                    |decision: &&Decision| comments::policy::transition(comment, **decision).is_ok();
                let possible: Vec<_> = DECISIONS.iter().filter(possible).collect();
                let Some(decision) = number.checked_rem(possible.len()).map(|at| *possible[at]) else {
                    return nothing();
                };
                Box::pin(self.does(Step { deed: Deed::Decide(decision), ..step }, present)).await
            }
            Deed::Decide(decision) => {
                let ruling = explained(decision);
                let cuts = if decision == Decision::Redact { vec![CUT.to_owned()] } else { Vec::new() };
                let input = ModerateComment { id, expected_version, ruling, cuts, batch: None };
                comments::actions::moderate(ctx, viewer, input).await.map(drop)
            }
            Deed::Together(decision, whole) => {
                let seen = |comment: &Comment| Seen {
                    id: comment.id,
                    version: comment.version - i32::from(step.late),
                };
                let mut items: Vec<_> = present.iter().map(seen).collect();
                // Not everybody has them in the same order on the screen.
                items.rotate_left(step.moderator);
                let made = bulk::moderate(ctx, viewer, &items, &explained(decision), whole).await?;
                let done = made.iter().filter(|outcome| outcome.is_ok()).count();
                assert!(!whole || done == 0 || done == items.len(), "{done} of all or nothing");
                if done == 0 { nothing() } else { Ok(()) }
            }
            Deed::Undo => comments::actions::undo(ctx, viewer, id, expected_version).await.map(drop),
            Deed::Note => comments::actions::note(ctx, viewer, id, "To be watched.".into()).await.map(drop),
            Deed::Without(decision) => {
                let actor = match decision {
                    Decision::Withdraw => Actor::Author,
                    Decision::Withhold => Actor::Rule,
                    _ => Actor::System,
                };
                comments::actions::decide(ctx, id, actor, decision).await.map(drop)
            }
            Deed::Wait => {
                self.service.clock.advance(TimeDelta::minutes(11));
                Ok(())
            }
        }
    }

    /// Whether everything that says how the comments stand says the same.
    async fn agrees(&self, document: DocumentId, post: bool, ids: &[CommentId]) -> Result<(), String> {
        let present = self.present(ids).await;
        // Of this document alone: what an earlier sequence broke is no fault of this one.
        let id = document.0;
        let scopes = format!("IN (SELECT id FROM sections WHERE document_id = '{id}' UNION SELECT '{id}')");
        let roots = format!("IN (SELECT id FROM comments WHERE document_id = '{id}')");
        for (what, differing) in [
            ("sections and documents", format!("{} AND coalesce(scope, scope_id) {scopes}", recount::COUNTS)),
            ("conversations", format!("{} AND root_id {roots}", recount::THREADS)),
        ] {
            let differing = self.service.count(&differing).await;
            if differing > 0 {
                return Err(format!("{differing} counters of {what} differ from a recount"));
            }
        }
        let mut conn = self.service.ctx.db.get().await.unwrap();
        let subjects: Vec<Subject> = ids.iter().map(|id| Subject::Comment(*id)).collect();
        let log = ledger::queries::of_subjects(&mut conn, &subjects).await.unwrap();
        replay(&present, post, &log)?;
        let chain = verify::Chain { document, slug: Some("any".into()) };
        let proof = verify::prove(&mut conn, &chain, None, &|_| {}).await.unwrap();
        if proof.fault.is_some() || proof.records != i64::try_from(log.len()).unwrap() {
            return Err(format!("the log of {} records does not hold: {proof:?}", log.len()));
        }
        drop(conn);
        for comment in &present {
            self.is_seen_as_it_should_be(comment).await?;
        }
        self.are_listed_as_they_should_be(document, &present).await
    }

    /// Whether lists and their lengths show readers what was public once, in whatever order, and nothing else.
    async fn are_listed_as_they_should_be(
        &self,
        document: DocumentId,
        present: &[Comment],
    ) -> Result<(), String> {
        let list = |order: &str| {
            format!(
                "comments(first: 10, order: {order}) {{ totalCount nodes {{ id replies(first: 10) {{ totalCount nodes {{ id }} }} }} }}"
            )
        };
        for order in ["NEWEST", "OLDEST", "MOST_DISCUSSED"] {
            let list = list(order);
            let query = format!(
                "query($id: ID!) {{ node(id: $id) {{ ... on Document {{ {list} sections(first: 100) {{ nodes {{ {list} }} }} }} }} }}"
            );
            let asked = self.service.anybody().data(&query, json!({ "id": document.to_string() })).await;
            let mut lists: Vec<&Value> = vec![&asked["node"]["comments"]];
            let sections = asked["node"]["sections"]["nodes"].as_array().unwrap();
            lists.extend(sections.iter().map(|section| &section["comments"]));
            let threads: Vec<&Value> =
                lists.iter().flat_map(|list| list["nodes"].as_array().unwrap()).collect();
            lists.extend(threads.iter().map(|thread| &thread["replies"]));
            let mut listed = Vec::new();
            for list in lists {
                let nodes = list["nodes"].as_array().unwrap();
                if list["totalCount"] != nodes.len() {
                    return Err(format!("the length of a list is not its own: {list:#}"));
                }
                listed.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
            }
            // A reply is reached by what it replies to.
            let is_seen = |id: &CommentId| {
                present.iter().any(|comment| comment.id == *id && comment.published_at.is_some())
            };
            let seen = present
                .iter()
                .filter(|comment| is_seen(&comment.id) && comment.parent_id.as_ref().is_none_or(is_seen));
            let mut seen: Vec<_> = seen.map(|comment| comment.id.to_string()).collect();
            seen.sort();
            listed.sort();
            if listed != seen {
                return Err(format!("{order}: listed are {listed:?}, and readers may see {seen:?}"));
            }
        }
        Ok(())
    }

    async fn is_seen_as_it_should_be(&self, comment: &Comment) -> Result<(), String> {
        let query =
            "query($id: ID!) { node(id: $id) { ... on Comment { state body { markdown html plain } } } }";
        let seen =
            self.service.anybody().data(query, json!({ "id": comment.id.to_string() })).await["node"].take();
        let (state, public) = (comment.state, comment.published_at.is_some());
        let fits = match state {
            CommentState::Pending | CommentState::Rejected => !public && seen.is_null(),
            CommentState::Published => {
                let text = seen["body"].to_string();
                public && text.contains(KEPT) && text.contains(CUT) != comment.is_redacted()
            }
            // A tombstone, where readers have seen it.
            CommentState::Hidden => public && seen["state"] == "HIDDEN" && seen["body"].is_null(),
            CommentState::Withheld | CommentState::Withdrawn => {
                if public {
                    seen["state"] == state.as_str() && seen["body"].is_null()
                } else {
                    seen.is_null()
                }
            }
            CommentState::Erased => {
                comment.markdown.is_empty() && (seen.is_null() != public) && seen["body"].is_null()
            }
        };
        if fits { Ok(()) } else { Err(format!("a reader sees {seen} of {}, which is {state:?}", comment.id)) }
    }
}

/// A ruling with the grounds it needs.
fn explained(decision: Decision) -> Ruling {
    let told = decision.is_restrictive() || decision == Decision::RequestChanges;
    Ruling {
        reason: decision.is_restrictive().then_some(Reason::OffTopic),
        statement: told.then(|| "It is about another bridge.".into()),
        ..Ruling::plain(decision)
    }
}

/// Nothing is possible any more.
fn nothing() -> answerable::error::Result<()> {
    Err(Error::refused(answerable::error::UserErrorCode::InvalidTransition, "Nothing is possible.", &[]))
}

/// Follows each comment through the log: every step begins where the one before ended, and the last ends where the
/// comment stands.
fn replay(present: &[Comment], post: bool, log: &[ledger::ModerationAction]) -> Result<(), String> {
    let begins = if post { CommentState::Published } else { CommentState::Pending };
    let mut states: HashMap<_, (&str, i32)> =
        present.iter().map(|comment| (comment.id.0, (begins.as_str(), 1))).collect();
    let mut records: Vec<_> = log.iter().collect();
    records.sort_by_key(|record| record.seq);
    for record in records {
        let (state, version) = states.get_mut(&record.subject_id).unwrap();
        if record.from_state != *state {
            return Err(format!("record {} begins in another state than the one before left", record.seq));
        }
        *state = &record.to_state;
        // A note changes nothing.
        *version += i32::from(record.action != Decision::Note);
        if record.subject_version != *version {
            return Err(format!(
                "record {} is of version {}, not {version}",
                record.seq, record.subject_version
            ));
        }
    }
    for comment in present {
        let replayed = states[&comment.id.0];
        if replayed != (comment.state.as_str(), comment.version) {
            return Err(format!("{} is {}, by the log {replayed:?}", comment.id, comment.state.as_str()));
        }
    }
    Ok(())
}
