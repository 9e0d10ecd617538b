//! What fails: bytes that were changed on disk, a disk that takes no more.

use std::path::PathBuf;

use super::*;
use crate::hold::DecisionError;

/// A request whose body lies in the spool, approved; and where its bytes lie.
async fn approved_in_a_file(house: &House) -> (Waiting, Approval, PathBuf) {
    let mut draft = house.spool.draft();
    draft.write(vec![b'a'; 100_000].into()).await.unwrap();
    let mut request = post();
    request.body = draft.finish().await.unwrap();
    let path = request.body.path().unwrap().to_owned();
    let mut waiting = house.arrive(request).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    let approved = approval(waiting.ended().await);
    (waiting, approved, path)
}

/// CASES HI-01: approve A, and B lies on disk.
#[tokio::test]
async fn a_body_that_was_changed_on_disk_is_never_sent_and_its_hold_has_failed() {
    let house = House::new().await;
    let (waiting, approved, path) = approved_in_a_file(&house).await;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[50_000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(house.desk.thaw(&approved).await, Err(Refused::Tampered)));
    assert!(matches!(house.desk.sending(&approved).await, Err(Refused::Withdrawn)));
    assert_eq!(house.state(waiting.hold()).await, "failed");
    assert_eq!(house.story(waiting.hold()), ["held", "decided approve", "ended failed"]);
}

#[tokio::test]
async fn a_body_that_is_gone_is_a_failed_hold_too() {
    let house = House::new().await;
    let (_waiting, approved, path) = approved_in_a_file(&house).await;
    std::fs::remove_file(path).unwrap();
    assert!(matches!(house.desk.thaw(&approved).await, Err(Refused::Tampered)));
}

/// CASES HI-32, HI-33: the first error of the disk shuts everything, and nothing is released after it.
#[tokio::test]
async fn a_store_that_fails_refuses_those_who_wait_and_all_who_come() {
    let house = House::new().await;
    let mut waits = house.arrive(post().target("/waits")).await;
    let mut decided = house.arrive(post().target("/decided")).await;
    let mut carries = house.arrive(post().target("/carries")).await;
    house.decide(carries.hold(), Choice::Approve).await;
    let approved = approval(carries.ended().await);
    let hold = decided.hold();
    let digest = house.digest(hold).await;
    house.desk.break_store().await;
    let approve =
        Decision { hold, choice: Choice::Approve, digest, reason: None, by: Who::named("ops"), grant: None };
    assert_eq!(house.desk.decide(vec![approve]).await, Err(DecisionError::Unavailable));
    assert!(matches!(waits.ended().await, Ended::Refused(Refused::StoreUnavailable)));
    // It has made ready while the decision was on its way to the disk, and gets no further.
    let early = approval(decided.ended().await);
    assert!(matches!(house.desk.sending(&early).await, Err(Refused::StoreUnavailable)));
    assert!(matches!(house.desk.sending(&approved).await, Err(Refused::StoreUnavailable)));
    assert!(matches!(house.desk.arrive(post().hold()).await, Err(Refused::StoreUnavailable)));
    assert!(!house.desk.healthy());
    drop(approved);
    let house = house.restart().await;
    assert_eq!(house.state(hold).await, "held", "after a restart nothing is approved");
}

/// CASES HI-33: a commit that failed may be on disk all the same, and its row must not name a file that is gone.
#[tokio::test]
async fn the_file_of_a_hold_whose_commit_failed_is_left_for_the_next_start_to_judge() {
    let house = House::new().await;
    let mut draft = house.spool.draft();
    draft.write(vec![b'a'; 100_000].into()).await.unwrap();
    let mut request = post();
    request.body = draft.finish().await.unwrap();
    let path = request.body.path().unwrap().clone();
    house.desk.break_store().await;
    assert!(matches!(house.desk.arrive(request.hold()).await, Err(Refused::StoreUnavailable)));
    drop(request);
    assert!(path.exists());
    let _house = house.restart().await;
    assert!(!path.exists(), "no row names it");
}

#[tokio::test]
async fn two_processes_cannot_use_one_state_directory() {
    let house = House::new().await;
    let second = open(house.dir.path(), &house.clock, &house.limits).await;
    let text = second.err().expect("the second is refused");
    assert!(text.contains("another holdpoint"), "{text}");
}
