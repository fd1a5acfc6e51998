//! A page costs a bounded number of SQL statements, whatever its size.

use serde_json::json;

use crate::support::TestService;

const SECTION_PAGE: &str = "query($section: String!) {
  section(documentSlug: \"bridges\", slug: $section) {
    id number title wordCount readingTimeMinutes
    body { html }
    blocks { key number body { html } }
    footnotes { label body { html } }
    previous { title commentCount } next { title commentCount } parent { title }
    children { nodes { title commentCount } }
    commentCount
    document { title phase commentCount }
    comments(order: OLDEST, first: 20) {
      totalCount
      pageInfo { hasNextPage }
      nodes {
        id state createdAt body { html } author { displayName } replyCount section { title } document { title }
        replies(first: 3) {
          totalCount
          nodes { id body { html } author { displayName } replyCount parent { id } replies(first: 3) { nodes { id author { displayName } } } }
        }
      }
    }
  }
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_section_with_twenty_comments_costs_what_one_with_one_does() {
    let service = TestService::start().await;
    service.bridges_after().await;
    let (quiet, busy) = (service.section("what-we-know").await, service.section("what-we-propose").await);
    let reader = service.anybody();
    for (section, comments) in [(&quiet, 1), (&busy, 20)] {
        for n in 0..comments {
            let thread = reader.comment_id(section, &format!("Comment {n}.")).await;
            for reply in 0..3 {
                let reply = reader.comment_id(&thread, &format!("Reply {reply}.")).await;
                reader.comment_id(&reply, "And a reply to it.").await;
            }
        }
    }
    let cost = async |section: &str| {
        let (cost, data) = service.cost(reader.data(SECTION_PAGE, json!({ "section": section }))).await;
        (cost, data["section"]["comments"]["nodes"].as_array().unwrap().len())
    };
    let (one, listed) = cost("what-we-know").await;
    assert_eq!(listed, 1);
    let (twenty, listed) = cost("what-we-propose").await;
    assert_eq!(listed, 20);
    assert_eq!(twenty, one);
    assert!(one <= 17, "{one} statements");
    // The same each time, not only on the average.
    for _ in 0..20 {
        assert_eq!(cost("what-we-propose").await.0, twenty);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contents_and_queue_cost_the_same_whatever_their_length() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let contents = "{ document(slug: \"bridges\") { sections(first: 100) { nodes {
        title commentCount parent { title } comments(first: 2) { totalCount nodes { author { displayName } } } } } } }";
    let queue = "{ moderationQueue { totalCount nodes {
        ... on Comment { author { displayName contact { email } } section { title } actions { totalCount nodes { actor { displayName } } } }
        ... on Submission { sender: author { displayName contact { email } } text: body { plain } document { title } history: actions { totalCount } } } } }";
    let cost = async |actor: &crate::support::Actor, query: &str| {
        actor.data(query, json!({})).await;
        service.cost(actor.data(query, json!({}))).await.0
    };
    reader.comments(&service.section("what-we-know").await, "One.").await;
    reader.submits(document, "One.").await;
    let before = (cost(&reader, contents).await, cost(&moderator, queue).await);
    for n in 0..15 {
        let comment =
            reader.comment_id(&service.section("what-we-propose").await, &format!("More {n}.")).await;
        reader.submits(document, "More.").await;
        if n < 3 {
            moderator.decides(&comment, 1, "REJECT").await;
            moderator.decides(&comment, 2, "RESTORE").await;
        }
    }
    let after = (cost(&reader, contents).await, cost(&moderator, queue).await);
    // The records bring the names of those who made them: one statement more, however many there are.
    assert_eq!((after.0, after.1), (before.0, before.1 + 1));
}
