//! Setting the rules of a document.

use std::{collections::BTreeSet, sync::Arc};

use diesel_async::AsyncConnection;

use super::{
    fold,
    model::{Rule, RuleEffect, RuleKind, RuleText, Settings},
    queries,
};
use crate::{
    config::Classifiers,
    context::Context,
    documents,
    error::{Error, Result, UserError, UserErrorCode},
    identity::Viewer,
    ids::{DocumentId, RuleId},
    markup,
    seal::DataKey,
    text,
    vault::Class,
};

/// How many rules a document may have.
const MAX_RULES: usize = 50;
/// How many of them may ask outside: each is waited for.
const MAX_CLASSIFIERS: usize = 3;
const MAX_WORDS: usize = 1_000;
const MAX_TEXTS: usize = 100;
const TIMEOUT_MS: i32 = 2_000;

/// A rule as an editor gives it; what its kind does not use must be left out.
pub struct GivenRule {
    /// The rule it goes on from, and whose secret it keeps where none is given.
    pub id: Option<RuleId>,
    /// What it looks for.
    pub kind: RuleKind,
    /// What it does about that.
    pub effect: RuleEffect,
    /// The words of a word list.
    pub words: Option<Vec<String>>,
    /// A bound on links or on similar texts.
    pub limit: Option<i32>,
    /// How many seconds are to be between two contributions.
    pub seconds: Option<i32>,
    /// Where a classifier is asked.
    pub url: Option<String>,
    /// What requests to it are signed with.
    pub secret: Option<String>,
    /// How long it has to answer.
    pub timeout_ms: Option<i32>,
    /// Whether it is asked about private submissions as well.
    pub submissions: Option<bool>,
}

/// A moderation rule as an editor gives it.
pub struct GivenText {
    /// The number it is cited by.
    pub number: i32,
    /// What it is called.
    pub title: String,
    /// Its text in Markdown.
    pub body: String,
}

/// What is to apply from now on; what is not given stays.
pub struct SetRules {
    /// The rules that run by themselves, in their order.
    pub rules: Option<Vec<GivenRule>>,
    /// The moderation rules as people read them.
    pub texts: Option<Vec<GivenText>>,
}

/// Sets the rules of a document. For its editors and for administrators; `NotFound` for those who cannot see it. Refused with
/// everything that has to be put right.
pub async fn set(
    ctx: &Context,
    viewer: &Viewer,
    id: DocumentId,
    input: SetRules,
) -> Result<documents::model::Document> {
    viewer.require()?;
    let found = documents::queries::by_ids(&mut *ctx.db.get().await?, &[id]).await?.pop();
    let document = documents::policy::readable(viewer, found)?;
    documents::policy::may_edit(viewer, &document)?;
    let key = ctx.vault.key(Class::Rule, Some(id)).await?;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        queries::lock_document(conn, id).await?;
        let before = queries::of_documents(conn, &[id]).await?;
        let mut problems = Vec::new();
        let mut reader = Reader {
            document: id,
            before: &before,
            key: &key,
            classifiers: &ctx.classifiers,
            problems: &mut problems,
        };
        let rules = input.rules.map(|given| reader.rules(ctx, given)).transpose()?;
        let texts = input.texts.map(|given| read_texts(id, given, &mut problems));
        if !problems.is_empty() {
            return Err(Error::Refused(problems));
        }
        if let Some(rules) = rules {
            queries::replace(conn, id, &rules, now).await?;
        }
        if let Some(texts) = texts {
            queries::replace_texts(conn, id, &texts).await?;
        }
        Ok(document)
    })
    .await
}

struct Reader<'a> {
    document: DocumentId,
    before: &'a [Rule],
    key: &'a Arc<DataKey>,
    classifiers: &'a Classifiers,
    problems: &'a mut Vec<UserError>,
}

impl Reader<'_> {
    fn refuse(&mut self, at: usize, code: UserErrorCode, message: impl Into<String>, field: &str) {
        self.problems.push(UserError::new(code, message, &["rules", &at.to_string(), field]));
    }

    fn number(
        &mut self,
        at: usize,
        given: Option<i32>,
        bounds: std::ops::RangeInclusive<i32>,
        field: &str,
    ) -> i32 {
        let number = given.unwrap_or(*bounds.start());
        if !bounds.contains(&number) {
            let message = format!("This is a number from {} to {}.", bounds.start(), bounds.end());
            self.refuse(at, UserErrorCode::OutOfRange, message, field);
        }
        number
    }

    fn rules(&mut self, ctx: &Context, given: Vec<GivenRule>) -> Result<Vec<Rule>> {
        let classifiers = given.iter().filter(|rule| rule.kind == RuleKind::Classifier).count();
        if given.len() > MAX_RULES || classifiers > MAX_CLASSIFIERS {
            let message = format!(
                "A document has up to {MAX_RULES} rules, and up to {MAX_CLASSIFIERS} classifiers among them."
            );
            self.problems.push(UserError::new(UserErrorCode::OutOfRange, message, &["rules"]));
            return Ok(Vec::new());
        }
        let mut taken = BTreeSet::new();
        let mut read = Vec::with_capacity(given.len());
        for (at, rule) in given.into_iter().enumerate() {
            let before = rule.id.and_then(|id| self.before.iter().find(|before| before.id == id));
            if rule.id.is_some()
                && before.is_none_or(|before| before.kind != rule.kind || !taken.insert(before.id.0))
            {
                let message = "There is no such rule of this kind in this document, or it is named twice. Leave the id out for a new rule.";
                self.refuse(at, UserErrorCode::TargetNotFound, message, "id");
                continue;
            }
            let id = before.map_or_else(|| RuleId::new(ctx.clock.now()), |before| before.id);
            read.push(self.rule(at, id, before.cloned(), rule)?);
        }
        Ok(read)
    }

    fn rule(&mut self, at: usize, id: RuleId, before: Option<Rule>, given: GivenRule) -> Result<Rule> {
        use RuleKind::{Classifier, FormTime, Links, RepeatedText, TooFast, WordList};
        let kind = given.kind;
        if given.effect == RuleEffect::AskToRevise && !kind.can_ask() {
            let message =
                format!("{} withholds: its author can change nothing about what it finds.", kind.as_str());
            self.refuse(at, UserErrorCode::InvalidCombination, message, "effect");
        }
        let misplaced = [
            ("words", given.words.is_some() && kind != WordList),
            ("limit", given.limit.is_some() && !matches!(kind, Links | RepeatedText)),
            ("seconds", given.seconds.is_some() && !matches!(kind, TooFast | FormTime)),
            ("url", given.url.is_some() && kind != Classifier),
            ("secret", given.secret.is_some() && kind != Classifier),
            ("timeoutMs", given.timeout_ms.is_some() && kind != Classifier),
            ("submissions", given.submissions.is_some() && kind != Classifier),
        ];
        for (field, _) in misplaced.into_iter().filter(|(_, misplaced)| *misplaced) {
            let message = format!("A rule of the kind {} has no use for this. Leave it out.", kind.as_str());
            self.refuse(at, UserErrorCode::InvalidCombination, message, field);
        }
        let mut settings = Settings::default();
        let mut secret_sealed = None;
        match kind {
            WordList => settings.words = self.words(at, &given.words.unwrap_or_default()),
            Links => settings.limit = self.number(at, given.limit, 0..=100, "limit"),
            RepeatedText => settings.limit = self.number(at, given.limit, 0..=10_000, "limit"),
            RuleKind::FirstTime => {}
            TooFast => settings.seconds = self.number(at, given.seconds, 1..=86_400, "seconds"),
            FormTime => settings.seconds = self.number(at, given.seconds, 1..=60, "seconds"),
            Classifier => {
                let timeout = Some(given.timeout_ms.unwrap_or(TIMEOUT_MS));
                settings.timeout_ms = self.number(at, timeout, 100..=10_000, "timeoutMs");
                settings.submissions = given.submissions.unwrap_or(false);
                settings.url = self.url(at, given.url.unwrap_or_default());
                secret_sealed = match given.secret {
                    Some(secret) if (16..=200).contains(&secret.len()) => {
                        let place = Rule::secret_place(id);
                        Some(self.key.seal(place, secret.as_bytes()).map_err(Error::internal)?)
                    }
                    None if before.is_some() => before.and_then(|before| before.secret_sealed),
                    _ => {
                        let message = "A classifier needs a secret of 16 to 200 characters, which its service has as well.";
                        self.refuse(at, UserErrorCode::InvalidText, message, "secret");
                        None
                    }
                };
            }
        }
        Ok(Rule { id, document_id: self.document, kind, effect: given.effect, settings, secret_sealed })
    }

    fn words(&mut self, at: usize, given: &[String]) -> Vec<String> {
        if given.is_empty() || given.len() > MAX_WORDS {
            let message = format!("A list has 1 to {MAX_WORDS} words or phrases.");
            self.refuse(at, UserErrorCode::OutOfRange, message, "words");
            return Vec::new();
        }
        let number = at.to_string();
        given
            .iter()
            .map(|word| {
                let word = text::line(self.problems, word, 100, &["rules", &number, "words"]);
                if fold::words(&word).is_empty() {
                    let message = "Each of these has to have a letter or digit in it.";
                    self.refuse(at, UserErrorCode::InvalidText, message, "words");
                }
                word
            })
            .collect()
    }

    fn url(&mut self, at: usize, given: String) -> String {
        let url = reqwest::Url::parse(&given).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && given.len() <= 2_000
        });
        match url {
            None => {
                let message = "A classifier has an address such as `https://classifier.example.org/check`, without a name or password in it.";
                self.refuse(at, UserErrorCode::InvalidText, message, "url");
            }
            Some(url) if !self.classifiers.may_be_at(&url) => {
                let message = "No classifier is asked at this address here. Have whoever runs the service add it to ANSWERABLE_CLASSIFIERS, or use another rule.";
                self.refuse(at, UserErrorCode::NotAllowed, message, "url");
            }
            Some(_) => {}
        }
        given
    }
}

fn read_texts(document: DocumentId, given: Vec<GivenText>, problems: &mut Vec<UserError>) -> Vec<RuleText> {
    if given.len() > MAX_TEXTS {
        let message = format!("A document has up to {MAX_TEXTS} moderation rules.");
        problems.push(UserError::new(UserErrorCode::OutOfRange, message, &["texts"]));
        return Vec::new();
    }
    let mut numbers = BTreeSet::new();
    given
        .into_iter()
        .enumerate()
        .map(|(at, given)| {
            let at = at.to_string();
            if !(1..=999).contains(&given.number) || !numbers.insert(given.number) {
                let message = "Each rule has a number of its own, from 1 to 999.";
                problems.push(UserError::new(UserErrorCode::OutOfRange, message, &["texts", &at, "number"]));
            }
            let title = text::line(problems, &given.title, 200, &["texts", &at, "title"]);
            let markdown = text::body(problems, &given.body, text::MAX_STATEMENT, &["texts", &at, "body"]);
            let shown = markup::comment_markup(&markdown);
            RuleText {
                document_id: document,
                number: given.number,
                title,
                markdown: markdown.into(),
                html: shown.html.into(),
                plain: shown.plain.into(),
            }
        })
        .collect()
}
