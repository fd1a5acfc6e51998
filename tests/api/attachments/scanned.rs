//! Files that somebody looks through: what the scanner does not call clean is not kept, whatever the reason.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use super::{TestService, files_in, pictures::png};

/// How the scanner answers.
#[derive(Clone, Copy)]
enum Mood {
    /// As it should: what says `EICAR` is infected.
    Looks,
    /// With this, whatever was sent.
    Says(&'static str),
    /// It hangs up when it is spoken to.
    Closes,
}

/// A scanner that speaks ClamAV's protocol and can misbehave.
struct Clamd {
    address: String,
    mood: Arc<Mutex<Mood>>,
    listening: JoinHandle<()>,
}

impl Clamd {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let mood = Arc::new(Mutex::new(Mood::Looks));
        let its = mood.clone();
        let listening = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mood = *its.lock().unwrap();
                tokio::spawn(async move {
                    if matches!(mood, Mood::Closes) {
                        return;
                    }
                    let mut command = [0; 10];
                    stream.read_exact(&mut command).await.unwrap();
                    assert_eq!(&command, b"zINSTREAM\0");
                    let mut all = Vec::new();
                    loop {
                        let Ok(length) = stream.read_u32().await else { return };
                        if length == 0 {
                            break;
                        }
                        let mut chunk = vec![0; length as usize];
                        if stream.read_exact(&mut chunk).await.is_err() {
                            return;
                        }
                        all.extend_from_slice(&chunk);
                    }
                    let infected = all.windows(5).any(|window| window == b"EICAR");
                    let says = match mood {
                        Mood::Says(says) => says,
                        _ if infected => "stream: Win.Test.EICAR_HDB-1 FOUND\0",
                        _ => "stream: OK\0",
                    };
                    let _ = stream.write_all(says.as_bytes()).await;
                });
            }
        });
        Self { address, mood, listening }
    }

    fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_called_clean_is_not_kept() {
    let clamd = Clamd::start().await;
    let service = TestService::with(&["--no-worker", "--scanner", &clamd.address]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.txt", 400_000).await;
    let clean = "Nothing but words. ".repeat(20_000);
    let harmful = format!("{clean}EICAR");
    let (status, answer) = reader.sends(&upload, harmful).await;
    assert_eq!(status, 422, "{answer:#}");
    assert!(
        !answer.to_string().contains("Win."),
        "what it is called helps nobody but who tries what gets through"
    );
    for mood in [
        Mood::Closes,
        Mood::Says("stream: nonsense ERROR\0"),
        Mood::Says("stream: OK"),
        Mood::Says("fine\0"),
        Mood::Says(""),
    ] {
        clamd.becomes(mood);
        let answer = reader.put(&upload.url, &upload.token).body(clean.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 503, "{:?}", answer.text().await);
        assert_eq!(answer.headers()["retry-after"], "60");
    }
    assert!(files_in(&service.data_dir.path().join("files")).is_empty());
    assert_eq!(service.count("FROM attachments WHERE object IS NOT NULL").await, 0);
    clamd.becomes(Mood::Looks);
    let (status, answer) = reader.sends(&upload, clean).await;
    assert_eq!(status, 200, "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_looked_through_as_it_was_sent() {
    let clamd = Clamd::start().await;
    let service = TestService::with(&["--no-worker", "--scanner", &clamd.address]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.png", 10_000).await;
    // Nothing of it would be left in what is made of the picture; but somebody sent it.
    let harmful = [png(30), b"EICAR".to_vec()].concat();
    assert_eq!(reader.sends(&upload, harmful).await.0, 422);
    clamd.becomes(Mood::Closes);
    assert_eq!(reader.sends(&upload, png(30)).await.0, 503);
    assert!(files_in(&service.data_dir.path().join("files")).is_empty());
    clamd.becomes(Mood::Looks);
    assert_eq!(reader.sends(&upload, png(30)).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_scanner_nothing_is_taken() {
    let address = {
        let clamd = Clamd::start().await;
        clamd.address.clone()
    };
    let service = TestService::with(&["--no-worker", "--scanner", &address]).await;
    let document = service.bridges().await;
    let upload = service.anybody().announces(document, "a.txt", 10).await;
    assert_eq!(service.anybody().sends(&upload, "Words.").await.0, 503);
    assert!(files_in(&service.data_dir.path().join("files")).is_empty());
}
