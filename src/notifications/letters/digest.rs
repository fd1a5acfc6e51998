//! The letter that tells of what was collected.

use chrono::{DateTime, Utc};

use super::{Draft, Letter, decide};
use crate::{locale::Words, notifications::model::MailTopic, outbox::Failure, phrase};

/// What waits in one document.
pub(in crate::notifications) struct DigestDocument {
    /// Its title.
    pub title: String,
    /// Whether there was too much for mail at once.
    pub burst: bool,
    /// Topic by topic.
    pub topics: Vec<DigestTopic>,
}

/// What waits of one kind.
pub(in crate::notifications) struct DigestTopic {
    /// Which kind.
    pub topic: MailTopic,
    /// What is shown.
    pub items: Vec<DigestItem>,
    /// How many there are beside those that are shown.
    pub more: usize,
}

/// One thing that waits.
pub(in crate::notifications) struct DigestItem {
    /// When it came in.
    pub received: DateTime<Utc>,
    /// Who wrote it, where that may be in a mail.
    pub author: Option<String>,
    /// What they wrote, where that may be in a mail.
    pub quote: Option<String>,
    /// The desk.
    pub link: String,
    /// The page that decides without signing in.
    pub decide: Option<String>,
}

impl DigestTopic {
    fn count(&self) -> usize {
        self.items.len() + self.more
    }

    fn title(&self, words: &Words) -> String {
        let count = self.count();
        match self.topic {
            MailTopic::Submissions => phrase!(words, "digest-submissions", count = count),
            MailTopic::WaitingComments => phrase!(words, "digest-comments", count = count),
            MailTopic::Reports => phrase!(words, "digest-reports", count = count),
            MailTopic::Appeals => phrase!(words, "digest-appeals", count = count),
            MailTopic::AssignedToMe => phrase!(words, "digest-assigned", count = count),
        }
    }
}

/// What was collected and still waits, for one moderator. `rate` is how many mails at once there may be in an hour.
pub(in crate::notifications) fn digest(
    words: &'static Words,
    documents: &[DigestDocument],
    rate: u32,
    stop: &str,
) -> Result<Letter, Failure> {
    let topics = || documents.iter().flat_map(|document| &document.topics);
    let count: usize = topics().map(DigestTopic::count).sum();
    let decides = topics().flat_map(|topic| &topic.items).any(|item| item.decide.is_some());
    let subject = match documents {
        [only] => phrase!(words, "digest-subject-one", count = count, document = only.title.as_str()),
        _ => phrase!(words, "digest-subject-many", count = count, documents = documents.len()),
    };
    let mut draft = Draft::new(words, subject);
    if decides {
        draft = draft.paragraph(phrase!(words, "decide-hint"));
    }
    for document in documents {
        draft = draft.heading(document.title.clone());
        if document.burst {
            draft = draft.paragraph(phrase!(words, "digest-burst", rate = rate));
        }
        for topic in &document.topics {
            draft = draft.heading(topic.title(words));
            for item in &topic.items {
                draft = one(draft, words, item);
            }
            if topic.more > 0 {
                draft = draft.paragraph(phrase!(words, "digest-more", more = topic.more));
            }
        }
    }
    let stop_it = match documents {
        [_] => phrase!(words, "stop-document"),
        _ => phrase!(words, "stop-all"),
    };
    draft.why(phrase!(words, "digest-why")).footer_link(stop_it, stop).one_click(stop).finish()
}

fn one(draft: Draft, words: &Words, item: &DigestItem) -> Draft {
    let received = words.moment(&item.received);
    let mut draft = draft.paragraph(match &item.author {
        Some(author) => format!("{author}, {received}"),
        None => received,
    });
    if let Some(quote) = &item.quote {
        draft = draft.quote(quote);
    }
    decide(draft, words, item.decide.as_deref()).link(phrase!(words, "digest-open"), &item.link)
}
