//! Rules, what they found, and similar texts in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    comments::Comment,
    documents::Document,
    errors::{Result, UserError, outcome},
    loaders::{self, FindingsIn, GroupsOf, MembersOf, RuleTextsOf, RulesOf, SimilarTo},
    moderation::ModerationItem,
    paging::{PageArgs, Total, TotalCount, connection, id, slice},
    submissions::Submission,
    text::Text,
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    db::paging::Page,
    documents::model,
    identity::Viewer,
    ids::{CommentId, SubmissionId},
    ledger::Subject,
    rules::{self, GivenRule, GivenText, RuleEffect, RuleKind, SetRules, policy, similar},
};

/// A rule that runs by itself when a contribution arrives or is amended. For moderators and editors of the document.
#[derive(SimpleObject)]
pub(super) struct Rule {
    /// Its global id: name it to go on from this rule, with the secret it has.
    id: ID,
    /// What it looks for.
    kind: RuleKind,
    /// What it does about what it finds.
    effect: RuleEffect,
    /// The words and phrases of a `WORD_LIST`.
    words: Option<Vec<String>>,
    /// How many links LINKS has room for, or how many texts that say nearly the same `REPEATED_TEXT`.
    limit: Option<i32>,
    /// How many seconds `TOO_FAST` wants between two contributions of an address, and `FORM_TIME` between a form and what is sent with it.
    seconds: Option<i32>,
    /// Where a CLASSIFIER is asked.
    url: Option<String>,
    /// How many milliseconds a CLASSIFIER has to answer.
    timeout_ms: Option<i32>,
    /// Whether a CLASSIFIER is asked about private submissions as well.
    submissions: Option<bool>,
}

impl From<&rules::Rule> for Rule {
    fn from(rule: &rules::Rule) -> Self {
        let of = |kinds: &[RuleKind]| kinds.contains(&rule.kind);
        let settings = &rule.settings;
        let classifies = of(&[RuleKind::Classifier]);
        Self {
            id: id(rule.id),
            kind: rule.kind,
            effect: rule.effect,
            words: of(&[RuleKind::WordList]).then(|| settings.words.clone()),
            limit: of(&[RuleKind::Links, RuleKind::RepeatedText]).then_some(settings.limit),
            seconds: of(&[RuleKind::TooFast, RuleKind::FormTime]).then_some(settings.seconds),
            url: classifies.then(|| settings.url.clone()),
            timeout_ms: classifies.then_some(settings.timeout_ms),
            submissions: classifies.then_some(settings.submissions),
        }
    }
}

/// A moderation rule of a document as people read it. Decisions cite it by its number.
#[derive(SimpleObject)]
pub(super) struct ModerationRule {
    /// The number it is cited by.
    number: i32,
    /// What it is called.
    title: String,
    /// Its text.
    body: Text,
}

/// What a rule found in a contribution. For moderators of the document.
#[derive(SimpleObject)]
pub(super) struct RuleFinding {
    /// What kind of rule found it.
    kind: RuleKind,
    /// What it found, in words.
    found: String,
    /// Whether that was a reason to withhold the comment. A submission is never withheld.
    withheld: bool,
    /// When it was found.
    found_at: DateTime,
}

/// How a contribution read before its author changed it.
#[derive(Clone, SimpleObject)]
pub(super) struct EarlierText {
    /// The version of the contribution that had this text last.
    pub version: i32,
    /// The text.
    pub body: Text,
    /// Until when it read so.
    pub replaced_at: DateTime,
}

/// Contributions to one document that say nearly the same, such as the letters of a campaign. For moderators of the document.
pub(super) struct SimilarGroup(similar::Group);

/// Contributions to one document that say nearly the same, such as the letters of a campaign: they are counted together, and each of them is kept. For moderators of the document.
#[Object]
impl SimilarGroup {
    /// Names the group.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// How many they are.
    async fn count(&self) -> i64 {
        self.0.count
    }

    /// They themselves, in the order they arrived.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, ModerationItem, TotalCount>> {
        let window = PageArgs { first, after, last, before }.window("similar")?;
        let loads = loaders::of(ctx);
        let all = loads.load_one(MembersOf(self.0.id)).await?.unwrap_or_default();
        let page = slice(&all, |subject| subject.id(), &window);
        let comments = page.items.iter().filter_map(|subject| match subject {
            Subject::Comment(id) => Some(*id),
            Subject::Submission(_) => None,
        });
        let submissions = page.items.iter().filter_map(|subject| match subject {
            Subject::Submission(id) => Some(*id),
            Subject::Comment(_) => None,
        });
        let comments = loads.load_many(comments.collect::<Vec<CommentId>>()).await?;
        let submissions = loads.load_many(submissions.collect::<Vec<SubmissionId>>()).await?;
        let item = |subject: Subject| match subject {
            Subject::Comment(id) => comments
                .get(&id)
                .map(|row| ModerationItem::Comment(Comment::new(row.clone(), Access::Moderator))),
            Subject::Submission(id) => submissions
                .get(&id)
                .map(|row| ModerationItem::Submission(Submission::new(row.clone(), Access::Moderator))),
        };
        let Page { items, has_previous, has_next } = page;
        let items = items.into_iter().filter_map(|subject| Some((subject.id(), item(subject)?))).collect();
        let page = Page { items, has_previous, has_next };
        Ok(connection("similar", page, |(id, _)| *id, |(_, item)| item, Total::Known(all.len())))
    }
}

/// The rules of a document that run by themselves, for those who may read them.
pub(super) async fn rules_of(ctx: &Context<'_>, document: &model::Document) -> Result<Vec<Rule>> {
    policy::may_read(ctx.data_unchecked::<Viewer>(), document)?;
    let found = loaders::of(ctx).load_one(RulesOf(document.id)).await?.unwrap_or_default();
    Ok(found.iter().map(Into::into).collect())
}

/// The moderation rules of a document.
pub(super) async fn texts_of(ctx: &Context<'_>, document: &model::Document) -> Result<Vec<ModerationRule>> {
    let found = loaders::of(ctx).load_one(RuleTextsOf(document.id)).await?.unwrap_or_default();
    Ok(found
        .iter()
        .map(|rule| ModerationRule {
            number: rule.number,
            title: rule.title.clone(),
            body: Text {
                markdown: rule.markdown.clone(),
                html: rule.html.clone(),
                plain: rule.plain.clone(),
            },
        })
        .collect())
}

/// The groups of similar texts of a document, for its moderators.
pub(super) async fn groups_of(
    ctx: &Context<'_>,
    document: &model::Document,
    args: PageArgs,
) -> Result<Connection<String, SimilarGroup, TotalCount>> {
    policy::may_read_contributions(ctx.data_unchecked::<Viewer>(), document)?;
    let window = args.window("similarGroups")?;
    let all = loaders::of(ctx).load_one(GroupsOf(document.id)).await?.unwrap_or_default();
    // The largest first, and rising as a slice needs it.
    let key = |group: &similar::Group| (-group.count, group.id);
    let page = slice(&all, key, &window);
    Ok(connection("similarGroups", page, key, SimilarGroup, Total::Known(all.len())))
}

/// What rules found in a contribution. Whoever calls this has established that the viewer may read it.
pub(super) async fn findings_in(ctx: &Context<'_>, subject: Subject) -> Result<Vec<RuleFinding>> {
    let found = loaders::of(ctx).load_one(FindingsIn(subject)).await?.unwrap_or_default();
    Ok(found
        .iter()
        .map(|finding| RuleFinding {
            kind: finding.kind,
            found: finding.text.clone(),
            withheld: finding.withheld,
            found_at: finding.found_at.into(),
        })
        .collect())
}

/// What says nearly the same as a contribution. Whoever calls this has established that the viewer may read it.
pub(super) async fn similar_to(ctx: &Context<'_>, subject: Subject) -> Result<Option<SimilarGroup>> {
    Ok(loaders::of(ctx).load_one(SimilarTo(subject)).await?.map(SimilarGroup))
}

/// A rule that is to run by itself. What its kind does not use is left out.
#[derive(InputObject)]
struct RuleInput {
    /// The rule it goes on from: it keeps that rule's secret where none is given.
    id: Option<ID>,
    /// What it looks for.
    kind: RuleKind,
    /// What it does about what it finds. `ASK_TO_REVISE` is for `WORD_LIST`, LINKS and `FORM_TIME`.
    #[graphql(default_with = "RuleEffect::Withhold")]
    effect: RuleEffect,
    /// The words and phrases of a `WORD_LIST`, 1 to 1,000.
    words: Option<Vec<String>>,
    /// How many links LINKS has room for, up to 100, or how many texts that say nearly the same `REPEATED_TEXT`, up to 10,000; none when not given.
    limit: Option<i32>,
    /// How many seconds `TOO_FAST` wants between two contributions of an address, 1 to 86,400, and `FORM_TIME` between a form and what is sent with it, 1 to 60.
    seconds: Option<i32>,
    /// Where a CLASSIFIER is asked: an http or https address that takes a POST of the JSON `{kind, documentId, text}` and answers `{withhold, label}` with status 200. Anything else withholds.
    url: Option<String>,
    /// What requests to a CLASSIFIER are signed with, 16 to 200 characters; it can be set and never read. The header `X-Answerable-Signature` is `sha256=` and the HMAC-SHA-256, in hexadecimal, of the header `X-Answerable-Timestamp`, a full stop and the body.
    secret: Option<String>,
    /// How many milliseconds a CLASSIFIER has to answer, 100 to 10,000; 2,000 when not given.
    timeout_ms: Option<i32>,
    /// Whether a CLASSIFIER is sent private submissions as well; it is not when not given.
    submissions: Option<bool>,
}

impl RuleInput {
    fn given(self) -> Result<GivenRule> {
        Ok(GivenRule {
            id: self.id.map(|id| id.parse()).transpose()?,
            kind: self.kind,
            effect: self.effect,
            words: self.words,
            limit: self.limit,
            seconds: self.seconds,
            url: self.url,
            secret: self.secret,
            timeout_ms: self.timeout_ms,
            submissions: self.submissions,
        })
    }
}

/// A moderation rule as people are to read it.
#[derive(InputObject)]
struct ModerationRuleInput {
    /// The number it is cited by, 1 to 999.
    number: i32,
    /// What it is called, up to 200 characters.
    title: String,
    /// Its text, up to 4,000 characters of simple Markdown.
    body: String,
}

/// The rules that are to apply; of the two lists, one that is not given stays as it is.
#[derive(InputObject)]
struct SetModerationRulesInput {
    /// The document.
    document_id: ID,
    /// All rules that are to run by themselves, up to 50.
    rules: Option<Vec<RuleInput>>,
    /// All moderation rules as people are to read them, up to 100.
    texts: Option<Vec<ModerationRuleInput>>,
}

/// What setting the rules did.
#[derive(SimpleObject)]
struct SetModerationRulesPayload {
    /// The document as it is now.
    document: Option<Document>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// Setting rules.
#[derive(Default)]
pub(super) struct RulesMutation;

#[Object]
impl RulesMutation {
    /// Sets the rules that run on contributions from now on, and the moderation rules that decisions cite. For editors of the document and administrators.
    async fn set_moderation_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rules.")] input: SetModerationRulesInput,
    ) -> Result<Option<SetModerationRulesPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let rules = input.rules.map(|rules| rules.into_iter().map(RuleInput::given).collect::<Result<_>>());
        let text =
            |text: ModerationRuleInput| GivenText { number: text.number, title: text.title, body: text.body };
        let set = SetRules {
            rules: rules.transpose()?,
            texts: input.texts.map(|texts| texts.into_iter().map(text).collect()),
        };
        let (document, errors) = outcome(rules::set(app, viewer, input.document_id.parse()?, set).await)?;
        Ok(Some(SetModerationRulesPayload { document: document.map(Document), errors }))
    }
}
