//! Values that must not reach a log, a screen or an error: masked from the moment of reading.

use std::fmt;

/// A secret. `Debug` shows that it is there and nothing of it; there is no `Display`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Masked<T>(T);

impl<T> Masked<T> {
    /// Takes a value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; the caller answers for where it goes.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[masked]")
    }
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    out
}

/// Lower-case hexadecimal digits of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `N` bytes from the system's random source.
pub fn random<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    aws_lc_rs::rand::fill(&mut out).expect("the system's random source answers");
    out
}

/// Compares a token with its stored `sha256:HEX` hash in constant time.
pub fn token_matches(token: &str, stored: &str) -> bool {
    let ours = format!("sha256:{}", hex(&sha256(token.as_bytes())));
    aws_lc_rs::constant_time::verify_slices_are_equal(ours.as_bytes(), stored.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_value_never_prints_itself() {
        assert_eq!(format!("{:?}", Masked::new("hunter2")), "[masked]");
    }

    #[test]
    fn a_token_matches_its_own_hash_and_no_other() {
        let stored = format!("sha256:{}", hex(&sha256(b"token")));
        assert!(token_matches("token", &stored));
        assert!(!token_matches("tokem", &stored));
    }
}
