//! The gate's hold on a connection under the strict reader: it says when an exchange is over, or that it has become
//! a tunnel, and it learns when an answer has left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use bytes::Bytes;
use http::Version;

use crate::limits;

/// What stood in the request line, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawHead {
    /// The method.
    pub method: Bytes,
    /// The target, before any library looked at it.
    pub target: Bytes,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
}

/// The handle; clones are the same.
#[derive(Clone)]
pub struct Line(pub(super) Arc<Shared>);

impl Line {
    /// The exchange is over: the next head may follow, once everything that hyper has to write is flushed. To be
    /// called once for each exchange, when (or after) the last piece of the answer's body was handed to hyper.
    pub fn over(&self) {
        self.0.say(Word::Over);
    }

    /// The CONNECT was accepted: nothing on this connection is read as HTTP any more. To be called before its 200
    /// is handed to hyper.
    pub fn tunnel(&self) {
        self.0.say(Word::Tunnel);
    }

    /// The request line of the current exchange; before the first one, an empty target that agrees with nothing.
    pub fn raw(&self) -> RawHead {
        self.0.lock().raw.clone()
    }

    /// Has an interim response written while the agent waits: as soon as all of the request has passed and all that
    /// was written before was flushed, and not at all once the answer begins, or to HTTP/1.0. One that could not be
    /// written yet is not joined by a second.
    pub fn interim(&self, interim: Interim) {
        let mut inner = self.0.lock();
        if inner.word == Word::Wait {
            inner.interim = Some(interim);
            let reader = inner.reader.take();
            drop(inner);
            reader.inspect(Waker::wake_by_ref);
        }
    }

    /// Takes back an interim response of which nothing was written. To be called before the answer is handed to hyper.
    pub fn no_interim(&self) {
        self.0.lock().interim = None;
    }

    /// How many interim responses were begun since the last call.
    pub fn begun_interims(&self) -> u64 {
        std::mem::take(&mut self.0.lock().begun)
    }

    /// Calls `told` once, when bytes were written after this call and all of them were flushed, or when the
    /// connection was shut down in order with everything flushed. To be called when the last piece of an answer
    /// is handed to hyper. Dropped uncalled when the connection fails or ends before that.
    pub fn when_flushed(&self, told: impl FnOnce() + Send + 'static) {
        let mut inner = self.0.lock();
        if !inner.ended && inner.told.len() < limits::FLUSH_WATCHERS_MAX {
            let mark = inner.written;
            inner.told.push((mark, Box::new(told)));
        }
    }
}

/// An interim response (RFC 9110 section 15.2), by which an agent sees that its request is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interim {
    /// 100.
    Continue,
    /// 102, RFC 2518 section 10.1.
    Processing,
}

impl Interim {
    /// The whole of it, as it is written.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Interim::Continue => b"HTTP/1.1 100 Continue\r\n\r\n",
            Interim::Processing => b"HTTP/1.1 102 Processing\r\n\r\n",
        }
    }
}

/// What the gate said of the current exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Nothing yet.
    Wait,
    /// It is over, and hyper has not flushed since.
    Over,
    /// It is over, and its answer has left.
    Flushed,
    /// It became a tunnel.
    Tunnel,
}

/// What reader and gate share. The lock is held for a few instructions, never across a call to others.
pub struct Shared(Mutex<Inner>);

type Told = Box<dyn FnOnce() + Send>;

struct Inner {
    word: Word,
    raw: RawHead,
    interim: Option<Interim>,
    begun: u64,
    written: u64,
    told: Vec<(u64, Told)>,
    reader: Option<Waker>,
    ended: bool,
}

impl Shared {
    pub fn new() -> Arc<Self> {
        let raw = RawHead { method: Bytes::new(), target: Bytes::new(), version: Version::HTTP_11 };
        Arc::new(Self(Mutex::new(Inner {
            word: Word::Wait,
            raw,
            interim: None,
            begun: 0,
            written: 0,
            told: Vec::new(),
            reader: None,
            ended: false,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A head was passed to hyper.
    pub fn begin(&self, raw: RawHead) {
        let mut inner = self.lock();
        (inner.word, inner.raw, inner.interim) = (Word::Wait, raw, None);
    }

    /// The interim response that is to be written.
    pub fn interim(&self) -> Option<Interim> {
        self.lock().interim
    }

    /// Some of it was written.
    pub fn begun_interim(&self) {
        let mut inner = self.lock();
        inner.interim = None;
        inner.begun += 1;
    }

    /// What the gate said; wakes the caller when that changes.
    pub fn word(&self, cx: &Context<'_>) -> Word {
        let mut inner = self.lock();
        match &mut inner.reader {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        inner.word
    }

    fn say(&self, word: Word) {
        let mut inner = self.lock();
        if inner.word == Word::Wait {
            (inner.word, inner.interim) = (word, None);
            let reader = inner.reader.take();
            drop(inner);
            reader.inspect(Waker::wake_by_ref);
        }
    }

    /// Bytes were taken by the stream.
    pub fn wrote(&self, count: usize) {
        self.lock().written += count as u64;
    }

    /// hyper's buffer is empty, and the stream was flushed.
    pub fn flushed(&self) {
        let mut inner = self.lock();
        let mut reader = None;
        if inner.word == Word::Over {
            inner.word = Word::Flushed;
            reader = inner.reader.take();
        }
        let written = inner.written;
        let told: Vec<(u64, Told)> = match inner.told.first() {
            Some((mark, _)) if *mark < written => {
                inner.told.extract_if(.., |(mark, _)| *mark < written).collect()
            }
            _ => Vec::new(),
        };
        drop(inner);
        told.into_iter().for_each(|(_, told)| told());
        reader.inspect(Waker::wake_by_ref);
    }

    /// hyper shuts down in order: everything was flushed, whether or not bytes came after the call.
    pub fn closed(&self) {
        let told = std::mem::take(&mut self.lock().told);
        told.into_iter().for_each(|(_, told)| told());
    }

    /// The connection has failed or ended: nobody is told any more.
    pub fn end(&self) {
        let mut inner = self.lock();
        inner.ended = true;
        let told = std::mem::take(&mut inner.told);
        drop(inner);
        drop(told);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn counted(line: &Line) -> Arc<AtomicUsize> {
        let count = Arc::new(AtomicUsize::new(0));
        let told = count.clone();
        line.when_flushed(move || {
            told.fetch_add(1, Ordering::SeqCst);
        });
        count
    }

    #[test]
    fn an_answer_has_left_when_bytes_came_after_the_call_and_were_flushed() {
        let line = Line(Shared::new());
        line.0.wrote(10);
        let count = counted(&line);
        line.0.flushed();
        assert_eq!(count.load(Ordering::SeqCst), 0);
        line.0.wrote(1);
        assert_eq!(count.load(Ordering::SeqCst), 0);
        line.0.flushed();
        line.0.wrote(1);
        line.0.flushed();
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn nobody_is_told_of_an_answer_that_did_not_leave() {
        let line = Line(Shared::new());
        let count = counted(&line);
        line.0.wrote(1);
        line.0.end();
        line.0.flushed();
        assert_eq!(Arc::strong_count(&count), 1);
        let late = counted(&line);
        assert_eq!((count.load(Ordering::SeqCst), Arc::strong_count(&late)), (0, 1));
    }

    #[test]
    fn over_counts_only_once_hyper_has_flushed_and_only_for_its_own_exchange() {
        let line = Line(Shared::new());
        let cx = Context::from_waker(Waker::noop());
        line.0.flushed();
        assert_eq!(line.0.word(&cx), Word::Wait);
        line.over();
        assert_eq!(line.0.word(&cx), Word::Over);
        line.0.flushed();
        assert_eq!(line.0.word(&cx), Word::Flushed);
        line.0.begin(line.raw());
        assert_eq!(line.0.word(&cx), Word::Wait);
    }
}
