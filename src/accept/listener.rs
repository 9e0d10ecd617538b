//! Binding and the accept loop.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use super::{Arrival, Cores};

/// The first pause after a failed accept, and the longest: out of file descriptors is cured by waiting.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// Binds a listener. The error names the config key, because that is where it is mended.
pub async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{key}: the address {address} is in use; stop what listens there or choose another")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{key}: no permission to listen on {address}; ports below 1024 need CAP_NET_BIND_SERVICE")
        }
        _ => format!("{key}: cannot listen on {address}: {error}"),
    })
}

/// Accepts until the task is dropped. Errors of a single connection are nothing; others back off.
pub async fn serve(listener: TcpListener, cores: Cores) {
    let mut pause = PAUSES.0;
    loop {
        let seat = cores.seat().await;
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = PAUSES.0;
                if let Ok(stream) = prepare(stream) {
                    cores.deal(Arrival { stream, peer, seat });
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, pause_ms = pause.as_millis() as u64, "accept failed; waiting");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
        }
    }
}

/// TCP_NODELAY: with it off, answers wait for the peer's delayed acknowledgement, about 40 ms.
fn prepare(stream: tokio::net::TcpStream) -> io::Result<std::net::TcpStream> {
    stream.set_nodelay(true)?;
    stream.into_std()
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_in_use_names_the_config_key() {
        let first = bind("127.0.0.1:0".parse().unwrap(), "[proxy] listen").await.unwrap();
        let error = bind(first.local_addr().unwrap(), "[proxy] listen").await.unwrap_err();
        assert!(error.starts_with("[proxy] listen: the address 127.0.0.1:"), "{error}");
        assert!(error.contains("is in use"), "{error}");
    }
}
