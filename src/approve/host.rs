//! What an internationalised host reads as (RFC 3492), for people to compare: the A-label that is sent stands first
//! and is what counts; the decoded name is shown beside it, with the number of each character that is not ASCII,
//! because another script's letter looks like the expected one (CASES AP-07).

/// The host with its `xn--` labels decoded; `None` where it has none. A label that does not decode stays as it is.
pub fn decoded(host: &str) -> Option<String> {
    let labels: Vec<String> = host
        .split('.')
        .map(|label| {
            let unicode = label.strip_prefix("xn--").and_then(punycode);
            unicode.unwrap_or_else(|| label.to_owned())
        })
        .collect();
    host.split('.').any(|label| label.starts_with("xn--")).then(|| labels.join("."))
}

/// `U+0430 U+0435`: each character beyond ASCII once, in order.
pub fn foreign(text: &str) -> String {
    let mut seen: Vec<char> = Vec::new();
    for character in text.chars().filter(|character| !character.is_ascii()) {
        if !seen.contains(&character) {
            seen.push(character);
        }
    }
    let numbers: Vec<String> =
        seen.iter().map(|character| format!("U+{:04X}", u32::from(*character))).collect();
    numbers.join(" ")
}

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;

/// Decodes one label without its prefix; a label is at most 59 characters, so this ends soon.
fn punycode(label: &str) -> Option<String> {
    let (basic, extended) = label.rsplit_once('-').unwrap_or(("", label));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut code, mut at, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let before = at;
        let (mut weight, mut threshold_at) = (1_u32, BASE);
        loop {
            let digit = digit(digits.next()?)?;
            at = at.checked_add(digit.checked_mul(weight)?)?;
            let threshold = threshold_at.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            threshold_at += BASE;
        }
        let length = out.len() as u32 + 1;
        bias = adapt(at - before, length, before == 0);
        code = code.checked_add(at / length)?;
        at %= length;
        out.insert(at as usize, char::from_u32(code)?);
        at += 1;
    }
    Some(out.into_iter().collect())
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

fn adapt(delta: u32, length: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / length;
    let mut steps = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        steps += BASE;
    }
    steps + (BASE - T_MIN + 1) * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES AP-07
    #[test]
    fn an_a_label_is_decoded_and_its_letters_are_numbered() {
        assert_eq!(decoded("xn--bcher-kva.example").as_deref(), Some("bücher.example"));
        assert_eq!(decoded("www.xn--pple-43d.com").as_deref(), Some("www.аpple.com"));
        assert_eq!(decoded("xn--fiqs8s").as_deref(), Some("中国"));
        assert_eq!(foreign("аpple.com"), "U+0430");
        assert_eq!(decoded("forum.example"), None);
    }

    #[test]
    fn a_label_that_does_not_decode_stays_as_it_is() {
        for host in ["xn--", "xn--99999999999", "xn--a-_", "xn--zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert!(decoded(host).is_some());
        }
        assert_eq!(decoded("xn--99999999999").as_deref(), Some("xn--99999999999"));
    }
}
