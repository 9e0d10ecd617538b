//! The scope of a signature: which service it is for (`AKID/date/region/service/aws4_request`,
//! https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).

use std::borrow::Cow;

use crate::classify::asked::Asked;
use crate::classify::operation::Otherwise;

use super::unclear;

/// The service of the signature's scope, from the field or from a pre-signed URL; both must agree.
pub(super) fn scope(asked: &Asked<'_>) -> Result<Option<String>, Otherwise> {
    let head = asked.head;
    let mut found: Option<Cow<'_, str>> = None;
    for value in head.values("authorization") {
        let Some(rest) = value.strip_prefix(b"AWS4-") else { continue };
        let Some(credential) = std::str::from_utf8(rest).ok().and_then(|text| text.split_once("Credential="))
        else {
            return Err(unclear(asked, "its signature names no credential"));
        };
        let credential = credential.1.split([',', ' ']).next().unwrap_or_default();
        found = Some(service_of(asked, Cow::Borrowed(credential))?.into());
    }
    if !asked.query_names("x-amz-credential") {
        return Ok(found.map(Cow::into_owned));
    }
    for (key, value) in asked.query()? {
        if !key.eq_ignore_ascii_case("x-amz-credential") {
            continue;
        }
        let service = service_of(asked, Cow::Owned(value))?;
        if found.as_ref().is_some_and(|known| *known != service) {
            return Err(unclear(asked, "it is signed twice, for different services"));
        }
        found = Some(service.into());
    }
    Ok(found.map(Cow::into_owned))
}

/// The part before `aws4_request`.
fn service_of(asked: &Asked<'_>, credential: Cow<'_, str>) -> Result<String, Otherwise> {
    let mut parts = credential.rsplit('/');
    let last = parts.next();
    let service = parts.next().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if last != Some("aws4_request") || service.is_empty() || service.len() > 63 || !service.bytes().all(plain)
    {
        return Err(unclear(asked, "the scope of its signature is malformed"));
    }
    Ok(service.to_ascii_lowercase())
}
