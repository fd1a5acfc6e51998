//! Reading: documents, sections, pages of comments, anything by its id.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{TestService, contributions::text, documents::BRIDGES};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_reads_as_it_was_written() {
    let service = TestService::start().await;
    service.bridges().await;
    let reader = service.anybody();
    let query = "{
      documents { totalCount nodes { slug title phase language owner summary { plain } policies { moderation maxCommentLength } } }
      document(slug: \"bridges\") {
        sections { totalCount nodes { slug number title depth } }
        top: sections(topLevelOnly: true) { nodes { title children { totalCount nodes { title } } } }
        section(slug: \"why-bridges\") {
          wordCount readingTimeMinutes
          body { html plain markdown }
          blocks { kind number body { plain } }
          footnotes { label body { plain } referencedBy }
          previous { title } next { title next { title previous { title } } } parent { title }
        }
      }
      section(documentSlug: \"bridges\", slug: \"what-we-know\") { title parent { title } document { slug } revision { ordinal } blocks { kind } }
    }";
    let data = reader.data(query, json!({})).await;
    assert_eq!(
        data["documents"]["nodes"],
        json!([{
            "slug": "bridges", "title": "Bridges for Everyone", "phase": "OPEN", "language": "en", "owner": "Harbour Town Council",
            "summary": { "plain": "Which footbridges to build first." },
            "policies": { "moderation": "PRE", "maxCommentLength": 10_000 }
        }])
    );
    assert_eq!(
        data["document"]["sections"]["nodes"],
        json!([
            { "slug": "why-bridges", "number": "1", "title": "Why bridges", "depth": 0 },
            { "slug": "what-we-know", "number": "1.1", "title": "What we know", "depth": 1 },
            { "slug": "what-we-do-not-know", "number": "1.2", "title": "What we do not know", "depth": 1 },
            { "slug": "what-we-propose", "number": "2", "title": "What we propose", "depth": 0 },
            { "slug": "what-it-costs", "number": "3", "title": "What it costs", "depth": 0 }
        ])
    );
    let top = &data["document"]["top"]["nodes"];
    assert_eq!(top.as_array().unwrap().len(), 3);
    assert_eq!(top[0]["children"]["totalCount"], 2);
    assert_eq!(top[1]["children"]["totalCount"], 0);
    let section = &data["document"]["section"];
    assert_eq!(section["readingTimeMinutes"], 1);
    assert_eq!(section["footnotes"][0]["label"], "1");
    assert_eq!(section["footnotes"][0]["body"]["plain"], "Counted at low water.");
    assert_eq!(section["blocks"][1]["kind"], "QUOTATION");
    assert!(text(&section["body"]["html"]).contains("<blockquote>"));
    assert_eq!(section["previous"], Value::Null);
    assert_eq!(section["parent"], Value::Null);
    assert_eq!(section["next"]["next"]["previous"]["title"], "What we know");
    assert_eq!(data["section"]["parent"]["title"], "Why bridges");
    assert_eq!(data["section"]["blocks"][0]["kind"], "TABLE");
    assert_eq!(data["section"]["revision"]["ordinal"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imported_again_only_what_changed_is_new() {
    let service = TestService::start().await;
    service.bridges().await;
    let reader = service.anybody();
    let query = "{ document(slug: \"bridges\") { sections { nodes { id slug revision { ordinal id } blocks { key } } } } }";
    let before = reader.data(query, json!({})).await;
    service.bridges().await;
    assert_eq!(reader.data(query, json!({})).await, before, "nothing changed, so nothing is new");

    let section = service.section("what-we-propose").await;
    let changed = BRIDGES
        .replace("Build the north bridge first.", "Build the south bridge first.")
        .replace("# 3. What it costs\n\nLess than the ferry.\n", "");
    service.import(&changed).await;
    let after = reader.data(query, json!({})).await;
    let nodes = after["document"]["sections"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 4, "what is gone is not listed");
    let ordinals: Vec<_> = nodes.iter().map(|node| node["revision"]["ordinal"].as_i64().unwrap()).collect();
    assert_eq!(ordinals, [1, 1, 1, 2]);
    assert_eq!(nodes[3]["id"], json!(section), "the section is the same");
    assert_eq!(service.count("FROM section_revisions").await, 6);
    // What comes back is the section that was there, with its text.
    service.bridges().await;
    let again = reader.data(query, json!({})).await;
    assert_eq!(
        again["document"]["sections"]["nodes"][4]["id"],
        before["document"]["sections"]["nodes"][4]["id"]
    );
    assert_eq!(again["document"]["sections"]["nodes"][4]["revision"]["ordinal"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_for_those_who_work_on_it() {
    let service = TestService::start().await;
    let draft = service.import(&BRIDGES.replace("phase: open", "phase: draft")).await;
    let query = "query($id: ID!) { documents { totalCount nodes { slug } } document(slug: \"bridges\") { phase } node(id: $id) { id }
        section(documentSlug: \"bridges\", slug: \"what-we-know\") { title } }";
    let variables = json!({ "id": draft.to_string() });
    let nothing = json!({ "documents": { "totalCount": 0, "nodes": [] }, "document": null, "node": null, "section": null });
    let stranger = service.signed_in("Stranger", Role::Participant, None).await;
    for outside in [service.anybody(), stranger] {
        assert_eq!(outside.data(query, variables.clone()).await, nothing);
    }
    let editor = service.signed_in("Editor", Role::Editor, Some(draft)).await;
    for inside in [editor, service.moderator(draft).await, service.administrator().await] {
        let data = inside.data(query, variables.clone()).await;
        assert_eq!(data["document"]["phase"], "DRAFT");
        assert_eq!(data["documents"]["totalCount"], 1);
        assert_eq!(data["node"]["id"], json!(draft.to_string()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_document_must_not_become_is_refused_whole() {
    let service = TestService::start().await;
    service.bridges().await;
    for (front, says) in [
        ("phase: draft", "cannot become a draft again"),
        ("phase: open\nopens: 2027-05-01\ncloses: 2027-04-01", "closes"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document.md");
        std::fs::write(&path, BRIDGES.replace("phase: open", front)).unwrap();
        let refused = match answerable::documents::import::read(&path) {
            Ok(parsed) => {
                answerable::documents::actions::import(&service.ctx, &parsed).await.unwrap_err().to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(refused.contains(says), "{refused}");
    }
    // Dates that only clash with those that are kept.
    service.import(&BRIDGES.replace("phase: open", "phase: open\ncloses: 2027-03-20")).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.md");
    std::fs::write(&path, BRIDGES.replace("phase: open", "phase: open\nopens: 2027-03-25")).unwrap();
    let parsed = answerable::documents::import::read(&path).unwrap();
    let refused = answerable::documents::actions::import(&service.ctx, &parsed).await.unwrap_err();
    assert!(refused.to_string().contains("which is not later"), "{refused}");
}

const PAGE: &str = "query($order: CommentOrder!, $first: Int, $after: String, $last: Int, $before: String) {
  document(slug: \"bridges\") {
    comments(order: $order, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges { cursor node { body { plain } } }
      pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    }
  }
}";

fn page(data: &Value) -> (Vec<String>, bool, bool) {
    let comments = &data["document"]["comments"];
    let edges = comments["edges"].as_array().unwrap().iter();
    let texts = edges.map(|edge| text(&edge["node"]["body"]["plain"])).collect();
    let info = &comments["pageInfo"];
    (texts, info["hasPreviousPage"].as_bool().unwrap(), info["hasNextPage"].as_bool().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_comments_go_both_ways_in_every_order() {
    let service = TestService::start().await;
    let document = service.bridges_after().await.to_string();
    let reader = service.anybody();
    let mut ids = Vec::new();
    for word in ["a", "b", "c", "d", "e"] {
        ids.push(reader.comment_id(&document, word).await);
    }
    // b has two replies, one of them to a reply; d has one.
    let reply = reader.comment_id(&ids[1], "b1").await;
    reader.comment_id(&reply, "b2").await;
    reader.comment_id(&ids[3], "d1").await;

    for (order, expected) in [
        ("OLDEST", ["a", "b", "c", "d", "e"]),
        ("NEWEST", ["e", "d", "c", "b", "a"]),
        ("MOST_DISCUSSED", ["b", "d", "e", "c", "a"]),
    ] {
        let ask = async |variables: Value| {
            let mut variables = variables;
            variables["order"] = json!(order);
            reader.data(PAGE, variables).await
        };
        let expect = |range: std::ops::Range<usize>| -> Vec<String> {
            expected[range].iter().map(ToString::to_string).collect()
        };
        let all = ask(json!({})).await;
        assert_eq!(page(&all), (expect(0..5), false, false), "{order}");
        assert_eq!(all["document"]["comments"]["totalCount"], 5);
        let first = ask(json!({ "first": 2 })).await;
        assert_eq!(page(&first), (expect(0..2), false, true), "{order}");
        let end = &first["document"]["comments"]["pageInfo"]["endCursor"];
        let second = ask(json!({ "first": 2, "after": end })).await;
        assert_eq!(page(&second), (expect(2..4), true, true), "{order}");
        let end = &second["document"]["comments"]["pageInfo"]["endCursor"];
        let third = ask(json!({ "first": 2, "after": end })).await;
        assert_eq!(page(&third), (expect(4..5), true, false), "{order}");
        let start = &third["document"]["comments"]["pageInfo"]["startCursor"];
        let back = ask(json!({ "last": 3, "before": start })).await;
        assert_eq!(page(&back), (expect(1..4), true, true), "{order}");
        let last = ask(json!({ "last": 2 })).await;
        assert_eq!(page(&last), (expect(3..5), true, false), "{order}");
        let none = ask(json!({ "first": 0 })).await;
        assert_eq!(page(&none).0, Vec::<String>::new(), "{order}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_or_size_that_makes_no_sense_is_refused() {
    let service = TestService::start().await;
    let document = service.bridges_after().await.to_string();
    let reader = service.anybody();
    for word in ["a", "b"] {
        reader.comments(&document, word).await;
    }
    let newest = reader.data(PAGE, json!({ "order": "NEWEST", "first": 1 })).await;
    let cursor = &newest["document"]["comments"]["pageInfo"]["endCursor"];
    for wrong in [
        json!({ "order": "OLDEST", "after": cursor }),
        json!({ "order": "NEWEST", "after": "nonsense" }),
        json!({ "order": "NEWEST", "after": "x".repeat(10_000) }),
        json!({ "order": "NEWEST", "first": -1 }),
        json!({ "order": "NEWEST", "first": 1, "last": 1 }),
    ] {
        assert_eq!(reader.error(PAGE, wrong.clone()).await, "BAD_REQUEST", "{wrong}");
    }
    // A page is never larger than a hundred, however much is asked for.
    let large = reader.data(PAGE, json!({ "order": "NEWEST", "first": 1_000_000 })).await;
    assert_eq!(page(&large).0.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anything_is_found_by_its_id() {
    let service = TestService::start().await;
    let document = service.bridges_after().await.to_string();
    let section = service.section("what-it-costs").await;
    let reader = service.anybody();
    let comment = reader.comment_id(&section, "Fine.").await;
    let query =
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Comment { section { slug } } } }";
    let missing = "section_01h455vb4pex5vsknk084sn02q";
    let data = reader.data(query, json!({ "ids": [comment, missing, document, section] })).await;
    assert_eq!(
        data["nodes"],
        json!([
            { "__typename": "Comment", "id": comment, "section": { "slug": "what-it-costs" } },
            null,
            { "__typename": "Document", "id": document },
            { "__typename": "Section", "id": section }
        ])
    );
    assert_eq!(reader.error(query, json!({ "ids": [comment, "17"] })).await, "BAD_REQUEST");
    // A character that the database takes in no text.
    let by_slug = "query($slug: String!) { document(slug: $slug) { id } }";
    assert_eq!(reader.data(by_slug, json!({ "slug": "a\0b" })).await["document"], Value::Null);
    assert_eq!(reader.error(query, json!({ "ids": vec![comment; 101] })).await, "BAD_REQUEST");
}
