//! The service: it notes when the first byte of each request came, and answers 200.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When the first byte came, by path.
type Seen = Arc<Mutex<HashMap<String, Instant>>>;

/// It runs until the runtime ends.
pub struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Seen,
}

impl Upstream {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Seen::default();
        let notes = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, notes.clone()));
            }
        });
        Self { address, seen }
    }

    /// When the first byte for this path came.
    pub fn first_byte(&self, path: &str) -> Option<Instant> {
        self.seen.lock().expect("nobody panicked").get(path).copied()
    }
}

async fn serve(mut stream: TcpStream, seen: Seen) {
    let mut read = Vec::new();
    loop {
        let (mut came, mut wanted) = (None, None);
        while wanted.is_none_or(|wanted| read.len() < wanted) {
            match stream.read_buf(&mut read).await {
                Ok(count) if count > 0 => came.get_or_insert_with(Instant::now),
                _ => return,
            };
            let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            wanted = Some(end + 4 + length.and_then(|length| length.parse().ok()).unwrap_or(0));
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            if let Some(came) = came {
                seen.lock().expect("nobody panicked").entry(path).or_insert(came);
            }
        }
        read.drain(..wanted.unwrap_or_default());
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.is_err() {
            return;
        }
    }
}
