//! The files that are compiled in. A test sees to it that every file of `config/catalog/` is here.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../config/catalog/", $name, ".toml")))),*]
    };
}

/// Name and text, in alphabetical order.
#[rustfmt::skip]
pub(super) const FILES: &[(&str, &str)] = files![
    "alertmanager",
    "argocd",
    "clickhouse",
    "cloudflare-d1",
    "consul",
    "docker",
    "elasticsearch",
    "etcd",
    "ethereum",
    "git",
    "github-mcp",
    "google",
    "grpc-google",
    "harbor",
    "influxdb",
    "kubernetes",
    "mediawiki",
    "oci",
    "odoo",
    "opensearch",
    "prometheus",
    "pushgateway",
    "rqlite",
    "snowflake",
    "solr",
    "sparql",
    "transmission",
    "turso",
    "webdav",
];

/// Verbs and nouns that several files share.
pub(super) const WORDS: &str = include_str!("../../../config/catalog/words.toml");
