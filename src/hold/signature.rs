//! A signature of AWS Signature Version 4, and what it covers. It is good for a few minutes from its date, so that the
//! one that was approved may be worthless when a person has decided; a client that asks again signs anew. Where the
//! same key signed the same content, the signature and its date may be the waiting attempt's (SPEC section 7).
//!
//! Strict, because all else must be the same bytes: version 4 with HMAC-SHA256 in the fields, written as its
//! specification says, over fields that all are there. What is not exactly so (a presigned URL, a body of signed
//! chunks, version 4A) has no signature that could be another's, and goes out as it was approved.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::hold::credential::{self, Aws};
use crate::secret::{hex, sha256};
use crate::snapshot::{Body, Head};

/// The fields that may be another attempt's.
pub const FIELDS: [&str; 2] = ["authorization", "x-amz-date"];

/// One attempt's signature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Equal for two that the same key made over the same content, whenever it did: SHA-256, in hex.
    covers: String,
    authorization: String,
    date: String,
}

impl Signature {
    /// That of a request, if it has one that could be another attempt's.
    pub fn read(head: &Head, body: &Body) -> Option<Self> {
        let [authorization, date] = FIELDS.map(|name| once(head, name));
        let (authorization, date) = (authorization?, date?);
        let made = credential::aws(authorization)?;
        let whole = made.scheme == "AWS4-HMAC-SHA256"
            && is_hex(made.signature)
            && is_moment(date)
            && date.starts_with(made.date)
            && !signs_elsewhere(head);
        let covers = covers(&made, head, body).filter(|_| whole)?;
        Some(Self { covers, authorization: authorization.to_owned(), date: date.to_owned() })
    }

    /// The names of the fields that differ, where the two are of one key over one content at two times.
    pub fn differs(&self, other: &Self) -> Vec<&'static str> {
        let renewed = self.covers == other.covers && self.date != other.date;
        if renewed && self.authorization != other.authorization { FIELDS.to_vec() } else { Vec::new() }
    }

    /// The values of `FIELDS`.
    pub fn values(&self) -> [Bytes; 2] {
        [&self.authorization, &self.date].map(|value| Bytes::from(value.clone()))
    }
}

/// A signature is a credential for as long as it is good.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} over {})", self.date, self.covers)
    }
}

/// A hash of who signed and of all that is signed but the date, and of the body. `None` where a field that is said to
/// be signed is not there, or the date and the host are not signed.
fn covers(made: &Aws<'_>, head: &Head, body: &Body) -> Option<String> {
    let names: Vec<&str> = made.signed.split(';').collect();
    let in_order = names.windows(2).all(|pair| pair[0] < pair[1]);
    if !in_order || !names.contains(&"host") || !names.contains(&"x-amz-date") {
        return None;
    }
    let mut out = b"holdpoint signed v1\0".to_vec();
    for part in [made.scheme, made.key, made.region, made.service, made.signed] {
        put(&mut out, part.as_bytes());
    }
    for name in names.iter().filter(|name| **name != "x-amz-date") {
        put_field(&mut out, head, name);
        head.values(name).next()?;
    }
    // Part of the key, whether or not it is signed.
    put_field(&mut out, head, "x-amz-security-token");
    put(&mut out, &body.len().to_be_bytes());
    put(&mut out, body.sha256());
    Some(hex(&sha256(&out)))
}

fn put_field(out: &mut Vec<u8>, head: &Head, name: &str) {
    out.extend_from_slice(&(head.values(name).count() as u64).to_be_bytes());
    head.values(name).for_each(|value| put(out, value));
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// A second signature, in the URL or in the body's chunks, would not be renewed with this one.
fn signs_elsewhere(head: &Head) -> bool {
    let query = head.target.split_once('?').map_or("", |(_, query)| query);
    let presigned = query.split('&').any(|part| {
        let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
        // A name with an escape in it is not looked into.
        name.contains('%') || matches!(&*name, "x-amz-signature" | "x-amz-credential" | "x-amz-date")
    });
    presigned || head.values("x-amz-content-sha256").any(|value| value.starts_with(b"STREAMING-AWS4-"))
}

/// The value of a field that stands there once.
fn once<'a>(head: &'a Head, name: &'a str) -> Option<&'a str> {
    let mut values = head.values(name);
    let value = values.next().filter(|_| values.next().is_none())?;
    std::str::from_utf8(value).ok()
}

/// `20261121T173900Z`
fn is_moment(text: &str) -> bool {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.strip_suffix('Z').and_then(|text| text.split_once('T'));
    parts.is_some_and(|(day, time)| digits(day, 8) && digits(time, 6))
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    /// A request that is signed at this time, its fields and target changed as asked.
    fn signed(time: &str, change: impl FnOnce(&mut Head), body: &str) -> Option<Signature> {
        let (day, mark) = (&time[..8], time.as_bytes()[14] % 10);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/{day}/eu-west-1/s3/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, Signature={}",
            mark.to_string().repeat(64)
        );
        let fields = [
            ("host", "s3.example"),
            ("content-type", "text/plain"),
            ("x-amz-date", time),
            ("authorization", &authorization),
            ("x-amz-security-token", "session"),
            ("user-agent", "Boto3/1"),
            ("via", "1.1 holdpoint-1"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), Bytes::from(value.to_owned())));
        let origin = Origin::new(Scheme::Http, Host::parse("s3.example").unwrap(), None);
        let mut head =
            Head { method: "PUT".into(), origin, target: "/b/k?a=b".into(), fields: fields.into() };
        change(&mut head);
        Signature::read(&head, &Body::memory(Bytes::from(body.to_owned())))
    }

    fn with(name: &str, change: impl Fn(&str) -> String) -> impl Fn(&mut Head) {
        move |head: &mut Head| {
            let found = head.fields.iter_mut().filter(|(field, _)| field == name);
            found.for_each(|(_, value)| *value = change(std::str::from_utf8(value).unwrap()).into());
        }
    }

    type Change = Box<dyn Fn(&mut Head)>;

    const FIRST: &str = "20261121T173901Z";
    const LATER: &str = "20261122T000102Z";

    /// What a second attempt, changed so, may lend to a first one.
    fn differs(change: impl FnOnce(&mut Head), body: &str) -> Vec<&'static str> {
        let first = signed(FIRST, |_| {}, "body").unwrap();
        signed(LATER, change, body).map(|second| first.differs(&second)).unwrap_or_default()
    }

    #[test]
    fn the_same_content_that_the_same_key_signed_later_has_another_signature_and_date() {
        assert_eq!(differs(|_| {}, "body"), FIELDS);
        assert_eq!(differs(with("user-agent", |_| "Boto3/2".into()), "body"), FIELDS, "nobody signed that");
        let one = signed(FIRST, |_| {}, "body").unwrap();
        assert_eq!(one.differs(&one), [""; 0]);
        assert!(!format!("{one:?}").contains("AKID"));
    }

    #[test]
    fn whatever_else_differs_leaves_the_signature_as_it_was_approved() {
        let credential =
            |from: &'static str, to: &'static str| with("authorization", move |text| text.replace(from, to));
        for (why, change) in [
            ("another key", Box::new(credential("AKID", "AKIE")) as Change),
            ("another region", Box::new(credential("eu-west-1", "eu-west-2"))),
            ("another service", Box::new(credential("/s3/", "/sqs/"))),
            ("fewer signed fields", Box::new(credential("content-type;host", "host"))),
            ("more signed fields", Box::new(credential("host;x-amz", "host;user-agent;x-amz"))),
            ("a signed field that differs", Box::new(with("content-type", |_| "text/html".into()))),
            ("another session", Box::new(with("x-amz-security-token", |_| "other".into()))),
            ("the same date", Box::new(with("x-amz-date", |_| FIRST.into()))),
        ] {
            assert_eq!(differs(change, "body"), [""; 0], "{why}");
        }
        assert_eq!(differs(|_| {}, "BODY"), [""; 0], "a byte of the body");
    }

    #[test]
    fn a_signature_that_is_not_exactly_as_specified_is_nobody_elses() {
        let authorization =
            |from: &'static str, to: &'static str| with("authorization", move |text| text.replace(from, to));
        let target = |text: &'static str| move |head: &mut Head| head.target = text.into();
        let more = |name: &'static str, value: &'static str| {
            move |head: &mut Head| head.fields.push((name.into(), value.into()))
        };
        let cases: [(&str, Change); 13] = [
            ("version 4A", Box::new(authorization("HMAC-SHA256", "ECDSA-P256-SHA256"))),
            ("no hexadecimal", Box::new(authorization("Signature=", "Signature=x"))),
            ("another day", Box::new(authorization("20261121", "20261120"))),
            ("the host unsigned", Box::new(authorization("host;", ""))),
            ("the date unsigned", Box::new(authorization(";x-amz-date", ""))),
            ("a field that is not there", Box::new(authorization("host;", "host;x-amz-acl;"))),
            ("out of order", Box::new(authorization("content-type;host", "host;content-type"))),
            ("an odd date", Box::new(with("x-amz-date", |_| "20261121T1739Z".into()))),
            ("two dates", Box::new(more("x-amz-date", FIRST))),
            ("two credentials", Box::new(more("authorization", "Bearer x"))),
            ("a presigned URL", Box::new(target("/b/k?X-Amz-Signature=aa"))),
            ("a name that is escaped", Box::new(target("/b/k?X%2DAmz-Signature=aa"))),
            ("signed chunks", Box::new(more("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))),
        ];
        for (why, change) in cases {
            assert_eq!(signed(FIRST, change, "body"), None, "{why}");
        }
    }
}
