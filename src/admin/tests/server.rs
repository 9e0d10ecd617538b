//! The server on real sockets: who is at the other end, what is kept free for people, and how it stops.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{open, request};
use crate::admin::{Pages, Server, token};
use crate::config::{Admin, Approver, Config};
use crate::hold::Desk;
use crate::limits;
use crate::serve::{Counter, Editor};

struct Running {
    dir: TempDir,
    desk: Desk,
    addr: std::net::SocketAddr,
    socket: PathBuf,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn on_port(&self, text: &str) -> String {
        talk(TcpStream::connect(self.addr).await.unwrap(), text).await
    }

    async fn on_socket(&self, text: &str) -> String {
        talk(UnixStream::connect(&self.socket).await.unwrap(), text).await
    }
}

async fn start(approvers: Vec<Approver>) -> Running {
    let dir = tempfile::tempdir().unwrap();
    let (desk, audit) = open(dir.path()).await;
    let socket = dir.path().join("admin/admin.sock");
    let listen = Some("127.0.0.1:0".parse().unwrap());
    let admin = Admin { listen, tls: None, socket: socket.clone() };
    let config = Config { admin, approvers, state_dir: dir.path().to_owned(), ..Config::default() };
    let counter = Counter {
        desk: desk.clone(),
        audit,
        metrics: Arc::new(|| "# EOF\n".to_owned()),
        ready: Arc::new(|| Ok(())),
        schemas: Arc::new(|_| None),
        editor: Editor::default(),
    };
    let server = Server::bind(&config, counter, |_| Pages::default()).unwrap();
    let (addr, (stop, told)) = (server.addr().unwrap(), oneshot::channel::<()>());
    let task = tokio::spawn(async move {
        let told = async {
            let _ = told.await;
        };
        server.run(told).await.unwrap();
    });
    Running { dir, desk, addr, socket, stop, task }
}

/// Sends bytes and reads until the server closes.
async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut out = String::new();
    stream.read_to_string(&mut out).await.unwrap();
    out
}

fn head(line: &str, host: &str, more: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{more}\r\n")
}

fn own_user(dir: &Path) -> String {
    crate::serve::name_of(std::fs::metadata(dir).unwrap().uid())
}

#[tokio::test]
async fn on_the_socket_the_peer_s_user_decides_and_on_the_port_the_token() {
    let server = start(vec![]).await;
    let waiting = server.desk.arrive(request("/posts")).await.unwrap();
    let id = waiting.hold().to_string();
    let said = r#"{"decision":"deny","reason":"no"}"#;
    let post = |more: &str| {
        let fields = format!("content-type: application/json\r\ncontent-length: {}\r\n{more}", said.len());
        head(&format!("POST /v1/holds/{id}/decision"), &server.addr.to_string(), &fields) + said
    };
    let refused = server.on_port(&post("")).await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    let answer = server.on_socket(&post("")).await;
    let view: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(view["decisions"][0]["approver"], own_user(server.dir.path()));

    let token = token::read(server.dir.path()).unwrap();
    let bearer = format!("authorization: Bearer {}\r\n", token.reveal());
    let again = server.on_port(&post(&bearer)).await;
    assert!(again.starts_with("HTTP/1.1 200 "), "{again}");
}

#[tokio::test]
async fn where_approvers_are_configured_no_token_is_made() {
    let approver = Approver {
        name: "ops".into(),
        user: Some("nobody-here".into()),
        token_hash: None,
        groups: Vec::new(),
    };
    let server = start(vec![approver]).await;
    assert!(!token::path(server.dir.path()).exists());
    let answer = server.on_socket(&head("GET /v1/holds", "x", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "whoever reaches the socket may look: {answer}");
    let decision = head("POST /v1/decisions", "x", "content-type: application/json\r\ncontent-length: 0\r\n");
    let answer = server.on_socket(&decision).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

/// CASES AP-17: the very bytes that a rebound browser sends.
#[tokio::test]
async fn a_foreign_host_is_shown_out() {
    let server = start(vec![]).await;
    for path in ["/v1/holds", "/healthz", "/metrics"] {
        let head = format!("GET {path} HTTP/1.1\r\nhost: evil.example:{}\r\n\r\n", server.addr.port());
        let answer = server.on_port(&head).await;
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("connection: close"), "{answer}");
    }
}

/// An agent that fills the port with idle connections keeps nobody from the socket.
#[tokio::test]
async fn a_full_port_leaves_the_socket_free() {
    let server = start(vec![]).await;
    let mut idle = Vec::new();
    for _ in 0..limits::ADMIN_CONNECTIONS_MAX + 1 {
        idle.push(TcpStream::connect(server.addr).await.unwrap());
    }
    let answer = server.on_socket(&head("GET /readyz", "x", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_stop_answers_long_polls_closes_idle_connections_and_takes_the_socket_away() {
    let server = start(vec![]).await;
    let mut poll = UnixStream::connect(&server.socket).await.unwrap();
    poll.write_all(head("GET /v1/holds?wait=60s", "x", "").as_bytes()).await.unwrap();
    let mut idle = UnixStream::connect(&server.socket).await.unwrap();
    idle.write_all(b"GET /v1/holds HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut start = [0; 12];
    idle.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200", "this one is open and has its answer");
    server.stop.send(()).unwrap();
    server.task.await.unwrap();
    assert!(talk(poll, "").await.ends_with(r#"{"holds":[]}"#));
    idle.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(!server.socket.exists());
}
