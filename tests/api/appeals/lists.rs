//! Lists of appeals: their order, and what they cost.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moderators_list_appeals_oldest_first() {
    let scene = scene().await;
    let mut ids = vec![scene.lodges().await];
    for n in 0..2 {
        let (_, token) = hidden(&scene.service, &scene.first, &format!("Word {n}.")).await;
        ids.push(lodges(&scene.service, &token).await);
    }
    scene.second.data(DECIDE, deciding(&ids[0], 1, "DISMISS")).await;
    let of = |data: &Value| -> Vec<String> {
        data["appeals"]["nodes"].as_array().unwrap().iter().map(|node| text(&node["id"])).collect()
    };
    let all = scene.second.data(APPEALS, json!({})).await;
    assert_eq!((of(&all), &all["appeals"]["totalCount"]), (ids.clone(), &json!(3)));
    assert_eq!(all["appeals"]["nodes"][0]["decidedBy"]["displayName"], "Second");
    assert_eq!(all["appeals"]["nodes"][1]["comment"]["body"]["plain"], "Word 0.");
    let open = scene.second.data(APPEALS, json!({ "filter": { "state": "LODGED" }, "first": 1 })).await;
    assert_eq!((of(&open), &open["appeals"]["totalCount"]), (vec![ids[1].clone()], &json!(2)));
    let next = json!({ "filter": { "state": "LODGED" }, "first": 1, "after": open["appeals"]["pageInfo"]["endCursor"] });
    let next = scene.second.data(APPEALS, next).await;
    assert_eq!(of(&next), [ids[2].clone()]);
    let info = &next["appeals"]["pageInfo"];
    assert_eq!((&info["hasPreviousPage"], &info["hasNextPage"]), (&json!(true), &json!(false)));
    assert_eq!(scene.service.administrator().await.error(APPEALS, json!({})).await, "FORBIDDEN");
}

/// The list of appeals costs the same whatever its length, and so do the reports on a page of comments.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_cost_the_same_whatever_their_length() {
    let scene = scene().await;
    let query = "{ appeals { totalCount nodes { id state text statement action { decision statementOfReasons { facts appealable appeal { id } } }
        comment { id body { plain } statementsOfReasons { facts appealable appeal { state } } reports { totalCount nodes { reason } } } } } }";
    let cost = async || {
        scene.second.data(query, json!({})).await;
        scene.service.cost(scene.second.data(query, json!({}))).await.0
    };
    scene.lodges().await;
    let one = cost().await;
    for n in 0..6 {
        let (_, token) = hidden(&scene.service, &scene.first, &format!("Word {n}.")).await;
        lodges(&scene.service, &token).await;
    }
    assert_eq!(cost().await, one);
    assert!(one <= 12, "{one} statements");
}
