//! One kept connection that asks and reads answers with a length; no more of HTTP than that takes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The connection.
pub struct Wire {
    stream: TcpStream,
    host: SocketAddr,
    token: String,
    read: Vec<u8>,
}

impl Wire {
    /// Connects.
    pub async fn open(host: SocketAddr) -> Self {
        let stream = TcpStream::connect(host).await.expect("it listens");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, host, token: String::new(), read: Vec::new() }
    }

    /// Asks as whoever has this token.
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = format!("Authorization: Bearer {token}\r\n");
        self
    }

    /// One request and its answer.
    pub async fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Vec<u8>) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host,
            self.token,
            body.len()
        );
        self.send(&[head.as_bytes(), body.as_bytes()].concat()).await;
        self.answer().await
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("it takes the request");
    }

    /// Reads one answer.
    pub async fn answer(&mut self) -> (u16, Vec<u8>) {
        let end = loop {
            match self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more().await,
            }
        };
        let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::trim);
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        while self.read.len() < end + length {
            self.more().await;
        }
        let body = self.read[end..end + length].to_vec();
        self.read.drain(..end + length);
        (status, body)
    }

    async fn more(&mut self) {
        let count = self.stream.read_buf(&mut self.read).await.expect("it answers");
        assert!(count > 0, "it closed the connection");
    }
}
