//! The JSON that comes in: whole, within its bounds of size and time, and of the one form that the route takes.
//! Unknown members are refused: they may be a condition that this version would not keep.

use std::time::Duration;

use axum::body::Body as Content;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::admin::problem::{Kind, Problem};
use crate::limits;

/// Reads it; `form` says what it should have been.
pub async fn read<T: DeserializeOwned>(body: Content, form: &str) -> Result<T, Problem> {
    let bytes = bytes(body).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        bad(format!("this JSON is not what is taken here, see line {line}, column {column}: {form}"))
    })
}

/// All of it.
pub async fn bytes(body: Content) -> Result<Bytes, Problem> {
    let whole = Limited::new(body, limits::ADMIN_BODY_MAX).collect();
    match tokio::time::timeout(limits::ADMIN_BODY_WAIT, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let detail = format!("a body has at most {} bytes; send several batches", limits::ADMIN_BODY_MAX);
            Err(Problem::new(Kind::BodyTooLarge, detail))
        }
        Ok(Err(_)) => Err(bad("the body did not arrive whole".into())),
        Err(_) => Err(Problem::new(Kind::RequestTimeout, "the body did not arrive in time")),
    }
}

fn bad(text: String) -> Problem {
    Problem::new(Kind::BadRequest, text)
}

/// A reason or note that is there and is not too long.
pub fn reason(text: Option<String>) -> Result<Option<String>, Problem> {
    if text.as_ref().is_some_and(|text| text.len() > limits::REASON_BYTES_MAX) {
        let detail = format!("`reason` has at most {} bytes", limits::REASON_BYTES_MAX);
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    Ok(text.filter(|text| !text.is_empty()))
}

/// `250ms`, `30s`, `15m` or `8h`: one unit, whole numbers, no sign.
pub fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (digits, unit) = text.split_at(end);
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let count: u32 = digits.parse().ok()?;
    u64::from(count).checked_mul(*factor).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_one_unit_and_no_sign() {
        for (text, ms) in [("0s", 0), ("250ms", 250), ("30s", 30_000), ("15m", 900_000), ("8h", 28_800_000)] {
            assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "15", "-1s", "+1s", "1.5s", "s", "4294967296s", "1h30m", "1d", "1 s", "\u{661}s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
