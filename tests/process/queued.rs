//! A thousand mails that wait, two workers, a mail server that misbehaves, and `kill -9` for one of the workers again and
//! again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    installation::Installation,
    kills::moment,
    people::{Acknowledged, Contribution, paper},
    program::{Program, Signal, until_none},
    smtp::{Act, At, Received, Rule, SmtpServer},
};

/// Each gets a receipt, and the moderator is told of what each wrote.
const PEOPLE: usize = 500;
/// How many are written to.
const MAILS: usize = 2 * PEOPLE;
/// How often a worker is killed, and how many mails it has under way then: each kill makes that many copies at the most.
const KILLS: usize = 4;
const UNDER_WAY: &str = "2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mail_comes_once_or_is_known_to_be_a_copy_whatever_happens_to_a_worker() {
    let smtp = SmtpServer::start().await;
    smtp.rule(Rule::refuse(At::Rcpt, 451, "4.3.0").times(40));
    smtp.rule(Rule::new(At::Data, Act::Drop).times(20));
    smtp.rule(Rule::new(At::Connect, Act::Drop).times(10));
    smtp.rule(Rule::new(At::Hello, Act::Hang).times(3));
    // So that there is mail left to be killed over, however long a worker takes to start.
    smtp.rule(Rule::new(At::Mail, Act::Slow(Duration::from_millis(400))));
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    let (anybody, document) = (service.anybody(), paper(&service.anybody()).await);
    let mut told = BTreeMap::new();
    for person in 0..PEOPLE {
        let email = format!("person-{person:03}@example.org");
        let written =
            Contribution::new(format!("the-words-of-person-{person:03}"), false).from(email.clone());
        told.insert(email, written.send(&anybody, &document).await.unwrap());
    }

    let url = smtp.url();
    let patience = ["--smtp-timeout-seconds", "4", "--job-lease-seconds", "12", "--retry-base-ms", "50"];
    // The links of its letters lead to the service.
    let own = ["worker", "--smtp-url", &url, "--mail-burst", "65535", "--public-url", &service.base];
    let few = ["--worker-concurrency", UNDER_WAY];
    let worker = || Program::spawn(installation.command(&[&own[..], &patience, &few].concat()));
    let survivor = worker();
    let mut kills = 0;
    let waiting = async || installation.count("FROM jobs WHERE state = 'WAITING'").await;
    while kills < KILLS {
        let victim = worker();
        assert!(victim.stdout.says("The worker is ready").await, "{:#?}", victim.end().await);
        tokio::time::sleep(moment(Duration::from_secs(1))).await;
        assert!(waiting().await > 0, "the mail was gone after {kills} kills");
        victim.signal(Signal::KILL);
        victim.end().await;
        kills += 1;
    }
    smtp.behave_at(At::Mail);
    let successor = worker();
    until_none("the outbox is empty", waiting).await;
    assert_eq!(installation.count("FROM jobs WHERE state = 'DEAD'").await, 0);
    for program in [survivor, successor] {
        program.signal(Signal::TERM);
        program.end().await;
    }

    let mails = [smtp.messages(), smtp.receipts()].concat();
    let mut copies = BTreeMap::<String, usize>::new();
    let mut wanted = wanted(&told);
    for mail in &mails {
        let (id, about) = identity(mail);
        let first = !copies.contains_key(&id);
        *copies.entry(id).or_default() += 1;
        assert!(wanted.remove(&about) == first, "{about:?} is for nobody, or came as another mail before");
    }
    assert_eq!(wanted, BTreeSet::new(), "every mail came");
    assert_eq!(copies.len(), MAILS, "what came twice came under the same Message-ID");
    let too_many = mails.len() - MAILS;
    println!("{MAILS} mails, {kills} kills, {too_many} copies too many");
    assert!(too_many * 100 < MAILS, "{too_many} copies too many");
    service.stop().await.success();
    installation.nobody_is_left();
}

/// Whom each mail goes to, and the end of the link that is theirs alone.
fn wanted(told: &BTreeMap<String, Acknowledged>) -> BTreeSet<(String, String)> {
    let receipts = told.iter().map(|(email, told)| (email.clone(), told.token.clone()));
    let news = told.values().map(|told| ("desk@example.org".to_owned(), told.id.clone()));
    receipts.chain(news).collect()
}

/// The Message-ID, and whom it went to about what.
fn identity(mail: &Received) -> (String, (String, String)) {
    assert_eq!(mail.to.len(), 1);
    let (to, read) = (mail.to[0].clone(), mail.read());
    assert_eq!(read.to.0, to);
    let link = read.link(if to == "desk@example.org" { "/desk/" } else { "/receipts/" });
    let about = link.rsplit_once('/').unwrap().1.to_owned();
    (read.header("Message-ID").unwrap().to_owned(), (to, about))
}
