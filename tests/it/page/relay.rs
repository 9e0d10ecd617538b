//! The network between a browser and the page, which a test may cut. The page answers to the loopback address on its own
//! port only, so the relay stands there, and the page behind it on another address of this machine.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Where the page must listen.
pub const BEHIND: &str = "\"127.0.0.3:0\"";

/// A relay that runs until the test ends.
pub struct Relay {
    /// What a browser opens.
    pub address: SocketAddr,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// Before a page that listens at `BEHIND`.
    pub fn before(page: SocketAddr) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], page.port()));
        let listener = TcpListener::bind(address).expect("nobody has this port on the loopback address");
        let (is_cut, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let relay = Self { address, is_cut: is_cut.clone(), open: open.clone() };
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(page) else { continue };
                let mut open = open.lock().expect("no test panics with it");
                for stream in [&near, &far] {
                    open.extend(stream.try_clone());
                }
                carry(&near, &far);
                carry(&far, &near);
            }
        });
        relay
    }

    /// Nothing goes through any more, and what was open is gone.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for stream in self.open.lock().expect("no test panics with it").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// It goes through again.
    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

fn carry(from: &TcpStream, to: &TcpStream) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else { return };
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
