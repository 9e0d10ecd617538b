//! The config of a test's proxy: the kernel's ports, a directory of its own, and what the test asks for.

use std::collections::BTreeMap;
use std::path::Path;

/// A config in the making.
#[derive(Clone, Default)]
pub struct Plan {
    keys: BTreeMap<(String, String), String>,
    tables: String,
}

impl Plan {
    /// Nothing but what every test needs.
    pub fn new() -> Self {
        Self::default()
    }

    /// `[section] key = value`; the value is TOML.
    pub fn set(mut self, section: &str, key: &str, value: &str) -> Self {
        self.keys.insert((section.into(), key.into()), value.into());
        self
    }

    /// `[hold] key = value`
    pub fn hold(self, key: &str, value: &str) -> Self {
        self.set("hold", key, value)
    }

    /// One `[[rule]]`, its keys as TOML lines.
    pub fn rule(mut self, lines: &str) -> Self {
        self.tables.push_str(&format!("\n[[rule]]\n{lines}\n"));
        self
    }

    /// One `[[service]]`, its keys as TOML lines.
    pub fn service(mut self, lines: &str) -> Self {
        self.tables.push_str(&format!("\n[[service]]\n{lines}\n"));
        self
    }

    /// One `[[notify]]`, its keys as TOML lines.
    pub fn notify(mut self, lines: &str) -> Self {
        self.tables.push_str(&format!("\n[[notify]]\n{lines}\n"));
        self
    }

    /// One `[[agent]]`, with the hash of this token.
    pub fn agent(mut self, name: &str, token: &str) -> Self {
        let hash = holdpoint::secret::hex(&holdpoint::secret::sha256(token.as_bytes()));
        self.tables.push_str(&format!("\n[[agent]]\nname = \"{name}\"\ntoken_hash = \"sha256:{hash}\"\n"));
        self
    }

    /// One `[[approver]]` with the hash of this token.
    pub fn approver(mut self, name: &str, token: &str, group: &str) -> Self {
        let hash = holdpoint::secret::hex(&holdpoint::secret::sha256(token.as_bytes()));
        self.tables.push_str(&format!(
            "\n[[approver]]\nname = \"{name}\"\ntoken_hash = \"sha256:{hash}\"\ngroups = [\"{group}\"]\n"
        ));
        self
    }

    /// One `[[approver]]` who is known by a Unix user.
    pub fn approver_by_user(mut self, name: &str, user: &str, group: &str) -> Self {
        self.tables.push_str(&format!(
            "\n[[approver]]\nname = \"{name}\"\nuser = \"{user}\"\ngroups = [\"{group}\"]\n"
        ));
        self
    }

    /// The file's text; everything lies in `dir`.
    pub fn text(&self, dir: &Path) -> String {
        let at = |name: &str| format!("{:?}", dir.join(name).display().to_string());
        let mut keys = BTreeMap::new();
        for (section, key, value) in [
            ("proxy", "listen", "\"127.0.0.1:0\"".to_owned()),
            ("tls", "ca_cert", at("certs/ca.pem")),
            ("tls", "ca_key", at("certs/ca-key.pem")),
            ("upstream", "roots", format!("[{}]", at("upstream.pem"))),
            ("upstream", "allow_addresses", "[\"127.0.0.0/8\"]".to_owned()),
            ("admin", "listen", "\"127.0.0.1:0\"".to_owned()),
            ("state", "dir", at("state")),
            ("store", "url", format!("\"sqlite:{}\"", dir.join("state/holdpoint.db").display())),
            ("admin", "socket", at("state/admin.sock")),
        ] {
            keys.insert((section.to_owned(), key.to_owned()), value);
        }
        keys.extend(self.keys.clone());
        let mut text = String::new();
        let mut open = String::new();
        for ((section, key), value) in keys {
            if section != open {
                text.push_str(&format!("\n[{section}]\n"));
                open = section;
            }
            text.push_str(&format!("{key} = {value}\n"));
        }
        text + &self.tables
    }
}
