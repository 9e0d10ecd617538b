//! Whose a connection's far socket is, asked of the kernel for that one connection: `sock_diag(7)`.
//!
//! `/proc/net/tcp` answers the same, but the kernel writes all of it for each question: with thousands of agents
//! connected each new hold would cost a reading of thousands of lines.

use std::io;
use std::net::{IpAddr, SocketAddr};

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

/// The user of the socket whose own end is `peer` and whose far end is `local`; none where the kernel knows no such
/// socket. An error where it cannot be asked in this way: a kernel without `inet_diag`, a filter on system calls.
pub fn user_of(peer: SocketAddr, local: SocketAddr) -> io::Result<Option<u32>> {
    let identity = identity(peer, local);
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    send(&socket, &question(peer.ip().to_canonical(), &identity), SendFlags::empty())?;
    let mut answer = [0; 512];
    // The kernel has answered when the question is sent, so there is nothing to wait for.
    let (length, _) = recv(&socket, &mut answer, RecvFlags::DONTWAIT)?;
    read(answer.get(..length).unwrap_or_default(), &identity)
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

/// The kernel falls back to a listener on the same port, so the socket found must be the one asked for.
fn read(answer: &[u8], asked: &[u8; IDENTITY]) -> io::Result<Option<u32>> {
    const ERROR: u16 = 2;
    let word =
        |at: usize| answer.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_ne_bytes);
    let kind = answer.get(4..6).and_then(|two| two.try_into().ok()).map(u16::from_ne_bytes);
    match (kind, word(USER)) {
        (Some(BY_FAMILY), Some(user)) => {
            // Behind ports and addresses stand the interface and the cookie that the kernel fills in.
            let found = answer.get(IN_ANSWER..IN_ANSWER + 36);
            Ok((found == asked.get(..36)).then_some(user))
        }
        (Some(ERROR), _) => {
            match word(HEADER).map(|code| io::Error::from_raw_os_error((code as i32).wrapping_neg())) {
                // ENOENT says both that there is no such socket and that the kernel cannot look.
                Some(error) => Err(error),
                None => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
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

    #[test]
    fn a_listener_on_the_same_port_is_not_the_socket_asked_for() {
        let asked = identity("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:8080".parse().unwrap());
        let mut answer = [0; 88];
        answer[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
        answer[USER..USER + 4].copy_from_slice(&1000_u32.to_ne_bytes());
        answer[IN_ANSWER..IN_ANSWER + 36].copy_from_slice(&asked[..36]);
        assert_eq!(read(&answer, &asked).unwrap(), Some(1000));
        // A listener has no far end.
        answer[IN_ANSWER + 2..IN_ANSWER + 4].fill(0);
        assert_eq!(read(&answer, &asked).unwrap(), None);
    }

    #[test]
    fn an_error_and_a_cut_answer_are_errors() {
        let asked = identity("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:8080".parse().unwrap());
        let mut answer = [0; 36];
        answer[4] = 2;
        answer[HEADER..HEADER + 4].copy_from_slice(&(-2_i32).to_ne_bytes());
        assert_eq!(read(&answer, &asked).unwrap_err().kind(), io::ErrorKind::NotFound);
        answer[4] = 20;
        assert!(read(&answer, &asked).is_err() && read(&[], &asked).is_err());
    }
}
