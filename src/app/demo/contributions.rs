//! What people say in the demonstration. Nobody in it is real; they go by what they are, not by names.

use crate::{
    contributors::Author,
    ledger::{Decision, Reason},
};

/// What becomes of a comment.
pub(super) enum Fate {
    Pending,
    Withheld,
    Published,
    Rejected(Reason, &'static str),
    Hidden(Reason, &'static str),
    Withdrawn,
    Erased,
}

impl Fate {
    /// Whether the comment was published at some time.
    pub(super) fn was_public(&self) -> bool {
        matches!(self, Self::Published | Self::Hidden(..) | Self::Withdrawn | Self::Erased)
    }
}

/// A comment of the demonstration.
pub(super) struct DemoComment {
    /// Who writes.
    pub author: &'static str,
    /// On which section; on the document where there is none.
    pub section: Option<&'static str>,
    /// Which comment of this list it replies to.
    pub replies_to: Option<usize>,
    /// How many hours after the opening.
    pub after_hours: i64,
    /// The text.
    pub body: &'static str,
    /// What becomes of it.
    pub fate: Fate,
}

/// A submission of the demonstration.
pub(super) struct DemoSubmission {
    /// Who writes.
    pub author: &'static str,
    /// How many hours after the opening.
    pub after_hours: i64,
    /// The text.
    pub body: &'static str,
    /// How it is handled.
    pub handled: Option<Decision>,
}

/// Somebody by what they are, with an address that can belong to nobody (RFC 2606).
pub(super) fn author(name: &str) -> Author {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    Author { name: name.into(), email: format!("{}@demonstration.example", words.join(".")) }
}

pub(super) const COMMENTS: &[DemoComment] = &[
    DemoComment {
        author: "Resident of Mill Lane",
        section: Some("the-harbour-loop"),
        replies_to: None,
        after_hours: 5,
        body: "The Loop is a good idea, but **where it crosses Mill Lane** lorries turn left all morning. Please show us the \
               drawing of that junction before anything is decided.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Lorry driver",
        section: None,
        replies_to: Some(0),
        after_hours: 9,
        body: "I drive that turn every day. From the cab I cannot see a cycle beside me. A separate green light would settle it.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Resident of Mill Lane",
        section: None,
        replies_to: Some(1),
        after_hours: 11,
        body: "Thank you. That is what I would ask for too.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Shopkeeper on the quay",
        section: Some("the-harbour-loop"),
        replies_to: None,
        after_hours: 20,
        body: "If the Loop takes the loading bays, I cannot open before ten.\n\n1. Keep two bays until nine.\n2. Or let us unload from the back lane.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Anonymous",
        section: None,
        replies_to: Some(3),
        after_hours: 22,
        body: "People like you have ruined this town and everybody knows it.",
        fate: Fate::Hidden(
            Reason::Abusive,
            "It attacks the person and says nothing about the proposal. Say what you think of the loading bays, and it will be published.",
        ),
    },
    DemoComment {
        author: "Cycle courier",
        section: None,
        replies_to: Some(4),
        after_hours: 25,
        body: "Whatever that said: the back lane works. Two shops on the hill have done it for a year.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Parent of two",
        section: Some("quiet-streets-outside-schools"),
        replies_to: None,
        after_hours: 30,
        body: "My children walk to the primary school on Hill Street. *Yes*, please close it to cars at half past eight. But say \
               where grandparents with blue badges may stop.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Grandparent",
        section: None,
        replies_to: Some(6),
        after_hours: 41,
        body: "I am one of them. Two places by the church would be enough.",
        fate: Fate::Withdrawn,
    },
    DemoComment {
        author: "Teacher",
        section: Some("quiet-streets-outside-schools"),
        replies_to: None,
        after_hours: 52,
        body: "Deliveries to the kitchen come at nine. Please ask us before you set the hours.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Wheelchair user",
        section: Some("pavements-you-can-rely-on"),
        replies_to: None,
        after_hours: 60,
        body: "Please measure pavements between the bins, not between the walls. On collection days the narrowest place is \
               sixty centimetres.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Night nurse",
        section: Some("twelve-new-crossings"),
        replies_to: None,
        after_hours: 75,
        body: "The crossing by the hospital is the one that matters most, and it is planned last. Why?",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Best Gutters Ltd",
        section: Some("twelve-new-crossings"),
        replies_to: None,
        after_hours: 80,
        body: "Gutters cleaned from 49 a month! Call today and say BRACKENMOUTH for ten per cent off.",
        fate: Fate::Rejected(Reason::Advertising, "It offers a service and says nothing about crossings."),
    },
    DemoComment {
        author: "A former resident",
        section: Some("what-it-would-cost"),
        replies_to: None,
        after_hours: 90,
        body: "I have moved away and do not want my words to stay here.",
        fate: Fate::Erased,
    },
    DemoComment {
        author: "Treasurer of a residents' association",
        section: Some("what-it-would-cost"),
        replies_to: None,
        after_hours: 110,
        body: "The table gives what it costs to build. What does it cost to *keep*? A track that is not swept is worse than none.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Member of the sailing club",
        section: None,
        replies_to: None,
        after_hours: 130,
        body: "A careful paper, and readable. I miss one thing in all of it: the ferry. People walk to it.",
        fate: Fate::Published,
    },
    DemoComment {
        author: "Student",
        section: Some("somewhere-to-leave-a-cycle"),
        replies_to: None,
        after_hours: 300,
        body: "Please put covered stands at the college. We have asked three times.",
        fate: Fate::Pending,
    },
    DemoComment {
        author: "Concerned citizen",
        section: Some("what-happens-if-we-do-nothing"),
        replies_to: None,
        after_hours: 310,
        body: "See https://example.org/one and https://example.org/two and https://example.org/three and https://example.org/four \
               before you believe any of this.",
        fate: Fate::Withheld,
    },
    DemoComment {
        author: "Bus passenger",
        section: Some("in-which-order"),
        replies_to: None,
        after_hours: 320,
        body: "If the harbour road is dug up in the first year, where does the number 4 go meanwhile?",
        fate: Fate::Pending,
    },
];

pub(super) const SUBMISSIONS: &[DemoSubmission] = &[
    DemoSubmission {
        author: "A carer",
        after_hours: 70,
        body: "I look after my husband, who gets lost when a street changes. I do not want our address discussed in public. Could \
               somebody tell us before work begins in our street?",
        handled: Some(Decision::Acknowledge),
    },
    DemoSubmission {
        author: "Owner of a warehouse",
        after_hours: 200,
        body: "We would give up the strip beside our wall for the Loop, if the council takes over the lighting. This is not yet \
               known to our tenants, so please keep it confidential.",
        handled: None,
    },
    DemoSubmission {
        author: "A witness",
        after_hours: 325,
        body: "I saw the accident in March that the paper counts as a minor one. It was not. I can describe it.",
        handled: None,
    },
];
