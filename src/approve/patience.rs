//! How long the client says that it waits for an answer, where it says it at all: `x-stainless-timeout` and
//! `x-stainless-read-timeout` (the SDKs of OpenAI and Anthropic, in seconds), `grpc-timeout`
//! (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) and `Prefer: wait` (RFC 7240 section 4.3).

use std::time::Duration;

use crate::snapshot::Head;

/// The shortest of what it says, and the field that says it.
pub fn patience(head: &Head) -> Option<(&'static str, Duration)> {
    let said = [
        ("x-stainless-timeout", seconds(head.text("x-stainless-timeout"))),
        ("x-stainless-read-timeout", seconds(head.text("x-stainless-read-timeout"))),
        ("grpc-timeout", head.text("grpc-timeout").and_then(grpc)),
        ("prefer", head.text("prefer").and_then(prefer)),
    ];
    let said = said.into_iter().filter_map(|(name, span)| Some((name, span?)));
    said.min_by_key(|(_, span)| *span)
}

fn seconds(text: Option<&str>) -> Option<Duration> {
    Duration::try_from_secs_f64(text?.parse().ok()?).ok()
}

/// At most eight digits, and a unit.
fn grpc(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let plain = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain)?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

fn prefer(text: &str) -> Option<Duration> {
    let wait = text.split([',', ';']).find_map(|word| {
        let (name, value) = word.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim())
    })?;
    wait.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests;

    fn said(fields: &[(&str, &'static str)]) -> Option<(&'static str, u128)> {
        let mut head = tests::head("text/plain");
        for (name, value) in fields {
            head.fields.push(((*name).into(), (*value).into()));
        }
        patience(&head).map(|(name, span)| (name, span.as_millis()))
    }

    #[test]
    fn a_client_that_says_how_long_it_waits_is_believed_to_the_shortest() {
        assert_eq!(said(&[("x-stainless-timeout", "600")]), Some(("x-stainless-timeout", 600_000)));
        assert_eq!(said(&[("x-stainless-read-timeout", "4.5")]), Some(("x-stainless-read-timeout", 4_500)));
        assert_eq!(said(&[("grpc-timeout", "10S"), ("prefer", "wait=20")]), Some(("grpc-timeout", 10_000)));
        assert_eq!(said(&[("prefer", "respond-async, wait=5")]), Some(("prefer", 5_000)));
        for (name, value) in [
            ("x-stainless-timeout", "NOT_GIVEN"),
            ("x-stainless-timeout", "-1"),
            ("x-stainless-timeout", "1e400"),
            ("grpc-timeout", "10"),
            ("grpc-timeout", "S"),
            ("grpc-timeout", "123456789S"),
            ("grpc-timeout", "1é"),
            ("prefer", "return=minimal"),
        ] {
            assert_eq!(said(&[(name, value)]), None, "{name}: {value}");
        }
    }
}
