//! Which of AWS's protocols a request is in: what it says itself, or the service that its signature is for.

use crate::reply::tongue::is_type;
use crate::snapshot::Head;

/// AWS's protocols, as far as their errors differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Smithy RPC v2 CBOR.
    Cbor,
    /// EC2's query.
    Ec2,
    /// `application/x-amz-json-1.0`
    Json10,
    /// `application/x-amz-json-1.1`
    Json11,
    /// Query.
    Query,
    /// REST with JSON.
    RestJson,
    /// REST with XML: Route 53, CloudFront, S3 Control.
    RestXml,
    /// REST with XML as S3 writes its errors.
    S3,
}

impl Protocol {
    /// Where the head alone says that this is AWS: a target, a protocol, or a signature.
    pub(in crate::reply) fn unmistakable(head: &Head) -> Option<Self> {
        let is_aws = head.text("x-amz-target").is_some() || is_cbor(head) || scope(head).is_some();
        is_aws.then(|| Self::of(head))
    }

    /// Of a request that is AWS's.
    pub(in crate::reply) fn of(head: &Head) -> Self {
        if is_cbor(head) {
            return Protocol::Cbor;
        }
        if is_type(head, "application/x-amz-json-1.0") {
            return Protocol::Json10;
        }
        if head.text("x-amz-target").is_some() || is_type(head, "application/x-amz-json-1.1") {
            return Protocol::Json11;
        }
        match service(head) {
            Some("ec2") => Protocol::Ec2,
            Some("s3") if head.origin.host.to_string().contains("s3-control") => Protocol::RestXml,
            Some("s3" | "s3express" | "s3-object-lambda" | "s3-outposts") => Protocol::S3,
            Some("cloudfront" | "route53") => Protocol::RestXml,
            _ if is_query(head) => Protocol::Query,
            _ => Protocol::RestJson,
        }
    }
}

fn is_cbor(head: &Head) -> bool {
    head.text("smithy-protocol") == Some("rpc-v2-cbor")
}

/// The query protocol sends forms; some clients, and people, put the action in the query.
fn is_query(head: &Head) -> bool {
    let mut query = head.query().unwrap_or_default().split('&');
    is_type(head, "application/x-www-form-urlencoded") || query.any(|pair| pair.starts_with("Action="))
}

/// The service: the signature's, or where there is none the host's.
fn service(head: &Head) -> Option<&str> {
    scope(head).and_then(service_of).or_else(|| {
        let host = head.text("host")?.split(':').next()?;
        let labels = host.strip_suffix(".amazonaws.com")?.split('.');
        // A bucket's name comes first and may be anything, so S3's label is looked for from the end.
        labels.rev().find(|label| ["cloudfront", "ec2", "route53", "s3"].contains(label))
    })
}

/// What a signature is for, `KEY/DATE/REGION/SERVICE/aws4_request`, slashes as they were sent
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html).
fn scope(head: &Head) -> Option<&str> {
    let signed = |text: &'_ str| text.starts_with("AWS4-");
    if let Some(authorization) = head.text("authorization").filter(|text| signed(text)) {
        let (_, rest) = authorization.split_once("Credential=")?;
        return rest.split([',', ' ']).next();
    }
    head.query()?.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))
}

/// The part before the last. SigV4A has no region, so it is counted from the end.
fn service_of(scope: &str) -> Option<&str> {
    let mut parts = scope.rsplit('/').flat_map(|part| part.rsplit("%2F"));
    parts.next().filter(|end| *end == "aws4_request").and(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::tongue::tests::head;

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIA/20250101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        )
    }

    #[test]
    fn a_signature_s_service_tells_the_protocol_where_the_request_does_not() {
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        for (service, fields, wanted) in [
            ("ec2", vec![form], Protocol::Ec2),
            ("iam", vec![form], Protocol::Query),
            ("s3", vec![], Protocol::S3),
            ("s3", vec![form], Protocol::S3),
            ("route53", vec![], Protocol::RestXml),
            ("lambda", vec![("content-type", "application/json")], Protocol::RestJson),
            (
                "dynamodb",
                vec![("x-amz-target", "a.B"), ("content-type", "application/x-amz-json-1.0")],
                Protocol::Json10,
            ),
            (
                "ec2",
                vec![("x-amz-target", "a.B"), ("content-type", "application/x-amz-json-1.1")],
                Protocol::Json11,
            ),
            ("logs", vec![("x-amz-target", "a.B")], Protocol::Json11),
            ("arc-region-switch", vec![("smithy-protocol", "rpc-v2-cbor")], Protocol::Cbor),
        ] {
            let authorization = signed(service);
            let mut fields = fields;
            fields.push(("authorization", &authorization));
            assert_eq!(Protocol::unmistakable(&head("/", &fields)), Some(wanted), "{service}");
        }
    }

    #[test]
    fn a_signature_in_the_query_or_without_a_region_is_read_too() {
        let query =
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20250101%2Feu%2Fs3%2Faws4_request";
        assert_eq!(Protocol::unmistakable(&head(query, &[])), Some(Protocol::S3));
        let without = "AWS4-ECDSA-P256-SHA256 Credential=AKIA/20250101/s3/aws4_request, SignedHeaders=host";
        assert_eq!(Protocol::of(&head("/", &[("authorization", without)])), Protocol::S3);
        assert_eq!(service_of("AKIA/20250101/eu/s3/something"), None);
    }

    #[test]
    fn an_unsigned_request_goes_by_its_host() {
        let of = |host: &str| Protocol::of(&head("/", &[("host", host)]));
        assert_eq!(of("ec2.my-bucket.s3.eu-west-1.amazonaws.com"), Protocol::S3);
        assert_eq!(of("ec2.eu-west-1.amazonaws.com:443"), Protocol::Ec2);
        assert_eq!(of("s3.example"), Protocol::RestJson);
        assert_eq!(Protocol::of(&head("/?Action=GetUser&Version=1", &[])), Protocol::Query);
        assert_eq!(Protocol::of(&head("/?NoAction=GetUser", &[])), Protocol::RestJson);
        assert_eq!(Protocol::unmistakable(&head("/?Action=GetUser", &[])), None);
    }
}
