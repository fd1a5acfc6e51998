//! What was said in confidence, planted in every way there is, and looked for in every form it may stand somewhere.

use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use super::actor::Actor;

/// What is planted for everybody to read: what is searched is what was meant to be, if this is found.
pub const PUBLIC: &str = "Everybody may read this remark.";

/// The ways a text may stand somewhere.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for text in [secret.to_owned(), secret.to_lowercase(), secret.to_uppercase()] {
        let bytes = text.as_bytes();
        forms.push(bytes.to_vec());
        forms.push(HEXLOWER.encode(bytes).into_bytes());
        forms.push(HEXLOWER.encode(bytes).to_uppercase().into_bytes());
        forms.push(BASE32.encode(bytes).trim_end_matches('=').as_bytes()[..bytes.len()].to_vec());
        forms.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        forms.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        // In the middle of something longer it begins at one of three places; what its neighbours have a part in is left off.
        for lead in 0..3 {
            let padded = [&b"xx"[..lead], bytes].concat();
            for encoded in [BASE64.encode(&padded), BASE64URL_NOPAD.encode(&padded)] {
                let encoded = encoded.trim_end_matches('=');
                forms.push(encoded.as_bytes()[if lead == 0 { 0 } else { 4 }..encoded.len() - 3].to_vec());
            }
        }
    }
    forms
}

/// Whether this stands anywhere in it.
pub fn holds(content: &[u8], part: &str) -> bool {
    content.windows(part.len()).any(|window| window == part.as_bytes())
}

/// All that is looked for, by the two bytes it begins with: there is much to be looked through.
pub struct Search {
    by_beginning: Vec<Vec<(usize, Vec<u8>)>>,
    names: Vec<String>,
}

impl Search {
    pub fn for_all(secrets: &[(String, String)]) -> Self {
        let mut by_beginning = vec![Vec::new(); 1 << 16];
        for (at, (_, secret)) in secrets.iter().enumerate() {
            for form in forms(secret) {
                assert!(form.len() >= 8, "{secret} is too short to be told from chance");
                by_beginning[usize::from(u16::from_be_bytes([form[0], form[1]]))].push((at, form));
            }
        }
        Self { by_beginning, names: secrets.iter().map(|(name, _)| name.clone()).collect() }
    }

    /// Which of the secrets stand in it, in any form.
    pub fn found_in(&self, what: &str, content: &[u8]) -> Vec<String> {
        let mut found = std::collections::BTreeSet::new();
        for at in 0..content.len().saturating_sub(1) {
            let beginning = usize::from(u16::from_be_bytes([content[at], content[at + 1]]));
            for (secret, form) in &self.by_beginning[beginning] {
                if content[at..].starts_with(form) {
                    found.insert(*secret);
                }
            }
        }
        found.into_iter().map(|secret| format!("{} in {what}", self.names[secret])).collect()
    }
}

async fn data(actor: &Actor, query: &str, input: Value) -> Value {
    let data = actor.data(query, json!({ "input": input })).await;
    let payload = data.as_object().unwrap().values().next().unwrap().clone();
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload
}

const SUBMIT: &str = "mutation($input: SubmitCommentInput!) { submitComment(input: $input) { comment { id version } receipt { token } errors { message } } }";
const SUBMISSION: &str = "mutation($input: MakeSubmissionInput!) { makeSubmission(input: $input) { submission { id } receipt { token } errors { message } } }";
const UPLOAD: &str = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id token url } errors { message } } }";
const AMEND: &str = "mutation($input: AmendContributionInput!) { amendContribution(input: $input) { receipt { token } errors { message } } }";
const HANDLE: &str = "mutation($input: HandleSubmissionInput!) { handleSubmission(input: $input) { submission { id } errors { message } } }";
const MODERATE: &str = "mutation($input: ModerateCommentInput!) { moderateComment(input: $input) { comment { id } errors { message } } }";
const REPORT: &str =
    "mutation($input: ReportCommentInput!) { reportComment(input: $input) { received errors { message } } }";
const APPEAL: &str =
    "mutation($input: LodgeAppealInput!) { lodgeAppeal(input: $input) { appeal { id } errors { message } } }";
const LINK: &str = "mutation($input: RequestSignInLinkInput!) { requestSignInLink(input: $input) { sent errors { message } } }";
const RULES: &str = "mutation($input: SetModerationRulesInput!) { setModerationRules(input: $input) { document { id } errors { message } } }";
const QUEUE: &str = "{ moderationQueue { nodes { ... on Submission { body { plain } history { body { plain } } sender: author { displayName contact { email } } } ... on Comment { author { contact { email } } reports { nodes { explanation } } } } } }";

/// Sends something confidential in every way there is, and says what of it nobody may find.
pub async fn planted(
    document: &str,
    reader: &Actor,
    moderator: &Actor,
    administrator: &Actor,
) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    let mut plant = |name: &str, text: &str| {
        secrets.push((name.to_owned(), text.to_owned()));
        text.to_owned()
    };
    let classifier = json!([{ "kind": "WORD_LIST", "effect": "WITHHOLD", "words": ["harmless"] },
        { "kind": "CLASSIFIER", "effect": "WITHHOLD", "url": "http://127.0.0.1:9/never", "secret": plant("the classifier's secret", "klassifizier-geheimnis-4711") }]);
    data(administrator, RULES, json!({ "documentId": document, "rules": classifier })).await;
    let comment = json!({ "targetId": document, "body": PUBLIC, "idempotencyKey": plant("an idempotency key", "idempotenz-schluessel-8823"),
        "author": { "name": "Somebody Public", "email": plant("a commenter's address", "kommentatorin.quux@example.org") } });
    let comment = data(reader, SUBMIT, comment).await;
    plant("a commenter's link", comment["receipt"]["token"].as_str().unwrap());
    let approve = json!({ "id": comment["comment"]["id"], "expectedVersion": comment["comment"]["version"], "decision": "APPROVE" });
    data(moderator, MODERATE, approve).await;
    let content = plant("a file", "Beilage: der Plan mit dem Geheimgang.").repeat(4_000);
    let upload = json!({ "documentId": document, "name": plant("a file's name", "Lageplan Geheimgang.txt"), "bytes": content.len() });
    let upload = data(reader, UPLOAD, upload).await["upload"].clone();
    let ticket = plant("a file's ticket", upload["token"].as_str().unwrap());
    let sent =
        reader.put(upload["url"].as_str().unwrap(), &ticket).body(content.clone()).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let submission = json!({ "documentId": document, "attachments": [ticket], "body": plant("a submission's first text", "Erstfassung: der Zwetschgenbaum im Hinterhof."),
        "author": { "name": plant("a sender's name", "Walpurga Heimlichsender"), "email": plant("a sender's address", "einsenderin.zork@example.org") } });
    let submission = data(reader, SUBMISSION, submission).await;
    let token = plant("a sender's link", submission["receipt"]["token"].as_str().unwrap());
    let amended = json!({ "token": token, "body": plant("a submission's text", "Neufassung: der Quittenbaum am Vorderhaus."), "expectedVersion": 1 });
    data(reader, AMEND, amended).await;
    let report = json!({ "commentId": comment["comment"]["id"], "reason": "SPAM", "explanation": plant("a report's explanation", "Der Verfasser wohnt gegenueber im Dachgeschoss."), "email": plant("a reporter's address", "melderin.frob@example.org") });
    data(reader, REPORT, report).await;
    let seen = moderator.data(QUEUE, json!({})).await.to_string();
    assert!(seen.contains("Quittenbaum") && seen.contains("zork") && seen.contains("Walpurga"), "{seen}");
    let file =
        moderator.get(&format!("/attachments/{}", upload["id"].as_str().unwrap())).send().await.unwrap();
    assert!(file.text().await.unwrap() == content);
    let aside = json!({ "id": submission["submission"]["id"], "expectedVersion": 2, "decision": "SET_ASIDE", "reason": "OFF_TOPIC", "statement": "It is about another paper." });
    data(moderator, HANDLE, aside).await;
    let appeal = json!({ "token": token, "text": plant("an appeal's text", "Ich widerspreche wegen der Hofeinfahrt.") });
    data(reader, APPEAL, appeal).await;
    data(reader, LINK, json!({ "email": "desk@example.org" })).await;
    plant("a moderator's address", "desk@example.org");
    // Refused, so that no answer or log may say it again.
    let wrong = json!({ "documentId": document, "body": plant("a text that was refused", "Zurueckgewiesen: der Holunder.") ,
        "author": { "name": "", "email": plant("an address that was refused", "kaputte.adresse.blorb@example") } });
    let wrong = reader.data(SUBMISSION, json!({ "input": wrong })).await;
    assert!(!wrong.to_string().contains("blorb"), "{wrong}");
    secrets
}

/// The whole database as text, where there is a `pg_dump` that is not older than the server.
pub fn dumped(url: &str) -> Option<Vec<u8>> {
    let dump = std::process::Command::new("pg_dump").args(["--dbname", url, "--inserts"]).output().ok()?;
    dump.status.success().then_some(dump.stdout)
}

#[test]
fn a_text_is_found_in_every_form() {
    let secret = ("s".to_owned(), "Quittenbaum am Vorderhaus".to_owned());
    let hidden =
        |content: &[u8]| Search::for_all(std::slice::from_ref(&secret)).found_in("x", content).len() == 1;
    let text = &secret.1;
    assert!(hidden(format!("… {text} …").as_bytes()) && hidden(text.to_lowercase().as_bytes()));
    assert!(hidden(HEXLOWER.encode(format!("a{text}").as_bytes()).as_bytes()));
    for lead in ["", "a", "ab", "abc", "abcd"] {
        let around = format!("{lead}{text}, and on");
        assert!(hidden(BASE64.encode(around.as_bytes()).as_bytes()), "{lead}");
        assert!(hidden(BASE64URL_NOPAD.encode(around.as_bytes()).as_bytes()), "{lead}");
    }
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(hidden(&wide));
    assert!(!hidden(b"the quince tree in front of the house"));
}
