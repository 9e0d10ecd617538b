//! The forum of the demo: one question, its answers, and the page that says who may read the data lake. A plain HTTP server
//! on a port of the kernel's choice; what it has is shown before and after.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::limits::DEMO_BODY_BYTES_MAX;

/// Its name, which the demo's Holdpoint finds on this machine.
pub const HOST: &str = "forum.example";
pub const QUESTION: &str = "/questions/17";
pub const ANSWERS: &str = "/questions/17/answers";
pub const READERS: &str = "/access/data-lake/readers";

/// What the operator of the demo vouches for: the form of a catalog file.
pub const CATALOG: &str = "about = \"the demo's forum\"\nsource = \"made up for the demo\"\n[[service]]\ndialect = \"http\"\n\
                           read = [\"GET /**\"]\nwrite = [\"POST /questions/*/answers\"]\npermission = [\"PUT /access/**\"]\n";

/// What is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forum {
    pub answers: Vec<String>,
    pub readers: Vec<String>,
}

/// It runs, for as long as the runtime does.
pub struct Server {
    pub address: SocketAddr,
    forum: Arc<Mutex<Forum>>,
}

impl Forum {
    /// As it is before anybody comes.
    pub fn new() -> Self {
        Self { answers: Vec::new(), readers: vec!["analytics".to_owned()] }
    }

    /// Does what a request asks.
    pub fn take(&mut self, method: &Method, path: &str, content: &Value) -> (StatusCode, Value) {
        let text = |name: &str| content[name].as_str().map(str::to_owned);
        match (method, path) {
            (&Method::GET, QUESTION) => {
                let question = "How do I get to read the data lake?";
                (StatusCode::OK, json!({"id": 17, "by": "mina", "question": question}))
            }
            (&Method::GET, ANSWERS) => (StatusCode::OK, json!({"answers": self.answers})),
            (&Method::GET, READERS) => (StatusCode::OK, json!({"readers": self.readers})),
            (&Method::POST, ANSWERS) => {
                self.answers.extend(text("answer"));
                (StatusCode::CREATED, json!({"answers": self.answers.len()}))
            }
            (&Method::PUT, READERS) => {
                self.readers.extend(text("add"));
                (StatusCode::OK, json!({"readers": self.readers}))
            }
            _ => (StatusCode::NOT_FOUND, json!({"error": "there is no such page"})),
        }
    }
}

impl Server {
    /// Starts it.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let forum = Arc::new(Mutex::new(Forum::new()));
        tokio::spawn(accept(listener, forum.clone()));
        Ok(Self { address, forum })
    }

    /// What is on it now.
    pub fn now(&self) -> Forum {
        self.forum.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn accept(listener: TcpListener, forum: Arc<Mutex<Forum>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let forum = forum.clone();
        let service = service_fn(move |request| answer(forum.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(
    forum: Arc<Mutex<Forum>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let content = match Limited::new(body, DEMO_BODY_BYTES_MAX).collect().await {
        Ok(content) => serde_json::from_slice(&content.to_bytes()).unwrap_or(Value::Null),
        Err(_) => Value::Null,
    };
    let mut forum = forum.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, said) = forum.take(&head.method, head.uri.path(), &content);
    let mut response = Response::new(Full::new(said.to_string().into()));
    *response.status_mut() = status;
    Ok(response)
}
