//! The config as it is written: every key of SPEC section 6, also those whose part is not built yet, each with its
//! place in the file. Unknown keys are errors here; what the values mean is checked in the files beside this one.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{SeqAccess, Visitor};
use toml::Spanned;

/// A value with its place, if the key is there.
pub(super) type Key<T> = Option<Spanned<T>>;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub(super) proxy: Proxy,
    pub(super) tls: Tls,
    pub(super) upstream: Upstream,
    pub(super) admin: Admin,
    pub(super) state: State,
    pub(super) store: Store,
    pub(super) hold: Hold,
    pub(super) breaker: Breaker,
    pub(super) defaults: Defaults,
    pub(super) agent: Vec<Spanned<Agent>>,
    pub(super) approver: Vec<Spanned<Approver>>,
    pub(super) notify: Vec<Spanned<Notify>>,
    pub(super) service: Vec<Spanned<Service>>,
    pub(super) rule: Vec<Spanned<Rule>>,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident { $($key:ident: $kind:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default, Deserialize)]
            #[serde(deny_unknown_fields, default)]
            pub(super) struct $name { $(pub(super) $key: Key<$kind>),* }
        )*
    };
}

tables! {
    /// `[proxy]`
    Proxy { listen: String, transparent: String, socks5: String }
    /// `[tls]`
    Tls { ca_cert: String, ca_key: String, passthrough: List }
    /// `[upstream]`
    Upstream { roots: List, allow_addresses: List }
    /// `[admin]`
    Admin { listen: String, socket: String, tls_cert: String, tls_key: String }
    /// `[state]`
    State { dir: String }
    /// `[store]`
    Store { url: String }
    /// `[hold]`
    Hold {
        wait: String,
        timeout: String,
        armed: String,
        remember: String,
        max_pending: Amount,
        max_pending_per_agent: Amount,
        max_body: Amount,
        max_spool: Amount,
        on_disconnect: String,
        keepalive: String,
        retry_ignores: List,
    }
    /// `[breaker]`
    Breaker { mutations: Amount, deletes: Amount, permissions: Amount, per: String }
    /// `[defaults]`
    Defaults {
        read: String,
        mutating: String,
        write: String,
        execute: String,
        delete: String,
        permission: String,
        unknown: String,
        safe_methods: String,
        unknown_host: String,
    }
    /// `[[agent]]`
    Agent { name: String, token_hash: String, source: List }
    /// `[[approver]]`
    Approver { name: String, user: String, token_hash: String, groups: List }
    /// `[[notify]]`
    Notify { url: String, kind: String, secret_file: String, events: List, link: String }
    /// `[[service]]`
    Service {
        name: String,
        host: List,
        path: List,
        dialect: String,
        catalog: String,
        reads: List,
        effects: BTreeMap<String, Spanned<String>>,
        descriptors: List,
        document: String,
    }
    /// `[[rule]]`
    Rule {
        name: String,
        effect: List,
        host: List,
        path: List,
        method: List,
        agent: List,
        when: String,
        verdict: String,
        approvers: Approvers,
        timeout: String,
        grantable: Width,
    }
    /// `approvers` of a rule.
    Approvers { groups: List, quorum: Amount }
}

/// A list of texts; a text that stands alone is a list of one.
#[derive(Debug, Default)]
pub(super) struct List(pub(super) Vec<(String, Option<Range<usize>>)>);

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = List;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<List, E> {
                Ok(List(vec![(text.to_owned(), None)]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
                let mut list = List::default();
                while let Some(item) = items.next_element::<Spanned<String>>()? {
                    let span = item.span();
                    list.0.push((item.into_inner(), Some(span)));
                }
                Ok(list)
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// Yes, no, or how far.
#[derive(Debug)]
pub(super) enum Width {
    Any(bool),
    Named(String),
}

impl<'de> Deserialize<'de> for Width {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Width;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, \"exact\", \"route\" or \"operation\"")
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Width, E> {
                Ok(Width::Any(yes))
            }

            fn visit_str<E>(self, text: &str) -> Result<Width, E> {
                Ok(Width::Named(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A number, or a text like `64MiB`.
#[derive(Debug)]
pub(super) enum Amount {
    Number(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a string like \"64MiB\"")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Amount, E> {
                Ok(Amount::Number(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
