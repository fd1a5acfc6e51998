//! The reasons for a decision on a receipt, and `/receipts/{token}/appeal`: the appeal against it.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::web::{assets, words};

/// What the author is told about a decision against them, and what they can do about it.
pub struct Reasons {
    /// The decision's id, for the form.
    pub action_id: String,
    /// What was decided, as the API spells it.
    pub decision: String,
    /// On which ground, as the API spells it.
    pub ground: Option<String>,
    /// The number of the rule that is cited.
    pub rule: Option<i32>,
    /// The facts.
    pub facts: Option<String>,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
    /// Whether a rule found it first.
    pub automated_detection: bool,
    /// Whether a rule decided.
    pub automated_decision: bool,
    /// Until when it can be appealed against, where that is possible at all.
    pub appealable_until: Option<DateTime<Utc>>,
    /// Whether it can be appealed against now.
    pub appealable: bool,
    /// The appeal, where there is one.
    pub appeal: Option<ShownAppeal>,
    /// What makes the form, sent twice, one appeal.
    pub key: String,
    /// Where the form goes.
    pub form_href: String,
    /// What was typed before, to be put right; empty at first.
    pub text: String,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// What has become of an appeal.
pub struct ShownAppeal {
    /// How far it has come, as the API spells it.
    pub state: String,
    /// When it came in.
    pub lodged_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// What its author is told about that.
    pub statement: Option<String>,
    /// Whether the moderator who made the decision has decided on it.
    pub same_moderator: bool,
}

/// `/receipts/{token}/appeal`: the form, and afterwards the confirmation.
#[derive(Template)]
#[template(path = "web/appeal.html")]
pub struct AppealPage {
    /// The reference number of the receipt.
    pub reference: String,
    /// The decision that it is about, if there is one.
    pub reasons: Option<Reasons>,
    /// The receipt's page.
    pub receipt_href: String,
}

impl AppealPage {
    fn problem(&self) -> Option<&str> {
        self.reasons.as_ref()?.problem.as_deref()
    }

    fn is_lodged(&self) -> bool {
        self.reasons.as_ref().is_some_and(|reasons| reasons.appeal.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    fn at() -> DateTime<Utc> {
        "2026-03-05T09:07:00Z".parse().unwrap()
    }

    fn page(reasons: Option<Reasons>) -> AppealPage {
        AppealPage { reference: "7H3KM-2QX9T".into(), reasons, receipt_href: "/receipts/secret".into() }
    }

    fn reasons() -> Reasons {
        Reasons {
            action_id: "action_x".into(),
            decision: "HIDE".into(),
            ground: Some("OFF_TOPIC".into()),
            rule: Some(3),
            facts: Some(nasty::MARKUP.into()),
            decided_at: at(),
            automated_detection: true,
            automated_decision: false,
            appealable_until: Some(at()),
            appealable: true,
            appeal: None,
            key: "0123456789abcdef".into(),
            form_href: "/receipts/secret/appeal".into(),
            text: nasty::MARKUP.into(),
            problem: Some(nasty::MARKUP.into()),
        }
    }

    #[test]
    fn the_form_keeps_what_was_typed_and_says_until_when() {
        let html = nasty::render(&page(Some(reasons())));
        assert_eq!(html.matches(nasty::ESCAPED).count(), 3);
        assert!(html.contains("<form method=\"post\" action=\"/receipts/secret/appeal\""), "{html}");
        assert!(
            html.contains("not about this document")
                && html.contains("rule 3")
                && html.contains("5 March 2026")
        );
        assert!(html.contains("aria-invalid=\"true\"") && html.contains("noindex"));
    }

    #[test]
    fn what_was_lodged_is_confirmed_and_takes_no_second() {
        let appeal = ShownAppeal {
            state: "DISMISSED".into(),
            lodged_at: at(),
            decided_at: Some(at()),
            statement: Some(nasty::MARKUP.into()),
            same_moderator: true,
        };
        let html = nasty::render(&page(Some(Reasons {
            appeal: Some(appeal),
            appealable: false,
            problem: None,
            ..reasons()
        })));
        assert!(html.contains("The decision stands.") && !html.contains("<form"), "{html}");
        assert!(html.contains("nobody else moderates") && html.contains(nasty::ESCAPED));
    }

    #[test]
    fn where_nothing_can_be_appealed_against_it_says_so() {
        let late = nasty::render(&page(Some(Reasons { appealable: false, problem: None, ..reasons() })));
        assert!(late.contains("ended on") && !late.contains("<form"), "{late}");
        let held = Reasons {
            decision: "WITHHOLD".into(),
            automated_decision: true,
            appealable_until: None,
            appealable: false,
            problem: None,
            ..reasons()
        };
        let held = nasty::render(&page(Some(held)));
        assert!(held.contains("no person has decided yet") && !held.contains("<form"), "{held}");
        assert!(nasty::render(&page(None)).contains("Nothing was decided"));
    }
}
