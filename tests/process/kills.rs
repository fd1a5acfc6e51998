//! `kill -9` at any moment: what was acknowledged is kept, and its moderators are told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet};

use crate::{
    actor::Actor,
    installation::{Installation, Service},
    people::{Acknowledged, Contribution, paper},
    program::{Signal, until_none},
    smtp::{Received, SmtpServer},
};

const ROUNDS: usize = 15;
const CLIENTS: usize = 4;

/// A random time, up to this long.
pub fn moment(longest: Duration) -> Duration {
    let [share] = answerable::seal::random::<1>().unwrap();
    longest * u32::from(share) / 255
}

/// People who send one thing after another, each until it is acknowledged.
struct Crowd {
    /// Each of them, at the service, while there is one.
    service: watch::Sender<Option<Actor>>,
    enough: Arc<AtomicBool>,
    people: JoinSet<Vec<Acknowledged>>,
}

impl Crowd {
    fn gather(document: &str) -> Self {
        let (service, enough) = (watch::Sender::new(None), Arc::<AtomicBool>::default());
        let mut people = JoinSet::new();
        for person in 0..CLIENTS {
            let (service, enough, document) = (service.subscribe(), enough.clone(), document.to_owned());
            people.spawn(async move {
                let mut told = Vec::new();
                while !enough.load(Ordering::Relaxed) {
                    let key = format!("person-{person}-number-{:05}", told.len());
                    let contribution = Contribution::new(key, told.len() % 2 == 1);
                    told.push(send(service.clone(), &contribution, &document).await);
                }
                told
            });
        }
        Self { service, enough, people }
    }

    /// What all of them were told, once each has been told of the last thing they sent.
    async fn disperse(self) -> Vec<Acknowledged> {
        self.enough.store(true, Ordering::Relaxed);
        self.people.join_all().await.concat()
    }
}

async fn send(
    mut service: watch::Receiver<Option<Actor>>,
    contribution: &Contribution,
    document: &str,
) -> Acknowledged {
    loop {
        let actor = service.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        if let Some(acknowledged) = contribution.send(&actor, document).await {
            return acknowledged;
        }
        // It has just been killed, which will be known in a moment.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_every_moderator_is_told() {
    let smtp = SmtpServer::start().await;
    let installation = Installation::with_paper().await;
    // A lease outlasts the test: the jobs of a service that was killed are not to wait for it.
    let settings = [
        "--smtp-url",
        &smtp.url(),
        "--retry-base-ms",
        "50",
        "--job-lease-seconds",
        "3600",
        // One mail about each, however many there are.
        "--mail-burst",
        "65535",
    ];
    let service = installation.serve(&["--no-worker"]).await;
    let crowd = Crowd::gather(&paper(&service.anybody()).await);
    service.stop().await.success();

    for round in 0..ROUNDS {
        let program = installation.starting(&settings);
        if round % 3 == 2 {
            // While it starts, or just after.
            tokio::time::sleep(moment(Duration::from_millis(1200))).await;
            program.signal(Signal::KILL);
            program.end().await;
            continue;
        }
        let service = Service::ready(program).await;
        crowd.service.send_replace(Some(service.anybody()));
        tokio::time::sleep(moment(Duration::from_millis(800))).await;
        service.kill().await;
        crowd.service.send_replace(None);
    }

    let service = installation.serve(&settings).await;
    crowd.service.send_replace(Some(service.anybody()));
    let told = crowd.disperse().await;
    for acknowledged in &told {
        acknowledged.is_held(&service.anybody()).await;
    }
    let kept = installation.count("FROM comments").await + installation.count("FROM submissions").await;
    assert_eq!(usize::try_from(kept).unwrap(), told.len(), "what was sent again was kept once");

    let wanted: BTreeSet<_> = told.iter().map(|acknowledged| acknowledged.id.clone()).collect();
    assert_eq!(wanted.len(), told.len());
    until_none("the outbox is empty", async || installation.count("FROM jobs WHERE state = 'WAITING'").await)
        .await;
    let mails = smtp.messages();
    let by_item = message_ids(&mails);
    assert_eq!(by_item.keys().cloned().collect::<BTreeSet<_>>(), wanted, "there is mail about each");
    for (item, ids) in by_item {
        assert_eq!(ids.len(), 1, "a second copy of the mail about {item} is known by its Message-ID");
    }
    assert_eq!(installation.count("FROM jobs WHERE state = 'DEAD'").await, 0);
    println!("{} contributions, {} copies of mail too many", told.len(), mails.len() - told.len());
    service.stop().await.success();
    installation.nobody_is_left();
}

/// The ids of the messages about each item; there is one moderator.
fn message_ids(mails: &[Received]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for mail in mails {
        assert_eq!(mail.to, ["desk@example.org"]);
        let mail = mail.read();
        let item = mail.link("/desk/").rsplit_once('/').unwrap().1.to_owned();
        found.entry(item).or_default().insert(mail.header("Message-ID").unwrap().to_owned());
    }
    found
}
