//! Many moderators who decide on one document at once: over HTTP, and the record of a decision by itself, with the chain
//! that orders the records of a document and without it. A last figure says how long it takes to prove the whole chain.

use answerable::{
    db::Target,
    identity::{Role, actions::add_account, model::Grant},
    ids::{AccountId, CommentId, ModerationActionId},
    ledger::{self, Actor, Decision, Effect, Ruling, Subject, verify},
    mail::EmailAddress,
};
use diesel_async::AsyncPgConnection;
use serde_json::json;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::{
    Load, Row,
    drive::{Work, drive},
    support::{
        database,
        running::{Asker, Running, token_of},
    },
};

/// What it is called in the figures.
pub const NAME: &str = "deciding on comments";

/// How many comments each moderator has before them, one after another and again from the first.
const DESK: usize = 20;

const DECIDE: &str = "mutation Decide($input: ModerateCommentInput!) {
  moderateComment(input: $input) {
    comment { id version state }
    action { id seq decision createdAt }
    errors { code message path }
  }
}";

/// The rows of a decision and nothing that they have to wait for: a number of a sequence instead of a place in the chain.
const ROWS: &str = "WITH action AS (
    INSERT INTO moderation_actions (id, document_id, subject_kind, subject_id, actor_kind, action, from_state, to_state,
        detected, subject_version, created_at, commitment, seq, previous_hash, hash)
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || '7' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid, '@document@', 'COMMENT', '@subject@', 'MODERATOR',
        'APPROVE', 'PENDING', 'PUBLISHED', false, 2, now(), sha256('commitment'), nextval('plain_seq'), sha256('before'),
        sha256('hash')
    FROM md5(random()::text) AS h RETURNING id)
    INSERT INTO moderation_action_details (action_id, salt, actor_id, before)
    SELECT id, sha256('salt'), '@moderator@', '@before@' FROM action";

/// How a comment stood before, as it is kept for undoing.
const BEFORE: &str = r#"{"state":"PENDING","reason":null,"statement":null,"published_at":null,"reviewed_at":null,"redacted_markdown":null,"redacted_html":null,"redacted_plain":null,"changes_requested_at":null,"open_reports":0}"#;

/// A moderator at the desk.
struct Moderator {
    asker: Asker,
    token: String,
    /// What is before them: the comments, and how often each was decided on.
    desk: Vec<(CommentId, i32)>,
    turn: usize,
}

impl Work for Moderator {
    async fn once(&mut self) -> Result<(), String> {
        let at = self.turn % self.desk.len();
        self.turn += 1;
        let (comment, decided) = &mut self.desk[at];
        let mut input = json!({ "id": comment.to_string(), "expectedVersion": *decided + 1 });
        match *decided {
            0 => input["decision"] = json!("APPROVE"),
            n if n % 2 == 0 => input["decision"] = json!("RESTORE"),
            _ => {
                input["decision"] = json!("HIDE");
                input["reason"] = json!("OFF_TOPIC");
                input["statement"] = json!("It is about a matter that this paper does not deal with.");
            }
        }
        *decided += 1;
        self.asker.ask(DECIDE, json!({ "input": input }), Some(&self.token)).await.map(drop)
    }
}

/// Makes records as the service makes them, on a connection of its own.
struct Chained {
    conn: AsyncPgConnection,
    asker: Asker,
    account: AccountId,
    comment: CommentId,
}

impl Work for Chained {
    async fn once(&mut self) -> Result<(), String> {
        let now = self.asker.ctx.clock.now();
        let effect = Effect {
            action: ModerationActionId::new(now),
            document: self.asker.subject.document,
            subject: Subject::Comment(self.comment),
            from: "PENDING",
            to: "PUBLISHED",
            version: 2,
            detected: false,
            batch: None,
            before: serde_json::from_str(BEFORE).ok(),
        };
        let (actor, ruling) = (Actor::Moderator(self.account), Ruling::plain(Decision::Approve));
        let made = ledger::record(&mut self.conn, actor, ruling, effect, now).await;
        made.map(drop).map_err(|error| error.report())
    }
}

/// Inserts the same rows without a chain.
struct Unchained {
    client: Client,
    statement: Statement,
}

impl Work for Unchained {
    async fn once(&mut self) -> Result<(), String> {
        self.client.execute(&self.statement, &[]).await.map(drop).map_err(|error| error.to_string())
    }
}

/// Measures and prints.
pub async fn measure(running: &Running, load: &Load) {
    let (asker, url) = (&running.asker, &running.database.url);
    let orders = database::connect(url).await;
    let limit = i64::try_from(load.clients * DESK).unwrap_or(i64::MAX);
    let waiting = "SELECT id::text FROM comments WHERE state = 'PENDING' ORDER BY id LIMIT $1";
    let waiting: Vec<CommentId> = orders
        .query(waiting, &[&limit])
        .await
        .unwrap()
        .iter()
        .map(|row| CommentId(Uuid::parse_str(row.get(0)).unwrap()))
        .collect();
    let mut moderators = Vec::new();
    for number in 0..load.clients {
        let grant = Grant { role: Role::Moderator, document_id: Some(asker.subject.document) };
        let email = EmailAddress::parse(&format!("moderator.{number}@harbour-town.example")).unwrap();
        let account =
            add_account(&asker.ctx, &email, &format!("Moderator {number}"), &[grant]).await.unwrap();
        moderators.push((account, token_of(&asker.ctx, account).await));
    }
    let moderator = |client: usize| Moderator {
        asker: asker.clone(),
        token: moderators[client].1.clone(),
        desk: waiting.iter().skip(client).step_by(load.clients).map(|comment| (*comment, 0)).collect(),
        turn: 0,
    };
    let before = asker.ctx.db.statements();
    let mut first = moderator(0);
    first.once().await.unwrap_or_else(|error| panic!("{error}"));
    let statements = asker.ctx.db.statements() - before;
    let service = drive(load.clients, load.time, async |client| {
        let mut moderator = moderator(client);
        if client == 0 {
            moderator.desk[0].1 = 1;
        }
        moderator
    })
    .await;
    let target = Target::parse(url, None).unwrap();
    let chained = drive(load.clients, load.time, async |client| Chained {
        conn: target.dial(None).await.unwrap(),
        asker: asker.clone(),
        account: moderators[client].0,
        comment: waiting[client],
    })
    .await;
    prove(asker).await;

    orders.batch_execute("CREATE SEQUENCE plain_seq START 1000000000").await.unwrap();
    let unchained = drive(load.clients, load.time, async |client| {
        let rows = ROWS
            .replace("@document@", &asker.subject.document.0.to_string())
            .replace("@subject@", &waiting[client].0.to_string())
            .replace("@moderator@", &moderators[client].0.0.to_string())
            .replace("@before@", BEFORE);
        let client = database::connect(url).await;
        let statement = client.prepare(&rows).await.unwrap();
        Unchained { client, statement }
    })
    .await;
    let ratio = unchained.per_second() / chained.per_second();
    println!("Records by themselves, on one document: {}", chained.brief());
    println!("The same rows without the chain: {}; ratio {ratio:.2}", unchained.brief());
    for (whose, figures) in [("records", &chained), ("rows", &unchained)] {
        if let Some(complaint) = figures.complaint() {
            println!("  of the {whose} {complaint}");
        }
    }
    println!("{}", Row { name: NAME, statements, service, plain: unchained, pgbench: None });
}

/// Proves the log, which must hold whoever wrote to it at once.
async fn prove(asker: &Asker) {
    let mut conn = asker.ctx.db.get().await.unwrap();
    for chain in verify::chains(&mut conn, None).await.unwrap() {
        let begin = asker.ctx.clock.now();
        let proof = verify::prove(&mut conn, &chain, None, &|_| {}).await.unwrap();
        let took = (asker.ctx.clock.now() - begin).as_seconds_f64();
        assert_eq!(proof.fault, None);
        println!("The log of {} records was proved in {took:.1} s.", proof.records);
    }
}
