//! Appeals outside of the API: the page without script, and mail.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_needs_a_browser_without_script_and_no_more() {
    let scene = scene().await;
    let reader = scene.service.anybody();
    let receipt = format!("/receipts/{}", scene.token);
    let page = reader.get(&receipt).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(
        page.contains("It was public, and is not shown any more.")
            && page.contains("It is about another bridge."),
        "{page}"
    );
    assert!(page.contains("31 August 2027"), "{page}");
    let field = |name: &str| {
        let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let target = page.split("<form method=\"post\" action=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(target, format!("{receipt}/appeal"));
    let form = |words: &str| [("action", field("action")), ("key", field("key")), ("text", words.to_owned())];
    let empty = reader.post(target).form(&form("  ")).send().await.unwrap();
    assert_eq!(empty.status(), 400);
    let empty = empty.text().await.unwrap();
    assert!(empty.contains("This must not be empty.") && empty.contains("<form"), "{empty}");
    let sent = reader.post(target).form(&form("It is about this <b>bridge</b>.")).send().await.unwrap();
    assert_eq!(
        (sent.status(), sent.url().path()),
        (reqwest::StatusCode::OK, target),
        "led to the confirmation"
    );
    assert_eq!(sent.headers()["cache-control"], "no-store");
    let sent = sent.text().await.unwrap();
    assert!(
        sent.contains("We have your appeal")
            && sent.contains("It waits for a moderator.")
            && !sent.contains("<form"),
        "{sent}"
    );
    // Sent twice, as when somebody presses twice, it is one.
    let again = reader.post(target).form(&form("It is about this <b>bridge</b>.")).send().await.unwrap();
    assert_eq!(again.status(), 200);
    assert_eq!(scene.service.count("FROM appeals").await, 1);
    let page = reader.get(&receipt).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("You appealed on") && !page.contains("<form"), "{page}");
    // Somebody else's token, and nonsense.
    let (_, others) = hidden(&scene.service, &scene.first, "Another.").await;
    for target in [format!("/receipts/{others}/appeal"), "/receipts/nonsense/appeal".to_owned()] {
        let form =
            [("action", field("action")), ("key", "another-key-0123456789".into()), ("text", "Mine.".into())];
        assert_eq!(reader.post(&target).form(&form).send().await.unwrap().status(), 404, "{target}");
    }
    let nonsense = reader.post(target).form(&[("action", "x")]).send().await.unwrap();
    assert_eq!(nonsense.status(), 404);
    assert_eq!(scene.service.count("FROM appeals").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_concerned_is_told_of_an_appeal() {
    let smtp = SmtpServer::start().await;
    let scene = scene().await;
    let told = ["--smtp-url", &smtp.url()];
    scene.service.work_with(&told).await;
    let before = smtp.messages().len();
    let appeal = scene.lodges().await;
    scene.service.work_with(&told).await;
    let messages = smtp.messages();
    assert_eq!(
        messages[before..].iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(),
        [["second@example.org"]],
        "not whose decision it is about"
    );
    let mail = messages[before].read();
    assert!(mail.subject.contains("Bridges for Everyone"), "{}", mail.subject);
    for part in [&mail.text, &mail.html] {
        assert!(part.contains(&format!("/desk/{appeal}")), "{part}");
        assert!(!part.contains("about this bridge") && !part.contains("reader@example.org"), "{part}");
    }
    let page = scene.second.get(&format!("/desk/{appeal}")).send().await.unwrap();
    assert_eq!(page.status(), 200, "the link leads somewhere");
    scene.second.data(DECIDE, deciding(&appeal, 1, "UPHOLD")).await;
    scene.service.work_with(&told).await;
    let messages = smtp.messages();
    let last = messages.last().unwrap();
    assert_eq!(last.to, ["reader@example.org"]);
    let mail = last.read();
    for part in [&mail.text, &mail.html] {
        assert!(
            part.contains("We have looked again.") && part.contains(&format!("/receipts/{}", scene.token)),
            "{part}"
        );
        assert!(!part.contains("Second"), "{part}");
    }
    assert_eq!(messages.len(), before + 2);
    assert_eq!(scene.service.count("FROM jobs WHERE state = 'DEAD'").await, 0);
}
