//! The clients that are known to take interim responses, and which. Each was seen to, against a server that sends them;
//! the versions are those that were tried. What is not here gets none.
//!
//! Two halves of the world take opposite ones. Python's http.client and what stands on it, and Java's URLConnection,
//! go on over a 100 and return a 102 as the answer. Node's fetch fails on a 100 that it has not asked for, and goes on
//! over a 102. Both begin their read timeouts anew. CPython and Ruby give up at the 100th, Go before 1.24 at the 6th;
//! Go is not here, because its timeout does not begin anew either.

use crate::parse::Interim::{self, Continue, Processing};

/// How the User-Agent begins, product by product; `*` is a version. One without `*` is all of it.
const CLIENTS: [(&str, Interim); 24] = [
    // requests 2.34, urllib3 2.8, CPython 3.11; pip 23. All read by http.client.
    ("python-requests/*", Continue),
    ("python-urllib3/*", Continue),
    ("Python-urllib/*", Continue),
    ("pip/*", Continue),
    // boto3 1.44 and the command line 1.46, on urllib3.
    ("Boto3/*", Continue),
    ("Botocore/*", Continue),
    ("aws-cli/*", Continue),
    // URLConnection of Java 17.
    ("Java/*", Continue),
    // curl 7.88, and git 2.47 on libcurl.
    ("curl/*", Processing),
    ("git/*", Processing),
    // httpx 0.28 and httpx2 2.16, which give up after 5 s; and the SDKs on them: openai 3.54, anthropic 2.11, mcp 2.3.
    ("python-httpx/*", Processing),
    ("python-httpx2/*", Processing),
    ("OpenAI/Python *", Processing),
    ("AsyncOpenAI/Python *", Processing),
    ("Anthropic/Python *", Processing),
    ("AsyncAnthropic/Python *", Processing),
    // aiohttp 3.14.
    ("Python/* aiohttp/*", Processing),
    // fetch of Node 20 and 24, undici 8.12, and the SDKs on fetch: openai 6.49, anthropic 1.11.
    ("node", Processing),
    ("undici", Processing),
    ("OpenAI/JS *", Processing),
    ("Anthropic/JS *", Processing),
    // axios 1.21, on Node's http.
    ("axios/*", Processing),
    // Bun 1.4 and HttpClient of Java 17.
    ("Bun/*", Processing),
    ("Java-http-client/*", Processing),
];

/// What the client of this name takes.
pub fn takes(user_agent: &str) -> Option<Interim> {
    CLIENTS.iter().find(|(pattern, _)| is_named(user_agent, pattern)).map(|(_, interim)| *interim)
}

fn is_named(user_agent: &str, pattern: &str) -> bool {
    if !pattern.contains('*') {
        return user_agent == pattern;
    }
    let mut products = user_agent.split(' ');
    pattern.split(' ').all(|wanted| products.next().is_some_and(|product| is_product(product, wanted)))
}

fn is_product(product: &str, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        None => product == wanted,
        Some(name) => product.strip_prefix(name).is_some_and(is_version),
    }
}

/// `2.34.2`, `17.0.15`, `2.47.3-rc1`.
fn is_version(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_known_by_the_names_that_they_give_themselves() {
        for (agent, interim) in [
            ("python-requests/2.34.2", Continue),
            ("python-urllib3/2.8.0", Continue),
            ("Python-urllib/3.11", Continue),
            ("Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux cfg/retry-mode#standard", Continue),
            ("aws-cli/1.46.5 md/Botocore#1.44.5", Continue),
            ("Java/17.0.15", Continue),
            ("curl/7.88.1", Processing),
            ("git/2.47.3", Processing),
            ("python-httpx/0.28.1", Processing),
            ("python-httpx2/2.16.2", Processing),
            ("OpenAI/Python 3.54.0", Processing),
            ("Anthropic/Python 2.11.0", Processing),
            ("AsyncAnthropic/Python 2.11.0", Processing),
            ("Python/3.11 aiohttp/3.14.5", Processing),
            ("node", Processing),
            ("OpenAI/JS 6.49.0", Processing),
            ("axios/1.21.1", Processing),
            ("Bun/1.4.5", Processing),
            ("Java-http-client/17.0.15", Processing),
        ] {
            assert_eq!(takes(agent), Some(interim), "{agent}");
        }
    }

    #[test]
    fn whoever_is_not_exactly_one_of_them_is_unknown() {
        for agent in [
            "",
            "Go-http-client/1.1",
            "Mozilla/5.0 (X11; Linux x86_64)",
            "my-agent/1.0 python-requests/2.34.2",
            "python-requests",
            "python-requests/",
            "python-requests/x",
            "python-requests/2.34.2;evil",
            "Python-Requests/2.34.2",
            "python-requestsx/2.34.2",
            " curl/8.1",
            "curl/ 8.1",
            "xcurl/8.1",
            "node/20.1",
            "node fetch",
            "nodes",
            "OpenAI/Python",
            "OpenAI/Python x",
            "OpenAI/Ruby 1.0",
            "OpenAI/Pythonic 1.0",
            "Python/3.11",
            "Python/3.11 aiohttp",
            "Python/3.11 other/1 aiohttp/3.14.5",
        ] {
            assert_eq!(takes(agent), None, "{agent:?}");
        }
    }
}
