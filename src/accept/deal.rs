//! Dealing connections to the cores, each a thread with a runtime of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::Arrival;
use crate::limits::CONNECTIONS_MAX;

/// The handles of all cores.
#[derive(Clone)]
pub struct Cores {
    cores: Arc<Vec<Core>>,
    seats: Arc<Semaphore>,
}

struct Core {
    load: Arc<AtomicUsize>,
    door: mpsc::UnboundedSender<Arrival>,
}

/// A place among `CONNECTIONS_MAX`, and in the load of one core. Given back when dropped.
#[derive(Debug)]
pub struct Seat {
    _permit: OwnedSemaphorePermit,
    load: Option<Arc<AtomicUsize>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(load) = &self.load {
            load.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Cores {
    /// `count` cores, and the end of each one's queue. The queues need no bound of their own: what lies in them
    /// holds a seat, and there are `CONNECTIONS_MAX`.
    pub fn new(count: usize) -> (Self, Vec<mpsc::UnboundedReceiver<Arrival>>) {
        let (cores, doors) = (0..count)
            .map(|_| {
                let (door, arrivals) = mpsc::unbounded_channel();
                (Core { load: Arc::default(), door }, arrivals)
            })
            .unzip();
        (Self { cores: Arc::new(cores), seats: Arc::new(Semaphore::new(CONNECTIONS_MAX)) }, doors)
    }

    /// Waits until one more connection may be open.
    pub async fn seat(&self) -> Seat {
        let permit = self.seats.clone().acquire_owned().await.expect("the semaphore is never closed");
        Seat { _permit: permit, load: None }
    }

    /// Gives a connection to the core with the fewest.
    pub fn deal(&self, mut arrival: Arrival) {
        let Some(core) = self.cores.iter().min_by_key(|core| core.load.load(Ordering::Relaxed)) else {
            return;
        };
        core.load.fetch_add(1, Ordering::Relaxed);
        arrival.seat.load = Some(core.load.clone());
        // A core that has stopped drops the connection: that happens at shutdown only.
        let _ = core.door.send(arrival);
    }

    /// Open connections on all cores.
    pub fn open(&self) -> usize {
        self.cores.iter().map(|core| core.load.load(Ordering::Relaxed)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn arrival(cores: &Cores) -> Arrival {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let peer = stream.peer_addr().unwrap();
        Arrival { stream, peer, seat: cores.seat().await }
    }

    #[tokio::test]
    async fn each_connection_goes_to_the_core_with_the_fewest() {
        let (cores, mut doors) = Cores::new(2);
        cores.deal(arrival(&cores).await);
        cores.deal(arrival(&cores).await);
        let first = doors[0].try_recv().unwrap();
        assert!(doors[1].try_recv().is_ok());
        drop(first);
        cores.deal(arrival(&cores).await);
        assert!(doors[0].try_recv().is_ok(), "the seat on core 0 was given back");
    }
}
