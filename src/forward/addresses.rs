//! Which addresses may be dialled. Own listeners never; loopback, link-local, metadata and reserved ranges only
//! where `[upstream] allow_addresses` names them; everything else, private ranges among it, is an ordinary
//! destination (SPEC section 5).
//!
//! An address is judged in its canonical form: the IPv4 address inside a mapped, compatible, NAT64, 6to4, Teredo
//! or ISATAP spelling is judged too, and the more cautious answer stands (CASES DE-07, 09, 10, 11).
//! Ranges: IANA special-purpose address registries, RFC 6890, RFC 6052, RFC 3056, RFC 4380.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::net::Net;

/// IPv4 ranges that are refused unless named.
const BLOCKED_V4: &[(&str, &str)] = &[
    ("0.0.0.0/8", "this host"),
    ("100.100.100.200/32", "cloud metadata"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud metadata"),
    ("169.254.0.0/16", "link-local and cloud metadata"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved and broadcast"),
];

/// IPv6 ranges that are refused unless named. Only 2000::/3 and fc00::/7 are ordinary at all.
const BLOCKED_V6: &[(&str, &str)] = &[
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("2001::/23", "reserved for protocols"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("fd00:ec2::/32", "cloud metadata"),
    ("fd20:ce::254/128", "cloud metadata"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
];

/// Judges addresses.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Vec<Net>,
    own: Vec<SocketAddr>,
    blocked: Vec<(Net, &'static str)>,
}

impl Guard {
    /// `allowed`: `[upstream] allow_addresses`. `own`: every address that Holdpoint listens on.
    pub fn new(allowed: Vec<Net>, own: Vec<SocketAddr>) -> Self {
        let blocked = BLOCKED_V4
            .iter()
            .chain(BLOCKED_V6)
            .map(|(net, what)| (net.parse().expect("the table holds ranges"), *what))
            .collect();
        Self { allowed, own, blocked }
    }

    /// Says why an address may not be dialled.
    pub fn check(&self, address: SocketAddr) -> Result<(), String> {
        for ip in readings(address.ip()) {
            if self.is_own(SocketAddr::new(ip, address.port())) {
                return Err(
                    "the destination is a listener of Holdpoint's own; nothing allows that".to_owned()
                );
            }
            if let Some(what) = self.blocked(ip)
                && !self.allowed.iter().any(|net| net.contains(ip))
            {
                return Err(format!(
                    "the destination is a {what} address; an operator may allow it by [upstream] allow_addresses"
                ));
            }
        }
        Ok(())
    }

    fn blocked(&self, ip: IpAddr) -> Option<&'static str> {
        if let Some((_, what)) = self.blocked.iter().find(|(net, _)| net.contains(ip)) {
            return Some(what);
        }
        match ip {
            IpAddr::V6(address) => {
                let top = address.segments()[0];
                let ordinary = top & 0xe000 == 0x2000 || top & 0xfe00 == 0xfc00;
                (!ordinary).then_some("reserved")
            }
            IpAddr::V4(_) => None,
        }
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        self.own.iter().any(|own| {
            own.port() == address.port()
                && (own.ip().to_canonical() == address.ip()
                    || address.ip().is_unspecified()
                    || (own.ip().is_unspecified() && is_local(address.ip())))
        })
    }
}

/// The kernel binds a socket to local addresses only.
fn is_local(ip: IpAddr) -> bool {
    ip.is_loopback() || UdpSocket::bind(SocketAddr::new(ip, 0)).is_ok()
}

/// The address itself and every address that another reading finds inside it.
fn readings(ip: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(address) = ip else { return vec![ip] };
    if let Some(inner) = address.to_ipv4_mapped() {
        return vec![inner.into()];
    }
    let mut all = vec![ip];
    all.extend(embedded(address).map(IpAddr::V4));
    all
}

fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let at =
        |index: usize| Ipv4Addr::new(octets[index], octets[index + 1], octets[index + 2], octets[index + 3]);
    match address.segments() {
        // IPv4-compatible (deprecated), but not :: and ::1.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => Some(at(12)),
        // SIIT, RFC 2765.
        [0, 0, 0, 0, 0xffff, 0, ..] => Some(at(12)),
        // NAT64 well-known prefix, RFC 6052, and the local one, RFC 8215.
        [0x64, 0xff9b, ..] => Some(at(12)),
        // 6to4, RFC 3056.
        [0x2002, ..] => Some(at(2)),
        // Teredo, RFC 4380: the client's address is stored inverted.
        [0x2001, 0, ..] => Some(Ipv4Addr::from(!u32::from(at(12)))),
        // ISATAP, RFC 5214.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => Some(at(12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str]) -> Guard {
        let own = vec!["127.0.0.1:8080".parse().unwrap(), "0.0.0.0:9090".parse().unwrap()];
        Guard::new(allowed.iter().map(|net| net.parse().unwrap()).collect(), own)
    }

    fn passes(guard: &Guard, ip: &str) -> bool {
        guard.check(SocketAddr::new(ip.parse().unwrap(), 443)).is_ok()
    }

    /// CASES DE-07, DE-10, DE-11.
    #[test]
    fn special_addresses_are_refused_and_their_ordinary_neighbours_are_not() {
        let guard = guard(&[]);
        for ip in [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "100::1",
            "4000::1",
            "2001:db8::1",
        ] {
            assert!(!passes(&guard, ip), "{ip}");
        }
        for ip in [
            "1.1.1.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "100.100.100.201",
            "126.255.255.255",
            "128.0.0.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "fc00::1",
            "fd12::1",
        ] {
            assert!(passes(&guard, ip), "{ip}");
        }
    }

    /// CASES DE-09.
    #[test]
    fn an_address_hidden_in_another_spelling_is_found() {
        let guard = guard(&[]);
        for ip in [
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::7f00:1",
            "2002:7f00:1::",
            "2001:0:1:1:1:1:80ff:fffe",
            "2606:4700::5efe:7f00:1",
        ] {
            assert!(!passes(&guard, ip), "{ip}");
        }
        assert!(passes(&guard, "2002:0102:0304::"));
        assert!(passes(&guard, "::ffff:1.2.3.4"));
    }

    #[test]
    fn a_named_range_may_be_dialled_and_the_next_one_not() {
        let guard = guard(&["127.0.0.0/8"]);
        assert!(passes(&guard, "127.0.0.1"));
        assert!(passes(&guard, "::ffff:127.0.0.1"));
        assert!(!passes(&guard, "169.254.169.254"));
        assert!(!passes(&guard, "::1"));
    }

    /// CASES DE-05, DE-06: whatever is allowed, an own listener is not.
    #[test]
    fn own_listeners_are_never_dialled() {
        let guard = guard(&["0.0.0.0/0", "::/0"]);
        for address in
            ["127.0.0.1:8080", "0.0.0.0:8080", "127.0.0.1:9090", "127.0.0.9:9090", "[::ffff:127.0.0.1]:8080"]
        {
            assert!(guard.check(address.parse().unwrap()).is_err(), "{address}");
        }
        assert!(guard.check("127.0.0.1:8082".parse().unwrap()).is_ok());
    }
}
