//! Speaks to the admin API: HTTP/1.1 on one connection a request, over the Unix socket or a loopback port, with a
//! bound on every wait and on what is taken into memory.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::admin::{SPEAKS_TLS, json};
use crate::cli::hold::safe;
use crate::cli::server::{Address, Place};
use crate::cli::{Done, Trouble, handshake, tls};
use crate::hold::HoldView;
use crate::limits;
use crate::secret::Masked;

/// A server that answers.
pub struct Client {
    address: Address,
    token: Option<Masked<String>>,
    /// PEM files beside the system's roots.
    roots: Vec<PathBuf>,
}

/// An answer that was no error.
pub struct Answer {
    /// Its entity tag.
    pub etag: Option<String>,
    /// Its body, still on its way.
    body: Incoming,
}

/// Runs a command that speaks to the server.
pub fn block_on(command: impl Future<Output = Done>) -> Done {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Trouble::Failed(format!("cannot start: {error}")))?.block_on(command)
}

impl Client {
    /// The server that the line, the environment or the config names.
    pub fn find(place: &Place) -> Result<Self, Trouble> {
        let (address, token) = place.find()?;
        let roots = tls::roots(&address, place);
        Ok(Self { address, token, roots })
    }

    /// The server.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The same, for what needs no token.
    pub fn without_token(place: &Place) -> Result<Self, Trouble> {
        let address = place.address()?;
        let roots = tls::roots(&address, place);
        Ok(Self { address, token: None, roots })
    }

    /// Gets a path. A path that is polled answers late: `wait` comes on top.
    pub async fn get(
        &self,
        path: &str,
        known: Option<&str>,
        wait: Duration,
    ) -> Result<Option<Answer>, Trouble> {
        let mut request = self.request(Method::GET, path);
        if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let request = request.body(Full::default()).map_err(|_| no_request())?;
        self.send(request, wait).await
    }

    /// Gets JSON.
    pub async fn get_json<T: for<'a> Deserialize<'a>>(&self, path: &str) -> Result<T, Trouble> {
        let answer = self.get(path, None, Duration::ZERO).await?;
        answer.ok_or_else(strange)?.json().await
    }

    /// Posts JSON and gets JSON.
    pub async fn post<T: for<'a> Deserialize<'a>>(&self, path: &str, body: &Value) -> Result<T, Trouble> {
        self.act(Method::POST, path, Some(body)).await
    }

    /// Puts JSON and gets JSON.
    pub async fn put<T: for<'a> Deserialize<'a>>(&self, path: &str, body: &Value) -> Result<T, Trouble> {
        self.act(Method::PUT, path, Some(body)).await
    }

    /// Takes something away and gets JSON.
    pub async fn delete<T: for<'a> Deserialize<'a>>(&self, path: &str) -> Result<T, Trouble> {
        self.act(Method::DELETE, path, None).await
    }

    async fn act<T: for<'a> Deserialize<'a>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, Trouble> {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => {
                request.header(CONTENT_TYPE, "application/json").body(Full::new(json::text(body).into()))
            }
            None => request.body(Full::default()),
        };
        let request = request.map_err(|_| no_request())?;
        self.send(request, Duration::ZERO).await?.ok_or_else(strange)?.json().await
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let host = match &self.address {
            Address::Tcp(authority) => authority.as_str(),
            // The scheme's own port is left out, as browsers do.
            Address::Tls(authority) => authority.strip_suffix(":443").unwrap_or(authority),
            Address::Unix(_) => "localhost",
        };
        let request = Request::builder().method(method).uri(path).header(HOST, host).header(ACCEPT, "*/*");
        match &self.token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {}", token.reveal())),
            None => request,
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>, wait: Duration) -> Result<Option<Answer>, Trouble> {
        let path = request.uri().path().to_owned();
        let (status, answer) = self.fetch(request, wait).await?;
        match status {
            StatusCode::NOT_MODIFIED => Ok(None),
            status if status.is_success() => Ok(Some(answer)),
            status => {
                let refusal = answer.problem(status).await;
                if refusal.hold.is_none() && refusal.text == SPEAKS_TLS {
                    return Err(Trouble::Failed(handshake::wants_tls(&self.address)));
                }
                let name = self.typed(&path, refusal.hold).await;
                let said =
                    name.map_or(String::new(), |name| format!("hold {}: ", safe(&name))) + &refusal.text;
                Err(Trouble::Failed(said))
            }
        }
    }

    /// The name that people know a hold by: what they typed where the path has it, else its code.
    async fn typed(&self, path: &str, id: Option<String>) -> Option<String> {
        let id = id?;
        let named = path.strip_prefix("/v1/holds/").and_then(|rest| rest.split('/').next());
        if let Some(name) = named {
            return Some(name.to_owned());
        }
        let request = self.request(Method::GET, &format!("/v1/holds/{id}")).body(Full::default()).ok()?;
        let view: Option<HoldView> = match self.fetch(request, Duration::ZERO).await {
            Ok((StatusCode::OK, answer)) => answer.json().await.ok(),
            _ => None,
        };
        Some(view.map_or(id, |view| view.code))
    }

    async fn fetch(
        &self,
        request: Request<Full<Bytes>>,
        wait: Duration,
    ) -> Result<(StatusCode, Answer), Trouble> {
        let mut sender = self.connect().await?;
        let answered = timeout(limits::CLIENT_ANSWER_WAIT + wait, sender.send_request(request)).await;
        let response = answered
            .map_err(|_| Trouble::Failed(format!("the server at {} does not answer", self.address)))?
            .map_err(|error| Trouble::Failed(self.broken(&error)))?;
        let etag = response.headers().get(ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok((response.status(), Answer { etag, body: response.into_body() }))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Trouble> {
        let opened = timeout(limits::CLIENT_CONNECT_WAIT, async {
            match &self.address {
                Address::Tcp(authority) => shake(TcpStream::connect(authority.as_str()).await?).await,
                Address::Tls(authority) => shake(tls::connect(authority, &self.roots).await?).await,
                Address::Unix(path) => shake(UnixStream::connect(path).await?).await,
            }
        });
        let slow = |_| Err(io::Error::from(io::ErrorKind::TimedOut));
        opened.await.unwrap_or_else(slow).map_err(|error| Trouble::Failed(self.unreachable(&error)))
    }

    /// Why no answer came. What is no HTTP in answer to plain HTTP is likely TLS's alert.
    fn broken(&self, error: &hyper::Error) -> String {
        match &self.address {
            Address::Tcp(_) if error.is_parse() => handshake::wants_tls(&self.address),
            address => format!("the server at {address} broke off: {error}"),
        }
    }

    fn unreachable(&self, error: &io::Error) -> String {
        let address = &self.address;
        if let Address::Tls(authority) = address
            && let Some(said) = handshake::trouble(authority, error)
        {
            return said;
        }
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                format!("no server at {address}: is `holdpoint serve` running here?")
            }
            io::ErrorKind::PermissionDenied => format!(
                "{address} belongs to another user: run this as that user, or use --server http://… with HOLDPOINT_TOKEN"
            ),
            _ => format!("{address}: {error}"),
        }
    }
}

async fn shake<S>(stream: S) -> io::Result<SendRequest<Full<Bytes>>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // It ends with the sender and the answer's body.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

impl Answer {
    /// The next piece of the body; `None` at its end. A body that is cut off is an error.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Trouble> {
        loop {
            let frame = timeout(limits::CLIENT_SILENCE, self.body.frame()).await;
            let frame = frame.map_err(|_| Trouble::Failed("the server stopped answering".into()))?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| {
                Trouble::Failed(format!("the answer broke off, so nothing of it counts: {error}"))
            })?;
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
    }

    /// The whole body as JSON.
    pub async fn json<T: for<'a> Deserialize<'a>>(mut self) -> Result<T, Trouble> {
        serde_json::from_slice(&self.whole().await?).map_err(|_| strange())
    }

    async fn whole(&mut self) -> Result<Vec<u8>, Trouble> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            if whole.len() + piece.len() > limits::CLIENT_JSON_MAX {
                return Err(Trouble::Failed("the answer is too large; ask for less of it".into()));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// What a problem document says, and what to do next.
    async fn problem(mut self, status: StatusCode) -> Refusal {
        let whole = self.whole().await.unwrap_or_default();
        let Ok(document) = serde_json::from_slice::<Value>(&whole) else {
            let line = String::from_utf8_lossy(&whole).lines().next().unwrap_or_default().to_owned();
            let text = if line.is_empty() { format!("the server answered {status}") } else { safe(&line) };
            return Refusal { hold: None, text };
        };
        let text = |name: &str| document[name].as_str().unwrap_or_default();
        let hold = Some(text("hold_id").to_owned()).filter(|hold| !hold.is_empty());
        let said = safe(text("detail"));
        let text = match text("code") {
            "other_digest" => {
                said + "\nhint: the digest is another hold's, or mistyped; look again with `holdpoint show ID`"
            }
            "conflict" => said + "\nhint: `holdpoint show ID` says who decided, and when",
            "unauthorized" => said + "\nhint: is HOLDPOINT_TOKEN the token of this server?",
            _ => said,
        };
        Refusal { hold, text }
    }
}

/// What a problem document says.
struct Refusal {
    /// The id of the hold that it is about.
    hold: Option<String>,
    /// In words.
    text: String,
}

fn strange() -> Trouble {
    Trouble::Failed("the server's answer is not one that this version knows".into())
}

fn no_request() -> Trouble {
    Trouble::Wrong("this cannot stand in a request".into())
}
