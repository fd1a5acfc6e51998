//! Similar texts: few are allowed, many are one group, and nothing of a campaign is lost.

use futures_util::{StreamExt, stream};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_texts_are_found_and_a_few_are_allowed() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let editor = editor(&service, document).await;
    sets(&editor, document, json!([{ "kind": "REPEATED_TEXT", "limit": 1 }])).await;
    let reader = service.anybody();
    let target = document.to_string();
    let moderator = service.moderator(document).await;
    // What was said in confidence, or about another document, does not show in what happens to a comment.
    reader.submits(document, &letter("A neighbour")).await;
    reader.submits(document, &letter("Another")).await;
    reader.comments(&other.to_string(), &letter("Elsewhere")).await;

    assert_eq!(sends(&reader, by("a@example.org", &target, &letter("A"))).await["state"], "PUBLISHED");
    let second = sends(&reader, by("b@example.org", &target, &letter("B"))).await;
    assert_eq!(second["state"], "PUBLISHED", "one other is within the limit");
    let seen = moderator.data(FOUND, json!({ "id": second["id"] })).await;
    assert_eq!(
        seen["node"]["findings"],
        json!([{ "kind": "REPEATED_TEXT", "found": "It says nearly the same as one other contribution.", "withheld": false }])
    );
    let third = sends(&reader, by("b@example.org", &target, &letter("B, again"))).await;
    assert_eq!(third["state"], "WITHHELD");
    let seen = moderator.data(FOUND, json!({ "id": third["id"] })).await;
    assert_eq!(
        seen["node"]["findings"][0]["found"],
        "It says nearly the same as 2 other contributions, 1 of them by the same address."
    );
    let different = "I would rather see the ferry run at night, because the bridge takes years to build and we cross today.";
    assert_eq!(sends(&reader, by("c@example.org", &target, different)).await["state"], "PUBLISHED");
    // Short words of agreement are no copies of each other, unless one person says them again and again.
    for (address, state) in
        [("d", "PUBLISHED"), ("e", "PUBLISHED"), ("f", "PUBLISHED"), ("d", "PUBLISHED"), ("d", "WITHHELD")]
    {
        let sent = by(&format!("{address}@example.org"), &target, "I agree.");
        assert_eq!(sends(&reader, sent).await["state"], state, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_is_one_group_and_nothing_of_it_is_lost() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    // Many at once, from the very first on; every fifth in the writer's own words as well.
    let letters = (0..200).map(async |n: i32| {
        let mut body = letter(&format!("Reader {n}"));
        if n % 5 == 0 {
            body.push_str(" I have crossed here for twenty years, in all weathers.");
        }
        reader.submits(document, &body).await
    });
    let sent: Vec<_> = stream::iter(letters).buffered(40).collect().await;
    for n in 0..8 {
        let comment = format!(
            "{} My view number {n}.",
            ["ferry", "ford", "bridge", "road", "night", "fog", "school", "cost"][n]
        );
        reader.comments(&document.to_string(), &comment).await;
    }
    reader.comments(&document.to_string(), &letter("In public")).await;
    let moderator = service.moderator(document).await;
    let query = "{ document(slug: \"bridges\") { similarGroups { totalCount nodes { id count items(first: 3) { totalCount pageInfo { hasNextPage } nodes { __typename } } } } } }";
    let groups = moderator.data(query, json!({})).await["document"]["similarGroups"].clone();
    assert_eq!(groups["totalCount"], 1, "{groups:#}");
    let group = &groups["nodes"][0];
    assert_eq!(group["count"], 201);
    assert_eq!(group["items"]["totalCount"], 201);
    assert_eq!(group["items"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(group["items"]["nodes"][0]["__typename"], "Submission");
    assert_eq!(service.count("FROM submissions").await, 200);

    // Each of them leads to the group, and the whole of it can be walked through.
    let query = "query($id: ID!, $after: String) { node(id: $id) { ... on Submission { similar { id count items(first: 100, after: $after) {
        pageInfo { endCursor } nodes { ... on Submission { id } ... on Comment { public: id } } } } } } }";
    let mut ids = HashSet::new();
    let mut after = Value::Null;
    for _ in 0..3 {
        let id = &sent[7]["submission"]["id"];
        let similar =
            moderator.data(query, json!({ "id": id, "after": after })).await["node"]["similar"].clone();
        assert_eq!((&similar["id"], &similar["count"]), (&group["id"], &group["count"]));
        for node in similar["items"]["nodes"].as_array().unwrap() {
            ids.insert(text(node.get("id").unwrap_or(&node["public"])));
        }
        after = similar["items"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(ids.len(), 201);
    assert!(sent.iter().all(|sent| ids.contains(&text(&sent["submission"]["id"]))));
    // The group is represented by one letter, whatever its size: what a letter costs does not grow with the campaign.
    assert_eq!(service.count("FROM similar_groups g WHERE (SELECT count(*) FROM similar_members m WHERE m.group_id = g.id) > 100").await, 1);
    assert!(service.count("FROM similar_bands").await <= 20 * service.count("FROM similar_groups").await);
    for stranger in [reader, editor(&service, document).await] {
        let answer =
            stranger.ask("{ document(slug: \"bridges\") { similarGroups { totalCount } } }", json!({})).await;
        assert_eq!(answer["data"]["document"]["similarGroups"], Value::Null, "{answer:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_costs_the_same_for_one_and_for_many() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    sets(
        &editor(&service, document).await,
        document,
        json!([{ "kind": "FIRST_TIME" }, { "kind": "REPEATED_TEXT" }]),
    )
    .await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let query = "{ moderationQueue(first: 50) { nodes {
        ... on Comment { findings { found } history { body { plain } } similar { count items(first: 3) { totalCount nodes { __typename } } } }
        ... on Submission { found: findings { found } before: history { body { plain } } like: similar { count items(first: 3) { nodes { __typename } } } }
      } } document(slug: \"bridges\") { moderationRules { number } rules { kind } similarGroups { nodes { items(first: 2) { nodes { __typename } } } } } }";
    let cost = async || service.cost(moderator.data(query, json!({}))).await.0;
    for n in 0..3 {
        reader.comments(&document.to_string(), &letter(&n.to_string())).await;
        reader.submits(document, &letter(&n.to_string())).await;
    }
    cost().await;
    let few = cost().await;
    for n in 0..12 {
        let body = format!(
            "{} {0} {0} is what my letter number {n} says, and I say it {0} times.",
            ["oak", "elm", "ash", "yew", "fir", "box"][n / 2]
        );
        reader.comments(&document.to_string(), &body).await;
        reader.submits(document, &body).await;
    }
    assert_eq!(cost().await, few);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_letters_at_the_same_moment_land_in_one_group() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    for round in 0..5 {
        let body = format!(
            "{} Round {round} of this very letter, {round}{round}{round}.",
            ["oak", "elm", "ash", "yew", "fir"][round].repeat(30)
        );
        let twins = (0..4).map(|_| reader.comments(document.to_string().leak(), &body));
        futures_util::future::join_all(twins).await;
    }
    let groups = service.count("FROM similar_groups").await;
    assert_eq!(groups, 5);
    assert_eq!(service.count("FROM similar_members").await, 20);
}
