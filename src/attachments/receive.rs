//! Receiving a file: it is looked at and sealed as it comes, so that it is never held whole nor written down readable, however
//! large it is; pictures alone are held until they are made anew. The scanner looks through it once it has come: whoever sends
//! slowly keeps it busy for no longer than anybody else.

use std::{io, sync::Arc};

use diesel_async::AsyncConnection;
use futures_util::{Stream, StreamExt, stream};
use uuid::Uuid;

use super::{
    actions::id_of,
    jobs::RemoveFile,
    model::{Attachment, StoredFile},
    queries, room,
};
use crate::{
    context::Context,
    error::{Error, Result},
    files::{
        Unwanted, image,
        kind::{Checker, Kind},
        scanner::{Unchecked, Verdict},
        store::{Pieces, Writer},
    },
    identity::Viewer,
    ids::{self, AttachmentId},
    outbox,
    seal::stream::{CHUNK, Sealer, fresh_key},
    vault::Class,
};

/// After how long a file that nothing refers to is thrown away: longer than any can take to come.
const ORPHANED_AFTER: chrono::TimeDelta = chrono::TimeDelta::hours(6);

/// Why a file was not kept; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// No ticket that is good.
    #[error(
        "There is no such file to be sent, or its time is over. Announce it with `createUpload`, and send it with the token you get."
    )]
    UnknownTicket,
    /// It is part of a submission, which cannot be changed this way.
    #[error("This file is part of a submission already. Announce another one.")]
    Attached,
    /// More came than was announced.
    #[error(
        "This is longer than the {0} bytes that were announced. Announce its real size with `createUpload`."
    )]
    TooLong(u64),
    /// It broke off.
    #[error(
        "The file did not come whole, or not in time. Send it again; the same token is good. Where the connection is slow, a smaller file gets through."
    )]
    Broken,
    /// It is of no kind that is taken, or holds what is not taken.
    #[error("{0}")]
    Unwanted(#[from] Unwanted),
    /// The scanner found something in it.
    #[error(
        "The virus scanner found something harmful in this file, so it was not kept. Check your device, and make the file anew."
    )]
    Infected,
    /// Nobody could look through it.
    #[error(
        "The virus scanner cannot be reached at the moment, so no file can be taken. Try again in some minutes; the same token is good."
    )]
    Unchecked,
    /// Too much is being received, or waits.
    #[error("Many files are being sent at the moment. Try again in some minutes; the same token is good.")]
    Busy,
    /// All files together take the room there is.
    #[error(
        "There is no room for more files here at the moment. Send the submission without it, and say in the text what it would have shown."
    )]
    Full,
    /// Something of ours broke.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<Unchecked> for NotKept {
    fn from(error: Unchecked) -> Self {
        tracing::warn!(%error, "A file could not be looked through.");
        Self::Unchecked
    }
}

/// Receives the file that a ticket is for. Sent again before it is part of a submission, it takes the place of what came
/// before. `length` is how long it says it is.
pub async fn receive<S, B>(
    ctx: &Context,
    viewer: &Viewer,
    id: AttachmentId,
    token: &str,
    length: Option<u64>,
    body: &mut S,
) -> Result<StoredFile, NotKept>
where
    S: Stream<Item = io::Result<B>> + Unpin + Send,
    B: AsRef<[u8]> + Send,
{
    let ticket = ticket(ctx, id, token).await?;
    let announced = u64::try_from(ticket.announced).unwrap_or(0);
    if length.is_some_and(|length| length > announced) {
        return Err(NotKept::TooLong(announced));
    }
    let place = viewer.origin().map_or(&[][..], |origin| &origin.0);
    // A ticket is good for many times, each of which costs the service something.
    ctx.limits.writes.count(place, "Much has been sent from your network in a short time.")?;
    let _turn = ctx.files.turn(place).await.ok_or(NotKept::Busy)?;
    room::make(ctx, announced).await?;
    let mut incoming = Incoming { body, left: announced, announced, ended: false };
    let head = incoming.head().await?;
    let checker = Checker::begin(&head)?;
    let now = ctx.clock.now();
    let object = ids::new(now);
    // Ordered first: from here on something may lie there that no row knows of.
    outbox::enqueue(&mut *ctx.writer().await?, now + ORPHANED_AFTER, &RemoveFile { object }).await?;
    let key = fresh_key().map_err(Error::internal)?;
    let mut keeping = Keeping::begin(ctx, object, &key)?;
    let is_picture = checker.kind().is_image();
    let outcome = if is_picture {
        picture(ctx, place, checker, head, &mut incoming, &mut keeping).await
    } else {
        other(checker, head, &mut incoming, &mut keeping).await
    };
    let kind = match outcome {
        Ok(kind) => kind,
        Err(refused) => {
            keeping.writer.abandon().await;
            return Err(refused);
        }
    };
    let bytes = keeping.finish().await?;
    if !is_picture && let Err(refused) = looked_through(ctx, place, kept_as(ctx, object, &key).await?).await {
        // Else the job that was ordered first does it.
        if let Err(error) = ctx.files.store.remove(object).await {
            tracing::debug!(error = %error.report(), "A file that is not kept could not be thrown away at once.");
        }
        return Err(refused);
    }
    let data_key = ctx.vault.key(Class::Submission, Some(ticket.document_id)).await?;
    let secret_sealed = data_key.seal(Attachment::secret_place(id), &key).map_err(Error::internal)?;
    let bytes = i64::try_from(bytes).map_err(Error::internal)?;
    let media_type = kind.media_type().to_owned();
    keep(ctx, id, StoredFile { object, secret_sealed, media_type, bytes, stored_at: ctx.clock.now() }).await
}

async fn ticket(ctx: &Context, id: AttachmentId, token: &str) -> Result<Attachment, NotKept> {
    if id_of(ctx, token) != Some(id) {
        return Err(NotKept::UnknownTicket);
    }
    let found = queries::by_id(&mut *ctx.db.get().await?, id).await?;
    fits(found, ctx.clock.now())
}

fn fits(found: Option<Attachment>, now: chrono::DateTime<chrono::Utc>) -> Result<Attachment, NotKept> {
    match found {
        Some(row) if row.submission_id.is_some() => Err(NotKept::Attached),
        Some(row) if now < row.expires_at => Ok(row),
        _ => Err(NotKept::UnknownTicket),
    }
}

/// Lets the row refer to the file, if it still may: a retry that came in the meantime may have been attached.
async fn keep(ctx: &Context, id: AttachmentId, file: StoredFile) -> Result<StoredFile, NotKept> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let kept = conn
        .transaction(async |conn| {
            let row = match fits(queries::lock(conn, &[id]).await?.pop(), now) {
                Ok(row) => row,
                Err(refused) => return Ok(Err(refused)),
            };
            if let Some(before) = row.file() {
                outbox::enqueue(conn, now, &RemoveFile { object: before.object }).await?;
            }
            queries::keep(conn, id, &file).await?;
            Ok::<_, Error>(Ok(()))
        })
        .await?;
    kept.map(|()| file)
}

/// What comes, and no more than was announced.
struct Incoming<'a, S> {
    body: &'a mut S,
    left: u64,
    announced: u64,
    ended: bool,
}

impl<S, B> Incoming<'_, S>
where
    S: Stream<Item = io::Result<B>> + Unpin + Send,
    B: AsRef<[u8]> + Send,
{
    async fn next(&mut self) -> Result<Option<B>, NotKept> {
        if self.ended {
            return Ok(None);
        }
        let Some(piece) = self.body.next().await else {
            self.ended = true;
            return Ok(None);
        };
        let piece = piece.map_err(|_| NotKept::Broken)?;
        let length = piece.as_ref().len() as u64;
        self.left = self.left.checked_sub(length).ok_or(NotKept::TooLong(self.announced))?;
        Ok(Some(piece))
    }

    /// The beginning, as long as it takes to tell what it is; all of it where it is shorter.
    async fn head(&mut self) -> Result<Vec<u8>, NotKept> {
        let mut head = Vec::new();
        while head.len() < Kind::HEAD
            && let Some(piece) = self.next().await?
        {
            head.extend_from_slice(piece.as_ref());
        }
        Ok(head)
    }
}

/// Where what is good goes: sealed, into the store.
struct Keeping {
    sealer: Sealer,
    writer: Writer,
    bytes: u64,
}

impl Keeping {
    fn begin(ctx: &Context, object: Uuid, key: &[u8; 32]) -> Result<Self> {
        let sealer = Sealer::new(key, object).map_err(Error::internal)?;
        Ok(Self { sealer, writer: ctx.files.store.write(object), bytes: 0 })
    }

    async fn push(&mut self, piece: &[u8]) -> Result<()> {
        let mut sealed = Vec::new();
        self.sealer.push(piece, &mut sealed).map_err(Error::internal)?;
        self.bytes += piece.len() as u64;
        if sealed.is_empty() { Ok(()) } else { self.writer.write(sealed).await }
    }

    async fn finish(mut self) -> Result<u64> {
        let mut sealed = Vec::new();
        self.sealer.finish(&mut sealed).map_err(Error::internal)?;
        self.writer.write(sealed).await?;
        self.writer.finish().await?;
        Ok(self.bytes)
    }
}

/// What was just kept, as it comes back from where it lies.
async fn kept_as(ctx: &Context, object: Uuid, key: &[u8; 32]) -> Result<Pieces> {
    let pieces = ctx.files.store.read_sealed(object, key).await?;
    pieces.ok_or_else(|| Error::internal("a file that was just kept is not there"))
}

/// Has the scanner look through a file, where there is one. Nothing counts as clean that it has not said to be.
async fn looked_through(ctx: &Context, place: &[u8], mut pieces: Pieces) -> Result<(), NotKept> {
    let Some(scanner) = &ctx.files.scanner else { return Ok(()) };
    let _turn = ctx.files.turn_to_scan(place).await.ok_or(NotKept::Busy)?;
    let mut scan = scanner.begin().await?;
    while let Some(piece) = pieces.next().await {
        scan.push(&piece.map_err(Error::internal)?).await?;
    }
    match scan.finish().await? {
        Verdict::Clean => Ok(()),
        Verdict::Infected(name) => {
            tracing::warn!(file.finding = %name, "The scanner found something in a file.");
            Err(NotKept::Infected)
        }
    }
}

async fn other<S, B>(
    mut checker: Checker,
    head: Vec<u8>,
    incoming: &mut Incoming<'_, S>,
    keeping: &mut Keeping,
) -> Result<Kind, NotKept>
where
    S: Stream<Item = io::Result<B>> + Unpin + Send,
    B: AsRef<[u8]> + Send,
{
    keeping.push(&head).await?;
    while let Some(piece) = incoming.next().await? {
        checker.push(piece.as_ref())?;
        keeping.push(piece.as_ref()).await?;
    }
    Ok(checker.finish()?)
}

async fn picture<S, B>(
    ctx: &Context,
    place: &[u8],
    checker: Checker,
    mut whole: Vec<u8>,
    incoming: &mut Incoming<'_, S>,
    keeping: &mut Keeping,
) -> Result<Kind, NotKept>
where
    S: Stream<Item = io::Result<B>> + Unpin + Send,
    B: AsRef<[u8]> + Send,
{
    while let Some(piece) = incoming.next().await? {
        whole.extend_from_slice(piece.as_ref());
    }
    let kind = checker.finish()?;
    // As it was sent: what is wrong with it is gone from what is made of it, and its sender is to know.
    let whole = Arc::new(whole);
    let sent = whole.clone();
    let pieces = (0..sent.len()).step_by(CHUNK);
    let pieces = pieces.map(move |at| Ok(sent[at..sent.len().min(at + CHUNK)].to_vec()));
    looked_through(ctx, place, stream::iter(pieces).boxed()).await?;
    let turn = ctx.files.turn_to_draw(place).await.ok_or(NotKept::Busy)?;
    let limits = ctx.files.picture_limits();
    let drawn = tokio::task::spawn_blocking(move || {
        let drawn = image::without_metadata(kind, &whole, &limits);
        drop(turn);
        drawn
    });
    // A decoder that gives up by a panic was given something that nobody makes by mistake.
    let drawn = drawn.await.map_err(|_| Unwanted::Damaged)??;
    // What was packed better before takes more room than was announced.
    room::make(ctx, drawn.bytes.len() as u64).await?;
    for piece in drawn.bytes.chunks(CHUNK) {
        keeping.push(piece).await?;
    }
    Ok(drawn.kind)
}
