use std::os::unix::fs::PermissionsExt;

use bytes::Bytes;

use super::*;
use crate::origin::{Host, Origin, Scheme};
use crate::snapshot::{Body, Head, Snapshot};
use crate::store::spool::Spool;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn head() -> Head {
    Head {
        method: "POST".to_owned(),
        origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
        target: "/".to_owned(),
        fields: vec![("host".to_owned(), Bytes::from_static(b"a.example"))],
    }
}

fn insert(number: u128, body: &[u8]) -> Step {
    let (head, body, digest) =
        Snapshot::freeze(head(), Body::memory(Bytes::copy_from_slice(body))).into_parts();
    Step::Insert(Box::new(Row {
        id: id(number),
        state: "held",
        kin: [7; 32],
        digest,
        facts: "{}".to_owned(),
        course: "{}".to_owned(),
        head: head.encode(),
        body,
    }))
}

fn turn(number: u128, from: &'static str, to: &'static str) -> Step {
    Step::Move { id: id(number), from, to, course: "{}".to_owned(), answer: None }
}

fn at(seq: u64) -> Checkpoint {
    Checkpoint { seq, hash: format!("{seq:064x}") }
}

async fn states(store: &Store) -> Vec<(u128, String)> {
    store.load().await.unwrap().into_iter().map(|hold| (hold.id.as_u128(), hold.state)).collect()
}

fn temporary() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("holdpoint.db");
    (dir, path)
}

#[tokio::test]
async fn a_hold_is_there_again_after_the_store_was_closed_with_the_last_checkpoint() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.checkpoint(), None);
    store.write(vec![insert(1, b"x")], 1, at(5)).await.unwrap();
    store.write(vec![turn(1, "held", "approved")], 2, at(9)).await.unwrap();
    store.close().await;
    let store = Store::open(&path).unwrap();
    assert_eq!(store.checkpoint(), Some(at(9)));
    let loaded = store.load().await.unwrap();
    assert_eq!((loaded[0].state.as_str(), loaded[0].turn, loaded[0].kin), ("approved", 2, [7; 32]));
}

/// CASES HI-10, HI-11.
#[tokio::test]
async fn a_step_from_another_state_is_refused_and_nothing_of_its_job_is_written() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    store.write(vec![insert(1, b"x"), insert(2, b"y")], 1, at(1)).await.unwrap();
    store.write(vec![turn(1, "held", "approved")], 2, at(2)).await.unwrap();
    let job = vec![turn(2, "held", "denied"), turn(1, "held", "approved")];
    assert_eq!(store.write(job, 3, at(3)).await, Err(StoreError::Conflict(id(1))));
    let nobody = store.write(vec![turn(3, "held", "approved")], 4, at(4)).await;
    assert_eq!(nobody, Err(StoreError::Conflict(id(3))));
    assert_eq!(states(&store).await, [(1, "approved".to_owned()), (2, "held".to_owned())]);
    assert!(store.healthy(), "a conflict says nothing about the disk");
}

#[tokio::test]
async fn jobs_that_wait_together_are_each_all_or_nothing() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    let jobs = (1..=20u128).map(|number| {
        let mut steps = vec![insert(number, b"x")];
        if number % 5 == 0 {
            steps.push(turn(number, "armed", "forwarding"));
        }
        store.write(steps, 1, at(1))
    });
    let results = futures_util::future::join_all(jobs).await;
    for (index, result) in results.into_iter().enumerate() {
        assert_eq!(result.is_err(), (index + 1) % 5 == 0, "{index}");
    }
    assert_eq!(states(&store).await.len(), 16);
}

/// CASES HI-32: a disk that is full, at a real write.
#[tokio::test]
async fn a_full_disk_poisons_the_store_for_good_and_what_was_written_before_stays() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    store.write(vec![insert(1, b"x")], 1, at(1)).await.unwrap();
    store.meddle("PRAGMA max_page_count = 1").await;
    let full = store.write(vec![insert(2, &[b'x'; 15_000])], 2, at(2)).await;
    assert!(matches!(full, Err(StoreError::Unavailable(_))), "{full:?}");
    assert!(!store.healthy());
    let small = store.write(vec![turn(1, "held", "denied")], 3, at(3)).await;
    assert!(matches!(small, Err(StoreError::Unavailable(_))), "poisoned, although this one would fit");
    assert!(store.load().await.is_err(), "not even a read is answered");
    store.close().await;
    let store = Store::open(&path).unwrap();
    assert_eq!(states(&store).await, [(1, "held".to_owned())]);
    assert_eq!(store.checkpoint(), Some(at(1)));
}

/// CASES HI-33: an error that goes away again is still an error.
#[tokio::test]
async fn an_error_poisons_the_store_also_where_the_next_write_would_succeed() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    store.meddle("PRAGMA query_only = ON").await;
    assert!(store.write(vec![insert(1, b"x")], 1, at(1)).await.is_err());
    assert!(store.write(vec![insert(1, b"x")], 1, at(1)).await.is_err());
    assert!(!store.healthy());
}

/// CASES HI-34.
#[tokio::test]
async fn a_commit_is_as_durable_as_sqlite_can_make_it() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    let found = store
        .read(|sql| {
            let read = |pragma: &str| sql.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
            let journal = sql.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))?;
            Ok((journal, read("synchronous")?, read("foreign_keys")?))
        })
        .await
        .unwrap();
    assert_eq!(found, ("wal".to_owned(), 2, 1));
}

/// CASES HI-30.
#[tokio::test]
async fn a_second_opener_is_refused_in_words_until_the_first_has_closed() {
    let (_dir, path) = temporary();
    let first = Store::open(&path).unwrap();
    match Store::open(&path) {
        Err(StoreError::Open(text)) => assert!(text.contains("another holdpoint uses"), "{text}"),
        other => panic!("{:?}", other.map(|_| ())),
    }
    first.close().await;
    assert!(Store::open(&path).is_ok());
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    store.meddle("PRAGMA user_version = 99").await;
    store.close().await;
    match Store::open(&path) {
        Err(StoreError::Open(text)) => assert!(text.contains("schema 99"), "{text}"),
        other => panic!("{:?}", other.map(|_| ())),
    }
    let version: i64 =
        Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_in_words() {
    let (_dir, path) = temporary();
    std::fs::write(
        &path,
        "this is not a database, but it is long enough to look like something else".repeat(99),
    )
    .unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Open(_))));
}

#[tokio::test]
async fn only_the_owner_can_read_the_database() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    store.write(vec![insert(1, b"secret")], 1, at(1)).await.unwrap();
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

/// CASES HI-01.
#[tokio::test]
async fn a_row_that_was_changed_is_not_thawed() {
    let (dir, path) = temporary();
    let spool = Spool::open(&dir.path().join("spool"), 1 << 20).unwrap();
    let digest = Snapshot::freeze(head(), Body::memory(Bytes::from_static(b"$82,000"))).digest();
    for (meddling, intact) in [
        ("SELECT 1 FROM hold", true),
        ("UPDATE request SET body = CAST('$820,00' AS BLOB)", false),
        ("UPDATE request SET body = NULL", false),
        ("UPDATE request SET head = CAST(replace(head, 'POST', 'PUTS') AS BLOB)", false),
        ("DELETE FROM request", false),
    ] {
        let _ = std::fs::remove_file(&path);
        let store = Store::open(&path).unwrap();
        store.write(vec![insert(1, b"$82,000")], 1, at(1)).await.unwrap();
        store.meddle(meddling).await;
        let thawed = match store.request(id(1)).await.unwrap() {
            Some(stored) => stored.thaw(&spool, &digest).await,
            None => Err(ThawError::Tampered),
        };
        match thawed {
            Ok(snapshot) => assert!(intact && snapshot.digest() == digest, "{meddling}"),
            Err(error) => assert!(!intact && error == ThawError::Tampered, "{meddling}: {error}"),
        }
        store.close().await;
    }
}

#[tokio::test]
async fn an_erased_hold_leaves_its_code_and_nothing_else() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    store.write(vec![insert(1, b"x"), turn(1, "held", "denied")], 1, at(1)).await.unwrap();
    let erase = |state, until, now| Step::Erase { id: id(1), state, code: "K7QX".to_owned(), until, now };
    assert!(store.write(vec![erase("held", 50, 10)], 2, at(2)).await.is_err());
    store.write(vec![erase("denied", 50, 10)], 3, at(3)).await.unwrap();
    assert!(states(&store).await.is_empty());
    assert!(store.request(id(1)).await.unwrap().is_none());
    assert_eq!(store.resting().await.unwrap(), [("K7QX".to_owned(), 50)]);
}

#[tokio::test]
async fn precedents_have_a_bound_and_the_oldest_go() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    let kind = |number: i64| {
        let mut kind = [0; 32];
        kind[..8].copy_from_slice(&number.to_be_bytes());
        kind
    };
    let row = |number: i64| PrecedentRow {
        kind: kind(number),
        hold: id(1),
        digest: "sha256:".to_owned(),
        at: number,
        approver: "ops".to_owned(),
        head: head().encode(),
    };
    let all = limits::PRECEDENTS_MAX + 2 * limits::PRECEDENTS_SLACK;
    let steps = (0..all).map(|number| Step::Precedent(Box::new(row(number)))).collect();
    store.write(steps, 1, at(1)).await.unwrap();
    let mut kept = Vec::new();
    for number in 0..all {
        kept.extend(store.precedent(kind(number), 0).await.unwrap().map(|precedent| precedent.at));
    }
    assert!(kept.len() as i64 <= limits::PRECEDENTS_MAX + limits::PRECEDENTS_SLACK, "{}", kept.len());
    assert_eq!(kept.first().copied(), Some(all - kept.len() as i64), "those that came last stay");
    store.write(vec![Step::Precedent(Box::new(row(all - 1)))], 2, at(2)).await.unwrap();
    assert!(
        store.precedent(kind(all - 2), 0).await.unwrap().is_some(),
        "one that comes again pushes nobody out"
    );
}

#[tokio::test]
async fn a_precedent_goes_by_its_age_or_with_its_approval_and_another_holds_stays() {
    let (_dir, path) = temporary();
    let store = Store::open(&path).unwrap();
    let keep = |kind: u8, hold: u128, at: i64| {
        Step::Precedent(Box::new(PrecedentRow {
            kind: [kind; 32],
            hold: id(hold),
            digest: "sha256:".to_owned(),
            at,
            approver: "ops".to_owned(),
            head: head().encode(),
        }))
    };
    store.write(vec![keep(1, 1, 100), keep(2, 2, 200)], 1, at(1)).await.unwrap();
    assert!(store.precedent([1; 32], 101).await.unwrap().is_none(), "too old to be shown");
    assert!(store.precedent([1; 32], 100).await.unwrap().is_some());
    let forget = |kind: u8, hold: u128| Step::ForgetPrecedent { kind: [kind; 32], id: id(hold) };
    store.write(vec![Step::SweepPrecedents(101), forget(2, 1)], 2, at(2)).await.unwrap();
    assert!(store.precedent([1; 32], 0).await.unwrap().is_none());
    assert!(store.precedent([2; 32], 0).await.unwrap().is_some(), "it is not that hold's");
    store.write(vec![forget(2, 2)], 3, at(3)).await.unwrap();
    assert!(store.precedent([2; 32], 0).await.unwrap().is_none());
}
