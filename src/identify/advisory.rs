//! Whether an agent could approve its own requests: its loopback connection belongs to Holdpoint's own user or to
//! root, so nothing on this machine keeps it away from the socket, the token or the terminal (SPEC section 10).
//!
//! Asked of the kernel for the one connection; where it cannot be asked so, read from `/proc/net/tcp` and `tcp6`, whose
//! lines give both ends of a connection and the user it belongs to.
//! When it cannot be told, the answer is yes: the label warns, it does not allow.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::identify::diagnosed::user_of;
use crate::identify::users::name_of;

/// What the machine knows of an agent's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Nothing on this machine keeps it from approving its own requests.
    pub advisory: bool,
    /// The name of the Unix user that its connection belongs to, where it is on this machine and that can be told.
    pub user: Option<String>,
}

impl Owner {
    /// It runs here, and more could not be told.
    pub const UNKNOWN: Self = Self { advisory: true, user: None };
}

/// Looks the peer's socket up where that is one question to the kernel; `None` where that told nothing, and the tables
/// must be read. The kernel is asked of every peer: also one that comes over this machine's own network address, or from
/// one of its addresses to another, is a process that runs here.
pub fn ask_owner(peer: SocketAddr, local: SocketAddr) -> Option<Owner> {
    match user_of(peer, local) {
        Ok(Some(uid)) => Some(owner_with(Some(uid))),
        _ if is_here(peer.ip(), local.ip()) => None,
        _ => Some(Owner { advisory: false, user: None }),
    }
}

/// Whether a connection begins on this machine, as its addresses say: from or to loopback, or from the address that it
/// goes to.
fn is_here(peer: IpAddr, local: IpAddr) -> bool {
    let (peer, local) = (peer.to_canonical(), local.to_canonical());
    peer.is_loopback() || local.is_loopback() || peer == local
}

/// Looks the peer's socket up in the tables. Reads files: call it off the runtime's thread.
pub fn find_owner(peer: SocketAddr, local: SocketAddr) -> Owner {
    listed(peer, local).map_or(Owner::UNKNOWN, owner_with)
}

fn owner_with(uid: Option<u32>) -> Owner {
    let own = rustix::process::geteuid().as_raw();
    match uid {
        Some(uid) => Owner { advisory: uid == 0 || uid == own, user: Some(name_of(uid)) },
        None => Owner::UNKNOWN,
    }
}

/// Reads the tables through.
fn listed(peer: SocketAddr, local: SocketAddr) -> io::Result<Option<u32>> {
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let Ok(file) = fs::File::open(table) else { continue };
        for line in BufReader::new(file).lines().skip(1) {
            if let Some((one, other, uid)) = entry(&line?)
                && same(one, peer)
                && same(other, local)
            {
                return Ok(Some(uid));
            }
        }
    }
    Ok(None)
}

fn same(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical()
}

/// Own end, far end and user of one line.
fn entry(line: &str) -> Option<(SocketAddr, SocketAddr, u32)> {
    let mut words = line.split_ascii_whitespace();
    let one = address(words.nth(1)?)?;
    let other = address(words.next()?)?;
    let uid = words.nth(4)?.parse().ok()?;
    // Without an inode it is nobody's: the process has closed it, and user 0 stands for none.
    let inode: u64 = words.nth(1)?.parse().ok()?;
    (inode != 0).then_some((one, other, uid))
}

/// `0100007F:1F90`: the address in 32-bit words of the machine's byte order, the port in plain hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (digits, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::with_capacity(16);
    for start in (0..digits.len()).step_by(8) {
        let word = u32::from_str_radix(digits.get(start..start + 8)?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let ip = match bytes.len() {
        4 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.as_slice()).ok()?)),
        16 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_of_the_same_user_is_advisory() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let agent = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (peer, local) = (agent.local_addr().unwrap(), listener.local_addr().unwrap());
        let own = rustix::process::geteuid().as_raw();
        let owner = Owner { advisory: true, user: Some(name_of(own)) };
        assert_eq!(find_owner(peer, local), owner);
        // Where the kernel can be asked for one socket, it says the same.
        assert_eq!(ask_owner(peer, local).unwrap_or(owner.clone()), owner);
    }

    /// CASES AP-22: Java's sockets are such, and an agent may choose one to be taken for nobody.
    #[test]
    fn a_socket_of_ipv6_that_speaks_ipv4_has_its_user_too() {
        use rustix::net::{AddressFamily, SocketType, connect, socket};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap();
        let agent = socket(AddressFamily::INET6, SocketType::STREAM, None).unwrap();
        let mapped = SocketAddr::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), local.port());
        connect(&agent, &mapped).unwrap();
        let (_accepted, peer) = listener.accept().unwrap();
        let own = rustix::process::geteuid().as_raw();
        assert_eq!(listed(peer, local).unwrap(), Some(own));
        assert!(user_of(peer, local).map_or(true, |user| user == Some(own)));
        assert_eq!(find_owner(peer, local).user, Some(name_of(own)));
    }

    #[test]
    fn a_line_gives_both_ends_and_the_user() {
        let line =
            "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 2 1";
        assert_eq!(entry(&line.replace("0 2 1", "0 0 1")), None, "a socket that was closed is nobody's");
        let (one, other, uid) = entry(line).unwrap();
        assert_eq!(
            (one.to_string().as_str(), other.to_string().as_str(), uid),
            ("127.0.0.1:8080", "127.0.0.1:50000", 1000)
        );
    }

    /// CASES AP-22: a listener on all addresses is also had by this machine's own network address.
    #[test]
    fn a_process_here_is_known_whatever_address_of_this_machine_it_comes_from() {
        let own = rustix::process::geteuid().as_raw();
        let connected = |at: &str, to: IpAddr| {
            let listener = std::net::TcpListener::bind((at.parse::<IpAddr>().unwrap(), 0)).ok()?;
            let agent = std::net::TcpStream::connect((to, listener.local_addr().ok()?.port())).ok()?;
            let (accepted, peer) = listener.accept().ok()?;
            Some((agent, accepted.local_addr().ok()?, peer))
        };
        // Nothing is sent: the system says which address it would send from.
        let outward = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
            socket.connect("192.0.2.1:9")?;
            socket.local_addr()
        });
        let outward = outward.map_or(IpAddr::from([127, 0, 0, 9]), |address| address.ip());
        for (at, to) in [("0.0.0.0", outward), ("::", outward), ("::", IpAddr::from([127, 0, 0, 1]))] {
            let Some((agent, local, peer)) = connected(at, to) else { continue };
            assert!(is_here(peer.ip(), local.ip()), "{peer} {local}");
            let owner = ask_owner(peer, local).unwrap_or_else(|| find_owner(peer, local));
            assert_eq!(owner, Owner { advisory: true, user: Some(name_of(own)) }, "{at} {to}");
            drop(agent);
        }
    }

    #[test]
    fn a_connection_is_of_this_machine_where_its_addresses_say_so() {
        let is_here = |peer: &str, local: &str| is_here(peer.parse().unwrap(), local.parse().unwrap());
        for (peer, local) in [
            ("127.0.0.1", "127.0.0.1"),
            ("192.0.2.10", "192.0.2.10"),
            ("192.0.2.10", "::ffff:192.0.2.10"),
            ("192.0.2.10", "127.0.0.1"),
            ("::ffff:127.0.0.2", "::ffff:192.0.2.10"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert!(is_here(peer, local), "{peer} {local}");
        }
        for (peer, local) in [("192.0.2.11", "192.0.2.10"), ("2001:db8::2", "2001:db8::1")] {
            assert!(!is_here(peer, local), "{peer} {local}");
        }
    }

    #[test]
    fn another_machine_is_never_advisory() {
        let owner = ask_owner("192.0.2.7:5000".parse().unwrap(), "192.0.2.1:8080".parse().unwrap());
        assert_eq!(owner, Some(Owner { advisory: false, user: None }));
    }
}
