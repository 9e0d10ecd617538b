//! One delivery: a fresh connection, one POST, a 2xx or not. No redirect is followed, nothing of the answer is used but
//! its status, and where it went is logged by its host alone, for a path may be a secret.

use std::io;
use std::sync::Arc;

use aws_lc_rs::hmac;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::message::Message;
use crate::clock::Wall;
use crate::config::Notify;
use crate::limits;
use crate::secret::{Masked, hex};

/// Where it goes.
pub struct Post {
    host: String,
    port: u16,
    target: Masked<String>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    key: Option<hmac::Key>,
}

impl Post {
    /// The error names the config key.
    pub fn new(
        notify: &Notify,
        secret: Option<Masked<Vec<u8>>>,
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, String> {
        let name = ServerName::try_from(notify.host.clone());
        let name =
            name.map_err(|_| "[[notify]] url: its host is no name that a certificate can have".to_owned());
        let mut config = ClientConfig::clone(tls);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            host: notify.host.clone(),
            port: notify.port,
            target: Masked::new(notify.target.clone()),
            tls: if notify.tls { Some((TlsConnector::from(Arc::new(config)), name?)) } else { None },
            key: secret.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.reveal())),
        })
    }

    /// Whom it is for, for the log.
    pub fn whom(&self) -> &str {
        &self.host
    }

    /// Delivers; the error is for the log.
    pub async fn deliver(&self, message: Message, now: Wall) -> Result<(), String> {
        let request = self.request(message, now).map_err(|error| error.to_string())?;
        let sent = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            match &self.tls {
                None => send(stream, request).await,
                Some((connector, name)) => {
                    send(connector.connect(name.clone(), stream).await?, request).await
                }
            }
        };
        match timeout(limits::NOTIFY_WAIT, sent).await {
            Err(_) => Err("no answer in time".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Ok(Ok(status)) if status.is_success() => Ok(()),
            Ok(Ok(status)) => Err(format!("it answered {}", status.as_u16())),
        }
    }

    fn request(&self, message: Message, now: Wall) -> Result<Request<Full<Bytes>>, http::Error> {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let mut request = Request::post(self.target.reveal().as_str())
            .header(HOST, format!("{host}:{}", self.port))
            .header(USER_AGENT, concat!("holdpoint/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, HeaderValue::from_static(message.content_type));
        for (name, value) in &message.fields {
            request = request.header(*name, value);
        }
        if let Some(key) = &self.key {
            request = request.header("holdpoint-signature", sign(key, now, &message.body));
        }
        request.body(Full::new(message.body.into()))
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds since 1970, a full stop and the content.
fn sign(key: &hmac::Key, now: Wall, body: &str) -> String {
    let seconds = now.0.div_euclid(1000);
    let tag = hmac::sign(key, format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex(tag.as_ref()))
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> io::Result<http::StatusCode>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let answered = sender.send_request(request);
    tokio::pin!(connection);
    tokio::pin!(answered);
    // Both end here: a connection that outlives its answer is of no use.
    tokio::select! {
        answer = &mut answered => answer.map(|answer| answer.status()).map_err(io::Error::other),
        _ = &mut connection => answered.await.map(|answer| answer.status()).map_err(io::Error::other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    #[test]
    fn the_signature_is_that_of_any_other_tool() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"0123456789abcdef");
        assert_eq!(sign(&key, Wall(1_700_000_000_999), "{}"), SIGNED);
    }

    const SIGNED: &str = "t=1700000000,v1=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e";
}
