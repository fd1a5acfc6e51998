//! Deciding by the links in mail: looking changes nothing, the form decides once, and only for who may.

use answerable::{identity::Role, ids::DocumentId};
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::text,
    postgres,
    smtp::{Received, SmtpServer},
};

/// A comment that waits, and the mail about it to one moderator.
struct Mailed {
    smtp: SmtpServer,
    service: TestService,
    document: DocumentId,
    comment: String,
    mail: Received,
}

async fn mailed() -> Mailed {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    service.signed_in("One", Role::Moderator, Some(document)).await;
    let comment = service.anybody().comment_id(&document.to_string(), "The ferry never waits.").await;
    let mail = smtp.wait_for(1).await[0].clone();
    Mailed { smtp, service, document, comment, mail }
}

impl Mailed {
    fn link(&self, choice: &str) -> String {
        let link = self.mail.read().link(&format!("?choice={choice}"));
        link.strip_prefix(&self.service.base).unwrap().to_owned()
    }

    fn path(&self) -> String {
        self.link("approve").split_once('?').unwrap().0.to_owned()
    }

    fn token(&self) -> String {
        self.path().rsplit_once('/').unwrap().1.to_owned()
    }

    async fn state(&self) -> Value {
        let moderator = self.service.signed_in("Desk", Role::Moderator, Some(self.document)).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Comment { state version statement reason actions { nodes { decision actor { displayName } } } } } }";
        moderator.data(query, json!({ "id": self.comment })).await["node"].clone()
    }

    async fn sends(&self, form: &[(&str, &str)]) -> (u16, String) {
        let sent = self.service.anybody().post(&self.path()).form(form).send().await.unwrap();
        (sent.status().as_u16(), sent.text().await.unwrap())
    }
}

async fn page(actor: &Actor, path: &str) -> (u16, String) {
    let page = actor.get(path).send().await.unwrap();
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    (page.status().as_u16(), page.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_changes_nothing_and_the_button_approves_once() {
    let mailed = mailed().await;
    let anybody = mailed.service.anybody();
    for choice in ["approve", "reject", "approve"] {
        let (status, shown) = page(&anybody, &mailed.link(choice)).await;
        assert_eq!(status, 200);
        for part in
            ["The ferry never waits.", "A reader", "Bridges for Everyone", "Nothing has been decided", "One"]
        {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
        assert!(!shown.contains("<script") && !shown.contains("reader@example.org"), "{shown}");
        let method = anybody.delete(&mailed.path()).send().await.unwrap().status();
        assert_eq!(method, 405);
    }
    // A form that does not say what it decides decides nothing.
    assert_eq!(mailed.sends(&[("choice", "")]).await.0, 200);
    assert_eq!(mailed.state().await["state"], "PENDING");
    assert_eq!(mailed.service.count("FROM action_links WHERE used_at IS NOT NULL").await, 0);

    let (status, said) = mailed.sends(&[("choice", "approve")]).await;
    assert!(
        status == 200 && said.contains("You approved the comment") && said.contains("Published"),
        "{said}"
    );
    let after = mailed.state().await;
    assert_eq!((&after["state"], &after["version"]), (&json!("PUBLISHED"), &json!(2)));
    let actions = json!([{ "decision": "APPROVE", "actor": { "displayName": "One" } }]);
    assert_eq!(after["actions"]["nodes"], actions, "as the moderator whom it was mailed to");

    for form in
        [&[("choice", "approve")][..], &[("choice", "reject"), ("reason", "SPAM"), ("statement", "No.")]]
    {
        let (status, said) = mailed.sends(form).await;
        assert!(status == 410 && said.contains("works once"), "{said}");
    }
    let (status, said) = page(&anybody, &mailed.link("approve")).await;
    assert!(status == 410 && said.contains("works once") && !said.contains("ferry"), "{said}");
    assert_eq!(mailed.state().await["actions"]["nodes"], actions);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejecting_needs_its_grounds_and_keeps_what_was_typed() {
    let mailed = mailed().await;
    let (status, form) = page(&mailed.service.anybody(), &mailed.link("reject")).await;
    assert!(status == 200 && form.contains("<option value=\"OFF_TOPIC\">"), "{form}");
    let typed = "It is about <another> ferry.";
    let (status, again) = mailed.sends(&[("choice", "reject"), ("reason", ""), ("statement", typed)]).await;
    assert!(
        status == 400 && again.contains("Say on which ground") && again.contains("another&#62; ferry"),
        "{again}"
    );
    let (status, again) = mailed.sends(&[("choice", "reject"), ("reason", "OFF_TOPIC")]).await;
    assert!(status == 400 && again.contains("<option value=\"OFF_TOPIC\" selected>"), "{again}");
    assert_eq!(mailed.state().await["version"], 1);
    let form = [("choice", "reject"), ("reason", "OFF_TOPIC"), ("statement", typed)];
    let (status, said) = mailed.sends(&form).await;
    assert!(status == 200 && said.contains("You rejected the comment"), "{said}");
    let after = mailed.state().await;
    assert_eq!(
        (&after["state"], &after["reason"], &after["statement"]),
        (&json!("REJECTED"), &json!("OFF_TOPIC"), &json!(typed))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_that_has_changed_is_a_conflict_that_names_who_did_what() {
    let mailed = mailed().await;
    let service = &mailed.service;
    let other = service.signed_in("Blodwen", Role::Moderator, Some(mailed.document)).await;
    other.decides(&mailed.comment, 1, "REJECT").await;
    let (status, said) = mailed.sends(&[("choice", "approve")]).await;
    assert!(status == 409 && said.contains("Blodwen rejected it at 09:00 UTC"), "{said}");
    let (status, said) = page(&service.anybody(), &mailed.link("approve")).await;
    assert!(
        status == 409 && said.contains("Blodwen rejected it") && said.contains("/desk/comment_"),
        "{said}"
    );
    let query =
        "query($token: String!) { actionLink(token: $token) { state message moderator comment { state } } }";
    let seen = service.anybody().data(query, json!({ "token": mailed.token() })).await;
    assert_eq!(seen["actionLink"]["state"], "CHANGED");
    let follow = "mutation($token: String!) { followActionLink(input: { token: $token, decision: APPROVE }) { errors { code } } }";
    assert_eq!(service.anybody().error(follow, json!({ "token": mailed.token() })).await, "CONFLICT");
    assert_eq!(mailed.state().await["state"], "REJECTED");
    assert_eq!(service.count("FROM action_links WHERE used_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_for_seven_days() {
    let mailed = mailed().await;
    mailed.service.until("2027-03-08T08:59:59Z");
    assert_eq!(page(&mailed.service.anybody(), &mailed.link("approve")).await.0, 200);
    mailed.service.until("2027-03-08T09:00:00Z");
    let (status, said) = page(&mailed.service.anybody(), &mailed.link("approve")).await;
    assert!(status == 410 && said.contains("older than seven days") && !said.contains("ferry"), "{said}");
    let (status, said) = mailed.sends(&[("choice", "approve")]).await;
    assert!(status == 410 && said.contains("older than seven days"), "{said}");
    assert_eq!(mailed.state().await["state"], "PENDING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_moderates_no_more_decides_no_more() {
    let taken = "DELETE FROM role_grants WHERE role = 'MODERATOR'";
    let disabled = "UPDATE accounts SET disabled_at = now()";
    for order in [taken, disabled] {
        let mailed = mailed().await;
        postgres::order(&mailed.service.database_url, order).await;
        let (status, said) = page(&mailed.service.anybody(), &mailed.link("approve")).await;
        assert!(status == 410 && !said.contains("ferry"), "{said}");
        let (status, said) = mailed.sends(&[("choice", "approve")]).await;
        assert!(status == 410 && said.contains("does not moderate"), "{said}");
        assert_eq!(mailed.service.count("FROM comments WHERE state = 'PENDING'").await, 1, "{order}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_is_decided_by_link_and_no_other_token_is_one() {
    let mailed = mailed().await;
    let anybody = mailed.service.anybody();
    let follow = "mutation($token: String!, $decision: Decision!) {
      followActionLink(input: { token: $token, decision: $decision, reason: SPAM, statement: \"No.\" }) { comment { state } errors { code } } }";
    for decision in ["HIDE", "WITHDRAW", "ERASE", "REDACT", "NOTE"] {
        let variables = json!({ "token": mailed.token(), "decision": decision });
        assert_eq!(anybody.refusals(follow, variables).await, ["INVALID_COMBINATION"], "{decision}");
    }
    // What the link shows is what an author sees, not what a moderator does.
    for field in
        ["openReports", "actions { totalCount }", "original { plain }", "author { contact { email } }"]
    {
        let query =
            format!("query($token: String!) {{ actionLink(token: $token) {{ comment {{ {field} }} }} }}");
        assert_eq!(
            anybody.error(&query, json!({ "token": mailed.token() })).await,
            "UNAUTHENTICATED",
            "{field}"
        );
    }
    let stop = super::preferences::stop_path(&mailed.service, &mailed.mail);
    let other = stop.rsplit_once('/').unwrap().1;
    for wrong in ["x", other] {
        let path = format!("/decide/{wrong}");
        assert_eq!(page(&anybody, &path).await.0, 404, "{wrong}");
        let sent = anybody.post(&path).form(&[("choice", "approve")]).send().await.unwrap();
        assert_eq!(sent.status(), 404, "{wrong}");
        let variables = json!({ "token": wrong, "decision": "APPROVE" });
        assert_eq!(anybody.error(follow, variables).await, "NOT_FOUND");
    }
    assert_eq!(mailed.state().await["version"], 1);

    // Of a submission there is neither a text nor a link that decides.
    anybody.submits(mailed.document, "Quixotic and confidential.").await;
    mailed.service.settled().await;
    let mails = mailed.smtp.messages();
    let about =
        mails.iter().filter(|mail| mail.read().text.contains("/desk/submission_")).collect::<Vec<_>>();
    assert!(!about.is_empty());
    for mail in about {
        let read = mail.read();
        assert!(
            !read.text.contains("/decide/")
                && !read.html.contains("/decide/")
                && !read.text.contains("Quixotic")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_press_at_once_decide_once() {
    let mailed = mailed().await;
    let follow = "mutation($token: String!) { followActionLink(input: { token: $token, decision: APPROVE }) { comment { state } errors { code } } }";
    let anybody = mailed.service.anybody();
    let press = || async { anybody.ask(follow, json!({ "token": mailed.token() })).await };
    let answers = tokio::join!(press(), press(), press());
    let answers = [answers.0, answers.1, answers.2];
    let done =
        answers.iter().filter(|answer| answer["data"]["followActionLink"]["comment"]["state"] == "PUBLISHED");
    assert_eq!(done.count(), 1, "{answers:?}");
    assert_eq!(mailed.state().await["version"], 2);
    let codes: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer["data"]["followActionLink"]["errors"][0]["code"].as_str())
        .collect();
    assert_eq!(codes, ["INVALID_TOKEN", "INVALID_TOKEN"]);
    assert_eq!(text(&mailed.state().await["state"]), "PUBLISHED");
}
