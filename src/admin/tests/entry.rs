//! Who gets in, and that looking changes nothing.

use serde_json::json;

use super::*;
use crate::admin::people::People;
use crate::admin::table;
use crate::config::Approver;
use crate::secret::{hex, sha256};

/// Every path, of a hold that exists. What streams without end is looked at elsewhere.
fn routes(id: &str) -> Vec<String> {
    let mut paths: Vec<String> = table::routes().iter().map(|route| route.path.replace("{id}", id)).collect();
    paths.retain(|path| path != "/v1/events");
    paths.push("/".into());
    paths.sort();
    paths.dedup();
    paths
}

/// CASES AP-17
#[tokio::test]
async fn no_route_answers_to_another_name() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    for path in routes(&view.id) {
        for (method, host) in [("GET", "evil.example:8081"), ("POST", "evil.example"), ("GET", "127.0.0.1")] {
            let request = bare(method, &path).header("host", host);
            let request = request.header("authorization", format!("Bearer {TOKEN}"));
            let answer = desked.send(tcp(), request, "{}").await;
            assert_eq!(answer.problem(), (403, "forbidden".into()), "{method} {path} {host}");
            assert_eq!(answer.headers["connection"], "close");
        }
    }
}

#[tokio::test]
async fn every_route_but_four_needs_a_person() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    for path in routes(&view.id) {
        let open = ["/healthz", "/readyz", "/metrics", "/openapi.json"].contains(&&*path);
        let answer = desked.send(tcp(), bare("GET", &path).header("host", HOST), "").await;
        if open {
            assert_eq!(answer.status, 200, "{path}");
        } else {
            assert_eq!(answer.problem(), (401, "unauthorized".into()), "{path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"holdpoint\"");
        }
        let nobody = desked.send(socket(65_534, "nobody"), bare("GET", &path), "").await;
        assert_eq!(nobody.status.as_u16(), if open { 200 } else { 403 }, "{path}");
    }
}

/// CASES AP-15: whatever follows links, prefetches, or tricks with methods, nothing is decided.
#[tokio::test]
async fn a_crawl_of_every_route_changes_nothing() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let mut changes = desked.desk.changes();
    changes.borrow_and_update();
    let before = desked.events();
    let said = json!({ "decision": "approve", "digest": view.digest }).to_string();
    for path in routes(&view.id) {
        let tricks = format!("{path}?decision=approve&digest={}&_method=POST&method=POST", view.digest);
        for method in ["GET", "HEAD", "OPTIONS", "PATCH", "TRACE"] {
            for path in [&path, &tricks] {
                let request = known(method, path)
                    .header("content-type", "application/json")
                    .header("x-http-method-override", "POST")
                    .header("x-http-method", "POST")
                    .header("x-method-override", "POST");
                let answer = desked.send(tcp(), request, said.clone()).await;
                assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
                assert_eq!(answer.headers["x-content-type-options"], "nosniff");
                assert_eq!(answer.headers["cache-control"], "no-store");
            }
        }
    }
    assert!(!changes.has_changed().unwrap());
    assert_eq!(desked.desk.find(&view.id).await, Some(view));
    let after = desked.events();
    assert!(after[before.len()..].iter().all(|event| event == "revealed"), "{after:?}");
}

#[tokio::test]
async fn who_may_only_look_decides_nothing_and_sees_no_secret() {
    let hash = format!("sha256:{}", hex(&sha256(TOKEN.as_bytes())));
    let ops = Approver {
        name: "ops".into(),
        user: Some("deploy".into()),
        token_hash: Some(hash),
        groups: Vec::new(),
    };
    let desked = Desked::with(People::Named(vec![ops])).await;
    let (_waiting, view) = desked.hold("/posts").await;
    let (hold, guest) = (format!("/v1/holds/{}", view.id), || socket(1234, "guest"));
    assert_eq!(desked.send(guest(), bare("GET", &hold), "").await.status, 200);
    let raw = desked.send(guest(), bare("GET", &format!("{hold}/raw")), "").await;
    assert_eq!(raw.problem(), (403, "forbidden".into()));
    let said = json!({ "decision": "approve", "digest": view.digest }).to_string();
    let decision = format!("{hold}/decision");
    let answer = desked.send(guest(), bare("POST", &decision), said.clone()).await;
    assert_eq!(answer.problem(), (403, "forbidden".into()));
    assert_eq!(desked.state(&view.id).await, "held");
    let answer = desked.send(socket(1000, "deploy"), bare("POST", &decision), said).await;
    assert_eq!(answer.json()["decisions"][0]["approver"], "ops");
}

#[tokio::test]
async fn what_is_not_in_this_version_is_not_found_and_a_wrong_method_is_told() {
    let desked = Desked::new().await;
    for path in ["/", "/v1", "/v1/holds/", "/v1/config", "/openapi.yaml"] {
        assert_eq!(desked.get(path).await.problem(), (404, "not_found".into()), "{path}");
    }
    assert_eq!(desked.get("/v1/decisions").await.problem(), (405, "method_not_allowed".into()));
    assert_eq!(desked.ask("POST", "/v1/holds", "{}").await.problem(), (405, "method_not_allowed".into()));
}
