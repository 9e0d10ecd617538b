//! What a host under AWS's domains is: an API of AWS's, or what a customer runs there (load balancers, instances,
//! databases, search domains, API Gateway stages), which speaks whatever the customer likes.

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

/// A host, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Endpoint<'a> {
    /// An API of AWS's: its label, and whether labels stand before it.
    Aws { service: &'a str, prefixed: bool },
    /// What a customer runs on AWS.
    Customers,
    /// Another domain.
    Elsewhere,
}

/// `PREFIX.SERVICE[.dualstack][.REGION].amazonaws.com` and its like.
pub(super) fn endpoint(host: &str) -> Endpoint<'_> {
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
pub(super) fn is_region(label: &str) -> bool {
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
}
