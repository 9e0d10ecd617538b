//! The answer to a push that is refused: a report with `ng REF reason` for each ref, in the side band where the client
//! asks for one (https://git-scm.com/docs/gitprotocol-pack, report-status). git shows the reason beside the ref.

use super::End;
use crate::classify::pushed;

/// Refs of one report; a push of more has the rest under the first reason.
const REFS_MAX: usize = 100;

/// What a report needs of the push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    refs: Vec<String>,
    side_band: bool,
}

impl Push {
    /// From the beginning of a push; `None` where there are no commands, or where no report was asked for.
    pub fn of(content: &[u8]) -> Option<Self> {
        let mut push = pushed(content)?;
        push.refs.truncate(REFS_MAX);
        push.report.then_some(Self { refs: push.refs, side_band: push.side_band })
    }

    pub(super) fn answer(&self, end: &End) -> Vec<u8> {
        let reason: String =
            end.text().chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        let mut report = packet(b"unpack ok\n");
        for name in &self.refs {
            report.extend(packet(format!("ng {name} {reason}\n").as_bytes()));
        }
        report.extend(b"0000");
        if !self.side_band {
            return report;
        }
        let mut out = Vec::new();
        for (band, text) in [(2u8, format!("holdpoint: {reason}\n").into_bytes()), (1, report)] {
            // A packet holds 65,515 bytes beside its length and its band.
            for piece in text.chunks(65_515) {
                out.extend(packet(&[&[band], piece].concat()));
            }
        }
        out.extend(b"0000");
        out
    }
}

fn packet(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:04x}", bytes.len() + 4).into_bytes();
    out.extend_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    #[test]
    fn each_ref_of_the_push_is_refused_with_the_reason() {
        let object = "1".repeat(40);
        let line = |text: String| format!("{:04x}{text}", text.len() + 4);
        let first = line(format!("{object} {object} refs/heads/main\0 report-status side-band-64k\n"));
        let second = line(format!("{object} {object} refs/heads/dev"));
        let push = Push::of(format!("{first}{second}0000PACK").as_bytes()).unwrap();
        let text = String::from_utf8(push.answer(&End::new(Code::Denied).with("reason", "not\non a Friday")))
            .unwrap();
        assert!(text.contains("ng refs/heads/main An approver refused"), "{text}");
        assert!(text.contains("ng refs/heads/dev") && text.contains("not on a Friday\n"), "{text}");
        assert!(text.ends_with("00000000"), "{text}");
        assert_eq!(Push::of(b"0000"), None);
    }
}
