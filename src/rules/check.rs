//! Running the rules on a contribution: what costs little first, classifiers after it, what needs the database to stand
//! still within the transaction.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use futures_util::future::try_join_all;

use super::{
    classifier, fold,
    form::Filled,
    model::{self, FindingRow, Rule, RuleEffect, RuleKind},
    queries,
    similar::{self, Others},
    sketch::Sketch,
};
use crate::{
    context::Context,
    error::{Error, Result, UserError, UserErrorCode},
    ids::{self, ContributorId, DocumentId, RuleId},
    ledger::{Subject, SubjectKind},
    markup::html::{Token, tokens},
    seal::DataKey,
    vault::Class,
};

/// Two people who say "I agree." have not copied each other: a text of others counts as repeated from this many words on.
const REPEATED_WORDS: usize = 6;
/// How many similar texts are counted at least; more than that are many.
const COUNTED: i64 = 1_000;
/// How many words of a list are named at once.
const MAX_NAMED: usize = 10;

/// A text that arrives, in all its forms.
pub struct Arrival<'a> {
    /// As what it arrives.
    pub kind: SubjectKind,
    /// The document it is about.
    pub document: DocumentId,
    /// The source.
    pub markdown: &'a str,
    /// Safe HTML.
    pub html: &'a str,
    /// Plain text.
    pub plain: &'a str,
    /// How it was written.
    pub filled: Filled,
}

/// What a rule found.
struct Found {
    rule: RuleId,
    kind: RuleKind,
    text: String,
    withhold: bool,
}

impl Found {
    fn new(rule: &Rule, withhold: bool, text: String) -> Self {
        Self { rule: rule.id, kind: rule.kind, text, withhold }
    }
}

/// A text on which everything was run that can be before the transaction.
pub struct Assessed {
    kind: SubjectKind,
    document: DocumentId,
    rules: Vec<Rule>,
    found: Vec<Found>,
    sketch: Option<Sketch>,
    /// Seals what was found; fetched now, because the transaction must not wait for another connection.
    key: Option<Arc<DataKey>>,
}

/// What comes of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether a comment is to be held for a moderator.
    pub withhold: bool,
}

/// What an author can be told beforehand.
pub struct Foreseen {
    /// What has to be put right.
    pub problems: Vec<UserError>,
    /// Whether it would be held for a moderator.
    pub withhold: bool,
    /// Whether it would be if it were the first contribution of its address.
    pub withhold_first: bool,
}

/// Runs the rules that need the text alone, then outside classifiers. Refused where a rule asks the author to revise; no
/// classifier is asked about such a text. Called before the transaction, which [`Assessed::settle`] is part of.
pub async fn assess(ctx: &Context, arrival: &Arrival<'_>) -> Result<Assessed> {
    let rules = queries::of_documents(&mut *ctx.db.get().await?, &[arrival.document]).await?;
    let (mut found, problems) = by_text(&rules, arrival);
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let asked = rules.iter().filter(|rule| {
        rule.kind == RuleKind::Classifier
            && (arrival.kind == SubjectKind::Comment || rule.settings.submissions)
    });
    let answers = try_join_all(asked.map(async |rule| {
        let answer = classifier::ask(ctx, rule, arrival).await?;
        Ok::<_, Error>(answer.map(|(withhold, text)| Found::new(rule, withhold, text)))
    }));
    found.extend(answers.await?.into_iter().flatten());
    let key =
        if rules.is_empty() { None } else { Some(ctx.vault.key(Class::Rule, Some(arrival.document)).await?) };
    let sketch = Sketch::of(ctx.vault.keys(), arrival.document, arrival.plain);
    Ok(Assessed { kind: arrival.kind, document: arrival.document, rules, found, sketch, key })
}

/// What the rules would say of a comment, as far as its author may know. It writes nothing, asks nobody outside, and looks up
/// no address: whether one has contributed is not for everybody who knows it.
pub async fn foresee(ctx: &Context, arrival: &Arrival<'_>) -> Result<Foreseen> {
    let mut conn = ctx.db.get().await?;
    let rules = queries::of_documents(&mut conn, &[arrival.document]).await?;
    let (found, problems) = by_text(&rules, arrival);
    let mut withhold = !found.is_empty();
    let repeated: Vec<&Rule> = rules.iter().filter(|rule| rule.kind == RuleKind::RepeatedText).collect();
    if !withhold
        && !repeated.is_empty()
        && let Some(sketch) = Sketch::of(ctx.vault.keys(), arrival.document, arrival.plain)
        && let Some(group) = similar::nearest(&mut conn, arrival.document, &sketch).await?
    {
        let others = similar::others(&mut conn, group, arrival.kind, None, None, bound(&repeated)).await?;
        withhold = repeated.iter().any(|rule| counted(&sketch, others) > i64::from(rule.settings.limit));
    }
    let withhold_first = rules.iter().any(|rule| rule.kind == RuleKind::FirstTime);
    Ok(Foreseen { problems, withhold, withhold_first })
}

/// What the rules that need nothing but the text find, and what they ask the author to change.
fn by_text(rules: &[Rule], arrival: &Arrival<'_>) -> (Vec<Found>, Vec<UserError>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    // What a reader sees, and what stands in addresses and between marks.
    let texts = std::cell::LazyCell::new(|| [fold::spaced(arrival.plain), fold::spaced(arrival.markdown)]);
    for rule in rules {
        let (finding, request) = match rule.kind {
            RuleKind::WordList => {
                let is_there = |word: &&String| {
                    let word = fold::spaced(word);
                    texts.iter().any(|text| text.contains(&word))
                };
                let words: BTreeSet<&String> = rule.settings.words.iter().filter(is_there).collect();
                if words.is_empty() {
                    continue;
                }
                let named = words
                    .iter()
                    .take(MAX_NAMED)
                    .map(|word| format!("“{word}”"))
                    .collect::<Vec<_>>()
                    .join(", ");
                (
                    format!("It has words of the list: {named}."),
                    format!("Please leave these words out or find others for them: {named}."),
                )
            }
            RuleKind::Links => {
                let links = links(arrival.html);
                let limit = rule.settings.limit;
                if i64::try_from(links).unwrap_or(i64::MAX) <= i64::from(limit) {
                    continue;
                }
                (
                    format!("It has {links} links; there is room for {limit}."),
                    format!(
                        "This has {links} links, and there is room for {limit}. Please leave some of them out."
                    ),
                )
            }
            RuleKind::FormTime => match by_form(rule, arrival.filled) {
                Some(said) => said,
                None => continue,
            },
            _ => continue,
        };
        let field = if rule.kind == RuleKind::FormTime { "formToken" } else { "body" };
        match rule.effect {
            RuleEffect::Withhold => found.push(Found::new(rule, true, finding)),
            RuleEffect::AskToRevise => {
                problems.push(UserError::new(UserErrorCode::RevisionNeeded, request, &[field]));
            }
        }
    }
    (found, problems)
}

/// What a rule about the time somebody had the form finds, and what it asks for.
fn by_form(rule: &Rule, filled: Filled) -> Option<(String, String)> {
    let least = rule.settings.seconds;
    match filled {
        Filled::Apart => None,
        Filled::After(since) if since >= TimeDelta::seconds(least.into()) => None,
        Filled::After(since) => Some((
            format!("It came {} seconds after its form was asked for.", since.num_seconds().max(0)),
            format!("This came sooner than a person can write it. Please wait {least} seconds and send it again."),
        )),
        Filled::Unknown => Some((
            "It came without the token of its form.".into(),
            "Please load the form anew and send it again: what was sent with it is missing or older than a day. Programs ask for `Document.formToken` when the form is shown, and send it as `formToken`.".into(),
        )),
    }
}

fn links(html: &str) -> usize {
    tokens(html).filter(|(_, token)| matches!(token, Token::Open(tag) if &*tag.name == "a")).count()
}

/// How far others are counted: what a letter costs must not grow with its campaign.
fn bound(rules: &[&Rule]) -> i64 {
    rules.iter().map(|rule| i64::from(rule.settings.limit) + 1).max().unwrap_or(0).max(COUNTED)
}

/// How many others a text counts as repeating.
fn counted(sketch: &Sketch, others: Others) -> i64 {
    if sketch.words < REPEATED_WORDS { others.same_address } else { others.count }
}

impl Assessed {
    /// Runs what is left, puts the text beside those that say nearly the same, and keeps what was found. Within the
    /// transaction that keeps the contribution, whose contributor is there already, and before anything that a reply to it or
    /// another contribution could wait for is locked.
    pub async fn settle(
        mut self,
        conn: &mut AsyncPgConnection,
        subject: Subject,
        contributor: ContributorId,
        now: DateTime<Utc>,
    ) -> Result<Verdict> {
        self.by_address(conn, contributor, now).await?;
        if let Some(sketch) = &self.sketch {
            let group = similar::join(conn, self.document, subject, contributor, sketch, now).await?;
            let repeated = self.rules.iter().filter(|rule| rule.kind == RuleKind::RepeatedText);
            let repeated: Vec<&Rule> = repeated.collect();
            if !repeated.is_empty() {
                let bound = bound(&repeated);
                let others =
                    similar::others(conn, group, self.kind, Some(subject), Some(contributor), bound).await?;
                let count = counted(sketch, others);
                let found = repeated.into_iter().filter(|_| count > 0).map(|rule| {
                    Found::new(rule, count > i64::from(rule.settings.limit), in_words(others, bound))
                });
                self.found.extend(found);
            }
        } else {
            similar::leave(conn, subject).await?;
        }
        let is_comment = self.kind == SubjectKind::Comment;
        let withhold = is_comment && self.found.iter().any(|found| found.withhold);
        if let Some(key) = &self.key {
            let rows = self.found.into_iter().map(|found| {
                let id = ids::new(now);
                Ok(FindingRow {
                    id,
                    document_id: self.document,
                    subject_kind: subject.kind(),
                    subject_id: subject.id(),
                    rule_id: found.rule,
                    kind: found.kind,
                    found_sealed: key
                        .seal(model::found_place(id), found.text.as_bytes())
                        .map_err(Error::internal)?,
                    withheld: is_comment && found.withhold,
                    created_at: now,
                })
            });
            queries::keep(conn, &rows.collect::<Result<Vec<_>>>()?).await?;
        }
        Ok(Verdict { withhold })
    }

    async fn by_address(
        &mut self,
        conn: &mut AsyncPgConnection,
        contributor: ContributorId,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let is_about_it = |rule: &&Rule| matches!(rule.kind, RuleKind::FirstTime | RuleKind::TooFast);
        let rules: Vec<&Rule> = self.rules.iter().filter(is_about_it).collect();
        if rules.is_empty() {
            return Ok(());
        }
        queries::lock_address(conn, contributor).await?;
        let last = queries::last_of_address(conn, contributor, self.kind).await?;
        for rule in rules {
            match (rule.kind, last) {
                (RuleKind::FirstTime, None) => {
                    let text = "It is the first contribution of this address to this document.";
                    self.found.push(Found::new(rule, true, text.into()));
                }
                (RuleKind::TooFast, Some(last)) => {
                    let wait = last + TimeDelta::seconds(rule.settings.seconds.into()) - now;
                    if wait <= TimeDelta::zero() {
                        continue;
                    }
                    let since = (now - last).num_seconds().max(0);
                    let text = format!("It came {since} seconds after the last one of this address.");
                    self.found.push(Found::new(rule, true, text));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn in_words(others: Others, bound: i64) -> String {
    let Others { count, same_address } = others;
    let whose = match same_address {
        0 => String::new(),
        all if all == count => ", by the same address".into(),
        some => format!(", {some} of them by the same address"),
    };
    let what = match count {
        1 => "one other contribution".into(),
        most if most >= bound => format!("{count} other contributions or more"),
        _ => format!("{count} other contributions"),
    };
    format!("It says nearly the same as {what}{whose}.")
}
