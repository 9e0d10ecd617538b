//! Figures as people read them. The figures of a request are never touched by this: those are shown as its own
//! bytes (CASES AP-36).

use std::time::Duration;

/// `123456` as `123,456`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 byte`, `1,234 bytes`; `thing` is the singular and takes an `s`.
pub fn count(value: u64, thing: &str) -> String {
    let ending = if value == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", number(value))
}

/// `41s`, `29m 41s`, `2h 5m`, `3d 4h`: the two largest units.
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d {}h", number(seconds / 86_400), seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_by_thousands_and_spans_have_two_units() {
        assert_eq!(
            [number(0), number(999), number(1000), number(1234567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([count(1, "byte"), count(0, "byte")], ["1 byte", "0 bytes"]);
        for (seconds, text) in [(0, "0s"), (59, "59s"), (60, "1m 0s"), (7_500, "2h 5m"), (90_000, "1d 1h")] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }
}
