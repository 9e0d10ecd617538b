//! Durations (`50s`, `250ms`, `2d`) and amounts (`1000`, `64MiB`, `10kB`). One unit, whole numbers, no blanks: what
//! could be taken for something else is an error.

use std::time::Duration;

use crate::config::raw::Amount;
use crate::config::source::Complaint;

const TIMES: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

const SIZES: [(&str, u64); 9] = [
    ("", 1),
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Reads a duration.
pub(super) fn duration(text: &str) -> Result<Duration, Complaint> {
    measure(text, &TIMES).map(Duration::from_millis).ok_or_else(|| {
        Complaint::new(format!("`{text}` is no duration")).help("write it like 250ms, 50s, 30m, 1h or 2d")
    })
}

/// Reads a number of bytes.
pub(super) fn size(amount: Amount) -> Result<u64, Complaint> {
    match amount {
        Amount::Number(number) => {
            u64::try_from(number).map_err(|_| Complaint::new("a size is not below zero"))
        }
        Amount::Text(text) => measure(&text, &SIZES).ok_or_else(|| {
            Complaint::new(format!("`{text}` is no size")).help("write it like 1000, 10kB, 64MiB or 4GiB")
        }),
    }
}

/// Reads a plain number.
pub(super) fn count(amount: Amount) -> Result<u64, Complaint> {
    match amount {
        Amount::Number(number) => {
            u64::try_from(number).map_err(|_| Complaint::new("a count is not below zero"))
        }
        Amount::Text(text) => {
            Err(Complaint::new(format!("`{text}` is a text")).help("write a number without quotes"))
        }
    }
}

fn measure(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    digits.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        for (text, ms) in
            [("250ms", 250), ("50s", 50_000), ("30m", 1_800_000), ("1h", 3_600_000), ("2d", 172_800_000)]
        {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(ms));
        }
        for text in [
            "",
            "s",
            "50",
            "1.5h",
            "-1s",
            "+1s",
            "1 s",
            "1h30m",
            "1S",
            "1w",
            "99999999999999999999s",
            "300000000000d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_a_number_or_a_whole_number_and_a_unit() {
        let text = |text: &str| size(Amount::Text(text.to_owned())).ok();
        assert_eq!(text("64MiB"), Some(64 * 1024 * 1024));
        assert_eq!(text("4GiB"), Some(4 * 1024 * 1024 * 1024));
        assert_eq!(text("1000"), Some(1000));
        assert_eq!(text("10kB"), Some(10_000));
        assert_eq!(size(Amount::Number(1000)).ok(), Some(1000));
        assert!(size(Amount::Number(-1)).is_err());
        for wrong in ["", "MiB", "64mib", "64 MiB", "64M", "1.5GiB", "99999999999TiB"] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
        assert!(count(Amount::Text("10".into())).is_err());
    }
}
