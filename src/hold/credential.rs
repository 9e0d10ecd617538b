//! What of an `Authorization` value is compared between attempts. Two kinds of signature are made anew for each
//! attempt: AWS Signature Version 4 (`AWS4-…`) and Azure's SharedKey. Of those, who signs and what is signed is
//! compared; any other credential is compared whole, and so is one that is not written exactly as expected.

/// A credential of AWS Signature Version 4.
pub struct Aws<'a> {
    /// `AWS4-HMAC-SHA256`.
    pub scheme: &'a str,
    /// Whose it is.
    pub key: &'a str,
    /// The day that it is good for, `20261121`.
    pub date: &'a str,
    /// Where; empty in version 4A.
    pub region: &'a str,
    /// For what.
    pub service: &'a str,
    /// Names of fields, `host;x-amz-date`.
    pub signed: &'a str,
    /// In hex.
    pub signature: &'a str,
}

/// The bytes that must be equal in two attempts.
pub fn comparable(value: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(value).ok();
    match text.and_then(signed_by) {
        Some(parts) => {
            let mut out = b"signed".to_vec();
            for part in parts {
                out.extend_from_slice(&(part.len() as u64).to_be_bytes());
                out.extend_from_slice(part.as_bytes());
            }
            out
        }
        None => [b"whole", value].concat(),
    }
}

/// Whether the credential is a signature that is made anew for each attempt, and may cover the body.
pub fn is_signature(value: &[u8]) -> bool {
    let text = std::str::from_utf8(value).ok();
    text.is_some_and(|text| signed_by(text).is_some())
}

/// Who signs, and what is signed.
fn signed_by(text: &str) -> Option<Vec<&str>> {
    let aws = aws(text).map(|aws| vec![aws.scheme, aws.key, aws.region, aws.service, aws.signed]);
    aws.or_else(|| shared_key(text))
}

/// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=…, Signature=…`. Version 4A
/// (`AWS4-ECDSA-…`) has no region here.
pub fn aws(text: &str) -> Option<Aws<'_>> {
    let (scheme, rest) = text.split_once(' ')?;
    scheme.strip_prefix("AWS4-").filter(|algorithm| !algorithm.is_empty())?;
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for part in rest.split(',') {
        let (name, value) = part.trim_matches(' ').split_once('=')?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => return None,
        };
        if place.replace(value).is_some() || value.is_empty() {
            return None;
        }
    }
    let signature = signature?;
    let scope: Vec<&str> = credential?.split('/').collect();
    let (key, date, region, service) = match scope[..] {
        [key, date, region, service, "aws4_request"] => (key, date, region, service),
        [key, date, service, "aws4_request"] if scheme.starts_with("AWS4-ECDSA-") => (key, date, "", service),
        _ => return None,
    };
    let dated = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    let signed = signed.unwrap_or_default();
    (dated && !key.is_empty()).then_some(Aws { scheme, key, date, region, service, signed, signature })
}

/// `SharedKey ACCOUNT:SIGNATURE`: scheme and account.
fn shared_key(text: &str) -> Option<Vec<&str>> {
    let (scheme, rest) = text.split_once(' ')?;
    let (account, signature) = rest.split_once(':')?;
    let known = matches!(scheme, "SharedKey" | "SharedKeyLite");
    (known && !account.is_empty() && !signature.contains(':')).then(|| vec![scheme, account])
}

#[cfg(test)]
mod tests {
    use super::comparable;

    const AWS: &str = "AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/s3/aws4_request, \
                       SignedHeaders=host;x-amz-date, Signature=aa";

    fn same(one: &str, two: &str) -> bool {
        comparable(one.as_bytes()) == comparable(two.as_bytes())
    }

    #[test]
    fn a_later_signature_by_the_same_key_over_the_same_fields_is_the_same() {
        assert!(same(AWS, &AWS.replace("Signature=aa", "Signature=bb").replace("20261121", "20261122")));
        for (from, to) in [
            ("AKID", "AKIE"),
            ("eu-west-1", "eu-west-2"),
            ("/s3/", "/sqs/"),
            ("host;x-amz-date", "host"),
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        ] {
            assert!(!same(AWS, &AWS.replace(from, to)), "{to}");
        }
    }

    #[test]
    fn a_signature_that_is_not_written_as_expected_is_compared_whole() {
        for odd in [
            AWS.replace("20261121", "today"),
            AWS.replace(", SignedHeaders", ", Extra=1, SignedHeaders"),
            AWS.replace("aws4_request", "aws5_request"),
            AWS.replace("Signature=aa", "Signature=aa, Signature=aa"),
        ] {
            assert!(!same(&odd, &odd.replace("Signature=aa", "Signature=bb")), "{odd}");
            assert!(same(&odd, &odd));
        }
    }

    #[test]
    fn a_shared_key_is_its_account_and_any_other_credential_is_whole() {
        assert!(same("SharedKey acme:c2ln", "SharedKey acme:b3Ro"));
        assert!(!same("SharedKey acme:c2ln", "SharedKey emca:c2ln"));
        assert!(!same("SharedKey acme:c2ln", "SharedKeyLite acme:c2ln"));
        assert!(!same("Bearer one:a", "Bearer one:b"));
        assert!(!same("Basic YTpi", "Basic YTpj"));
    }
}
