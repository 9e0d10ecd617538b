//! The files that are compiled in. A test sees to it that every file of `config/catalog/` is here.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../config/catalog/", $name, ".toml")))),*]
    };
}

/// Name and text, in alphabetical order.
pub(super) const FILES: &[(&str, &str)] = files![
    "adyen",
    "algolia",
    "asana",
    "atlassian",
    "boards",
    "box",
    "chroma",
    "cloudflare",
    "datadog",
    "desks",
    "discord",
    "dropbox",
    "facebook",
    "figma",
    "git",
    "github",
    "gitlab",
    "hooks",
    "hosting",
    "linear",
    "logins",
    "mail",
    "meilisearch",
    "microsoft-graph",
    "model-server",
    "models",
    "money",
    "mongodb-data",
    "notion",
    "ntfy",
    "oauth",
    "okta",
    "openai",
    "opentelemetry",
    "pagerduty",
    "paypal",
    "pinecone",
    "pipelines",
    "qdrant",
    "registries",
    "salesforce",
    "shopify",
    "slack",
    "stripe",
    "supabase",
    "telegram",
    "telemetry",
    "typesense",
    "weaviate",
    "websearch"
];

/// Verbs and nouns that several files share.
pub(super) const WORDS: &str = include_str!("../../../config/catalog/words.toml");
