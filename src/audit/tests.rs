//! The log as a whole: what is promised of it through crashes, a full queue and a disk that fails.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::chain::Chain;
use super::segment::Disk;
use super::writer::Writer;
use super::*;
use crate::limits::{AUDIT_BATCH, AUDIT_QUEUE, AUDIT_RESERVE};

/// Long enough for any machine; a test that fails waits this long and no passing one does.
const PATIENCE: Duration = Duration::from_secs(30);

fn record(number: u64) -> Record {
    Record::new(Event::Exchange).with("number", number)
}

fn open(dir: &Path, expected: Option<Checkpoint>) -> Result<Audit, AuditError> {
    Audit::open_with_segments_of(2000, dir, Clock::system(), expected)
}

fn lines(dir: &Path) -> Vec<Line> {
    let mut lines = Lines::of_log(dir).unwrap();
    let mut found = Vec::new();
    while lines.advance().unwrap() == Next::Line {
        found.push(read_line(lines.bytes()).unwrap());
    }
    found
}

fn last_file(dir: &Path) -> PathBuf {
    segment::list(dir).unwrap().pop().unwrap().1
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A log with `count` records, in order closed or not.
async fn log_of(count: u64) -> (TempDir, Checkpoint) {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    for number in 0..count {
        audit.record(record(number)).await.unwrap();
    }
    (dir, audit.durable())
}

#[tokio::test]
async fn a_record_is_on_disk_when_its_receipt_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    assert!(audit.durable().is_start());
    audit.record(record(5)).await.unwrap();
    let found = lines(dir.path());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].seq, found[0].prev, found[0].fields["number"].as_u64()), (1, [0; 32], Some(5)));
    let bytes = fs::read(last_file(dir.path())).unwrap();
    assert_eq!(audit.durable().hash, hex(&line::hash(bytes.strip_suffix(b"\n").unwrap())));
    assert_eq!(audit.durable().to_string().parse(), Ok(audit.durable()));
}

#[tokio::test]
async fn a_place_that_is_dropped_unfilled_is_on_record_as_abandoned() {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    audit.place(record(1)).unwrap().into_place().unwrap().fill(record(2).with("status", 200));
    audit.place(record(3)).unwrap().into_place().unwrap().fill(record(3).with("status", 304));
    drop(audit.place(record(4)).unwrap());
    audit.note(record(5)).unwrap();
    audit.close().await;
    let found: Vec<_> = lines(dir.path())
        .into_iter()
        .map(|line| {
            (line.fields.get("number").and_then(Value::as_u64), line.fields.contains_key("abandoned"))
        })
        .collect();
    assert_eq!(found, [(Some(2), false), (Some(3), false), (Some(4), true), (Some(5), false), (None, false)]);
    assert_eq!(lines(dir.path())[1].fields["status"], 304);
}

#[tokio::test]
async fn a_closed_log_ends_with_stopped_and_takes_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    let place = audit.place(record(1)).unwrap();
    audit.close().await;
    assert!(!audit.healthy());
    assert!(matches!(audit.record(record(2)).await, Err(AuditError::Broken(_))));
    assert!(matches!(audit.note(record(2)), Err(AuditError::Broken(_))));
    assert!(matches!(audit.place(record(2)), Err(AuditError::Broken(_))));
    audit.close().await;
    drop((place, audit));
    let found = lines(dir.path());
    assert_eq!(found.iter().map(|line| line.event.as_str()).collect::<Vec<_>>(), ["stopped"]);
}

#[tokio::test]
async fn what_waits_is_written_when_the_last_handle_goes() {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    let place = audit.place(record(1)).unwrap();
    audit.note(record(2)).unwrap();
    drop(audit);
    drop(place);
    assert_eq!(lines(dir.path()).len(), 2);
}

/// A running server has the database to itself, so that the log leaves a checkpoint beside its segments too.
#[tokio::test]
async fn a_cut_is_found_while_the_server_runs_and_without_its_database() {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    for number in 0..5 {
        audit.record(record(number)).await.unwrap();
    }
    let whole = verify(dir.path(), None, None).unwrap();
    assert_eq!((whole.last, whole.compared), (audit.durable(), vec!["the log's own checkpoint"]));
    let file = last_file(dir.path());
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.split_inclusive('\n').take(3).collect::<String>()).unwrap();
    let broken = verify(dir.path(), None, None).unwrap_err();
    assert_eq!((broken.line, broken.seq), (4, 4), "{broken}");
    drop(audit);
    let refused = open(dir.path(), None).err().expect("nor is it gone on with").to_string();
    assert!(refused.contains("the log's own checkpoint knows seq 5"), "{refused}");
}

/// After a power loss the little file may be empty or old; neither keeps Holdpoint from starting.
#[tokio::test]
async fn a_checkpoint_beside_the_log_that_is_old_or_not_whole_is_no_fault() {
    let (dir, end) = log_of(3).await;
    let beside = dir.path().join("checkpoint");
    let first = Checkpoint::of(1, &lines(dir.path())[1].prev);
    for text in [format!("{first}\n"), String::new(), end.to_string(), "\0".repeat(80)] {
        fs::write(&beside, text).unwrap();
        assert_eq!(verify(dir.path(), None, None).unwrap().records, 3);
        assert_eq!(open(dir.path(), Some(end.clone())).unwrap().durable(), end);
    }
    fs::remove_file(&beside).unwrap();
    assert!(open(dir.path(), Some(end)).is_ok());
}

/// CASES AU-19: the chain goes on over segments and over restarts.
#[tokio::test]
async fn the_chain_goes_on_through_rotation_and_restart() {
    let (dir, first) = log_of(30).await;
    let audit = open(dir.path(), Some(first.clone())).unwrap();
    assert_eq!(audit.durable(), first);
    for number in 30..40 {
        audit.record(record(number)).await.unwrap();
    }
    let end = audit.durable();
    drop(audit);
    let summary = verify(dir.path(), Some(first), Some(end.clone())).unwrap();
    assert_eq!((summary.records, summary.last), (40, end));
    assert!(summary.segments > 3, "{}", summary.segments);
    for (_, path) in segment::list(dir.path()).unwrap() {
        assert!(path.metadata().unwrap().len() <= 2000);
    }
}

/// A crash after the new segment was made and before it had a record.
#[tokio::test]
async fn a_log_that_ends_with_an_empty_segment_goes_on_in_it() {
    let (dir, end) = log_of(3).await;
    let next = segment::list(dir.path()).unwrap().len() as u32 + 1;
    fs::write(dir.path().join(segment::name(next)), "").unwrap();
    open(dir.path(), Some(end)).unwrap().record(record(9)).await.unwrap();
    assert_eq!(verify(dir.path(), None, None).unwrap().records, 4);
}

/// CASES AU-08: wherever a crash cut the last line, only that line goes, and the next record says so.
#[tokio::test]
async fn an_unfinished_last_line_is_cut_off_and_on_record() {
    let (dir, end) = log_of(3).await;
    let path = last_file(dir.path());
    let whole = fs::read(&path).unwrap();
    let length = whole.iter().rev().skip(1).position(|byte| *byte == b'\n').unwrap_or(whole.len() - 1);
    let before = Checkpoint::of(2, &lines(dir.path())[2].prev);
    for cut in 1..=length {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        fs::write(dir.path().join("checkpoint"), format!("{before}\n")).unwrap();
        let torn = (length + 1 - cut) as u64;
        assert_eq!(verify(dir.path(), Some(before.clone()), None).unwrap().unfinished_bytes, torn);
        let refused = open(dir.path(), Some(end.clone())).err().expect("the database knows the third record");
        assert!(refused.to_string().contains("ends at seq 2"), "{refused}");
        drop(open(dir.path(), Some(before.clone())).unwrap());
        let found = lines(dir.path());
        assert_eq!(
            (found[2].event.as_str(), found[2].fields["cut_bytes"].as_u64()),
            ("recovered", Some(torn))
        );
        assert_eq!(verify(dir.path(), Some(before.clone()), None).unwrap().unfinished_bytes, 0);
    }
}

/// CASES AU-08: after a power loss pages of an unsynced batch can be missing in its middle.
#[tokio::test]
async fn a_tail_with_holes_is_cut_off_and_a_changed_line_is_not() {
    let (dir, end) = log_of(5).await;
    let path = last_file(dir.path());
    let whole = fs::read(&path).unwrap();
    let mut holes = whole.clone();
    holes.extend_from_slice(b"{\"seq\":6,\0\0\0\0\0\0\"}\n{\"seq\":7}\n");
    fs::write(&path, &holes).unwrap();
    assert!(verify(dir.path(), None, None).is_err());
    drop(open(dir.path(), Some(end.clone())).unwrap());
    assert_eq!(lines(dir.path())[5].fields["cut_bytes"], holes.len() - whole.len());
    assert_eq!(verify(dir.path(), Some(end.clone()), None).unwrap().records, 6);

    for garbage in [&b"{\"seq\":6}\n"[..], b"\n", b"{\"seq\":6}\n{\"seq\":7,\0\0}\n"] {
        fs::write(&path, [&whole, garbage].concat()).unwrap();
        let refused = open(dir.path(), Some(end.clone())).err().expect("that is no torn write");
        assert!(refused.to_string().contains("seq 6"), "{refused}");
        assert_eq!(fs::read(&path).unwrap().len(), whole.len() + garbage.len(), "nothing was made clean");
    }
}

/// A changed record with a hole behind it: the hole must not make the change look like a torn write.
#[tokio::test]
async fn a_hole_behind_a_changed_record_does_not_hide_it() {
    let (dir, _) = log_of(3).await;
    let path = last_file(dir.path());
    let text = fs::read_to_string(&path).unwrap().replacen("\"number\":0", "\"number\":7", 1);
    fs::write(&path, text + "{\0\0\0}\n").unwrap();
    let refused = open(dir.path(), None).err().expect("the first record was changed");
    assert!(refused.to_string().contains("seq 1"), "{refused}");
}

#[tokio::test]
async fn a_log_that_is_not_the_one_that_was_left_is_refused() {
    let (dir, end) = log_of(20).await;
    let other = Checkpoint { hash: "0".repeat(64), ..end.clone() };
    assert!(matches!(open(dir.path(), Some(other)), Err(AuditError::NotWhole(_))));
    let early = Checkpoint { seq: 2, hash: "0".repeat(64) };
    assert!(matches!(open(dir.path(), Some(early)), Err(AuditError::NotWhole(_))));
    let second = Checkpoint::of(2, &lines(dir.path())[2].prev);
    assert!(open(dir.path(), Some(second)).is_ok());

    fs::rename(dir.path().join("00000002.jsonl"), dir.path().join("kept")).unwrap();
    let refused = open(dir.path(), Some(end.clone())).err().expect("a segment is missing");
    assert!(refused.to_string().contains("00000002.jsonl"), "{refused}");
    let empty = tempfile::tempdir().unwrap();
    let refused = open(&empty.path().join("audit"), Some(end)).err().expect("the log is gone");
    assert!(matches!(refused, AuditError::NotWhole(_)), "{refused}");
}

/// CASES AU-16: also over a restart.
#[tokio::test]
async fn a_clock_that_was_set_back_is_on_record() {
    let dir = tempfile::tempdir().unwrap();
    let ahead = Clock::manual();
    ahead.advance(Duration::from_secs(3600));
    let audit = Audit::open(dir.path(), ahead, None).unwrap();
    audit.record(record(1)).await.unwrap();
    drop(audit);
    let audit = Audit::open(dir.path(), Clock::manual(), None).unwrap();
    audit.record(record(2)).await.unwrap();
    audit.record(record(3)).await.unwrap();
    let found = lines(dir.path());
    let back = found[1].fields["clock_back_ms"].as_u64().unwrap();
    assert_eq!(back as i64, found[0].at.0 - found[1].at.0);
    assert!((1..=3_600_000).contains(&back), "{back}");
    assert!(!found[2].fields.contains_key("clock_back_ms"));
    assert_eq!(verify(dir.path(), None, None).unwrap().clock_backs, 1);
}

/// A disk in memory: `seen` counts calls, the one numbered `fails_at` fails, and each sync waits for a word of the
/// test where there is a channel for it.
struct TestDisk {
    state: Arc<Mutex<DiskState>>,
    fails_at: usize,
    go: Option<Receiver<()>>,
    synced: Sender<usize>,
}

#[derive(Default)]
struct DiskState {
    calls: usize,
    syncs: usize,
    written: Vec<u8>,
    durable: usize,
}

impl TestDisk {
    fn call(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        if state.calls == self.fails_at { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    }
}

impl Disk for TestDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.call()?;
        self.state.lock().unwrap().written.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(go) = &self.go {
            let _ = go.recv_timeout(PATIENCE);
        }
        self.call()?;
        let mut state = self.state.lock().unwrap();
        state.syncs += 1;
        state.durable = state.written.len();
        let _ = self.synced.send(state.durable);
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.call()
    }

    fn note(&mut self, _: &Checkpoint) {}
}

struct Rig {
    audit: Audit,
    state: Arc<Mutex<DiskState>>,
    synced: Receiver<usize>,
}

fn rig(fails_at: usize, go: Option<Receiver<()>>) -> Rig {
    let state = Arc::new(Mutex::new(DiskState::default()));
    let (sender, synced) = mpsc::channel();
    let disk = TestDisk { state: Arc::clone(&state), fails_at, go, synced: sender };
    let writer = Writer::new(Box::new(disk), Chain::new(), 0, 1000);
    Rig { audit: Audit::start(writer, Clock::system()).unwrap(), state, synced }
}

/// CASES AU-09: whichever call to the disk fails, what was acknowledged is on disk, what is not is refused, and
/// nothing is taken from then on.
#[tokio::test]
async fn a_disk_that_fails_shuts_the_log_for_good() {
    for fails_at in 1..40 {
        let Rig { audit, state, .. } = rig(fails_at, None);
        let mut acknowledged = 0;
        let error = loop {
            assert!(acknowledged < 100, "call {fails_at} failed and nobody was told");
            match audit.record(record(acknowledged)).await {
                Ok(_) => acknowledged += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, AuditError::Broken(_)), "{error}");
        assert!(!audit.healthy());
        assert!(audit.record(record(99)).await.is_err());
        assert!(audit.note(record(99)).is_err());
        assert!(audit.place(record(99)).is_err());
        let state = state.lock().unwrap();
        let durable = &state.written[..state.durable];
        let on_disk = durable.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert!(on_disk >= acknowledged, "call {fails_at}: {acknowledged} acknowledged, {on_disk} on disk");
        assert_eq!(state.calls, fails_at, "nothing is tried again");
    }
}

#[tokio::test]
async fn records_that_come_while_the_disk_is_busy_share_the_next_sync() {
    let (go, wait) = mpsc::channel();
    let Rig { audit, state, synced } = rig(0, Some(wait));
    let first = tokio::spawn({
        let audit = audit.clone();
        async move { audit.record(record(0)).await }
    });
    while state.lock().unwrap().written.is_empty() {
        tokio::task::yield_now().await;
    }
    let rest: Vec<_> = (1..=3).map(|number| (number, audit.clone())).collect();
    let rest: Vec<_> = rest
        .into_iter()
        .map(|(number, audit)| tokio::spawn(async move { audit.record(record(number)).await }))
        .collect();
    while audit.lag().0 < 4 {
        tokio::task::yield_now().await;
    }
    assert!(!first.is_finished(), "no receipt before the sync");
    assert!(audit.durable().is_start());
    // The test's segments are small: one word for each sync there can be.
    (0..16).for_each(|_| go.send(()).unwrap());
    first.await.unwrap().unwrap();
    for task in rest {
        task.await.unwrap().unwrap();
    }
    assert_eq!((audit.durable().seq, audit.lag()), (4, (0, 0)));
    drop(audit);
    let batches = synced.try_iter().count();
    assert!(batches <= 3, "four records took {batches} syncs, a rotation among them");
}

#[tokio::test]
async fn a_filled_place_reaches_the_disk_by_itself() {
    let Rig { audit, synced, .. } = rig(0, None);
    audit.place(record(1)).unwrap().into_place().unwrap().fill(record(1));
    assert!(synced.recv_timeout(PATIENCE).unwrap() > 0);
}

#[tokio::test]
async fn many_notes_do_not_wait_for_the_gathering_time() {
    let Rig { audit, state, .. } = rig(0, None);
    for number in 0..(AUDIT_BATCH as u64 * 3) {
        audit.note(record(number)).unwrap();
    }
    audit.close().await;
    let lines = state.lock().unwrap().written.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, AUDIT_BATCH * 3 + 1);
}

/// No place: no read. What is kept free takes a decision's or a mutation's record all the same, up to the bound.
#[tokio::test]
async fn a_full_queue_refuses_reads_and_still_takes_records_that_are_waited_for() {
    let Rig { audit, .. } = rig(0, None);
    let places: Vec<_> = (0..(AUDIT_QUEUE - AUDIT_RESERVE) as u64)
        .map(|number| audit.place(record(number)).unwrap())
        .collect();
    assert_eq!(audit.place(record(0)).err(), Some(AuditError::Full));
    assert_eq!(audit.note(record(0)).err(), Some(AuditError::Full));
    assert!(audit.healthy());
    audit.record(record(0)).await.unwrap();
    drop(places);
    audit.record(record(0)).await.unwrap();
    assert!(audit.place(record(0)).is_ok(), "the places are free once their records are on disk");
}

#[tokio::test]
async fn a_queue_full_of_durable_records_refuses_the_next_one() {
    let (go, wait) = mpsc::channel();
    let Rig { audit, .. } = rig(0, Some(wait));
    let mut told = Vec::new();
    for number in 0..AUDIT_QUEUE as u64 {
        let mut future = Box::pin(audit.record(record(number)));
        assert!(poll_once(future.as_mut()).is_pending());
        told.push(future);
    }
    assert_eq!(audit.record(record(0)).await.err(), Some(AuditError::Full));
    drop(go);
    drop(told);
}

#[tokio::test]
async fn a_record_whose_caller_went_away_is_written_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let audit = open(dir.path(), None).unwrap();
    {
        let mut future = Box::pin(audit.record(record(1)));
        let _ = poll_once(future.as_mut());
    }
    audit.record(record(2)).await.unwrap();
    assert_eq!(lines(dir.path()).len(), 2);
}

#[test]
fn a_checkpoint_is_read_only_with_its_whole_hash() {
    let hash = "ab".repeat(32);
    assert_eq!(format!("7:{hash}").parse(), Ok(Checkpoint { seq: 7, hash: hash.clone() }));
    for wrong in ["", "7", "7:", "7:ab", "0:", ":", &format!("0:{hash}"), &format!("7:{}", "AB".repeat(32))] {
        assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong}");
    }
}
