//! Which AWS service a request is for: by its host, and by the scope of its signature (`AKID/date/region/service/
//! aws4_request`, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
//!
//! AWS refuses a signature whose scope is not the endpoint's own, so that on its hosts the host decides; where the two
//! have nothing in common, both names are judged and the worse stands. Not every host under `amazonaws.com` is AWS's
//! API: load balancers, instances, databases, search domains and API Gateway stages run what a customer put there.

use std::borrow::Cow;

use crate::classify::asked::Asked;
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

/// Query and more: CloudWatch and SQS speak JSON too, SES has its second version under `/v2/`.
const QUERY_AND_MORE: [&str; 4] = ["email", "monitoring", "ses", "sqs"];

/// Labels below which customers' own hosts stand: with anything before them, they are no API of AWS's.
const CUSTOMERS: [&str; 23] = [
    "aoss",
    "appsync-api",
    "appsync-realtime-api",
    "cache",
    "compute",
    "compute-1",
    "docdb",
    "elasticbeanstalk",
    "elb",
    "es",
    "execute-api",
    "git-codecommit",
    "kafka",
    "kafka-serverless",
    "memorydb",
    "mq",
    "neptune",
    "notebook",
    "rds",
    "redshift",
    "redshift-serverless",
    "transfer",
    "vpc-lattice-svcs",
];

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

#[derive(Debug, PartialEq, Eq)]
enum Endpoint<'a> {
    /// An API of AWS's: its label, and whether labels stand before it.
    Aws { service: &'a str, prefixed: bool },
    /// What a customer runs on AWS.
    Customers,
    /// Another domain.
    Elsewhere,
}

/// `PREFIX.SERVICE[.dualstack][.REGION].amazonaws.com` and its like.
fn endpoint(host: &str) -> Endpoint<'_> {
    let suffixes = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    let Some(rest) = suffixes.iter().find_map(|suffix| host.strip_suffix(suffix)) else {
        return Endpoint::Elsewhere;
    };
    let mut labels: Vec<_> = rest.split('.').collect();
    while labels.len() > 1
        && labels.last().is_some_and(|last| is_region(last) || matches!(*last, "dualstack" | "vpce"))
    {
        labels.pop();
    }
    let Some(last) = labels.pop() else { return Endpoint::Elsewhere };
    let service = last.strip_suffix("-fips").or_else(|| last.strip_prefix("fips-")).unwrap_or(last);
    // A private link to one of AWS's services has its own label before the service's; one to a customer's has none.
    if labels.first().is_some_and(|first| first.starts_with("vpce-")) {
        labels.remove(0);
    }
    let prefixed = labels.iter().any(|label| !is_region(label) && *label != "fips");
    let customers = service.starts_with("s3-website")
        || service.starts_with("vpce-")
        || matches!(service, "execute-api" | "elb" | "git-codecommit")
        || labels.contains(&"dkr")
        || (prefixed && CUSTOMERS.contains(&service));
    if customers { Endpoint::Customers } else { Endpoint::Aws { service, prefixed } }
}

/// `us-east-1`, `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let first = parts.next().is_some_and(|part| part.len() == 2 && is_letters(part));
    let last = parts.next_back().is_some_and(|part| !part.is_empty() && part.bytes().all(is_digit));
    let mut middle = parts.peekable();
    first && last && middle.peek().is_some() && middle.all(is_letters)
}

fn is_letters(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// The service of the signature's scope, from the field or from a pre-signed URL; both must agree.
fn scope(asked: &Asked<'_>) -> Result<Option<String>, Otherwise> {
    let head = asked.head;
    let mut found: Option<Cow<'_, str>> = None;
    for value in head.values("authorization") {
        let Some(rest) = value.strip_prefix(b"AWS4-") else { continue };
        let Some(credential) = std::str::from_utf8(rest).ok().and_then(|text| text.split_once("Credential="))
        else {
            return Err(super::unclear(asked, "its signature names no credential"));
        };
        let credential = credential.1.split([',', ' ']).next().unwrap_or_default();
        found = Some(service_of(asked, Cow::Borrowed(credential))?.into());
    }
    if !head.query().is_some_and(|query| query.len() >= "x-amz-credential=".len()) {
        return Ok(found.map(Cow::into_owned));
    }
    for (key, value) in asked.query() {
        if !key.eq_ignore_ascii_case("x-amz-credential") {
            continue;
        }
        let service = service_of(asked, Cow::Owned(value))?;
        if found.as_ref().is_some_and(|known| *known != service) {
            return Err(super::unclear(asked, "it is signed twice, for different services"));
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
        return Err(super::unclear(asked, "the scope of its signature is malformed"));
    }
    Ok(service.to_ascii_lowercase())
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

    fn service(host: &str) -> Option<(&str, bool)> {
        match endpoint(host) {
            Endpoint::Aws { service, prefixed } => Some((service, prefixed)),
            Endpoint::Customers | Endpoint::Elsewhere => None,
        }
    }

    #[test]
    fn a_host_names_its_service_wherever_the_region_stands() {
        for (host, expected) in [
            ("ec2.us-east-1.amazonaws.com", ("ec2", false)),
            ("iam.amazonaws.com", ("iam", false)),
            ("sts.us-gov-west-1.amazonaws.com", ("sts", false)),
            ("api.ecr.us-east-1.amazonaws.com", ("ecr", true)),
            ("kms-fips.us-east-1.amazonaws.com", ("kms", false)),
            ("us-east-1.queue.amazonaws.com", ("queue", false)),
            ("a.b.s3.dualstack.eu-west-1.amazonaws.com", ("s3", true)),
            ("bucket.s3-us-west-2.amazonaws.com", ("s3-us-west-2", true)),
            ("ec2.cn-north-1.amazonaws.com.cn", ("ec2", false)),
            ("lambda.us-east-1.api.aws", ("lambda", false)),
            ("vpce-1a2b.lambda.us-east-1.vpce.amazonaws.com", ("lambda", false)),
        ] {
            assert_eq!(service(host), Some(expected), "{host}");
        }
    }

    #[test]
    fn what_customers_run_on_aws_is_no_api_of_aws() {
        for host in [
            "abc123.execute-api.us-east-1.amazonaws.com",
            "my-lb-1.us-east-1.elb.amazonaws.com",
            "ec2-1-2-3-4.compute-1.amazonaws.com",
            "search-logs-x.us-east-1.es.amazonaws.com",
            "1234.dkr.ecr.us-east-1.amazonaws.com",
            "abc.appsync-api.us-east-1.amazonaws.com",
            "site.s3-website-us-east-1.amazonaws.com",
            "vpce-1-2.vpce-svc-3.us-east-1.vpce.amazonaws.com",
            "x.lambda-url.us-east-1.on.aws",
            "amazonaws.com.evil.example",
        ] {
            assert_eq!(service(host), None, "{host}");
        }
        assert_eq!(service("es.us-east-1.amazonaws.com"), Some(("es", false)));
    }

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
