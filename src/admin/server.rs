//! The admin server: two listeners, one router. Connections are bounded for each listener on its own, heads must
//! be whole in time, and who is not let in is shown out, so that nobody can keep the approvers from their desk.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, rt};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::admin::door::Door;
use crate::admin::people::People;
use crate::admin::routes::{Office, Pages, router};
use crate::admin::session::{Peer, Sessions};
use crate::admin::tls::{self, Tls};
use crate::admin::wrong::Wrong;
use crate::admin::{clear, socket, token};
use crate::config::Config;
use crate::limits;
use crate::secret::{hex, random};
use crate::serve::Counter;

/// Makes the web page. It stands above this floor, so it is handed in.
pub type MakePages = fn(Arc<Office>) -> Pages;

/// The admin API, bound and not yet running.
pub struct Server {
    tcp: Option<TcpListener>,
    tls: Option<Tls>,
    addr: Option<SocketAddr>,
    unix: UnixListener,
    socket: PathBuf,
    router: Router,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Binds both listeners, and makes `state/admin.token` where no approver is configured. The error is a text
    /// for the operator and names the config key.
    pub fn bind(config: &Config, counter: Counter, pages: MakePages) -> Result<Self, String> {
        let Counter { desk, audit, metrics, ready, schemas, editor } = counter;
        let people = match config.approvers.as_slice() {
            [] => People::anyone(&token::read_or_make(&config.state_dir)?),
            approvers => People::Named(approvers.to_vec()),
        };
        let tls = config.admin.tls.as_ref().map(tls::read).transpose()?;
        let tcp = config.admin.listen.map(|listen| socket::tcp(listen, tls.is_some())).transpose()?;
        let addr = tcp.as_ref().map(TcpListener::local_addr).transpose();
        let addr = addr.map_err(|error| format!("admin.listen: {error}"))?;
        let unix = socket::unix(&config.admin.socket)?;
        let (stop, stopping) = watch::channel(false);
        let office = Office {
            desk,
            audit,
            people,
            metrics,
            ready,
            schemas,
            editor,
            audit_dir: config.state_dir.join("audit"),
            epoch: hex(&random::<4>()),
            listeners: Arc::new(Semaphore::new(limits::LISTENERS_MAX)),
            readers: Arc::new(Semaphore::new(limits::LOG_READERS_MAX)),
            sessions: Sessions::default(),
            wrong: Wrong::default(),
            stopping,
        };
        let office = Arc::new(office);
        let router = router(Arc::clone(&office), pages(office));
        let socket = config.admin.socket.clone();
        Ok(Self { tcp, tls, addr, unix, socket, router, stop })
    }

    /// The port that it listens on, where there is one.
    pub fn addr(&self) -> Option<SocketAddr> {
        self.addr
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Serves until `shutdown` is over, then lets what is under way end within `limits::ADMIN_STOP_WAIT` and
    /// removes the socket.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
        let unix = tokio::net::UnixListener::from_std(self.unix)?;
        let (router, stopping) = (self.router, self.stop.subscribe());
        let mut listeners = JoinSet::new();
        if let (Some(tcp), Some(addr)) = (self.tcp, self.addr) {
            let tcp = tokio::net::TcpListener::from_std(tcp)?;
            let names = self.tls.as_ref().map(|tls| tls.names.as_slice());
            let door = Arc::new(Door::tcp(addr, names));
            let acceptor = self.tls.map(|tls| tls.acceptor);
            listeners.spawn(serve_tcp(tcp, acceptor, door, router.clone(), stopping.clone()));
        }
        listeners.spawn(serve_unix(unix, router, stopping));
        shutdown.await;
        self.stop.send_replace(true);
        let ended = async { while listeners.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(limits::ADMIN_STOP_WAIT, ended).await;
        let _ = std::fs::remove_file(&self.socket);
        Ok(())
    }
}

async fn serve_tcp(
    listener: tokio::net::TcpListener,
    tls: Option<TlsAcceptor>,
    door: Arc<Door>,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    let (places, mut open) = (Arc::new(Semaphore::new(limits::ADMIN_CONNECTIONS_MAX)), JoinSet::new());
    while let Some(place) = place(&places, &mut open, &mut stopping).await {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                let peer = Peer::of(&stream);
                let (door, router, stopping) = (Arc::clone(&door), router.clone(), stopping.clone());
                let tls = tls.clone();
                open.spawn(async move {
                    match tls {
                        None => converse(stream, door, peer, router, stopping).await,
                        Some(tls) => match shake(&tls, stream).await {
                            Ok(Some(stream)) => converse(stream, door, peer, router, stopping).await,
                            Ok(None) => tracing::debug!("plain HTTP on the admin port, which speaks TLS"),
                            Err(error) => tracing::debug!(%error, "no TLS on the admin port"),
                        },
                    }
                    drop(place);
                });
            }
            Err(error) => rest(&error).await,
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// The handshake, in the time that a head has. `None`: it was plain HTTP, and has been told so.
async fn shake(tls: &TlsAcceptor, stream: TcpStream) -> io::Result<Option<TlsStream<TcpStream>>> {
    let shaken = tokio::time::timeout(limits::HEAD_WAIT, async {
        if clear::is_clear(&stream).await? {
            clear::show_out(stream).await;
            return Ok(None);
        }
        tls.accept(stream).await.map(Some)
    });
    shaken.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn serve_unix(listener: tokio::net::UnixListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let (places, mut open) = (Arc::new(Semaphore::new(limits::ADMIN_CONNECTIONS_MAX)), JoinSet::new());
    while let Some(place) = place(&places, &mut open, &mut stopping).await {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.changed() => break,
        };
        match accepted.and_then(|(stream, _)| Ok((peer(&stream)?, stream))) {
            Ok((door, stream)) => {
                let talk = converse(stream, Arc::new(door), None, router.clone(), stopping.clone());
                open.spawn(async move { (talk.await, drop(place)) });
            }
            Err(error) => rest(&error).await,
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Who is at the other end, as the kernel recorded it when it connected.
fn peer(stream: &UnixStream) -> io::Result<Door> {
    let uid = stream.peer_cred()?.uid();
    Ok(Door::Socket { uid, user: crate::serve::name_of(uid) })
}

/// Waits for a place; `None` when the server stops. Takes note of connections that have ended meanwhile.
async fn place<T: 'static>(
    places: &Arc<Semaphore>,
    open: &mut JoinSet<T>,
    stopping: &mut watch::Receiver<bool>,
) -> Option<tokio::sync::OwnedSemaphorePermit> {
    while open.try_join_next().is_some() {}
    if *stopping.borrow() {
        return None;
    }
    tokio::select! {
        place = Arc::clone(places).acquire_owned() => place.ok(),
        _ = stopping.changed() => None,
    }
}

async fn rest(error: &io::Error) {
    tracing::warn!(%error, "the admin listener cannot accept");
    tokio::time::sleep(limits::ACCEPT_REST).await;
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// One connection, from its first request to its last.
async fn converse<S>(
    stream: S,
    door: Arc<Door>,
    peer: Option<Peer>,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    TokioIo<S>: rt::Read + rt::Write,
{
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Arc::clone(&door));
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        routes.call(request)
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEAD_WAIT)
            .max_buf_size(limits::ADMIN_BUFFER)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told_to_stop(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an admin connection broke");
    }
}
