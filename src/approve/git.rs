//! A git push: its commands one by one, each with what it does to its ref, then the size of the pack
//! (https://git-scm.com/docs/gitprotocol-pack). Whether a branch is rewound is not on the wire, so it is not said that
//! it is not.

use super::hex;
use super::rows::{Layout, Note, Reading, Row, counts_by_line, text_rows};
use super::words::count;
use crate::classify::commands;
use crate::snapshot::Head;

/// Whether the request says that it is a push.
pub fn is_push(head: &Head) -> bool {
    head.path().ends_with("/git-receive-pack")
        || head.text("content-type") == Some("application/x-git-receive-pack-request")
}

/// Lays out a push, or the beginning of one, `total` bytes long; `None` where it does not begin with commands.
pub fn lay_out(body: &[u8], total: u64) -> Option<Layout> {
    let (commands, end) = commands(body)?;
    let (mut rows, mut at) = (Vec::new(), 0);
    for command in &commands {
        rows.extend(text_rows(body, at..command.packet.start));
        let packet = body.get(command.packet.clone()).unwrap_or_default();
        let (old, new) = objects_of(packet);
        let name = &command.name;
        let (label, text) = match (command.creates, command.deletes) {
            (_, true) => ("  deletes ", format!("{name}, which is at {old}")),
            (true, _) => ("  makes   ", format!("{name} at {new}")),
            _ => ("  moves   ", format!("{name} from {old} to {new}")),
        };
        let readings = vec![Reading { label, text: text.into_bytes() }];
        rows.push(Row { readings, ..Row::text(command.packet.clone()) });
        at = command.packet.end;
    }
    rows.extend(text_rows(body, at..end));
    let hidden = counts_by_line(&body[..end]);
    let mut pack = hex::rows(end..body.len());
    let bytes = total - end as u64;
    if let Some(first) = pack.first_mut() {
        first.note = Some(Note::Pack(bytes, objects(&body[end..])));
    }
    rows.extend(pack);
    let deleted = commands.iter().filter(|command| command.deletes).count() as u64;
    let mut what = format!("git push, {}", count(commands.len() as u64, "ref"));
    if deleted > 0 {
        what += &format!(", {deleted} of them deleted");
    }
    what += &format!(
        ", {}",
        if bytes == 0 { "no pack".into() } else { format!("a pack of {}", count(bytes, "byte")) }
    );
    Some(Layout { what, rows, hidden, ..Layout::default() })
}

/// The first digits of the old and of the new object: behind the four digits of its length a packet has `old new ref`.
fn objects_of(packet: &[u8]) -> (String, String) {
    let mut words = packet.get(4..).unwrap_or_default().split(|byte| *byte == b' ');
    let mut next = || String::from_utf8_lossy(words.next().unwrap_or_default()).chars().take(12).collect();
    (next(), next())
}

/// How many objects a pack says that it has (https://git-scm.com/docs/gitformat-pack).
fn objects(pack: &[u8]) -> Option<u32> {
    let number = pack.strip_prefix(b"PACK")?.get(4..8)?;
    Some(u32::from_be_bytes(number.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    const A: &str = "1111111111111111111111111111111111111111";
    const NULL: &str = "0000000000000000000000000000000000000000";

    fn line(text: &str) -> String {
        format!("{:04x}{text}", text.len() + 4)
    }

    #[test]
    fn each_ref_is_said_to_be_made_moved_or_deleted() {
        let first = line(&format!("{NULL} {A} refs/heads/new\0report-status\n"));
        let second = line(&format!("{A} {NULL} refs/heads/old"));
        let third = line(&format!("{A} {A} refs/tags/v1"));
        let body = format!("{first}{second}{third}0000PACK\0\0\0\u{2}\0\0\0\u{3}rest");
        let layout = lay_out(body.as_bytes(), 1000 + body.len() as u64).unwrap();
        assert_tiles(&layout.rows, body.as_bytes());
        let said: Vec<_> = layout
            .rows
            .iter()
            .flat_map(|row| &row.readings)
            .map(|one| (one.label, String::from_utf8_lossy(&one.text).into_owned()))
            .collect();
        assert_eq!(
            said,
            [
                ("  makes   ", "refs/heads/new at 111111111111".to_owned()),
                ("  deletes ", "refs/heads/old, which is at 111111111111".to_owned()),
                ("  moves   ", "refs/tags/v1 from 111111111111 to 111111111111".to_owned())
            ]
        );
        assert_eq!(layout.what, "git push, 3 refs, 1 of them deleted, a pack of 1,016 bytes");
        assert!(layout.rows.iter().any(|row| row.note == Some(Note::Pack(1016, Some(3)))));
    }

    #[test]
    fn a_push_that_only_deletes_has_no_pack() {
        let body = format!("{}0000", line(&format!("{A} {NULL} refs/heads/old")));
        assert_eq!(
            lay_out(body.as_bytes(), body.len() as u64).unwrap().what,
            "git push, 1 ref, 1 of them deleted, no pack"
        );
        assert!(lay_out(b"0000", 4).is_none());
        assert!(lay_out(b"PACK", 4).is_none());
    }
}
