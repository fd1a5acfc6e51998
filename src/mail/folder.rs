//! Reading the folder that mail is written to where there is no mail server, for the page that shows it.
//!
//! Names come from the address bar, so only those this service could have given to a file are looked at; whatever
//! else lies in the folder, and whatever cannot be read as a message, is passed over.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use mail_parser::{Address, HeaderValue, Message, MessageParser};

use super::message::is_message_id;

/// The largest file that is read, in octets.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

/// A message as a list shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Summary {
    /// What [`read`] takes.
    pub name: String,
    /// Its `Date`.
    pub date: Option<DateTime<Utc>>,
    /// Who it is from, as `Name <address>`.
    pub from: String,
    /// Whom it is to, as `Name <address>`.
    pub to: String,
    /// Its subject, decoded; empty where there is none.
    pub subject: String,
}

/// A whole message.
#[derive(Clone, PartialEq, Eq)]
pub struct Parsed {
    /// What a list shows of it.
    pub summary: Summary,
    /// Every header in its order, unfolded; encoded words stay as they are.
    pub headers: Vec<(String, String)>,
    /// The text part.
    pub text: Option<String>,
    /// The HTML part, exactly as it was sent. To be shown only where it can do nothing, such as a sandboxed frame.
    pub html: Option<String>,
    /// The source.
    pub raw: String,
}

/// Where mail is written under a data directory.
#[must_use]
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("mail")
}

/// Up to `limit` messages, the newest first; none where the folder is not there.
pub async fn list(folder: &Path, limit: usize) -> Vec<Summary> {
    let folder = folder.to_owned();
    blocking(move || {
        let mut names: Vec<String> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_name(name))
            .collect();
        // A name begins with the time, so the names' order is that of the messages.
        names.sort_unstable_by(|a, b| b.cmp(a));
        names
            .into_iter()
            .filter_map(|name| open(&folder, &name))
            .map(|parsed| parsed.summary)
            .take(limit)
            .collect()
    })
    .await
}

/// The message in the file of that name; nothing where there is none, or where the name is none of ours.
pub async fn read(folder: &Path, name: &str) -> Option<Parsed> {
    let (folder, name) = (folder.to_owned(), name.to_owned());
    blocking(move || open(&folder, &name)).await
}

async fn blocking<T: Default + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

/// Whether a file written by this service could have this name: `20260102T030405006Z-<message id>.eml`.
fn is_name(name: &str) -> bool {
    let time = |time: &str| {
        time.len() == 19
            && time.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                18 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            })
    };
    name.strip_suffix(".eml")
        .and_then(|name| name.split_once('-'))
        .is_some_and(|(at, message_id)| time(at) && is_message_id(message_id))
}

fn open(folder: &Path, name: &str) -> Option<Parsed> {
    if !is_name(name) {
        return None;
    }
    let file = folder.join(name);
    // A link could lead anywhere.
    if !fs::symlink_metadata(&file).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(file).ok()?.take(MAX_SIZE).read_to_end(&mut bytes).ok()?;
    let message = MessageParser::default().parse(&bytes).filter(|message| message.from().is_some())?;
    Some(Parsed {
        summary: Summary {
            name: name.to_owned(),
            date: message.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)),
            from: shown(message.from()),
            to: shown(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
        },
        headers: message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect(),
        text: part(&message, "plain"),
        html: part(&message, "html"),
        raw: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// The first part that really is `text/<subtype>`: the parser would otherwise make one out of the other.
fn part(message: &Message<'_>, subtype: &str) -> Option<String> {
    message
        .parts
        .iter()
        .find(|part| {
            match part.headers.iter().find(|header| header.name.as_str().eq_ignore_ascii_case("content-type"))
            {
                Some(header) => matches!(&header.value, HeaderValue::ContentType(kind)
                if kind.c_type.eq_ignore_ascii_case("text")
                    && kind.c_subtype.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(subtype))),
                None => subtype == "plain",
            }
        })
        .and_then(|part| part.text_contents())
        .map(str::to_owned)
}

fn shown(address: Option<&Address<'_>>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => address.or(name).unwrap_or_default().to_owned(),
    };
    address.map(|all| all.iter().map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "20260102T030405006Z-job_1@example.org.eml";

    #[tokio::test]
    async fn only_what_was_sent_is_shown_newest_first() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("mail");
        assert!(list(&folder, 9).await.is_empty());
        fs::create_dir(&folder).unwrap();
        let write = |name: &str, text: &[u8]| fs::write(folder.join(name), text).unwrap();
        write(
            NAME,
            b"From: A <a@example.org>\r\nTo: b@example.org\r\nSubject: =?utf-8?b?w6Q=?=\r\n\r\nHello\r\n",
        );
        write(
            "20260102T030405007Z-job_2@example.org.eml",
            b"From: a@example.org\r\nSubject: later\r\n\r\nHi\r\n",
        );
        write("20260102T030405008Z-job_3@example.org.eml", b"\0\xff nothing at all");
        write("20260102T030405009Z-job_4@example.org.eml", b"");
        write("notes.txt", b"From: a@example.org\r\n\r\n");
        fs::create_dir(folder.join("20260102T030405010Z-job_5@example.org.eml")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(
            folder.join("notes.txt"),
            folder.join("20260102T030405011Z-job_6@example.org.eml"),
        )
        .unwrap();

        let shown = list(&folder, 9).await;
        assert_eq!(shown.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["later", "ä"]);
        assert_eq!((shown[1].from.as_str(), shown[1].to.as_str()), ("A <a@example.org>", "b@example.org"));
        assert_eq!(list(&folder, 1).await.len(), 1);

        let message = read(&folder, NAME).await.unwrap();
        assert_eq!(message.text.as_deref().map(str::trim), Some("Hello"));
        assert_eq!(message.html, None);
        assert_eq!(message.headers[1], ("To".into(), "b@example.org".into()));
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("mail");
        fs::create_dir(&folder).unwrap();
        let message = "From: a@example.org\r\n\r\nsecret";
        fs::write(dir.path().join(NAME), message).unwrap();
        fs::write(folder.join("notes.eml"), message).unwrap();
        let outside = dir.path().join(NAME).display().to_string();
        for name in [
            "",
            ".",
            "..",
            "notes.eml",
            &format!("../{NAME}"),
            &format!("./{NAME}"),
            &format!("x/../../{NAME}"),
            &outside,
            "20260102T030405006Z-../@example.org.eml",
            &format!("{NAME}\0"),
            &format!("..\\{NAME}"),
            "20260102T030405006Z-%2e%2e@example.org.eml",
        ] {
            assert!(read(&folder, name).await.is_none(), "{name}");
        }
        assert!(
            fs::rename(dir.path().join(NAME), folder.join(NAME)).is_ok()
                && read(&folder, NAME).await.is_some()
        );
    }
}
