//! Which AWS service a request is for: by its host, and by the scope of its signature.
//!
//! AWS refuses a signature whose scope is not the endpoint's own, so that on its hosts the host decides; where the two
//! have nothing in common, both names are judged and the worse stands.

use crate::classify::asked::Asked;
use crate::classify::dialect::aws::host::{Endpoint, endpoint, is_region};
use crate::classify::dialect::aws::scope::scope;
use crate::classify::operation::Otherwise;
use crate::origin::Host;

/// What a host under AWS's domains speaks besides the protocols that name themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    /// Anything; a request that names no operation is REST.
    Any,
    /// S3's buckets and objects.
    Buckets,
    /// The query protocol, on whatever path; nothing else.
    Query,
    /// The query protocol and those that name themselves.
    QueryAndMore,
}

/// The service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    name: String,
    /// The host's word, where the scope says a thing that has nothing to do with it.
    also: Option<String>,
    pub(super) tongue: Tongue,
    /// S3: the bucket stands in the host.
    pub(super) bucket_in_host: bool,
    /// The request is signed with SigV4, or its host is AWS's.
    pub(super) certain: bool,
}

/// Services that speak the query protocol and no other (the models of AWS's SDKs, protocols `query` and `ec2`).
const QUERY: [&str; 15] = [
    "autoscaling",
    "cloudformation",
    "cloudsearch",
    "ec2",
    "elasticache",
    "elasticbeanstalk",
    "elasticloadbalancing",
    "iam",
    "importexport",
    "queue",
    "rds",
    "redshift",
    "sdb",
    "sns",
    "sts",
];

/// Query and more: CloudWatch and SQS speak JSON too, SES has its second version under `/v2/` and Pinpoint's part of
/// it under `/v1/email/`.
const QUERY_AND_MORE: [&str; 4] = ["email", "monitoring", "ses", "sqs"];

/// Hosts whose label is not the name that their operations go by.
const ALIASES: [(&str, &str); 4] =
    [("email", "ses"), ("oidc", "sso-oauth"), ("pinpoint", "mobiletargeting"), ("queue", "sqs")];

impl Place {
    /// Where the request goes. `NotMine` where nothing says that it is AWS's.
    pub(super) fn of(asked: &Asked<'_>) -> Result<Self, Otherwise> {
        let scope = scope(asked)?;
        let host = match &asked.head.origin.host {
            Host::Name(name) => endpoint(name.as_str()),
            _ => Endpoint::Elsewhere,
        };
        match (host, scope) {
            (Endpoint::Customers, _) => Err(Otherwise::NotMine),
            (Endpoint::Aws { service, prefixed }, scope) => Ok(Self::on_aws(service, prefixed, scope)),
            (Endpoint::Elsewhere, Some(scope)) => Ok(Self::elsewhere(scope, true)),
            // Nothing is signed: only what names its operation can be told.
            (Endpoint::Elsewhere, None) => match called(asked) {
                Some(name) => Ok(Self::elsewhere(name, false)),
                None => Err(Otherwise::NotMine),
            },
        }
    }

    fn on_aws(service: &str, prefixed: bool, scope: Option<String>) -> Self {
        let alias = ALIASES.iter().find(|(host, _)| *host == service).map_or(service, |(_, name)| name);
        let tongue = tongue(service);
        let (name, also) = match scope {
            _ if tongue == Tongue::Buckets => ("s3".to_owned(), None),
            // Its operations have S3's scope and are others than S3's.
            _ if service.starts_with("s3-control") => ("s3-control".to_owned(), None),
            Some(scope) if scope == alias || related(&scope, service) => (scope, None),
            Some(scope) => (alias.to_owned(), Some(scope)),
            None => (alias.to_owned(), None),
        };
        Self { name, also, tongue, bucket_in_host: prefixed, certain: true }
    }

    fn elsewhere(scope: String, certain: bool) -> Self {
        let tongue = tongue(&scope);
        Self { name: scope, also: None, tongue, bucket_in_host: false, certain }
    }

    /// What the service is called; two names where host and scope say different things.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.also.as_deref())
    }
}

/// A service as its target calls it (`DynamoDB_20120810.PutItem`: `dynamodb`).
fn called(asked: &Asked<'_>) -> Option<String> {
    let path = asked.head.path().strip_prefix("/service/");
    let text = asked.field("x-amz-target").or(path)?;
    let name = text.split(['_', '.', '/']).next().filter(|name| !name.is_empty())?;
    Some(super::super::bounded(name).to_ascii_lowercase())
}

fn tongue(service: &str) -> Tongue {
    if service == "s3" || service.starts_with("s3express") || is_old_s3(service) {
        Tongue::Buckets
    } else if QUERY.contains(&service) {
        Tongue::Query
    } else if QUERY_AND_MORE.contains(&service) {
        Tongue::QueryAndMore
    } else {
        Tongue::Any
    }
}

/// `s3-us-west-2`, `s3-accelerate`, `s3-accesspoint`, `s3-external-1`, `s3-global`.
fn is_old_s3(service: &str) -> bool {
    service.strip_prefix("s3-").is_some_and(|rest| {
        is_region(rest) || matches!(rest, "accelerate" | "accesspoint" | "external-1" | "global")
    })
}

/// Whether scope and label speak of one service: `chime` and `voice-chime`, `appstream` and `appstream2`, `memorydb`
/// and `memory-db`, `aws-marketplace` and `metering-marketplace`.
fn related(scope: &str, label: &str) -> bool {
    let squeezed = |text: &str| text.bytes().filter(u8::is_ascii_lowercase).collect::<Vec<_>>();
    let (a, b) = (squeezed(scope), squeezed(label));
    let inside =
        |long: &[u8], short: &[u8]| !short.is_empty() && long.windows(short.len()).any(|w| w == short);
    inside(&a, &b)
        || inside(&b, &a)
        || scope.split('-').any(|part| part.len() > 3 && label.split('-').any(|other| other == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_and_label_are_related_by_a_common_word() {
        for (scope, label) in [
            ("chime", "voice-chime"),
            ("appstream", "appstream2"),
            ("memorydb", "memory-db"),
            ("aws-marketplace", "discovery-marketplace"),
            ("iotwireless", "iotwireless"),
        ] {
            assert!(related(scope, label), "{scope} {label}");
        }
        for (scope, label) in [("lambda", "iam"), ("ses", "email"), ("kms", "ec2"), ("sso-oauth", "oidc")] {
            assert!(!related(scope, label), "{scope} {label}");
        }
    }

    #[test]
    fn tongues_follow_the_service() {
        assert_eq!(tongue("s3-accesspoint"), Tongue::Buckets);
        assert_eq!(tongue("s3express-use1-az4"), Tongue::Buckets);
        assert_eq!(tongue("s3-control"), Tongue::Any);
        assert_eq!(tongue("iam"), Tongue::Query);
        assert_eq!(tongue("monitoring"), Tongue::QueryAndMore);
    }
}
