//! S3: method, bucket or object, and sub-resource name the operation (https://docs.aws.amazon.com/AmazonS3/latest/API/).
//! A key of the query that is no known one makes a request unclear (CASES CL-09): what nobody has listed, nobody has
//! judged. What an object holds is never looked at: an upload is settled by its head.

mod query;

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::dialect::aws::place::Place;
use crate::classify::operation::{Operation, Otherwise, Reading};

use query::{Asks, asks};

use super::unclear;

pub(super) fn read(asked: &Asked<'_>, place: &Place) -> Reading {
    let head = asked.head;
    let path = head.path().trim_start_matches('/');
    let object = match (place.bucket_in_host, path.split_once('/')) {
        (true, _) => !path.is_empty(),
        (false, Some((_, key))) => !key.is_empty(),
        (false, None) => false,
    };
    let nowhere = path.is_empty() && !place.bucket_in_host;
    let asks = asks(asked)?;
    let copies = head.values("x-amz-copy-source").next().is_some();
    let (name, effect, why) = match (head.method.as_str(), asks.subresource) {
        ("GET" | "HEAD", _) => {
            if asked.has_content() && !asked.content()?.is_empty() {
                return Err(unclear(asked, "a safe method with content may ask for anything"));
            }
            reading(&head.method, &asks, object, nowhere)
        }
        ("PUT", None) if object => {
            (put_object(&asks, copies).to_owned(), Effect::Write, "it stores an object")
        }
        ("PUT", None) => ("CreateBucket".to_owned(), Effect::Write, "it makes a bucket"),
        ("PUT", Some(("renameObject", ..))) => ("RenameObject".to_owned(), Effect::Write, "it renames"),
        ("PUT", Some(known)) => changing("Put", known, object)?,
        ("DELETE", None) if asks.upload => {
            ("AbortMultipartUpload".to_owned(), Effect::Write, "it gives an upload up")
        }
        ("DELETE", None) => {
            let name = if object { "DeleteObject" } else { "DeleteBucket" };
            (name.to_owned(), Effect::Delete, "the method deletes")
        }
        ("DELETE", Some(known)) => changing("Delete", known, object)?,
        ("POST", _) => posting(asked, &asks, object)?,
        ("OPTIONS", None) => ("Preflight".to_owned(), Effect::Read, "a browser's question"),
        _ => return Err(unclear(asked, "a method that S3 does not know")),
    };
    let shares = effect.is_mutating() && shares(asked);
    let operation = Operation::named(format!("s3:{name}"), super::super::bounded(&format!("AWS s3:{name}")));
    Ok(vec![if shares {
        operation.says(Effect::Permission, "its fields give others access").at_least(Effect::Permission)
    } else {
        operation.says(effect, why)
    }])
}

fn reading(method: &str, asks: &Asks, object: bool, nowhere: bool) -> (String, Effect, &'static str) {
    let read = |name: &str| (name.to_owned(), Effect::Read, "the method reads");
    match asks.subresource {
        Some(("session", ..)) => ("CreateSession".to_owned(), Effect::Permission, "it gives credentials out"),
        Some((_, _, of_object)) if object && !of_object.is_empty() => read(&format!("Get{of_object}")),
        Some((_, of_bucket, of_object)) => {
            read(&format!("Get{}", if of_bucket.is_empty() { of_object } else { of_bucket }))
        }
        None if nowhere => read("ListBuckets"),
        None if object && asks.upload => read("ListParts"),
        None if object => read(if method == "HEAD" { "HeadObject" } else { "GetObject" }),
        None if asks.uploads => read("ListMultipartUploads"),
        None if asks.versions => read("ListObjectVersions"),
        None if asks.listed => read("ListObjectsV2"),
        None => read(if method == "HEAD" { "HeadBucket" } else { "ListObjects" }),
    }
}

fn put_object(asks: &Asks, copies: bool) -> &'static str {
    match (asks.upload, copies) {
        (true, true) => "UploadPartCopy",
        (true, false) => "UploadPart",
        (false, true) => "CopyObject",
        (false, false) => "PutObject",
    }
}

/// `Put…` and `Delete…` of a sub-resource.
fn changing(
    verb: &str,
    (name, of_bucket, of_object): (&str, &str, &str),
    object: bool,
) -> Result<(String, Effect, &'static str), Otherwise> {
    let what = if object { of_object } else { of_bucket };
    if what.is_empty() || matches!(name, "delete" | "restore" | "select" | "session") {
        return Err(Otherwise::unclear("a sub-resource where there is none"));
    }
    let name_of = format!("{verb}{what}");
    Ok(match name {
        "acl" | "policy" | "publicAccessBlock" | "ownershipControls" => {
            (name_of, Effect::Permission, "it says who may reach the data")
        }
        _ if verb == "Delete" => (name_of, Effect::Delete, "it deletes what was configured"),
        _ => (name_of, Effect::Write, "it configures"),
    })
}

fn posting(
    asked: &Asked<'_>,
    asks: &Asks,
    object: bool,
) -> Result<(String, Effect, &'static str), Otherwise> {
    let said = |name: &str, effect, why| Ok((name.to_owned(), effect, why));
    match asks.subresource {
        Some(("select", ..)) if object && !asks.uploads && !asks.upload => {
            said("SelectObjectContent", Effect::Read, "it asks an object a question")
        }
        Some(("delete", ..)) => said("DeleteObjects", Effect::Delete, "it deletes what its body names"),
        Some(("restore", ..)) if object => said("RestoreObject", Effect::Write, "it brings an archive back"),
        Some((_, of_bucket, _)) if !object && of_bucket.contains("Metadata") => {
            said(&format!("Create{of_bucket}"), Effect::Write, "it configures")
        }
        None if object && asks.uploads => said("CreateMultipartUpload", Effect::Write, "it starts an upload"),
        None if object && asks.upload => said("CompleteMultipartUpload", Effect::Write, "it ends an upload"),
        None if !asks.uploads && !asks.upload => said("PostObject", Effect::Write, "it stores an object"),
        _ => Err(unclear(asked, "a POST that S3 does not know")),
    }
}

/// Whether fields of the request, or the same in its query, give others access: a canned ACL that is not the owner's own, or a grant.
fn shares(asked: &Asked<'_>) -> bool {
    let own = |value: &[u8]| {
        matches!(value, b"private" | b"bucket-owner-full-control" | b"bucket-owner-read" | b"aws-exec-read")
    };
    let gives = |name: &str, value: &[u8]| {
        name.starts_with("x-amz-grant-") || (name == "x-amz-acl" && !own(value.trim_ascii()))
    };
    // A pre-signed URL carries them in its query.
    asked.head.fields.iter().any(|(name, value)| gives(name, value))
        || asked.query().map_or(true, |all| {
            all.iter().any(|(name, value)| gives(&name.to_ascii_lowercase(), value.as_bytes()))
        })
}
