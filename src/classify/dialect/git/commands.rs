//! The commands at the beginning of a push: pkt-lines up to the first flush packet
//! (https://git-scm.com/docs/gitprotocol-pack, `update-requests`). The pack behind them is not looked into.

use std::ops::Range;

use crate::limits;

/// What a push begins with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Commands {
    /// A flush packet and nothing else.
    None,
    /// At least one.
    Some(Vec<Command>),
}

/// `old new ref`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The ref, as it is named.
    pub name: String,
    /// The old object is the null object: the ref is made.
    pub creates: bool,
    /// The new object is the null object: the ref is deleted.
    pub deletes: bool,
    /// Where its packet stands in the body.
    pub packet: Range<usize>,
}

/// The commands of a push, and where they end, which is where a pack may follow; `None` where there are none.
pub fn commands(bytes: &[u8]) -> Option<(Vec<Command>, usize)> {
    match read_to_end(bytes) {
        Ok((Commands::Some(commands), end)) => Some((commands, end)),
        _ => None,
    }
}

/// What the answer to a push needs to know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The refs, as they are named.
    pub refs: Vec<String>,
    /// The client reads an answer in side bands.
    pub side_band: bool,
    /// The client wants a report.
    pub report: bool,
}

/// The refs and the capabilities of a push; `None` where there are no commands.
pub fn pushed(bytes: &[u8]) -> Option<Pushed> {
    let Ok(Commands::Some(commands)) = read(bytes) else { return None };
    let (line, _) = pkt_line(bytes).ok()??;
    let (_, capabilities) =
        std::str::from_utf8(line).ok()?.trim_end_matches('\n').split_once('\0').unwrap_or_default();
    let has = |name: &str| capabilities.split(' ').any(|known| known == name);
    Some(Pushed {
        refs: commands.into_iter().map(|command| command.name).collect(),
        side_band: has("side-band-64k"),
        report: has("report-status") || has("report-status-v2"),
    })
}

/// Reads them. The error is in words for people.
pub(super) fn read(bytes: &[u8]) -> Result<Commands, &'static str> {
    read_to_end(bytes).map(|(commands, _)| commands)
}

/// And says where they end, behind the flush packet.
fn read_to_end(bytes: &[u8]) -> Result<(Commands, usize), &'static str> {
    let mut rest = bytes;
    let mut commands = Vec::new();
    let mut certificate = false;
    loop {
        let Some((line, tail)) = pkt_line(rest)? else {
            let after = &rest[4..];
            let end = bytes.len() - after.len();
            return match commands.len() {
                // A lone flush packet, and nothing else, is how a client asks whether it may push.
                0 if after.is_empty() && end == 4 => Ok((Commands::None, end)),
                0 => Err("a flush packet ends no commands, and does not stand alone"),
                _ => Ok((Commands::Some(commands), end)),
            };
        };
        let packet = bytes.len() - rest.len()..bytes.len() - tail.len();
        rest = tail;
        let text = std::str::from_utf8(line).map_err(|_| "a command is not UTF-8")?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        // A signed push says the same commands inside a certificate; its other lines are headers and a signature.
        if text.starts_with("push-cert\0") && commands.is_empty() {
            certificate = true;
            continue;
        }
        if let Some(object) = text.strip_prefix("shallow ").filter(|_| !certificate) {
            if !is_object(object) {
                return Err("a shallow line names no object");
            }
            continue;
        }
        match command(text, commands.is_empty() && !certificate) {
            Some(_) if commands.len() == limits::GIT_COMMANDS_MAX => return Err("it has too many commands"),
            Some(command) => commands.push(Command { packet, ..command }),
            None if certificate => {}
            None => return Err("a line is no command"),
        }
    }
}

/// A packet's content, and what follows it.
type Packet<'a> = (&'a [u8], &'a [u8]);

/// One pkt-line and what follows it; `None` for a flush packet.
fn pkt_line(bytes: &[u8]) -> Result<Option<Packet<'_>>, &'static str> {
    let digits = bytes.get(..4).ok_or("it ends before its commands do")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err("a packet does not begin with its length");
    }
    let digits = std::str::from_utf8(digits).map_err(|_| "a packet does not begin with its length")?;
    match usize::from_str_radix(digits, 16) {
        Ok(0) => Ok(None),
        Ok(length) if length > 4 => {
            let line = bytes.get(4..length).ok_or("it ends before its commands do")?;
            Ok(Some((line, &bytes[length..])))
        }
        Ok(_) | Err(_) => Err("a packet has a length that none can have"),
    }
}

/// An object's name, of SHA-1 or SHA-256.
fn is_object(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `OLD NEW REF`, and on the first line capabilities behind a NUL.
fn command(text: &str, first: bool) -> Option<Command> {
    let text = match text.split_once('\0') {
        Some((text, _)) if first => text,
        Some(_) => return None,
        None => text,
    };
    let mut words = text.splitn(3, ' ');
    let (old, new, name) = (words.next()?, words.next()?, words.next()?);
    let is_null = |text: &str| text.bytes().all(|byte| byte == b'0');
    let plain = !name.is_empty() && !name.bytes().any(|byte| byte <= b' ' || byte == 0x7f);
    (is_object(old) && is_object(new) && plain).then(|| Command {
        name: name.to_owned(),
        creates: is_null(old),
        deletes: is_null(new),
        packet: 0..0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const NULL: &str = "0000000000000000000000000000000000000000";

    fn line(text: &str) -> String {
        format!("{:04x}{text}", text.len() + 4)
    }

    fn names(bytes: &str) -> Result<Vec<String>, &'static str> {
        match read(bytes.as_bytes())? {
            Commands::None => Ok(Vec::new()),
            Commands::Some(commands) => Ok(commands.into_iter().map(|command| command.name).collect()),
        }
    }

    #[test]
    fn commands_are_read_up_to_the_flush_packet() {
        let first = line(&format!("{A} {A} refs/heads/main\0report-status agent=git/2\n"));
        let second = line(&format!("{A} {NULL} refs/heads/old"));
        let push = format!("{first}{second}0000PACK…");
        assert_eq!(names(&push).unwrap(), ["refs/heads/main", "refs/heads/old"]);
        let Ok(Commands::Some(commands)) = read(push.as_bytes()) else { panic!() };
        assert_eq!(
            commands.iter().map(|c| (c.creates, c.deletes)).collect::<Vec<_>>(),
            [(false, false), (false, true)]
        );
        assert_eq!(read(b"0000"), Ok(Commands::None));
        let shallow = line(&format!("shallow {A}\n"));
        assert_eq!(names(&format!("{shallow}{push}")).unwrap(), ["refs/heads/main", "refs/heads/old"]);
        let (all, end) = super::commands(push.as_bytes()).unwrap();
        assert_eq!(push[end..], *"PACK…");
        assert_eq!(push[all[0].packet.clone()], first);
        assert_eq!(push[all[1].packet.clone()], second);
        assert!(super::commands(b"0000").is_none());
    }

    #[test]
    fn a_signed_push_says_its_commands_in_its_certificate() {
        let lines = ["push-cert\0atomic\n", "certificate version 0.1\n", "\n"].map(line).concat();
        let command = line(&format!("{A} {A} refs/heads/main\n"));
        let end = [line("-----BEGIN PGP SIGNATURE-----\n"), line("push-cert-end\n")].concat();
        assert_eq!(names(&format!("{lines}{command}{end}0000")).unwrap(), ["refs/heads/main"]);
        assert!(
            names(&format!("{lines}{end}0000")).is_err(),
            "a certificate without commands is no lone flush"
        );
    }

    /// CASES CL-10
    #[test]
    fn what_is_not_exactly_commands_is_an_error() {
        let good = line(&format!("{A} {A} refs/heads/main"));
        for text in [
            "",
            "000",
            "0000x",
            "0004",
            "0003",
            "+000",
            "00g0",
            "0001",
            "0000PACK",
            &good,
            &format!("{good}{}0000", line("hello")),
            &format!("{}0000", line(&format!("{A} {A} "))),
            &format!("{}0000", line(&format!("{A}  {A} x"))),
            &format!("{}0000", line(&format!("{A} {A} x y"))),
            &format!("{good}{}0000", line(&format!("{A} {A} y\0late"))),
            // Git takes the object and leaves the rest of the line alone; what asks for nothing is a flush packet only.
            &format!("{}0000", line(&format!("shallow {A}"))),
            &format!("{}{good}0000", line(&format!("shallow {A} {A} refs/heads/main\0report-status"))),
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
