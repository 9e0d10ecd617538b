//! Whose a connection's far socket is, asked of the kernel for that one connection: `sock_diag(7)`.
//!
//! `/proc/net/tcp` answers the same, but the kernel writes all of it for each question: with thousands of agents
//! connected each new hold would cost a reading of thousands of lines.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

/// `SOCK_DIAG_BY_FAMILY`, of `linux/sock_diag.h`.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`, of `netlink(7)`.
const REQUEST: u16 = 1;
/// `struct nlmsghdr`: length, type, flags, sequence, sender.
const HEADER: usize = 16;
/// `struct inet_diag_req_v2`: family, protocol, extensions, padding, states, and the socket's identity.
const QUESTION: usize = 56;
/// `struct inet_diag_sockid`: both ports, both addresses of 16 bytes, interface, cookie.
const IDENTITY: usize = 48;
/// Where the identity stands in `struct inet_diag_msg`, behind family, state, timer and retransmissions.
const IN_ANSWER: usize = HEADER + 4;
/// Where the user stands there: behind the identity, the timer and both queues.
const USER: usize = IN_ANSWER + IDENTITY + 12;
/// And behind it the number that the socket has as a file.
const INODE: usize = USER + 4;

/// The user of the socket whose own end is `peer` and whose far end is `local`; none where the kernel knows no such
/// socket, or no process has it any more. An error where it cannot be asked in this way: a kernel without `inet_diag`, a filter on system calls.
pub fn user_of(peer: SocketAddr, local: SocketAddr) -> io::Result<Option<u32>> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    send(&socket, &question(peer.ip().to_canonical(), &identity(peer, local)), SendFlags::empty())?;
    let mut answer = [0; 512];
    // The kernel has answered when the question is sent, so there is nothing to wait for.
    let (length, _) = recv(&socket, &mut answer, RecvFlags::DONTWAIT)?;
    read(answer.get(..length).unwrap_or_default(), (peer, local))
}

/// What the kernel must find: ports and addresses as on the wire, any interface, any cookie.
fn identity(peer: SocketAddr, local: SocketAddr) -> [u8; IDENTITY] {
    let mut identity = [0; IDENTITY];
    identity[..2].copy_from_slice(&peer.port().to_be_bytes());
    identity[2..4].copy_from_slice(&local.port().to_be_bytes());
    for (at, ip) in [(4, peer.ip()), (20, local.ip())] {
        match ip.to_canonical() {
            IpAddr::V4(ip) => identity[at..at + 4].copy_from_slice(&ip.octets()),
            IpAddr::V6(ip) => identity[at..at + 16].copy_from_slice(&ip.octets()),
        }
    }
    identity[40..].fill(0xff);
    identity
}

fn question(ip: IpAddr, identity: &[u8; IDENTITY]) -> [u8; HEADER + QUESTION] {
    let mut question = [0; HEADER + QUESTION];
    let length = (HEADER + QUESTION) as u32;
    question[..4].copy_from_slice(&length.to_ne_bytes());
    question[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    question[6..8].copy_from_slice(&REQUEST.to_ne_bytes());
    let family = if ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    question[HEADER] = family.as_raw() as u8;
    question[HEADER + 1] = rustix::net::ipproto::TCP.as_raw().get() as u8;
    // Sockets in every state.
    question[HEADER + 4..HEADER + 8].fill(0xff);
    question[HEADER + 8..].copy_from_slice(identity);
    question
}

/// The kernel falls back to a listener on the same port, so the socket found must be the one asked for. It answers in the
/// socket's own family: one of IPv6 that speaks IPv4 has mapped addresses.
fn read(answer: &[u8], (peer, local): (SocketAddr, SocketAddr)) -> io::Result<Option<u32>> {
    const ERROR: u16 = 2;
    let word =
        |at: usize| answer.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_ne_bytes);
    let kind = answer.get(4..6).and_then(|two| two.try_into().ok()).map(u16::from_ne_bytes);
    match (kind, word(USER), word(INODE)) {
        (Some(BY_FAMILY), Some(user), Some(inode)) => {
            let found = ends(answer);
            let asked = [peer, local].map(|end| (end.ip().to_canonical(), end.port()));
            // Without an inode it is nobody's: the process has closed it, and user 0 stands for none.
            Ok((found == Some(asked) && inode != 0).then_some(user))
        }
        (Some(ERROR), _, _) => {
            match word(HEADER).map(|code| io::Error::from_raw_os_error((code as i32).wrapping_neg())) {
                // ENOENT says both that there is no such socket and that the kernel cannot look.
                Some(error) => Err(error),
                None => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// Own and far end of the socket found.
fn ends(answer: &[u8]) -> Option<[(IpAddr, u16); 2]> {
    let port = |at: usize| answer.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_be_bytes);
    let is_six = match u16::from(*answer.get(HEADER)?) {
        family if family == AddressFamily::INET.as_raw() => false,
        family if family == AddressFamily::INET6.as_raw() => true,
        _ => return None,
    };
    let ip = |at: usize| -> Option<IpAddr> {
        let bytes: [u8; 16] = answer.get(at..at + 16)?.try_into().ok()?;
        let [a, b, c, d, ..] = bytes;
        let ip = if is_six { Ipv6Addr::from(bytes).into() } else { IpAddr::from(Ipv4Addr::new(a, b, c, d)) };
        Some(ip.to_canonical())
    };
    Some([(ip(IN_ANSWER + 4)?, port(IN_ANSWER)?), (ip(IN_ANSWER + 20)?, port(IN_ANSWER + 2)?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_names_both_ends_as_on_the_wire() {
        let asked = identity("127.0.0.1:40000".parse().unwrap(), "[::ffff:127.0.0.1]:8080".parse().unwrap());
        assert_eq!(asked[..8], [0x9c, 0x40, 0x1f, 0x90, 127, 0, 0, 1]);
        assert_eq!(asked[20..24], [127, 0, 0, 1]);
        let question = question("127.0.0.1".parse().unwrap(), &asked);
        assert_eq!(question[..4], 72_u32.to_ne_bytes());
        assert_eq!(question[HEADER..HEADER + 2], [2, 6]);
    }

    fn ends_asked_for() -> (SocketAddr, SocketAddr) {
        ("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:8080".parse().unwrap())
    }

    fn answer() -> [u8; 88] {
        let (peer, local) = ends_asked_for();
        let mut answer = [0; 88];
        answer[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
        answer[HEADER] = 2;
        answer[IN_ANSWER..IN_ANSWER + 36].copy_from_slice(&identity(peer, local)[..36]);
        answer[USER..USER + 4].copy_from_slice(&1000_u32.to_ne_bytes());
        answer[INODE..INODE + 4].copy_from_slice(&7_u32.to_ne_bytes());
        answer
    }

    #[test]
    fn only_the_socket_that_was_asked_for_has_a_user() {
        assert_eq!(read(&answer(), ends_asked_for()).unwrap(), Some(1000));
        let mut listener = answer();
        listener[IN_ANSWER + 2..IN_ANSWER + 4].fill(0);
        assert_eq!(read(&listener, ends_asked_for()).unwrap(), None, "a listener has no far end");
        let mut closed = answer();
        closed[INODE..].fill(0);
        assert_eq!(read(&closed, ends_asked_for()).unwrap(), None, "a socket that was closed is nobody's");
    }

    #[test]
    fn an_error_and_a_cut_answer_are_errors() {
        let mut answer = [0; 36];
        answer[4] = 2;
        answer[HEADER..HEADER + 4].copy_from_slice(&(-2_i32).to_ne_bytes());
        assert_eq!(read(&answer, ends_asked_for()).unwrap_err().kind(), io::ErrorKind::NotFound);
        answer[4] = 20;
        assert!(read(&answer, ends_asked_for()).is_err() && read(&[], ends_asked_for()).is_err());
    }
}
