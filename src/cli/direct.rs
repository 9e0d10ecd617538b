//! `NO_PROXY`: what an agent reaches past the proxy. Every entry is a way around it, so each that the person had before
//! is kept and named, two kinds are not: `*`, which is everything, and addresses that `[upstream] allow_addresses` lists, which
//! the operator wants to be reached through the proxy. Loopback is added as long as the proxy refuses it anyway.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Config;
use crate::net::Net;

/// What goes past the proxy.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Direct {
    /// The entries of `NO_PROXY`.
    pub hosts: Vec<String>,
    /// What there is to say of those that the person had.
    pub remarks: Vec<String>,
}

impl Direct {
    /// From the environment of this process. Where both spellings are set, the lower case one counts, as for curl.
    pub fn here(config: &Config) -> Self {
        let variable = |name| std::env::var(name).ok().filter(|text: &String| !text.is_empty());
        let had = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
        Self::of(&had, &config.upstream.allow_addresses)
    }

    fn of(had: &str, allowed: &[Net]) -> Self {
        let mut direct = Self::default();
        let loopback = loopback(allowed);
        let (mut kept, mut dropped) = (Vec::new(), Vec::new());
        for entry in had.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()) {
            if loopback.contains(&entry) || kept.contains(&entry) {
                continue;
            }
            let fit =
                entry.chars().all(|letter| letter.is_ascii_graphic() && !"'\"\\`$;|&<>".contains(letter));
            if !fit || leads_to(entry, allowed) {
                dropped.push(entry);
            } else {
                kept.push(entry);
            }
        }
        if !kept.is_empty() {
            direct.remarks.push(format!("NO_PROXY has {}: what goes there is not seen", kept.join(", ")));
        }
        if !dropped.is_empty() {
            direct.remarks.push(format!(
                "NO_PROXY loses {}: what the proxy is there for would go around it",
                crate::cli::hold::safe(&dropped.join(", "))
            ));
        }
        direct.hosts = kept.into_iter().chain(loopback).map(str::to_owned).collect();
        direct
    }
}

/// Loopback as far as the proxy refuses it; what the operator allows is to be looked at.
fn loopback(allowed: &[Net]) -> Vec<&'static str> {
    let refused = |ip: IpAddr| !allowed.iter().any(|net| net.contains(ip));
    let (v4, v6) = (refused(Ipv4Addr::LOCALHOST.into()), refused(Ipv6Addr::LOCALHOST.into()));
    [(v4 && v6, "localhost"), (v4, "127.0.0.1"), (v6, "::1")]
        .into_iter()
        .filter_map(|(direct, host)| direct.then_some(host))
        .collect()
}

/// Whether an entry is everything, or leads to an address that the operator lets agents reach through the proxy.
fn leads_to(entry: &str, allowed: &[Net]) -> bool {
    let name = entry.trim_start_matches(['*', '.']);
    if name.is_empty() {
        return true;
    }
    let bare = without_port(name);
    if let Ok(net) = bare.parse::<Net>() {
        return allowed
            .iter()
            .any(|allowed| allowed.contains(net.address()) || net.contains(allowed.address()));
    }
    let is_local =
        bare.eq_ignore_ascii_case("localhost") || bare.to_ascii_lowercase().ends_with(".localhost");
    is_local && !loopback(allowed).contains(&"localhost")
}

/// `[::1]:80`, `[::1]`, `127.0.0.1:80`; an address of IPv6 without brackets has no port.
fn without_port(entry: &str) -> &str {
    if let Some(rest) = entry.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match entry.split_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => entry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nets(list: &[&str]) -> Vec<Net> {
        list.iter().map(|net| net.parse().unwrap()).collect()
    }

    /// An agent must not go around the proxy to what the operator lets it reach through the proxy.
    #[test]
    fn what_may_be_reached_through_the_proxy_is_not_reached_around_it() {
        let hosts = |had: &str, allowed: &[&str]| Direct::of(had, &nets(allowed)).hosts;
        assert_eq!(hosts("", &[]), ["localhost", "127.0.0.1", "::1"]);
        assert_eq!(hosts("", &["127.0.0.0/8"]), ["::1"]);
        assert!(hosts("", &["127.0.0.0/8", "::1"]).is_empty());
        for around in [
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.0/8",
            "0.0.0.0/0",
            "localhost",
            ".localhost",
            "a.localhost",
        ] {
            assert_eq!(hosts(around, &["127.0.0.0/8"]), ["::1"], "{around}");
        }
        for around in ["[::1]", "[::1]:80", "::/0"] {
            assert!(hosts(around, &["127.0.0.0/8", "::1"]).is_empty(), "{around}");
        }
    }

    #[test]
    fn what_the_person_had_is_kept_and_named_but_never_everything() {
        let direct = Direct::of("intranet.corp.example, .ana.example 10.0.0.0/8,localhost,*", &[]);
        assert_eq!(
            direct.hosts,
            ["intranet.corp.example", ".ana.example", "10.0.0.0/8", "localhost", "127.0.0.1", "::1"]
        );
        assert_eq!(
            direct.remarks,
            [
                "NO_PROXY has intranet.corp.example, .ana.example, 10.0.0.0/8: what goes there is not seen",
                "NO_PROXY loses *: what the proxy is there for would go around it"
            ]
        );
        assert_eq!(
            Direct::of("localhost,127.0.0.1,::1", &[]).remarks,
            Vec::<String>::new(),
            "ours, seen again"
        );
        for all in ["*", ".", "**", "a'b"] {
            assert_eq!(Direct::of(all, &[]).hosts, ["localhost", "127.0.0.1", "::1"], "{all}");
        }
    }
}
