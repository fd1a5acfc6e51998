//! A classifier that can misbehave: an HTTP server of its own, which keeps what it was asked.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How it answers.
#[derive(Clone)]
pub enum Mood {
    /// With this JSON.
    Answers(Value),
    /// With these bytes.
    Says(&'static str),
    /// Never.
    Hangs,
    /// It sends the head of an answer and one byte a second after it.
    Drips,
    /// With this status, and the address of another classifier.
    Redirects(String),
    /// With an answer that does not end.
    Floods,
    /// It hangs up.
    Closes,
}

/// What it was asked.
#[derive(Clone)]
pub struct Asked {
    /// The head of the request, in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let found = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("{name} is not in {}", self.head))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub struct Classifier {
    pub url: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    listening: JoinHandle<()>,
}

impl Classifier {
    pub async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/check", listener.local_addr().unwrap());
        let (mood, asked) = (Arc::new(Mutex::new(mood)), Arc::<Mutex<Vec<Asked>>>::default());
        let (moods, questions) = (mood.clone(), asked.clone());
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (moods, questions) = (moods.clone(), questions.clone());
                tokio::spawn(async move { drop(converse(stream, moods, questions).await) });
            }
        });
        Self { url, mood, asked, listening }
    }

    pub fn is_now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Classifier {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn converse(
    mut stream: TcpStream,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<Asked>>>,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    while bytes.len() < end + length.unwrap_or(0) {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    asked.lock().unwrap().push(Asked { head, body: bytes[end..].to_vec() });
    let mood = mood.lock().unwrap().clone();
    let whole = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    match mood {
        Mood::Answers(value) => stream.write_all(whole(&value.to_string()).as_bytes()).await,
        Mood::Says(text) => stream.write_all(whole(text).as_bytes()).await,
        Mood::Redirects(to) => {
            let answer =
                format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await
        }
        Mood::Hangs => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(())
        }
        Mood::Drips => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").await?;
            loop {
                tokio::time::sleep(Duration::from_millis(300)).await;
                stream.write_all(b" ").await?;
            }
        }
        Mood::Floods => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"withhold\": false, \"label\": \"").await?;
            loop {
                stream.write_all(&[b'x'; 8192]).await?;
            }
        }
        Mood::Closes => Ok(()),
    }
}
