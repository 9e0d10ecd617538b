//! `GET /v1/audit`: both ways through the log, page by page.

use serde_json::Value;

use super::*;
use crate::audit::{Event, Record};

fn seqs(answer: &Answer) -> Vec<u64> {
    answer.json()["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["seq"].as_u64().unwrap())
        .collect()
}

/// A log of many segments, and a desk beside it.
async fn logged() -> Desked {
    let desked = Desked::new().await;
    let dir = desked.dir.path().join("audit");
    std::fs::remove_dir_all(&dir).unwrap();
    let audit = Audit::open_with_segments_of(600, &dir, Clock::system(), None).unwrap();
    for number in 0..20 {
        let event = if number % 2 == 0 { Event::Held } else { Event::Decided };
        let agent = if number < 10 { "alice" } else { "b\u{e9}b" };
        audit
            .record(Record::new(event).with("agent", agent).with("hold", format!("hold-{}", number % 5)))
            .await
            .unwrap();
    }
    assert!(std::fs::read_dir(&dir).unwrap().count() > 5);
    desked
}

#[tokio::test]
async fn the_log_is_read_forward_and_backward_page_by_page_without_a_gap() {
    let desked = logged().await;
    let (mut path, mut all) = ("/v1/audit?after=0&limit=3".to_owned(), Vec::new());
    loop {
        let answer = desked.get(&path).await;
        all.extend(seqs(&answer));
        let Some(next) = answer.json()["next"].as_u64() else { break };
        path = format!("/v1/audit?after={next}&limit=3");
    }
    assert_eq!(all, (1..=20).collect::<Vec<_>>());
    let (mut path, mut all) = ("/v1/audit?limit=3".to_owned(), Vec::new());
    loop {
        let answer = desked.get(&path).await;
        all.extend(seqs(&answer));
        let Some(next) = answer.json()["next"].as_u64() else { break };
        path = format!("/v1/audit?before={next}&limit=3");
    }
    assert_eq!(all, (1..=20).rev().collect::<Vec<_>>());
    assert_eq!(seqs(&desked.get("/v1/audit?after=20").await), Vec::<u64>::new());
    assert_eq!(seqs(&desked.get("/v1/audit?before=1").await), Vec::<u64>::new());
}

#[tokio::test]
async fn a_filter_takes_only_what_has_all_it_names() {
    let desked = logged().await;
    let found = async |query: &str| seqs(&desked.get(&format!("/v1/audit?after=0&{query}")).await);
    assert_eq!(found("event=held").await.len(), 10);
    assert_eq!(found("agent=b%C3%A9b").await, (11..=20).collect::<Vec<_>>());
    assert_eq!(found("hold=hold-3").await, [4, 9, 14, 19]);
    assert_eq!(found("hold=hold-3&event=held&agent=alice").await, [9]);
    let repeated = "event=held&event=held";
    for query in
        ["after=1&before=3", "after=x", "after=-1", "limit=0", "limit=1001", repeated, "event=hold", "x=1"]
    {
        assert_eq!(desked.get(&format!("/v1/audit?{query}")).await.problem().0, 400, "{query}");
    }
}

#[tokio::test]
async fn records_stand_there_as_in_the_files_and_a_changed_line_is_not_shown() {
    let desked = logged().await;
    let answer = desked.get("/v1/audit?after=0&limit=1").await;
    let file = desked.dir.path().join("audit/00000001.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(answer.json()["records"][0], line);
    std::fs::write(&file, text.replacen("alice", "\u{1b}[2J", 1)).unwrap();
    assert_eq!(desked.get("/v1/audit?after=0&limit=1").await.problem(), (503, "unavailable".into()));
}
