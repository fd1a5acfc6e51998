//! Mail to contributors: the receipt, decisions, replies, the confirmation of addresses, and mail that does not arrive.

use answerable::identity::Role;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{HANDLE, MODERATE, SUBMISSION, SUBMIT, comment, ruling, submission, text},
    documents::BRIDGES,
    smtp::{At, Received, Rule, SmtpServer},
};

const READER: &str = "reader@example.org";

/// A service that has mail carried out when it is asked to.
struct Office {
    service: TestService,
    smtp: SmtpServer,
}

impl Office {
    async fn open() -> Self {
        Self { service: TestService::start().await, smtp: SmtpServer::start().await }
    }

    /// Sends what is due.
    async fn work(&self) {
        self.service.work_with(&["--smtp-url", &self.smtp.url()]).await;
    }

    /// Sends what is due when decisions can no longer be undone.
    async fn later(&self) {
        self.service.clock.advance(TimeDelta::minutes(10));
        self.work().await;
    }

    /// The mail to an address so far, receipts apart.
    fn to(&self, address: &str) -> Vec<Received> {
        self.smtp.messages().into_iter().filter(|message| message.to == [address]).collect()
    }
}

/// The words of a text, however its lines are broken.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn ask_for_confirmation(service: &TestService, document: &str) {
    let set = "mutation($id: ID!) { setDocumentPolicies(input: { documentId: $id, confirmAddresses: true }) { errors { code } } }";
    service.administrator().await.data(set, json!({ "id": document })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_contributes_gets_the_receipt() {
    let office = Office::open().await;
    let document = office.service.bridges().await;
    let anybody = office.service.anybody();
    let mut input = comment(&document.to_string(), "Not for quoting to strangers.");
    input["input"]["author"]["name"] = json!("A\r\nBcc: victim@example.org\r\n\r\n<script>");
    let sent = anybody.data(SUBMIT, input).await["submitComment"].clone();
    let held = anybody.submits(document, "Quixotic and confidential.").await;
    office.work().await;
    let receipts = office.smtp.receipts();
    assert_eq!(receipts.len(), 2);
    for (to, sent, kind) in [(READER, &sent, "comment"), ("neighbour@example.org", &held, "submission")] {
        let mail = receipts.iter().find(|mail| mail.to == [to]).expect("a receipt");
        let raw = String::from_utf8_lossy(&mail.raw).into_owned();
        assert!(!raw.contains("Quixotic") && !raw.contains("strangers"), "{raw}");
        let mail = mail.read();
        assert_eq!(mail.subject, format!("Receipt for your {kind}: Bridges for Everyone"));
        assert_eq!(mail.link("/receipts/"), text(&sent["receipt"]["url"]));
        assert_eq!(mail.header("Bcc"), None);
        assert_eq!(mail.header("Content-Language"), Some("en"));
        for part in [&mail.text, &mail.html] {
            assert!(part.contains(&text(&sent["receipt"]["reference"])), "{part}");
            assert!(!part.contains("<script>"), "{part}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_in_the_language_of_the_document() {
    let office = Office::open().await;
    let welsh = BRIDGES.replace("language: en", "language: cy-GB");
    let document = office.service.import(&welsh).await;
    let moderator = office.service.moderator(document).await;
    let id = office.service.anybody().comment_id(&document.to_string(), "Gair.").await;
    moderator.decides(&id, 1, "REJECT").await;
    office.later().await;
    let receipt = office.smtp.receipts()[0].read();
    assert_eq!(receipt.subject, "Derbynneb am eich sylw: Bridges for Everyone");
    assert_eq!(receipt.header("Content-Language"), Some("cy"));
    assert!(receipt.text.contains("Derbyniwyd: 1 Mawrth 2027, 09:00 UTC"), "{}", receipt.text);
    assert!(receipt.html.contains("<html lang=\"cy\">"));
    let decision = office.to(READER)[0].read();
    assert_eq!(decision.subject, "Ni chyhoeddir eich sylw: Bridges for Everyone");
    assert!(words(&decision.text).contains("Sail: nid oes a wnelo ddim â’r ddogfen"), "{}", decision.text);
    // Staff are written to in their own language.
    assert_eq!(office.to("moderator@example.org").len(), 0, "it no longer waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_told_with_its_reasons_when_it_stands() {
    let office = Office::open().await;
    let document = office.service.bridges().await;
    let moderator = office.service.moderator(document).await;
    let sent = office.service.anybody().comments(&document.to_string(), "Off the point.").await;
    moderator.decides(&text(&sent["comment"]["id"]), 1, "REJECT").await;
    office.work().await;
    assert_eq!(office.to(READER).len(), 0, "it can still be undone");
    office.later().await;
    let mails = office.to(READER);
    assert_eq!(mails.len(), 1);
    let mail = mails[0].read();
    assert_eq!(mail.subject, "Your comment is not published: Bridges for Everyone");
    assert_eq!(mail.link("/receipts/"), text(&sent["receipt"]["url"]));
    for part in [words(&mail.text), words(&mail.html)] {
        for said in [
            "it has nothing to do with the document",
            "It is about another bridge.",
            "no automated means had a part in it",
            "until 31 August 2027, 09:00 UTC",
            &text(&sent["receipt"]["reference"]),
        ] {
            assert!(part.contains(said), "{said} is not in {part}");
        }
    }
    // Doing the work again does not tell it again.
    crate::support::postgres::order(
        &office.service.database_url,
        "UPDATE jobs SET state = 'WAITING', leased_until = NULL WHERE kind = 'comments.decision_made'",
    )
    .await;
    office.work().await;
    let again = office.to(READER);
    let ids: Vec<_> = again.iter().map(|mail| mail.read().header("Message-ID").map(str::to_owned)).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "a second copy is recognised");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_undone_is_not_told_and_what_came_back_is() {
    let office = Office::open().await;
    let document = office.service.bridges().await;
    let moderator = office.service.moderator(document).await;
    let anybody = office.service.anybody();
    let undo = "mutation($id: ID!, $v: Int!) { undoDecision(input: { id: $id, expectedVersion: $v }) { errors { code } } }";

    let undone = anybody.comment_id(&document.to_string(), "One.").await;
    moderator.decides(&undone, 1, "REJECT").await;
    moderator.data(undo, json!({ "id": undone, "v": 2 })).await;
    office.later().await;
    assert_eq!(office.to(READER).len(), 0);

    // Published, hidden five minutes later, and that undone after the first could have been told.
    let moderator = office.service.moderator(document).await;
    let back = anybody.comment_id(&document.to_string(), "Two.").await;
    moderator.decides(&back, 1, "APPROVE").await;
    office.service.clock.advance(TimeDelta::minutes(5));
    moderator.decides(&back, 2, "HIDE").await;
    office.service.clock.advance(TimeDelta::minutes(6));
    office.work().await;
    assert_eq!(office.to(READER).len(), 0, "it is hidden, and that can still be undone");
    let moderator = office.service.moderator(document).await;
    let done = moderator.data(undo, json!({ "id": back, "v": 3 })).await;
    assert_eq!(done["undoDecision"]["errors"], json!([]));
    office.later().await;
    let mails = office.to(READER);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].read().subject, "Your comment is published: Bridges for Everyone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_asked_for_and_submissions_are_told_of_without_their_text() {
    let office = Office::open().await;
    let document = office.service.bridges().await;
    let moderator = office.service.moderator(document).await;
    let anybody = office.service.anybody();
    let id = anybody.comment_id(&document.to_string(), "Names somebody.").await;
    let mut input = ruling(&id, 1, "REQUEST_CHANGES");
    input["input"]["statement"] = json!("Please leave the name out.");
    moderator.data(MODERATE, input).await;
    let held = anybody.submits(document, "Quixotic and confidential.").await;
    moderator.data(HANDLE, ruling(&text(&held["submission"]["id"]), 1, "MARK_CONSIDERED")).await;
    office.later().await;
    let mail = office.to(READER)[0].read();
    assert_eq!(mail.subject, "Please change your comment: Bridges for Everyone");
    assert!(
        words(&mail.text).contains("> Please leave the name out.")
            && mail.text.contains("to change the text")
    );
    let mails = office.to("neighbour@example.org");
    assert_eq!(mails[0].read().subject, "Your submission has been considered: Bridges for Everyone");
    assert!(!String::from_utf8_lossy(&mails[0].raw).contains("Quixotic"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_together_is_one_mail_to_each_person() {
    let office = Office::open().await;
    let document = office.service.bridges().await;
    let moderator = office.service.moderator(document).await;
    let anybody = office.service.anybody();
    let mut items = Vec::new();
    let mut references = Vec::new();
    for number in 0..4 {
        let mut input = comment(&document.to_string(), &format!("Word {number}."));
        if number == 3 {
            input["input"]["author"]["email"] = json!("other@example.org");
        }
        let sent = anybody.data(SUBMIT, input).await["submitComment"].clone();
        items.push(json!({ "id": sent["comment"]["id"], "expectedVersion": 1 }));
        references.push(text(&sent["receipt"]["reference"]));
    }
    let bulk =
        "mutation($input: ModerateCommentsInput!) { moderateComments(input: $input) { errors { code } } }";
    let input = json!({ "input": { "items": items, "decision": "REJECT", "reason": "SPAM", "statement": "Sent to forty places." } });
    let done = moderator.data(bulk, input).await;
    assert_eq!(done["moderateComments"]["errors"], json!([]));
    office.later().await;
    let (mine, others) = (office.to(READER), office.to("other@example.org"));
    assert_eq!((mine.len(), others.len()), (1, 1), "one mail to each");
    let mail = mine[0].read();
    assert_eq!(mail.subject, "3 of your contributions were decided on: Bridges for Everyone");
    for part in [&mail.text, &mail.html] {
        assert!(references[..3].iter().all(|reference| part.contains(reference)), "{part}");
        assert!(!part.contains(&references[3]), "{part}");
    }
    assert_eq!(office.service.count("FROM notices").await, 4);
    assert_eq!(others[0].read().subject, "Your comment is not published: Bridges for Everyone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_told_of_once_to_who_asked_and_one_click_ends_it() {
    let office = Office::open().await;
    let document = office.service.bridges_after().await;
    let anybody = office.service.anybody();
    let mut input = comment(&document.to_string(), "What about the ferry?");
    input["input"]["notifyOfReplies"] = json!(true);
    let sent = anybody.data(SUBMIT, input.clone()).await["submitComment"].clone();
    let (asked, receipt) = (sent["comment"]["id"].clone(), text(&sent["receipt"]["url"]));
    let silent = anybody.comment_id(&document.to_string(), "No mail, please.").await;
    let reply = |to: &str, from: &str, body: &str| {
        let mut input = comment(to, body);
        input["input"]["author"] = json!({ "name": "Ferry\r\nBcc: x@example.org", "email": from });
        input
    };
    anybody.data(SUBMIT, reply(&text(&asked), "ferry@example.org", "It *stays*.")).await;
    anybody.data(SUBMIT, reply(&text(&asked), READER, "My own second thought.")).await;
    anybody.data(SUBMIT, reply(&silent, "ferry@example.org", "None sent.")).await;
    office.work().await;
    let mails = office.to(READER);
    assert_eq!(mails.len(), 1, "one reply, by somebody else, to who asked");
    let mail = mails[0].read();
    assert_eq!(mail.subject, "A reply to your comment: Bridges for Everyone");
    let raw = String::from_utf8_lossy(&mails[0].raw).into_owned();
    assert!(!raw.contains("It stays") && !raw.contains("Ferry"), "nobody has confirmed the address: {raw}");
    assert_eq!(mail.link("/receipts/"), receipt);
    let page = anybody.get(&receipt).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("2 replies") && page.contains("It stays."), "{page}");
    assert_eq!(mail.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    let link = mail.link("/unsubscribe/");
    assert_eq!(mail.header("List-Unsubscribe"), Some(format!("<{link}>").as_str()));

    // Following the link changes nothing; the button, or a mail program's click, does.
    let page = anybody.get(&link).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("<form method=\"post\""));
    assert_eq!(office.service.count("FROM contributors WHERE replies_refused").await, 0);
    let path = link.strip_prefix(&office.service.base).unwrap();
    let click = anybody.post(path).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
    assert_eq!(click.status(), 200);
    anybody.data(SUBMIT, reply(&text(&asked), "ferry@example.org", "And on Sundays.")).await;
    // Whoever types the address again and asks for mail does not speak for it.
    let again = anybody.data(SUBMIT, input).await["submitComment"]["comment"]["id"].clone();
    anybody.data(SUBMIT, reply(&text(&again), "ferry@example.org", "And at night.")).await;
    office.work().await;
    assert_eq!(office.to(READER).len(), 1);
    // The way back is on the page.
    let page = anybody.get(&link).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("This mail has stopped") && page.contains("/undo\""), "{page}");
    let resumed = anybody.post(&format!("{path}/undo")).send().await.unwrap().text().await.unwrap();
    assert!(resumed.contains("Stop this mail"), "{resumed}");
    anybody.data(SUBMIT, reply(&text(&again), "ferry@example.org", "And in winter.")).await;
    office.work().await;
    assert_eq!(office.to(READER).len(), 2);
    let wrong = anybody.post("/unsubscribe/nothing").send().await.unwrap();
    assert_eq!(wrong.status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_fills_a_mailbox_by_replying() {
    let office = Office::open().await;
    let document = office.service.bridges_after().await;
    let anybody = office.service.anybody();
    let mut input = comment(&document.to_string(), "The address is a stranger's.");
    input["input"]["notifyOfReplies"] = json!(true);
    let asked = text(&anybody.data(SUBMIT, input).await["submitComment"]["comment"]["id"]);
    let reply = async |at: usize| {
        let mut input = comment(&asked, &format!("Reply number {at}."));
        input["input"]["author"] = json!({ "name": "Ferry", "email": format!("ferry{at}@example.org") });
        anybody.data(SUBMIT, input).await;
    };
    for at in 0..14 {
        reply(at).await;
        office.work().await;
    }
    assert_eq!(office.to(READER).len(), 10, "ten within an hour");
    office.service.clock.advance(TimeDelta::minutes(61));
    reply(14).await;
    office.work().await;
    assert_eq!(office.to(READER).len(), 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_is_quoted_to_an_address_that_was_confirmed() {
    let office = Office::open().await;
    let document = office.service.bridges_after().await;
    ask_for_confirmation(&office.service, &document.to_string()).await;
    let anybody = office.service.anybody();
    let confirm = async |to: &str| {
        office.work().await;
        let mails = office.to(to);
        let link = mails.last().unwrap().read().link("/confirm/");
        assert_eq!(anybody.post(&link).send().await.unwrap().status(), 200);
    };
    let mut input = comment(&document.to_string(), "What about the ferry?");
    input["input"]["notifyOfReplies"] = json!(true);
    let asked = text(&anybody.data(SUBMIT, input).await["submitComment"]["comment"]["id"]);
    confirm(READER).await;
    let mut input = comment(&asked, "It *stays*.");
    input["input"]["author"] = json!({ "name": "Ferry", "email": "ferry@example.org" });
    anybody.data(SUBMIT, input).await;
    confirm("ferry@example.org").await;
    office.work().await;
    let mails = office.to(READER);
    let mail = mails.last().unwrap().read();
    assert_eq!(mail.subject, "A reply to your comment: Bridges for Everyone");
    assert!(mail.text.contains("Ferry replied") && mail.text.contains("> It stays."), "{}", mail.text);
}

const HELD: &str = "query($token: String!) { receipt(token: $token) {
    comment { intake state publishedAt } submission { intake state } } }";

async fn held(anybody: &Actor, sent: &Value) -> Value {
    let token = &sent["receipt"]["token"];
    anybody.data(HELD, json!({ "token": token })).await["receipt"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_confirmed_before_a_contribution_counts() {
    let office = Office::open().await;
    let document = office.service.bridges_after().await;
    ask_for_confirmation(&office.service, &document.to_string()).await;
    let moderator = office.service.moderator(document).await;
    let anybody = office.service.anybody();
    let sent = anybody.comments(&document.to_string(), "Buy at the shop!").await;
    let private = anybody.data(SUBMISSION, submission(document, "Quixotic.")).await["makeSubmission"].clone();
    office.work().await;
    assert_eq!(held(&anybody, &sent).await["comment"]["intake"], "UNCONFIRMED");
    assert_eq!(held(&anybody, &sent).await["comment"]["state"], "PENDING");
    assert_eq!(office.to("moderator@example.org").len(), 0, "moderators are not told");
    let queue = "{ moderationQueue { totalCount } }";
    assert_eq!(moderator.data(queue, json!({})).await["moderationQueue"]["totalCount"], 0);
    assert_eq!(office.smtp.receipts().len(), 0);
    // Who knows of it all the same cannot publish it.
    let id = text(&sent["comment"]["id"]);
    assert_eq!(moderator.refusals(MODERATE, ruling(&id, 1, "APPROVE")).await, ["INVALID_TRANSITION"]);
    let receipt_page =
        anybody.get(&text(&sent["receipt"]["url"])).send().await.unwrap().text().await.unwrap();
    assert!(receipt_page.contains("Waiting for you"), "{receipt_page}");

    let mails = office.to(READER);
    let mail = mails[0].read();
    assert_eq!(mail.subject, "Please confirm your address: Bridges for Everyone");
    assert!(!String::from_utf8_lossy(&mails[0].raw).contains("shop"), "a stranger is sent nobody's words");
    assert!(mail.text.contains("4 March 2027, 09:00 UTC"), "{}", mail.text);
    let token = text(&sent["receipt"]["token"]);
    assert!(!mail.html.contains(&token) && !mail.text.contains(&token), "nor the receipt");

    // A scanner follows the link.
    let link = mail.link("/confirm/");
    let page = anybody.get(&link).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(held(&anybody, &sent).await["comment"]["intake"], "UNCONFIRMED");
    // The author presses the button, twice.
    let path = link.strip_prefix(&office.service.base).unwrap();
    let (once, twice) = tokio::join!(anybody.post(path).send(), anybody.post(path).send());
    for done in [once, twice] {
        let done = done.unwrap();
        assert_eq!(done.status(), 200);
        assert!(done.text().await.unwrap().contains("Everybody can read it"));
    }
    let confirmed = held(&anybody, &sent).await;
    assert_eq!(confirmed["comment"]["intake"], "CONFIRMED");
    assert_eq!(confirmed["comment"]["state"], "PUBLISHED");
    let link = office.to("neighbour@example.org")[0].read().link("/confirm/");
    let confirm = "mutation($token: String!) { confirmContribution(input: { token: $token }) { receipt { kind } errors { code } } }";
    let token = link.rsplit('/').next().unwrap();
    let done = anybody.data(confirm, json!({ "token": token })).await;
    assert_eq!(done["confirmContribution"]["receipt"]["kind"], "SUBMISSION");
    assert_eq!(held(&anybody, &private).await["submission"]["intake"], "CONFIRMED");
    office.work().await;
    assert_eq!(office.to("moderator@example.org").len(), 2, "now they are told, once of each");
    assert_eq!(office.smtp.receipts().len(), 2);
    let count = "query($id: ID!) { node(id: $id) { ... on Document { commentCount } } }";
    assert_eq!(anybody.data(count, json!({ "id": document.to_string() })).await["node"]["commentCount"], 1);
    // No other token confirms anything.
    for wrong in [text(&sent["receipt"]["token"]), "nothing".to_owned()] {
        assert_eq!(anybody.refusals(confirm, json!({ "token": wrong })).await, ["INVALID_TOKEN"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_confirmed_in_time_expires() {
    let office = Office::open().await;
    let document = office.service.bridges_after().await;
    ask_for_confirmation(&office.service, &document.to_string()).await;
    let anybody = office.service.anybody();
    let sent = anybody.comments(&document.to_string(), "Too late.").await;
    office.work().await;
    let link = office.to(READER)[0].read().link("/confirm/");
    let path = link.strip_prefix(&office.service.base).unwrap();
    office.service.clock.advance(TimeDelta::hours(72));
    // By the clock, before any job has run, and after it.
    for state in ["UNCONFIRMED", "EXPIRED"] {
        let late = anybody.post(path).send().await.unwrap();
        assert_eq!(late.status(), 400);
        assert!(late.text().await.unwrap().contains("The time to confirm this address is over"));
        assert_eq!(held(&anybody, &sent).await["comment"]["intake"], state);
        office.work().await;
    }
    assert_eq!(held(&anybody, &sent).await["comment"]["state"], "PENDING");
    assert_eq!(office.service.count("FROM jobs WHERE kind = 'comments.received'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_to_a_mailbox_that_is_not_there_stops_and_shows() {
    let office = Office::open().await;
    let document = office.service.bridges().await;
    for address in [READER, "moderator@example.org"] {
        office.smtp.rule(Rule::refuse(At::Rcpt, 550, "5.1.1").to(address));
    }
    let moderator = office.service.moderator(document).await;
    let anybody = office.service.anybody();
    let id = anybody.comment_id(&document.to_string(), "A word.").await;
    office.work().await;
    assert_eq!(office.service.count("FROM jobs WHERE state <> 'DONE'").await, 0, "nothing is left to try");
    let tried = office.smtp.counts().mails;
    let contact = "query($id: ID!) { node(id: $id) { ... on Comment { author { contact { bouncedAt } } } } }";
    let shown = moderator.data(contact, json!({ "id": id })).await;
    assert_eq!(shown["node"]["author"]["contact"]["bouncedAt"], "2027-03-01T09:00:00Z");
    let own = "{ viewer { id bouncedAt } }";
    assert_eq!(moderator.data(own, json!({})).await["viewer"]["bouncedAt"], "2027-03-01T09:00:00Z");

    moderator.decides(&id, 1, "REJECT").await;
    anybody.data(SUBMISSION, submission(document, "Please read.")).await;
    office.later().await;
    assert_eq!(office.smtp.counts().mails, tried + 1, "the neighbour's receipt, and nothing to the two");

    // A link to sign in with is sent even so; by following it they show that mail arrives.
    let request = "mutation { requestSignInLink(input: { email: \"moderator@example.org\" }) { sent } }";
    anybody.data(request, json!({})).await;
    office.work().await;
    assert_eq!(office.smtp.counts().mails, tried + 2);
    let again = office.service.signed_in("Moderator", Role::Moderator, Some(document)).await;
    assert_eq!(again.data(own, json!({})).await["viewer"]["bouncedAt"], Value::Null);
    // A refusal for another reason says nothing about the mailbox.
    office.smtp.rule(Rule::refuse(At::Rcpt, 550, "5.7.1").to("neighbour@example.org"));
    anybody.data(SUBMISSION, submission(document, "Spam, they say.")).await;
    office.work().await;
    assert_eq!(office.service.count("FROM jobs WHERE state = 'DEAD'").await, 1);
    assert_eq!(office.service.count("FROM contributors WHERE bounced_at IS NOT NULL").await, 1);
}
