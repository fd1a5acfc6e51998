//! `answerable verify-log`

use std::{path::PathBuf, sync::Mutex};

use answerable::{
    app::{Database, Purpose},
    clock::Clock,
    config::{KeyConfig, StorageConfig},
    db::{self, Db, Target},
    ledger::{
        checkpoint::{self, Checkpoint, PublicKey},
        verify::{self, Chain, Known, Proof},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use diesel_async::AsyncPgConnection;

use super::{Failure, progress, read_file};

/// The settings of `verify-log`. Without a checkpoint it needs no key: whoever may read the database can prove its log.
#[derive(clap::Args)]
pub struct VerifyLog {
    /// The slug or the id of a document; all of them when not given
    #[arg(long)]
    document: Option<String>,
    /// A file that `answerable checkpoint` wrote: shows also whether the log was cut off or made anew since
    #[arg(long)]
    checkpoint: Option<PathBuf>,
    /// A file with the public key, in PEM, that the checkpoint must be signed with; this installation's when not given
    #[arg(long, requires = "checkpoint")]
    public_key: Option<PathBuf>,
    #[command(flatten)]
    storage: StorageConfig,
    #[command(flatten)]
    keys: KeyConfig,
}

/// Proves the log, and fails unless all of it holds.
pub async fn run(command: VerifyLog) -> Result<(), Failure> {
    let database = Database::open(&command.storage, Purpose::Command, &progress).await?;
    let done = verify_all(&command, &database).await;
    database.close().await;
    done
}

async fn verify_all(command: &VerifyLog, database: &Database) -> Result<(), Failure> {
    let storage = &command.storage;
    let target = Target::parse(database.url(), storage.database_ca_file.as_deref())?;
    let timeout = std::time::Duration::from_millis(storage.statement_timeout_ms.into());
    let db = Db::connect(target, 1, timeout).await?;
    let mut conn = db.get().await?;
    if db::pending(&mut conn).await? {
        return Err("The database is of another schema than this program's. `answerable migrate` brings an older one up to date.".into());
    }
    let clock = Clock::system();
    let checkpoint = match &command.checkpoint {
        Some(file) => Some(trusted(command, &read_file(file)?, &mut conn, clock.now()).await?),
        None => None,
    };
    let chains = wanted(command, verify::chains(&mut conn, checkpoint.as_ref()).await?)?;
    let count = chains.len();
    let mut broken = 0;
    let patience = Patience { clock: &clock, last: Mutex::new(clock.now()) };
    for chain in chains {
        let known = checkpoint.as_ref().and_then(|checkpoint| Known::of(checkpoint, chain.document));
        let name = name(&chain);
        let proof = verify::prove(&mut conn, &chain, known, &|records| patience.tell(&name, records)).await?;
        say!("{name}: {}", found(&proof));
        broken += usize::from(proof.fault.is_some());
    }
    let documents = |count| if count == 1 { "1 document".into() } else { format!("{count} documents") };
    if broken > 0 {
        return Err(format!("The log does not hold: {broken} of {} broken.", documents(count)).into());
    }
    let since = checkpoint.map_or_else(String::new, |checkpoint| {
        format!(", and goes on from the checkpoint of {}", checkpoint.made_at.format("%Y-%m-%d %H:%M UTC"))
    });
    say!("The log of {} holds{since}.", documents(count));
    Ok(())
}

async fn trusted(
    command: &VerifyLog,
    text: &str,
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
) -> Result<Checkpoint, Failure> {
    let key = if let Some(file) = &command.public_key {
        PublicKey::from_pem(&read_file(file)?)?
    } else {
        let keys = command.keys.load(&command.storage.data_dir, false);
        let keys = keys.map_err(|error| format!("{error} Or give the public key as --public-key."))?;
        PublicKey::new(&keys.signing_public)
    };
    Ok(checkpoint::read(text, &key, checkpoint::of_installation(conn).await?, now)?)
}

/// The chains that are asked for.
fn wanted(command: &VerifyLog, mut chains: Vec<Chain>) -> Result<Vec<Chain>, Failure> {
    let Some(document) = &command.document else { return Ok(chains) };
    chains.retain(|chain| chain.slug.as_ref() == Some(document) || chain.document.to_string() == *document);
    if chains.is_empty() {
        return Err(format!("There is no document of the slug or id `{document}`.").into());
    }
    Ok(chains)
}

fn name(chain: &Chain) -> String {
    let slug = chain.slug.as_deref().unwrap_or("a document that is gone");
    format!("{slug} ({})", chain.document)
}

fn found(proof: &Proof) -> String {
    let Some(fault) = &proof.fault else {
        let head = if proof.records > 0 { HEXLOWER.encode(&proof.head) } else { "none".into() };
        return format!("{} record{}, head {head}", proof.records, if proof.records == 1 { "" } else { "s" });
    };
    let record = fault.record.map_or_else(String::new, |record| format!(" ({record})"));
    format!("BROKEN at record {}{record}. {}", fault.seq, fault.what)
}

/// Says where it is when that takes longer than a second, and then every few seconds.
struct Patience<'a> {
    clock: &'a Clock,
    last: Mutex<DateTime<Utc>>,
}

impl Patience<'_> {
    fn tell(&self, name: &str, records: i64) {
        let now = self.clock.now();
        let Ok(mut last) = self.last.lock() else { return };
        if now - *last > TimeDelta::seconds(1) {
            progress(&format!("{name}: {records} records read."));
            // The next line is further off.
            *last = now + TimeDelta::seconds(4);
        }
    }
}
