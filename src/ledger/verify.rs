//! Proving the log: each chain is walked from its first record, everything is computed anew, and the first record that
//! does not hold is named. What nobody inside can see, an end that was cut off or a chain that was made anew from
//! beginning to end, is seen against a [`Checkpoint`] that was kept elsewhere.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use diesel_async::AsyncPgConnection;

use super::{
    chain,
    checkpoint::{Checkpoint, Head},
    queries::stored::{self, Stored, StoredDetails, StoredHead},
};
use crate::{
    documents,
    error::Result,
    ids::{DocumentId, ModerationActionId},
};

/// How many records are held in memory at a time.
const BATCH: i64 = 500;

/// A chain to be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The document it is about.
    pub document: DocumentId,
    /// The document's name in addresses; nothing where there is no such document any more.
    pub slug: Option<String>,
}

/// What came of proving a chain.
#[derive(Clone, Debug)]
pub struct Proof {
    /// How many records hold, from the first one on.
    pub records: i64,
    /// The hash of the last of them.
    pub head: Vec<u8>,
    /// What does not hold.
    pub fault: Option<Fault>,
}

/// The first record that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its number, or the number that is missing.
    pub seq: i64,
    /// The record, where one stands there.
    pub record: Option<ModerationActionId>,
    /// What is wrong, in a sentence.
    pub what: String,
}

/// How a chain was known to end when a checkpoint was made.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    head: &'a Head,
    at: DateTime<Utc>,
}

impl<'a> Known<'a> {
    /// What the checkpoint says about a document.
    pub fn of(checkpoint: &'a Checkpoint, document: DocumentId) -> Option<Self> {
        let head = checkpoint.heads.iter().find(|head| head.document == document)?;
        Some(Self { head, at: checkpoint.made_at })
    }
}

/// The chains there are to be proved: of every document, and of those that only records or the checkpoint still know.
pub async fn chains(conn: &mut AsyncPgConnection, checkpoint: Option<&Checkpoint>) -> Result<Vec<Chain>> {
    let names = documents::queries::names(conn).await?;
    let mut others: BTreeSet<DocumentId> = stored::mentioned(conn).await?.into_iter().collect();
    others.extend(checkpoint.iter().flat_map(|checkpoint| &checkpoint.heads).map(|head| head.document));
    for (document, _) in &names {
        others.remove(document);
    }
    let named = names.into_iter().map(|(document, slug)| Chain { document, slug: Some(slug) });
    let others = others.into_iter().map(|document| Chain { document, slug: None });
    Ok(named.chain(others).collect())
}

/// Proves one chain as it stands at this moment, whatever is added to it meanwhile. `read` is told now and then how many
/// records have been read.
pub async fn prove(
    conn: &mut AsyncPgConnection,
    chain: &Chain,
    known: Option<Known<'_>>,
    read: &(dyn Fn(i64) + Sync),
) -> Result<Proof> {
    let mut snapshot = conn.build_transaction().repeatable_read().read_only();
    snapshot.run(async |conn| walk(conn, chain, known, read).await).await
}

/// The same within a transaction that is under way.
pub async fn walk(
    conn: &mut AsyncPgConnection,
    chain: &Chain,
    known: Option<Known<'_>>,
    read: &(dyn Fn(i64) + Sync),
) -> Result<Proof> {
    let head = stored::head(conn, chain.document).await?;
    let mut walked =
        Walked { records: 0, hash: chain::genesis(chain.document), before: Vec::new(), last: None };
    let mut after = None;
    loop {
        let stretch = stored::stretch(conn, chain.document, after, BATCH).await?;
        let is_last = i64::try_from(stretch.len()).is_ok_and(|count| count < BATCH);
        for record in stretch {
            let place = (record.seq, record.id);
            after = Some(record.seq);
            let step = walked.step(record, head.as_ref()).and_then(|()| walked.agrees(known));
            if let Err(fault) = step {
                let record = (fault.seq == place.0).then_some(place.1);
                return Ok(walked.proof(Some(Fault { record, ..fault })));
            }
        }
        read(walked.records);
        if is_last {
            break;
        }
    }
    let fault = walked.end(chain, head.as_ref(), known).err();
    Ok(walked.proof(fault))
}

/// A chain as far as it was walked.
struct Walked {
    records: i64,
    hash: Vec<u8>,
    /// What the last record carries as the hash of the one before.
    before: Vec<u8>,
    last: Option<ModerationActionId>,
}

fn fault(seq: i64, what: impl Into<String>) -> Fault {
    Fault { seq, record: None, what: what.into() }
}

impl Walked {
    fn proof(self, fault: Option<Fault>) -> Proof {
        Proof { records: self.records, head: self.hash, fault }
    }

    /// Takes one record more, if it holds.
    fn step(&mut self, record: Stored, head: Option<&StoredHead>) -> Result<(), Fault> {
        let expected = self.records + 1;
        if record.seq < expected {
            return Err(fault(record.seq, "No record has this number: a log begins with number 1."));
        }
        if record.seq > expected {
            let what =
                format!("This record is missing: the next one that is there is number {}.", record.seq);
            return Err(fault(expected, what));
        }
        if record.previous_hash != self.hash {
            let what = if expected == 1 {
                "It does not begin the log of this document: what it carries as the hash before the first record is another."
            } else {
                "It does not carry the hash of the record before it: one of the two was changed, exchanged or put in afterwards."
            };
            return Err(fault(expected, what));
        }
        if record.hash != chain::link(&self.hash, expected, &chain::body(&record.said())) {
            let what = "What it says is not what its hash was made of: it was changed after it was made.";
            return Err(fault(expected, what));
        }
        if let Some(head) = head.filter(|head| head.seq < expected) {
            let what = format!("It stands after the end of the log, which is record {}.", head.seq);
            return Err(fault(expected, what));
        }
        details(record.details, &record.commitment).map_err(|what| fault(expected, what))?;
        self.records = expected;
        self.hash = record.hash;
        self.before = record.previous_hash;
        self.last = Some(record.id);
        Ok(())
    }

    /// Whether the record just taken is the one that the checkpoint knows in its place.
    fn agrees(&self, known: Option<Known<'_>>) -> Result<(), Fault> {
        match known {
            Some(Known { head, at })
                if head.seq == self.records && head.hash != HEXLOWER.encode(&self.hash) =>
            {
                let what = format!(
                    "The checkpoint of {} knows another record here: this one, or one before it, was made anew since.",
                    moment(at)
                );
                Err(fault(self.records, what))
            }
            _ => Ok(()),
        }
    }

    /// Whether the log ends here.
    fn end(&self, chain: &Chain, head: Option<&StoredHead>, known: Option<Known<'_>>) -> Result<(), Fault> {
        let here = |what: String| Fault { seq: self.records, record: self.last, what };
        let next = self.records + 1;
        match head {
            Some(head) if head.seq > self.records => {
                let what = format!(
                    "This record is missing: by its head the log has {} records, and there are {}.",
                    head.seq, self.records
                );
                return Err(fault(next, what));
            }
            Some(head)
                if head.seq < self.records || head.hash != self.hash || head.previous_hash != self.before =>
            {
                return Err(here("The head of the log is not this record, which is the last one.".into()));
            }
            None if self.records > 0 => {
                return Err(here("The head of the log, which should be this record, is gone.".into()));
            }
            _ => {}
        }
        if let Some(Known { head, at }) = known.filter(|known| known.head.seq > self.records) {
            let what = format!(
                "This record is missing: the checkpoint of {} knows {} records, and there are {}. The end of the log was cut off.",
                moment(at),
                head.seq,
                self.records
            );
            return Err(fault(next, what));
        }
        if chain.slug.is_none() {
            return Err(here(
                "There is no such document any more, though there are decisions about it.".into(),
            ));
        }
        Ok(())
    }
}

/// Whether what could name somebody is as it was, or was erased as a whole.
fn details(details: Option<StoredDetails>, promised: &[u8]) -> Result<(), &'static str> {
    let Some(details) = details else {
        return Err("Who decided and what was written is gone, and was not erased as it should be.");
    };
    match (details.is_erased(), details.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => {
            Err("It is marked as erased, and a part of what could name somebody is still there.")
        }
        (false, _) => match details.commitment() {
            Some(commitment) if commitment == promised => Ok(()),
            Some(_) => Err("Who decided, the statement or the note was changed after the record was made."),
            None => Err("Its salt is gone, and it is not marked as erased."),
        },
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
