//! What moderators choose to be mailed, and stopping it with one click.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{Actor, TestService, contributions::text, documents::BRIDGES, smtp::SmtpServer};

pub const CHOOSE: &str = "mutation($input: SetMailPreferencesInput!) { setMailPreferences(input: $input) {
  mailPreferences { document { slug } mode hour timeZone topics } errors { code message path }
} }";

impl Actor {
    /// Chooses, and returns everything that is chosen then.
    pub async fn chooses(&self, input: Value) -> Value {
        let data = self.data(CHOOSE, json!({ "input": input })).await;
        assert_eq!(data["setMailPreferences"]["errors"], json!([]));
        data["setMailPreferences"]["mailPreferences"].clone()
    }
}

/// The path of the link to unsubscribe in a mail's header.
pub fn stop_path(service: &TestService, mail: &crate::support::smtp::Received) -> String {
    let mail = mail.read();
    assert_eq!(mail.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    let header = mail.header("List-Unsubscribe").unwrap();
    let url = header.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
    assert!(mail.text.contains(url) && mail.html_links().contains(&url.to_owned()), "{}", mail.text);
    url.strip_prefix(&service.base).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_at_once_until_something_else_is_chosen() {
    let service = TestService::start().await;
    let document = service.bridges().await.to_string();
    let moderator = service.signed_in("One", Role::Moderator, Some(document.parse().unwrap())).await;
    let query = "{ viewer { id mailPreferences { document { slug } mode hour timeZone topics } } }";
    let all = json!(["APPEALS", "REPORTS", "WAITING_COMMENTS", "SUBMISSIONS", "ASSIGNED_TO_ME"]);
    let first = json!({ "document": null, "mode": "AT_ONCE", "hour": null, "timeZone": null, "topics": all });
    let viewer = moderator.data(query, json!({})).await["viewer"].clone();
    assert_eq!(viewer["mailPreferences"], json!([first]));

    let hourly = json!({ "document": null, "mode": "HOURLY", "hour": null, "timeZone": null, "topics": all });
    let daily = json!({ "document": { "slug": "bridges" }, "mode": "DAILY", "hour": 8, "timeZone": "Europe/London", "topics": ["SUBMISSIONS"] });
    assert_eq!(moderator.chooses(json!({ "mode": "HOURLY" })).await, json!([hourly]));
    let chosen = moderator
        .chooses(json!({ "documentId": document, "mode": "DAILY", "hour": 8, "timeZone": "Europe/London", "topics": ["SUBMISSIONS", "SUBMISSIONS"] }))
        .await;
    assert_eq!(chosen, json!([hourly, daily]));
    assert_eq!(moderator.data(query, json!({})).await["viewer"]["mailPreferences"], json!([hourly, daily]));
    assert_eq!(moderator.chooses(json!({ "documentId": document })).await, json!([hourly]));
    assert_eq!(moderator.chooses(json!({})).await, json!([first]));

    // For themselves and administrators.
    let node = "query($id: ID!) { node(id: $id) { ... on Account { mailPreferences { mode } } } }";
    let id = json!({ "id": viewer["id"] });
    let administrator = service.administrator().await;
    let seen = administrator.data(node, id.clone()).await;
    assert_eq!(seen["node"]["mailPreferences"], json!([{ "mode": "AT_ONCE" }]));
    let other = service.signed_in("Two", Role::Moderator, Some(document.parse().unwrap())).await;
    assert_eq!(other.data(node, id).await["node"], Value::Null);
    let comment = service.anybody().comment_id(&document, "A word.").await;
    moderator.decides(&comment, 1, "APPROVE").await;
    let through = "query($id: ID!) { node(id: $id) { ... on Comment { actions { nodes { actor { mailPreferences { mode } } } } } } }";
    assert_eq!(other.error(through, json!({ "id": comment })).await, "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_makes_no_sense_is_refused_with_what_to_put_right() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let elsewhere = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let moderator = service.signed_in("One", Role::Moderator, Some(document)).await;
    for (input, codes) in [
        (json!({ "mode": "DAILY" }), vec!["BLANK", "BLANK"]),
        (
            json!({ "mode": "DAILY", "hour": 24, "timeZone": "Europe/Harbour" }),
            vec!["OUT_OF_RANGE", "INVALID_TEXT"],
        ),
        (json!({ "mode": "HOURLY", "hour": 8 }), vec!["INVALID_COMBINATION"]),
        (json!({ "mode": "HOURLY", "topics": [] }), vec!["BLANK"]),
        (json!({ "topics": ["REPORTS"] }), vec!["INVALID_COMBINATION"]),
        (json!({ "documentId": elsewhere.to_string(), "mode": "NONE" }), vec!["TARGET_NOT_FOUND"]),
    ] {
        assert_eq!(moderator.refusals(CHOOSE, json!({ "input": input })).await, codes, "{input}");
    }
    assert_eq!(service.count("FROM mail_subscriptions").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_comes_about_what_was_chosen_and_nothing_else() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    let one = service.signed_in("One", Role::Moderator, Some(document)).await;
    let two = service.signed_in("Two", Role::Moderator, Some(document)).await;
    service.signed_in("Three", Role::Moderator, Some(document)).await;
    one.chooses(json!({ "documentId": document.to_string(), "mode": "AT_ONCE", "topics": ["SUBMISSIONS"] }))
        .await;
    two.chooses(json!({ "mode": "NONE" })).await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    service.settled().await;
    let to = |mails: &[crate::support::smtp::Received]| {
        let mut to: Vec<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        to
    };
    assert_eq!(to(&smtp.messages()), ["three@example.org"]);
    service.anybody().submits(document, "Confidential.").await;
    let mails = smtp.wait_for(3).await;
    service.settled().await;
    assert_eq!(smtp.messages().len(), 3);
    assert_eq!(to(&mails[1..]), ["one@example.org", "three@example.org"]);
    // A choice for one document outweighs what holds for all.
    two.chooses(json!({ "documentId": document.to_string(), "mode": "AT_ONCE" })).await;
    service.anybody().submits(document, "Confidential.").await;
    let mails = smtp.wait_for(6).await;
    assert_eq!(to(&mails[3..]), ["one@example.org", "three@example.org", "two@example.org"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_stops_mail_without_signing_in_and_looking_changes_nothing() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let one = service.signed_in("One", Role::Moderator, None).await;
    service.signed_in("Two", Role::Moderator, Some(document)).await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    let mails = smtp.wait_for(2).await;
    let ours = mails.iter().find(|mail| mail.to == ["one@example.org"]).unwrap();
    let path = stop_path(&service, ours);

    // A mail scanner follows the link, as often as it likes.
    for _ in 0..2 {
        let page = service.anybody().get(&path).send().await.unwrap();
        assert_eq!(
            (page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()),
            (200, "no-store")
        );
        let page = page.text().await.unwrap();
        assert!(page.contains("Bridges for Everyone") && page.contains("<form method=\"post\""), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
    assert_eq!(service.count("FROM mail_subscriptions WHERE mode IS NOT NULL").await, 0);

    // A mail program sends what RFC 8058 says, in either form.
    let clicked =
        service.anybody().post(&path).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
    assert_eq!(clicked.status(), 200);
    let said = clicked.text().await.unwrap();
    assert!(said.contains("This mail has stopped") && said.contains("Bridges for Everyone"), "{said}");
    assert!(said.contains("setMailPreferences"), "{said}");
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let again = service.anybody().post(&path).header("content-type", "multipart/form-data; boundary=b");
    assert_eq!(again.body(multipart).send().await.unwrap().status(), 200);

    service.anybody().comments(&document.to_string(), "Another word.").await;
    service.anybody().comments(&other.to_string(), "A third word.").await;
    let mails = smtp.wait_for(4).await;
    service.settled().await;
    assert_eq!(
        smtp.messages().len(),
        4,
        "one about this document, to the other moderator; one about the other"
    );
    let about = |title: &str| {
        let mut found: Vec<_> = mails[2..].iter().filter(|mail| mail.read().text.contains(title)).collect();
        found.pop().map(|mail| mail.to.clone())
    };
    assert_eq!(about("Another word."), Some(vec!["two@example.org".to_owned()]));
    assert_eq!(about("A third word."), Some(vec!["one@example.org".to_owned()]));

    // And on again, as the page says.
    one.chooses(json!({ "documentId": document.to_string() })).await;
    service.anybody().comments(&document.to_string(), "A fourth word.").await;
    smtp.wait_for(6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_mailed_stops_nothing() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    service.signed_in("One", Role::Moderator, Some(document)).await;
    let sent = service.anybody().comments(&document.to_string(), "A word.").await;
    let mails = smtp.wait_for(1).await;
    let path = stop_path(&service, &mails[0]);
    let token = path.rsplit_once('/').unwrap().1.to_owned();
    let mut altered = token.clone();
    altered.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });
    let receipt = text(&sent["receipt"]["token"]);
    for wrong in ["", "x", &altered, &receipt] {
        let path = format!("/unsubscribe/{wrong}");
        assert_eq!(service.anybody().get(&path).send().await.unwrap().status(), 404, "{wrong}");
        assert_eq!(service.anybody().post(&path).send().await.unwrap().status(), 404, "{wrong}");
        let stop = "mutation($token: String!) { unsubscribe(input: { token: $token }) { errors { code } } }";
        assert_eq!(service.anybody().error(stop, json!({ "token": wrong })).await, "NOT_FOUND", "{wrong}");
    }
    assert_eq!(service.count("FROM mail_subscriptions WHERE mode IS NOT NULL").await, 0);
    let query = "query($token: String!) { mailSubscription(token: $token) { documentTitle stopped } }";
    let seen = service.anybody().data(query, json!({ "token": token })).await;
    assert_eq!(
        seen["mailSubscription"],
        json!({ "documentTitle": "Bridges for Everyone", "stopped": false })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_has_claimed_is_a_topic_of_its_own() {
    let smtp = SmtpServer::start().await;
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.signed_in("One", Role::Moderator, Some(document)).await;
    moderator.chooses(json!({ "mode": "AT_ONCE", "topics": ["ASSIGNED_TO_ME"] })).await;
    let mine = service.anybody().comment_id(&document.to_string(), "Claimed.").await;
    service.anybody().comment_id(&document.to_string(), "Not claimed.").await;
    let claim = "mutation($id: ID!) { claimItem(input: { id: $id }) { errors { code } } }";
    assert_eq!(moderator.data(claim, json!({ "id": mine })).await["claimItem"]["errors"], json!([]));
    service.work_with(&["--smtp-url", &smtp.url()]).await;
    let mails = smtp.messages();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].read().text.contains("> Claimed."), "{}", mails[0].read().text);
}
