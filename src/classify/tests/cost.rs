//! What a judgement allocates: it stands in every request's way, and most requests are reads of hosts that nobody
//! declares.

use super::*;

/// Beside the finding itself (its operation, its list of reasons and each of them) nothing is allocated.
#[test]
fn a_get_of_an_undeclared_host_allocates_nothing_but_its_finding() {
    let classifier = Classifier::default();
    let fields = [
        ("accept", "*/*"),
        ("user-agent", "agent/1.0"),
        ("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT"),
        ("x-amz-meta-team", "forum"),
        ("mcp-name", "x"),
        ("cookie", "theme=dark"),
        ("authorization", "Bearer abc"),
    ];
    for target in
        ["/", "/posts/17?page=2&sort=new", "/docs/restart", "/search?q=delete+all", "/assets/app.js"]
    {
        for host in ["www.forum.example", "192.0.2.7", "[2001:db8::1]"] {
            let mut head = head("GET", target, &fields);
            head.origin = Origin::new(Scheme::Https, Host::parse(host).unwrap(), None);
            let mut own = 0;
            let counted = allocation_counter::measure(|| {
                let ByHead::Settled(finding) = classifier.by_head(&head, false) else { panic!("{target}") };
                assert_eq!(finding.effect, Effect::Read);
                own = 2 + finding.why.len() as u64;
            });
            // What is escaped is undone to be looked at.
            let escaped = if target.contains(['%', '+']) { 8 } else { 0 };
            assert!(
                counted.count_total <= own + escaped,
                "{host}{target}: {} allocations for a finding that has {own}",
                counted.count_total
            );
        }
    }
}
