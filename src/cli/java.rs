//! What Java needs: it reads no proxy variable and no PEM, so its proxy goes into `JAVA_TOOL_OPTIONS`, and its roots into
//! a trust store. The store has the JKS format, which every Java reads and which is a list of certificates and a
//! checksum; there is no secret in it, and its password is the one that everybody uses.

use std::net::SocketAddr;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// It protects nothing: the format wants one for its checksum.
const PASSWORD: &str = "changeit";

const MAGIC: u32 = 0xfeed_feed;
const VERSION: u32 = 2;
const TRUSTED_CERTIFICATE: u32 = 2;
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// What the checksum begins with, after the password.
const SALT: &[u8] = b"Mighty Aphrodite";

/// A trust store of these certificates (DER).
pub fn store<'a>(certificates: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut count: u32 = 0;
    for certificate in certificates {
        // A root has a few KiB: what fits into no length is none.
        let Ok(length) = u32::try_from(certificate.len()) else { continue };
        entries.extend(TRUSTED_CERTIFICATE.to_be_bytes());
        push_text(&mut entries, &format!("root-{count}"));
        // When it was put in; always the same, so that the same roots make the same file.
        entries.extend(0_u64.to_be_bytes());
        push_text(&mut entries, "X.509");
        entries.extend(length.to_be_bytes());
        entries.extend(certificate);
        count += 1;
    }
    let mut out: Vec<u8> = [MAGIC, VERSION, count].iter().flat_map(|word| word.to_be_bytes()).collect();
    out.append(&mut entries);
    let mut checked: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    checked.extend(SALT);
    checked.extend(&out);
    out.extend(digest(&SHA1_FOR_LEGACY_USE_ONLY, &checked).as_ref());
    out
}

/// Texts here are ours, and short.
fn push_text(out: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).expect("a name of a few letters");
    out.extend(length.to_be_bytes());
    out.extend(text.as_bytes());
}

/// The options: added to those that are there, never in their place. `direct` is what goes past the proxy.
pub fn options(proxy: SocketAddr, direct: &[String], store: &str, old: &str) -> String {
    let (ip, port) = (proxy.ip(), proxy.port());
    let ours = [
        format!("-Dhttp.proxyHost={ip}"),
        format!("-Dhttp.proxyPort={port}"),
        format!("-Dhttps.proxyHost={ip}"),
        format!("-Dhttps.proxyPort={port}"),
        format!("-Dhttp.nonProxyHosts={}", patterns(direct)),
        format!("-Djavax.net.ssl.trustStore={store}"),
        "-Djavax.net.ssl.trustStoreType=JKS".to_owned(),
        format!("-Djavax.net.ssl.trustStorePassword={PASSWORD}"),
    ];
    let ours: Vec<String> = ours.iter().map(|option| quoted(option)).collect();
    let ours = ours.join(" ");
    match old {
        "" => ours,
        old if old.ends_with(&ours) => old.to_owned(),
        old => format!("{old} {ours}"),
    }
}

/// Java takes blanks inside quotes of either kind, and knows no escape within.
fn quoted(option: &str) -> String {
    match (option.contains([' ', '\'']), option.contains('"')) {
        (false, false) => option.to_owned(),
        (true, false) => format!("\"{option}\""),
        (_, true) => format!("'{option}'"),
    }
}

/// `NO_PROXY` in Java's way: a name there stands for what is below it too; a range of addresses has no such form.
///
/// To a list that is not empty Java adds all of loopback by itself (`sun.net.spi.DefaultProxySelector`). Where loopback is to
/// be reached through the proxy the list stays empty, and all goes through it.
fn patterns(direct: &[String]) -> String {
    if !LOOPBACK.iter().all(|name| direct.iter().any(|entry| entry == name)) {
        return String::new();
    }
    let mut all = Vec::new();
    for entry in direct.iter().filter(|entry| !entry.contains(['/', '|'])) {
        let name = entry.trim_start_matches('.');
        match name.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V6(ip)) => all.push(format!("[{ip}]")),
            Ok(ip) => all.push(ip.to_string()),
            Err(_) if name == "localhost" => all.push(name.to_owned()),
            Err(_) => all.extend([name.to_owned(), format!("*.{name}")]),
        }
    }
    all.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn options_are_added_once_and_never_in_place_of_others() {
        let proxy = "127.0.0.1:8080".parse().unwrap();
        let direct = texts(&[".corp.example", "10.0.0.0/8", "localhost", "127.0.0.1", "::1"]);
        let once = options(proxy, &direct, "/certs/roots.jks", "-Xmx1g");
        assert!(once.starts_with("-Xmx1g -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=8080 "), "{once}");
        let hosts = " -Dhttp.nonProxyHosts=corp.example|*.corp.example|localhost|127.0.0.1|[::1] ";
        assert!(once.contains(hosts), "{once}");
        assert!(once.contains(" -Djavax.net.ssl.trustStore=/certs/roots.jks "), "{once}");
        assert_eq!(options(proxy, &direct, "/certs/roots.jks", &once), once);
    }

    /// Java would add the rest of loopback to it.
    #[test]
    fn where_loopback_is_to_be_looked_at_nothing_goes_past_the_proxy() {
        assert_eq!(patterns(&texts(&["intranet.example", "::1"])), "");
        assert_eq!(patterns(&texts(&["localhost", "127.0.0.1", "::1"])), "localhost|127.0.0.1|[::1]");
    }

    #[test]
    fn a_path_with_a_blank_stays_one_option() {
        let all = options("[::1]:1".parse().unwrap(), &[], "/my certs/roots.jks", "");
        assert!(all.contains(" \"-Djavax.net.ssl.trustStore=/my certs/roots.jks\" "), "{all}");
        assert_eq!(quoted("-Da=\"b c"), "'-Da=\"b c'");
    }

    #[test]
    fn a_store_has_its_certificates_and_a_checksum_over_all() {
        let store = store([&b"one"[..], b"three"]);
        assert_eq!(store[..12], [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 2]);
        let entry = |name: &str, certificate: &[u8]| {
            let mut out = vec![0, 0, 0, 2, 0, 6];
            out.extend(name.as_bytes());
            out.extend([0; 8]);
            out.extend([0, 5]);
            out.extend(b"X.509");
            out.extend([0, 0, 0, u8::try_from(certificate.len()).unwrap()]);
            out.extend(certificate);
            out
        };
        let both = [entry("root-0", b"one"), entry("root-1", b"three")].concat();
        assert_eq!(store[12..12 + both.len()], both);
        assert_eq!(store.len(), 12 + both.len() + 20);
    }
}
