//! The main job from end to end: publish, read, comment, submit in private, be mailed, moderate.

use std::process::Command;

use serde_json::json;

use crate::support::{
    TestService,
    contributions::{HANDLE, ruling, text},
    documents::BRIDGES,
    smtp::SmtpServer,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_published_read_commented_on_moderated_and_answered_by_mail() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;

    // The town publishes its paper, from the command line.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bridges.md"), BRIDGES).unwrap();
    let import = Command::new(env!("CARGO_BIN_EXE_answerable"))
        .arg("import")
        .arg(folder.path())
        .args(["--database-url", &service.database_url, "--data-dir"])
        .arg(service.data_dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8(import.stdout).unwrap();
    assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    assert!(said.contains("Bridges for Everyone") && said.contains("5 sections"), "{said}");

    // Anybody reads it.
    let reader = service.anybody();
    let read = reader
        .data(
            "{ documents { nodes { id title phase } } section(documentSlug: \"bridges\", slug: \"what-we-propose\") {
                id number title body { html plain } next { title } } }",
            json!({}),
        )
        .await;
    assert_eq!(read["documents"]["nodes"][0]["phase"], "OPEN");
    assert_eq!(read["section"]["body"]["plain"], "Build the north bridge first.");
    assert_eq!(read["section"]["next"]["title"], "What it costs");
    let document = text(&read["documents"]["nodes"][0]["id"]);
    let section = text(&read["section"]["id"]);

    // The administrator invites a moderator, who gets a mail and signs in with its link.
    let administrator = service.administrator().await;
    let invited = administrator
        .data(
            "mutation($input: InviteModeratorInput!) { inviteModerator(input: $input) { account { displayName } errors { code } } }",
            json!({ "input": { "email": "desk@example.org", "displayName": "The desk", "documentIds": [document] } }),
        )
        .await;
    assert_eq!(invited["inviteModerator"]["account"]["displayName"], "The desk");
    let mails = smtp.wait_for(1).await;
    let invitation = mails[0].read();
    assert_eq!(invitation.subject, "You are invited to moderate: Bridges for Everyone");
    let link = invitation.link("/sign-in?token=");
    let moderator = service.sign_in(link.split_once("token=").unwrap().1).await;

    // A reader comments; the desk is mailed; nobody else sees it yet.
    let comment = reader.comments(&section, "Build **both** at once.").await;
    let id = text(&comment["comment"]["id"]);
    assert_eq!(comment["comment"]["state"], "PENDING");
    let mails = smtp.wait_for(2).await;
    assert_eq!(mails[1].to, ["desk@example.org"]);
    assert!(mails[1].read().text.contains(&format!("/desk/{id}")));
    let shown = "query($id: ID!) { node(id: $id) { ... on Section { commentCount comments { nodes { body { html } author { displayName } } } } } }";
    assert_eq!(reader.data(shown, json!({ "id": section })).await["node"]["commentCount"], 0);

    // A neighbour writes in private; the mail says so and quotes nothing.
    let private = reader.submits(document.parse().unwrap(), "The ford is dangerous for my son.").await;
    let mails = smtp.wait_for(3).await;
    assert!(!mails[2].read().text.contains("dangerous"));

    // The moderator finds both in the queue and decides.
    let queue = moderator
        .data(
            "{ moderationQueue { totalCount nodes { __typename ... on Comment { id version author { contact { email } } }
                ... on Submission { id version text: body { plain } } } } }",
            json!({}),
        )
        .await;
    let waiting = queue["moderationQueue"]["nodes"].as_array().unwrap();
    assert_eq!(queue["moderationQueue"]["totalCount"], 2);
    assert_eq!(waiting[0]["author"]["contact"]["email"], "reader@example.org");
    assert_eq!(waiting[1]["text"]["plain"], "The ford is dangerous for my son.");
    moderator.decides(&id, waiting[0]["version"].as_i64().unwrap(), "APPROVE").await;
    let handled = moderator.data(HANDLE, ruling(&text(&waiting[1]["id"]), 1, "ACKNOWLEDGE")).await;
    assert_eq!(handled["handleSubmission"]["submission"]["state"], "ACKNOWLEDGED");
    assert_eq!(
        moderator.data("{ moderationQueue { totalCount } }", json!({})).await["moderationQueue"]["totalCount"],
        0
    );

    // Now everybody sees the comment, and both authors find by their receipts what became of theirs.
    let seen = reader.data(shown, json!({ "id": section })).await;
    assert_eq!(
        seen["node"],
        json!({ "commentCount": 1, "comments": { "nodes": [{
            "body": { "html": "<p>Build <strong>both</strong> at once.</p>" }, "author": { "displayName": "A reader" } }] } })
    );
    let receipt =
        "query($token: String!) { receipt(token: $token) { comment { state } submission { state } text } }";
    let held = reader.data(receipt, json!({ "token": comment["receipt"]["token"] })).await;
    assert_eq!(held["receipt"]["comment"]["state"], "PUBLISHED");
    let held = reader.data(receipt, json!({ "token": private["receipt"]["token"] })).await;
    assert_eq!(
        held["receipt"],
        json!({ "comment": null, "submission": { "state": "ACKNOWLEDGED" }, "text": "The ford is dangerous for my son." })
    );
    assert_eq!(service.count("FROM moderation_actions").await, 2);
    assert_eq!(service.count("FROM jobs WHERE state = 'DEAD'").await, 0);
}
