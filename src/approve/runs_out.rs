//! When what a request carries runs out, as the request itself says: signatures of AWS (SigV4: 15 minutes, or what a
//! presigned URL says), of Azure (SharedKey: 15 minutes; SAS `se`) and of Google and S3 URLs, and `exp` of a JSON Web
//! Token (RFC 7519). Nothing is verified, no credential is shown, and what cannot be read is not said (CASES HI-28).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

use crate::clock::Wall;
use crate::json;
use crate::limits::CLAIM_BYTES_MAX;
use crate::snapshot::Head;

/// How long a signature with a date of its own is taken
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html and
/// https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key).
const SIGNED_SECONDS: i64 = 15 * 60;

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunsOut {
    /// What, in Holdpoint's words.
    pub what: &'static str,
    /// When, in the request's.
    pub at: Wall,
}

/// All that the head says, soonest first.
pub fn claims(head: &Head) -> Vec<RunsOut> {
    let mut all: Vec<RunsOut> =
        [signed_field(head), token(head), azure_field(head)].into_iter().flatten().collect();
    all.extend(in_url(head));
    all.sort_by_key(|one| one.at.0);
    all
}

fn runs_out(what: &'static str, seconds: i64) -> Option<RunsOut> {
    Some(RunsOut { what, at: Wall(seconds.checked_mul(1000)?) })
}

/// `authorization: AWS4-… …` with `x-amz-date`.
fn signed_field(head: &Head) -> Option<RunsOut> {
    head.text("authorization")?.starts_with("AWS4-").then_some(())?;
    runs_out("its AWS signature", compact(head.text("x-amz-date")?)?.checked_add(SIGNED_SECONDS)?)
}

/// `authorization: SharedKey …` with `x-ms-date`, which counts before `date`.
fn azure_field(head: &Head) -> Option<RunsOut> {
    head.text("authorization")?.starts_with("SharedKey").then_some(())?;
    let date = head.text("x-ms-date").or_else(|| head.text("date"))?;
    let at = rfc2822::parse(date).ok()?.timestamp().as_second();
    runs_out("its Azure signature", at.checked_add(SIGNED_SECONDS)?)
}

/// `authorization: Bearer HEADER.PAYLOAD.SIGNATURE`; also where the payload is all that can be read of it.
fn token(head: &Head) -> Option<RunsOut> {
    let (scheme, token) = head.text("authorization")?.split_once(' ')?;
    let mut parts = token.trim().split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = parts.next().is_none() && payload.len() <= CLAIM_BYTES_MAX;
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(())?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let document = json::read(&bytes).ok()?;
    let seconds = document.root().get("exp")?.number_text()?.split('.').next()?.parse().ok()?;
    runs_out("its bearer token", seconds)
}

/// Signed URLs.
fn in_url(head: &Head) -> Vec<RunsOut> {
    let Some(query) = head.query().filter(|query| query.len() <= CLAIM_BYTES_MAX) else { return Vec::new() };
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_ref())
    };
    let presigned = |what, date: &str, lasts: &str| {
        let lasts: u32 = value(lasts)?.parse().ok()?;
        runs_out(what, compact(value(date)?)?.checked_add(lasts.into())?)
    };
    let old = |what, key: &str| {
        value(key)?;
        value("Signature")?;
        runs_out(what, value("Expires")?.parse().ok()?)
    };
    let shared = || {
        value("sig")?;
        runs_out("its Azure shared access", iso(value("se")?)?)
    };
    [
        presigned("its presigned AWS URL", "X-Amz-Date", "X-Amz-Expires"),
        presigned("its signed Google URL", "X-Goog-Date", "X-Goog-Expires"),
        old("its presigned AWS URL", "AWSAccessKeyId"),
        old("its signed Google URL", "GoogleAccessId"),
        shared(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `20261121T014554Z`
fn compact(text: &str) -> Option<i64> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    seconds(time)
}

/// `2026-11-21T01:45:54Z`, without seconds, or the day alone.
fn iso(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_second());
    }
    if let Ok(time) = DateTime::strptime("%Y-%m-%dT%H:%MZ", text) {
        return seconds(time);
    }
    seconds(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()))
}

fn seconds(time: DateTime) -> Option<i64> {
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests;

    fn at(target: &str, fields: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let mut head = tests::head("text/plain");
        head.target = target.into();
        for (name, value) in fields {
            head.fields.push(((*name).into(), (*value).to_owned().into()));
        }
        claims(&head).into_iter().map(|one| (one.what, one.at.rfc3339())).collect()
    }

    fn bearer(payload: &str) -> String {
        format!("Bearer eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    /// CASES HI-28
    #[test]
    fn a_signature_or_a_token_that_runs_out_says_when() {
        let expected = |what: &'static str, at: &str| vec![(what, format!("2026-11-21T{at}.000Z"))];
        assert_eq!(
            at(
                "/",
                &[("authorization", "AWS4-HMAC-SHA256 Credential=A"), ("x-amz-date", "20261121T014554Z")]
            ),
            expected("its AWS signature", "02:00:54")
        );
        assert_eq!(
            at("/", &[("authorization", "SharedKey a:b"), ("x-ms-date", "Sat, 21 Nov 2026 01:45:54 GMT")]),
            expected("its Azure signature", "02:00:54")
        );
        assert_eq!(
            at("/", &[("authorization", &bearer(r#"{"sub":"x","exp":1795225554.5}"#))]),
            expected("its bearer token", "01:45:54")
        );
        assert_eq!(
            at("/b?X-Amz-Date=20261121T014554Z&X-Amz-Expires=60", &[]),
            expected("its presigned AWS URL", "01:46:54")
        );
        assert_eq!(
            at("/b?x-goog-expires=60&X-Goog-Date=20261121T014554Z", &[]),
            expected("its signed Google URL", "01:46:54")
        );
        for se in ["2026-11-21T01%3A45%3A00Z", "2026-11-21T01:45Z"] {
            assert_eq!(
                at(&format!("/?sv=1&se={se}&sig=x"), &[]),
                expected("its Azure shared access", "01:45:00")
            );
        }
        assert_eq!(at("/?se=2026-11-21&sig=x", &[]), expected("its Azure shared access", "00:00:00"));
        assert_eq!(
            at("/?Expires=1795225554&Signature=x&AWSAccessKeyId=y", &[]),
            expected("its presigned AWS URL", "01:45:54")
        );
    }

    #[test]
    fn what_says_nothing_that_can_be_read_is_not_spoken_of() {
        for (target, name, value) in [
            ("/", "authorization", "Bearer hunter2"),
            ("/", "authorization", "Bearer a.b.c"),
            ("/", "authorization", "Basic a.b.c"),
            ("/", "authorization", &*bearer(r#"{"exp":"soon"}"#)),
            ("/", "authorization", &*bearer(r#"{"exp":99999999999999999}"#)),
            ("/", "authorization", "AWS4-HMAC-SHA256 x"),
            ("/", "x-amz-date", "20261121T014554Z"),
            ("/", "x-ms-date", "Sat, 21 Nov 2026 01:45:54 GMT"),
            ("/?X-Amz-Date=20261121T014554Z", "a", "b"),
            ("/?X-Amz-Date=never&X-Amz-Expires=60", "a", "b"),
            ("/?Expires=1795225554", "a", "b"),
            ("/?se=2026-11-21", "a", "b"),
        ] {
            assert!(at(target, &[(name, value)]).is_empty(), "{target} {name}: {value}");
        }
    }
}
