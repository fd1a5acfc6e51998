//! Loaders of rules, of what they found, of similar texts, and of how texts read before.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::Loader;

use super::Loaders;
use crate::{
    comments,
    error::{Error, Result},
    graphql::{rules::EarlierText, text::Text},
    ids::{CommentId, DocumentId, SimilarGroupId, SubmissionId},
    ledger::Subject,
    rules::{
        self, Finding, Rule, RuleText,
        similar::{self, Group},
    },
    submissions,
};

/// Gathers what belongs to one key, in the order it comes.
pub(super) fn grouped<K: Hash + Eq, V>(rows: impl IntoIterator<Item = (K, V)>) -> HashMap<K, Arc<[V]>> {
    let mut found: HashMap<K, Vec<V>> = HashMap::new();
    for (key, row) in rows {
        found.entry(key).or_default().push(row);
    }
    found.into_iter().map(|(key, rows)| (key, rows.into())).collect()
}

/// The rules of a document that run by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct RulesOf(pub DocumentId);

impl Loader<RulesOf> for Loaders {
    type Value = Arc<[Rule]>;
    type Error = Error;

    async fn load(&self, keys: &[RulesOf]) -> Result<HashMap<RulesOf, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = rules::queries::of_documents(&mut *self.ctx.db.get().await?, &ids).await?;
        Ok(grouped(rows.into_iter().map(|row| (RulesOf(row.document_id), row))))
    }
}

/// The moderation rules of a document as people read them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct RuleTextsOf(pub DocumentId);

impl Loader<RuleTextsOf> for Loaders {
    type Value = Arc<[RuleText]>;
    type Error = Error;

    async fn load(&self, keys: &[RuleTextsOf]) -> Result<HashMap<RuleTextsOf, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = rules::queries::texts(&mut *self.ctx.db.get().await?, &ids).await?;
        Ok(grouped(rows.into_iter().map(|row| (RuleTextsOf(row.document_id), row))))
    }
}

/// What rules found in a contribution.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct FindingsIn(pub Subject);

impl Loader<FindingsIn> for Loaders {
    type Value = Arc<[Finding]>;
    type Error = Error;

    async fn load(&self, keys: &[FindingsIn]) -> Result<HashMap<FindingsIn, Self::Value>> {
        let subjects: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = rules::findings(&self.ctx, &subjects).await?;
        Ok(grouped(found.into_iter().map(|(subject, finding)| (FindingsIn(subject), finding))))
    }
}

/// The group of contributions that say nearly the same as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct SimilarTo(pub Subject);

impl Loader<SimilarTo> for Loaders {
    type Value = Group;
    type Error = Error;

    async fn load(&self, keys: &[SimilarTo]) -> Result<HashMap<SimilarTo, Group>> {
        let subjects: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = similar::of_subjects(&mut *self.ctx.db.get().await?, &subjects).await?;
        Ok(found.into_iter().map(|(subject, group)| (SimilarTo(subject), group)).collect())
    }
}

/// The groups of a document, the largest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct GroupsOf(pub DocumentId);

impl Loader<GroupsOf> for Loaders {
    type Value = Arc<[Group]>;
    type Error = Error;

    async fn load(&self, keys: &[GroupsOf]) -> Result<HashMap<GroupsOf, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = similar::of_documents(&mut *self.ctx.db.get().await?, &ids).await?;
        Ok(grouped(found.into_iter().map(|(document, group)| (GroupsOf(document), group))))
    }
}

/// Everything in a group, in the order it arrived. Ids alone: the largest campaigns are some 100 KB.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct MembersOf(pub SimilarGroupId);

impl Loader<MembersOf> for Loaders {
    type Value = Arc<[Subject]>;
    type Error = Error;

    async fn load(&self, keys: &[MembersOf]) -> Result<HashMap<MembersOf, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = similar::members(&mut *self.ctx.db.get().await?, &ids).await?;
        Ok(grouped(found.into_iter().map(|(group, subject)| (MembersOf(group), subject))))
    }
}

/// How a comment read before.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct EarlierComment(pub CommentId);

impl Loader<EarlierComment> for Loaders {
    type Value = Arc<[EarlierText]>;
    type Error = Error;

    async fn load(&self, keys: &[EarlierComment]) -> Result<HashMap<EarlierComment, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = comments::queries::earlier(&mut *self.ctx.db.get().await?, &ids).await?;
        Ok(grouped(rows.into_iter().map(|row| {
            let body = Text { markdown: row.markdown, html: row.html, plain: row.plain };
            let text = EarlierText { version: row.version, body, replaced_at: row.replaced_at.into() };
            (EarlierComment(row.comment_id), text)
        })))
    }
}

/// How a submission read before.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct EarlierSubmission(pub SubmissionId);

impl Loader<EarlierSubmission> for Loaders {
    type Value = Arc<[EarlierText]>;
    type Error = Error;

    async fn load(&self, keys: &[EarlierSubmission]) -> Result<HashMap<EarlierSubmission, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = submissions::actions::earlier(&self.ctx, &ids).await?;
        Ok(grouped(rows.into_iter().map(|(id, row)| {
            let body = Text::written(row.text.into());
            let text = EarlierText { version: row.version, body, replaced_at: row.replaced_at.into() };
            (EarlierSubmission(id), text)
        })))
    }
}
