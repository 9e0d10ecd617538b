//! The data plane: one thread with a current-thread runtime and a pool per core, so that a request never changes
//! threads.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::accept::Arrival;
use crate::forward::Pool;
use crate::gate::{self, Gate};
use crate::limits::POOL_IDLE_WAIT;

/// The threads, and the word that stops them.
pub struct DataCores {
    stop: watch::Sender<bool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl DataCores {
    /// One per core that this process may use.
    pub fn count() -> usize {
        thread::available_parallelism().map_or(1, usize::from)
    }

    /// Starts one thread for each queue of arrivals.
    pub fn start(gate: &Arc<Gate>, doors: Vec<mpsc::UnboundedReceiver<Arrival>>) -> Result<Self, String> {
        let (stop, stopped) = watch::channel(false);
        let mut threads = Vec::new();
        for (index, door) in doors.into_iter().enumerate() {
            let (gate, stopped) = (gate.clone(), stopped.clone());
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| format!("no runtime for core {index}: {error}"))?;
            let thread = thread::Builder::new()
                .name(format!("core-{index}"))
                .spawn(move || {
                    runtime.block_on(serve(gate, door, stopped));
                    // What still runs is cut off here; `stop` has waited for it as long as may be.
                    runtime.shutdown_timeout(Duration::from_millis(100));
                })
                .map_err(|error| format!("no thread for core {index}: {error}"))?;
            threads.push(thread);
        }
        Ok(Self { stop, threads })
    }

    /// Ends all connections and waits for the threads.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let joined = tokio::task::spawn_blocking(move || {
            for thread in self.threads {
                if thread.join().is_err() {
                    tracing::error!("a core ended with a panic");
                }
            }
        });
        let _ = joined.await;
    }
}

async fn serve(
    gate: Arc<Gate>,
    mut door: mpsc::UnboundedReceiver<Arrival>,
    mut stopped: watch::Receiver<bool>,
) {
    let pool = Pool::default();
    let mut sweep = tokio::time::interval(POOL_IDLE_WAIT);
    loop {
        tokio::select! {
            arrival = door.recv() => match arrival {
                Some(arrival) => {
                    tokio::spawn(gate::welcome(gate.clone(), pool.clone(), arrival));
                }
                None => return,
            },
            _ = sweep.tick() => pool.sweep(),
            _ = stopped.changed() => return,
        }
    }
}
