//! An agent of the demo: a client like any other, on a connection of its own through the proxy, known by its token. It does
//! what the agents' guide says: at a `held` it sends the same request again.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, RETRY_AFTER};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::cli::demo::forum;
use crate::code::Code;
use crate::limits::DEMO_BODY_BYTES_MAX;

/// Somebody who asks.
pub struct Actor {
    pub name: &'static str,
    pub token: String,
    pub proxy: SocketAddr,
    pub forum: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    /// Holdpoint's own word, where the answer is its own.
    pub code: Option<String>,
    pub content: Value,
}

impl Actor {
    /// Asks until it is told something other than to ask again.
    pub async fn ask(&self, method: &Method, path: &str, content: Option<&Value>) -> Result<Heard, String> {
        loop {
            let (heard, again) = self.ask_once(method, path, content).await?;
            if heard.code.as_deref() != Some(Code::Held.as_str()) {
                return Ok(heard);
            }
            tokio::time::sleep(again).await;
        }
    }

    async fn ask_once(
        &self,
        method: &Method,
        path: &str,
        content: Option<&Value>,
    ) -> Result<(Heard, Duration), String> {
        let fault = |error: &dyn std::fmt::Display| format!("{} cannot ask the proxy: {error}", self.name);
        let stream = TcpStream::connect(self.proxy).await.map_err(|error| fault(&error))?;
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| fault(&error))?;
        let driver = tokio::spawn(connection);
        let request = self.request(method, path, content).map_err(|error| fault(&error))?;
        let (head, body) = sender.send_request(request).await.map_err(|error| fault(&error))?.into_parts();
        let body = Limited::new(body, DEMO_BODY_BYTES_MAX).collect().await.map_err(|error| fault(&error))?;
        driver.abort();
        let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let again = text(RETRY_AFTER.as_str()).and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
        let heard = Heard {
            status: head.status.as_u16(),
            code: text("holdpoint-code").map(str::to_owned),
            content: serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null),
        };
        Ok((heard, Duration::from_secs(again)))
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        content: Option<&Value>,
    ) -> Result<Request<Full<Bytes>>, http::Error> {
        let authority = format!("{}:{}", forum::HOST, self.forum.port());
        let known = STANDARD.encode(format!("{}:{}", self.name, self.token));
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{authority}{path}"))
            .header(HOST, authority)
            .header(PROXY_AUTHORIZATION, format!("Basic {known}"))
            // What the forum knows it by; the prompt masks it.
            .header(AUTHORIZATION, format!("Bearer forum-key-of-{}", self.name));
        match content {
            None => request.body(Full::default()),
            Some(content) => {
                request.header(CONTENT_TYPE, "application/json").body(Full::new(content.to_string().into()))
            }
        }
    }
}
