//! git's refusals. A push whose commands were read is answered with a report (https://git-scm.com/docs/gitprotocol-pack,
//! "Report Status"): it says of each ref why it was refused, and the user sees that beside the ref. Anything else is
//! text, which git shows line by line where it looks at the answer at all; LFS shows a JSON `message`
//! (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md).

use super::tongue::{Tongue, essence, is_type};
use super::{End, Said};
use crate::classify::{Pushed, pushed};
use crate::limits::{GIT_REASON_CHARS_MAX, GIT_REF_BYTES_MAX, GIT_REFS_REPORTED_MAX};
use crate::snapshot::Head;

/// What LFS speaks.
pub(super) const LFS: &str = "application/vnd.git-lfs+json";
/// Bytes of a packet in `side-band-64k`, without its length and its band.
const BAND_BYTES_MAX: usize = 65_515;

/// What a push asked for, as far as its report needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    refs: Vec<String>,
    /// The client reads reports in band 1, and text for its user in band 2.
    bands: bool,
}

/// Where the head alone says that this is git.
pub(super) fn by_head(head: &Head) -> Option<Tongue> {
    let kinds = ["content-type", "accept"].map(|name| head.text(name).map(essence).unwrap_or_default());
    if kinds.iter().any(|kind| kind == LFS) {
        return Some(Tongue::GitLfs);
    }
    let service = kinds[0].strip_prefix("application/x-").and_then(|kind| kind.strip_suffix("-request"));
    let asks = service.is_some_and(|service| head.path().rsplit('/').next() == Some(service));
    let looks = head.path().ends_with("/info/refs")
        && head.query().is_some_and(|query| query.starts_with("service=git-"));
    (asks || looks).then_some(Tongue::GitText)
}

/// By a push's content, or the beginning of it.
pub(super) fn of(head: &Head, seen: &[u8]) -> Tongue {
    let is_push = is_type(head, "application/x-git-receive-pack-request")
        && head.path().ends_with("/git-receive-pack")
        && head.text("content-encoding").is_none();
    match Push::read(seen) {
        Some(push) if is_push => Tongue::GitPush(push),
        _ => by_head(head).unwrap_or(Tongue::GitText),
    }
}

/// What git shows of an answer that is no report.
pub(super) fn text(end: &End) -> Said {
    let body = format!("{}\n{}\n", end.text(), name(end));
    Said::plainly(end, "text/plain; charset=utf-8", body.into_bytes())
}

impl Push {
    /// The refs of a push that wants a report; `None` where it wants none, or its commands cannot be read.
    fn read(bytes: &[u8]) -> Option<Self> {
        let Pushed { refs, side_band, report } = pushed(bytes)?;
        let short = refs.into_iter().filter(|name| name.len() <= GIT_REF_BYTES_MAX);
        let refs: Vec<_> = short.take(GIT_REFS_REPORTED_MAX).collect();
        (report && !refs.is_empty()).then_some(Self { refs, bands: side_band })
    }

    pub(super) fn say(&self, end: &End) -> Said {
        let report = self.report(&line(&end.text()));
        let mut body = Vec::with_capacity(report.len() + 256);
        if self.bands {
            put(&mut body, &[b"\x02", name(end).as_bytes(), b"\n"]);
            for piece in report.chunks(BAND_BYTES_MAX) {
                put(&mut body, &[b"\x01", piece]);
            }
            body.extend_from_slice(b"0000");
        } else {
            body = report;
        }
        let content_type = "application/x-git-receive-pack-result";
        Said { status: 200, content_type, fields: Vec::new(), body }
    }

    /// The pack as such was not at fault: each ref was.
    fn report(&self, reason: &str) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, &[b"unpack ok\n"]);
        for name in &self.refs {
            put(&mut out, &[b"ng ", name.as_bytes(), b" ", reason.as_bytes(), b"\n"]);
        }
        out.extend_from_slice(b"0000");
        out
    }
}

/// Code and hold: what a person asks for by name.
fn name(end: &End) -> String {
    match end.hold {
        Some(hold) => format!("Holdpoint: {}, hold {hold}", end.code.as_str()),
        None => format!("Holdpoint: {}", end.code.as_str()),
    }
}

/// One line, without what could move a terminal's cursor.
fn line(text: &str) -> String {
    let plain = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
    plain.take(GIT_REASON_CHARS_MAX).collect()
}

fn put(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(format!("{:04x}", length + 4).as_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Dialect;
    use crate::code::Code;
    use crate::hold::HoldId;
    use crate::reply::tongue::tests::head;

    const A: &str = "1111111111111111111111111111111111111111";

    fn packets(lines: &[&str]) -> String {
        let line = |text: &&str| format!("{:04x}{text}", text.len() + 4);
        format!("{}0000PACK", lines.iter().map(line).collect::<String>())
    }

    fn push(capabilities: &str) -> String {
        let first = format!("{A} {A} refs/heads/main\0{capabilities}");
        packets(&[&first, &format!("{A} {A} refs/heads/näher\n")])
    }

    fn response(content: &str) -> http::Response<bytes::Bytes> {
        let head =
            head("/r.git/git-receive-pack", &[("content-type", "application/x-git-receive-pack-request")]);
        let end =
            End::new(Code::Denied).of_hold(HoldId(uuid::Uuid::nil())).with("reason", "not\n\u{1b}[2J today");
        end.response_in(&Tongue::of(Dialect::Git, &head, content.as_bytes()))
    }

    #[test]
    fn each_ref_of_a_push_is_told_the_reason() {
        let response = response(&push("report-status agent=git/2"));
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/x-git-receive-pack-result");
        assert_eq!(response.headers()["holdpoint-code"], "denied");
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(body.starts_with("000eunpack ok\n"), "{body}");
        assert!(body.contains("ng refs/heads/main An approver refused this request"), "{body}");
        assert!(body.contains("ng refs/heads/näher "), "{body}");
        assert!(body.contains("Reason: not  [2J today\n") && body.ends_with("0000"), "{body}");
    }

    #[test]
    fn a_client_that_reads_bands_gets_the_report_in_the_first() {
        let body = response(&push("report-status-v2 side-band-64k object-format=sha1")).body().to_vec();
        let packet = |bytes: &[u8]| {
            let length = usize::from_str_radix(std::str::from_utf8(&bytes[..4]).unwrap(), 16).unwrap();
            (bytes[4..length].to_vec(), bytes[length..].to_vec())
        };
        let (hold, rest) = packet(&body);
        assert_eq!(hold, b"\x02Holdpoint: denied, hold 00000000-0000-0000-0000-000000000000\n");
        let (report, rest) = packet(&rest);
        assert!(report.starts_with(b"\x01000eunpack ok\n") && report.ends_with(b"0000"));
        assert_eq!(rest, b"0000");
    }

    #[test]
    fn what_is_no_push_that_wants_a_report_gets_text() {
        for content in
            ["", "0000", &push("side-band-64k"), "0008hi", "00zz", &packets(&["push-cert\0report-status\n"])]
        {
            let response = response(content);
            assert_eq!(
                (response.status().as_u16(), &response.headers()["content-type"]),
                (403, &"text/plain; charset=utf-8".parse().unwrap())
            );
            assert!(
                response
                    .body()
                    .ends_with(b"\nHoldpoint: denied, hold 00000000-0000-0000-0000-000000000000\n")
            );
        }
    }

    /// CASES AP-34
    #[test]
    fn what_a_report_repeats_is_bounded() {
        let long = format!("{A} {A} refs/{}", "x".repeat(GIT_REF_BYTES_MAX));
        let lines = vec![format!("{A} {A} refs/heads/a"); GIT_REFS_REPORTED_MAX + 1];
        let first = format!("{A} {A} refs/heads/b\0report-status");
        let mut all = vec![first.as_str(), &long];
        all.extend(lines.iter().map(String::as_str));
        let push = Push::read(packets(&all).as_bytes()).unwrap();
        assert_eq!(push.refs.len(), GIT_REFS_REPORTED_MAX);
        assert_eq!(push.refs[..2], ["refs/heads/b", "refs/heads/a"]);
        assert_eq!(Push::read(packets(&[&first, "<script>canary</script>"]).as_bytes()), None);
    }

    #[test]
    fn git_and_lfs_are_told_in_what_they_show() {
        assert_eq!(by_head(&head("/r/info/refs?service=git-receive-pack", &[])), Some(Tongue::GitText));
        assert_eq!(by_head(&head("/r/info/refs", &[])), None);
        let accept = [("accept", "application/vnd.git-lfs+json; charset=utf-8")];
        let response = End::new(Code::Held).response_in(&Tongue::of(
            Dialect::Git,
            &head("/r/info/lfs/locks", &accept),
            b"{}",
        ));
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (503, &LFS.parse().unwrap())
        );
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert!(body["message"].is_string());
    }
}
