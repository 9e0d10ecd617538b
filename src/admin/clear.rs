//! Plain HTTP at a port that speaks TLS. Nothing of the request is read or echoed: one fixed answer says what to write
//! instead, and the connection ends. It is told by its first byte: a TLS record of a handshake begins with 22
//! (RFC 8446 section 5.1), a request with a letter of its method (RFC 9112 section 3.1). Anything else is left to
//! the handshake, which refuses it.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::limits;

/// What it is told, in one line.
pub const SPEAKS_TLS: &str = "this port speaks TLS: write https:// in place of http://";

/// Whether its first byte is a method's. The byte stays where it is.
pub async fn is_clear(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    Ok(stream.peek(&mut first).await? == 1 && first[0].is_ascii_alphabetic())
}

/// Says so and closes; what still comes is thrown away for a bounded time, since a reset would take the answer away.
pub async fn show_out(mut stream: TcpStream) {
    let _ = timeout(limits::LINGER_WAIT, async {
        stream.write_all(answer().as_bytes()).await?;
        stream.shutdown().await?;
        let (mut left, mut piece) = (limits::LINGER_BYTES_MAX, [0; 4096]);
        while left > 0 {
            match stream.read(&mut piece).await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        io::Result::Ok(())
    })
    .await;
}

fn answer() -> String {
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\r\n{SPEAKS_TLS}\n",
        SPEAKS_TLS.len() + 1
    )
}
