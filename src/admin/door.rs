//! The way in to the admin API, checked before anything else looks at a request.
//!
//! A web page that an approver has open can make their browser send requests to a loopback port, and with DNS
//! rebinding it can even read the answers. So on the port `Host` must be exactly one of the listener's own names
//! (a rebound name is another), `Origin`, where there is one, must be that very origin, and so must be what
//! `Sec-Fetch-Site` says (CASES AP-14, 17, 18). No browser reaches the Unix socket: there an `Origin` is refused.
//! Whether a person stands behind the request is asked later, in `people`.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use crate::admin::problem::{Kind, Problem};

/// Where a request came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// The Unix socket, with the peer's user as the kernel knows it and its name.
    Socket {
        /// SO_PEERCRED.
        uid: u32,
        /// From /etc/passwd, or `uid:N`.
        user: String,
    },
    /// The port, with the names that it answers to.
    Tcp {
        /// `127.0.0.1:8081` and the like.
        names: BTreeSet<String>,
        /// `http://` or `https://`: what stands before a name in an origin.
        scheme: &'static str,
    },
}

impl Door {
    /// The port's door; `certified` are the names of its certificate, where it speaks TLS.
    pub fn tcp(listen: SocketAddr, certified: Option<&[String]>) -> Self {
        let port = listen.port();
        let hosts = [listen.ip().to_string(), "127.0.0.1".into(), "localhost".into(), "[::1]".into()];
        let mut names: BTreeSet<String> = hosts
            .into_iter()
            .chain(certified.unwrap_or_default().iter().cloned())
            .map(|host| if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host })
            .map(|host| format!("{host}:{port}"))
            .collect();
        let (scheme, usual) = if certified.is_some() { ("https://", 443) } else { ("http://", 80) };
        if port == usual {
            // Clients leave the scheme's own port out.
            let end = format!(":{port}");
            let bare = names.iter().filter_map(|name| name.strip_suffix(&end)).map(str::to_owned).collect();
            names = names.union(&bare).cloned().collect();
        }
        Self::Tcp { names, scheme }
    }

    /// Lets a request in, or says why not.
    pub fn check(&self, parts: &Parts) -> Result<(), Problem> {
        self.check_way(parts)?;
        check_fetch_site(&parts.headers)?;
        if has_content(parts) { check_json(&parts.headers) } else { Ok(()) }
    }

    /// The same for a route of the web page: what a browser sends by a form. A form says where it comes from, and
    /// one that does not is none.
    pub fn check_form(&self, parts: &Parts) -> Result<(), Problem> {
        self.check_way(parts)?;
        if !is_link(parts) {
            check_fetch_site(&parts.headers)?;
        }
        if !has_content(parts) {
            return Ok(());
        }
        if !parts.headers.contains_key(ORIGIN) {
            return Err(forbidden("a form names its origin"));
        }
        let value = single(&parts.headers, &CONTENT_TYPE)?.and_then(text).unwrap_or_default();
        if value.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Ok(());
        }
        Err(Problem::new(Kind::BadRequest, "send a form, as application/x-www-form-urlencoded"))
    }

    fn check_way(&self, parts: &Parts) -> Result<(), Problem> {
        if parts.uri.authority().is_some() || parts.method == Method::CONNECT {
            return Err(forbidden("this is not a proxy; agents' requests go to `[proxy] listen`"));
        }
        match self {
            Self::Socket { .. } => absent(&parts.headers, &ORIGIN),
            Self::Tcp { names, scheme } => check_host_and_origin(names, scheme, &parts.headers),
        }
    }
}

/// Somebody follows a link to a page, from a chat or a mail: the browser says so, and sends no cookie of ours with it
/// (`SameSite=Strict`). Into a frame no link leads.
fn is_link(parts: &Parts) -> bool {
    let says = |name: &'static str, value: &str| {
        single(&parts.headers, &HeaderName::from_static(name)).ok().flatten().and_then(text) == Some(value)
    };
    matches!(parts.method, Method::GET | Method::HEAD)
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document")
}

fn has_content(parts: &Parts) -> bool {
    matches!(parts.method, Method::POST | Method::PUT | Method::PATCH)
}

fn check_host_and_origin(names: &BTreeSet<String>, scheme: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let foreign = || forbidden("the Host field must be the address of this listener, port included");
    let host = single(headers, &HOST)?.and_then(text).ok_or_else(foreign)?;
    if !is_ours(names, host) {
        return Err(foreign());
    }
    match single(headers, &ORIGIN)? {
        None => Ok(()),
        Some(origin) if text(origin).and_then(|origin| origin.strip_prefix(scheme)) == Some(host) => Ok(()),
        Some(_) => Err(forbidden("requests from another origin are refused")),
    }
}

/// Exactly one of the names; in a certificate `*.` stands for one label.
fn is_ours(names: &BTreeSet<String>, host: &str) -> bool {
    let wild = host.split_once('.').filter(|(label, _)| !label.is_empty() && *label != "*");
    names.contains(host) || wild.is_some_and(|(_, rest)| names.contains(&format!("*.{rest}")))
}

/// Browsers alone send it, and no page can forge it.
fn check_fetch_site(headers: &HeaderMap) -> Result<(), Problem> {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    match single(headers, &SITE)?.map(HeaderValue::as_bytes) {
        None | Some(b"none" | b"same-origin") => Ok(()),
        Some(_) => Err(forbidden("requests from another site are refused")),
    }
}

/// A form cannot send this type, and a script of another origin may not without asking first (CORS), which is
/// never granted.
fn check_json(headers: &HeaderMap) -> Result<(), Problem> {
    let value = single(headers, &CONTENT_TYPE)?.and_then(text).unwrap_or_default();
    let plain: String = value.chars().filter(|letter| *letter != ' ').collect();
    if matches!(plain.to_ascii_lowercase().as_str(), "application/json" | "application/json;charset=utf-8") {
        return Ok(());
    }
    Err(Problem::new(Kind::BadRequest, "send a body with content-type: application/json"))
}

fn absent(headers: &HeaderMap, name: &HeaderName) -> Result<(), Problem> {
    if headers.contains_key(name) { Err(forbidden("no browser speaks to this socket")) } else { Ok(()) }
}

/// The one value; twice the same field is two readings.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(forbidden("a field that must stand alone came twice")),
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(Kind::Forbidden, detail)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn door() -> Door {
        Door::tcp("127.0.0.1:8081".parse().unwrap(), None)
    }

    fn check(door: &Door, method: &str, uri: &str, fields: &[(&str, &str)]) -> Result<(), Kind> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        door.check(&request.body(()).unwrap().into_parts().0).map_err(|problem| problem.kind())
    }

    /// CASES AP-17
    #[test]
    fn only_the_listener_s_own_names_are_let_in() {
        for (host, welcome) in [
            ("127.0.0.1:8081", true),
            ("localhost:8081", true),
            ("[::1]:8081", true),
            ("evil.example", false),
            ("evil.example:8081", false),
            ("127.0.0.1", false),
            ("127.0.0.1:8080", false),
            ("127.0.0.1:80810", false),
            ("127.0.0.1.evil.example:8081", false),
            ("127.attacker.example:8081", false),
            ("localhost.evil.example:8081", false),
            ("localhost", false),
            ("LOCALHOST:8081", false),
            ("localhost.:8081", false),
            ("127.1:8081", false),
            ("0.0.0.0:8081", false),
            ("user@localhost:8081", false),
            ("localhost:8081 ", false),
            ("", false),
        ] {
            let found = check(&door(), "GET", "/v1/holds", &[("host", host)]);
            assert_eq!(found.is_ok(), welcome, "{host:?}");
        }
        assert_eq!(check(&door(), "GET", "/", &[]), Err(Kind::Forbidden));
        let twice = [("host", "localhost:8081"), ("host", "localhost:8081")];
        assert_eq!(check(&door(), "GET", "/", &twice), Err(Kind::Forbidden));
    }

    #[test]
    fn on_port_80_the_name_may_stand_alone() {
        let door = Door::tcp("127.0.0.1:80".parse().unwrap(), None);
        assert_eq!(check(&door, "GET", "/", &[("host", "localhost")]), Ok(()));
        assert_eq!(check(&door, "GET", "/", &[("host", "localhost:80")]), Ok(()));
        assert_eq!(check(&door, "GET", "/", &[("host", "localhost:8081")]), Err(Kind::Forbidden));
    }

    #[test]
    fn a_listener_on_another_loopback_address_answers_to_it() {
        let door = Door::tcp("[::1]:9000".parse().unwrap(), None);
        assert_eq!(check(&door, "GET", "/", &[("host", "[::1]:9000")]), Ok(()));
        let door = Door::tcp("127.0.0.2:9000".parse().unwrap(), None);
        assert_eq!(check(&door, "GET", "/", &[("host", "127.0.0.2:9000")]), Ok(()));
    }

    /// CASES AP-17
    #[test]
    fn with_tls_the_names_are_those_of_the_certificate() {
        let certified = ["hold.example".to_owned(), "*.lab.example".to_owned(), "2001:db8::1".to_owned()];
        let door = Door::tcp("0.0.0.0:8443".parse().unwrap(), Some(&certified));
        for (host, welcome) in [
            ("hold.example:8443", true),
            ("a.lab.example:8443", true),
            ("[2001:db8::1]:8443", true),
            ("localhost:8443", true),
            ("a.b.lab.example:8443", false),
            (".lab.example:8443", false),
            ("*.lab.example.evil.example:8443", false),
            ("lab.example:8443", false),
            ("hold.example", false),
            ("evil.example:8443", false),
        ] {
            assert_eq!(check(&door, "GET", "/", &[("host", host)]).is_ok(), welcome, "{host}");
        }
        let with = |origin| check(&door, "GET", "/", &[("host", "hold.example:8443"), ("origin", origin)]);
        assert!(with("https://hold.example:8443").is_ok() && with("http://hold.example:8443").is_err());
        let usual = Door::tcp("0.0.0.0:443".parse().unwrap(), Some(&certified));
        assert!(check(&usual, "GET", "/", &[("host", "hold.example")]).is_ok());
    }

    /// CASES AP-14, AP-18
    #[test]
    fn a_page_of_another_origin_is_refused_whatever_its_name_looks_like() {
        let host = ("host", "localhost:8081");
        for (field, value, welcome) in [
            ("origin", "http://localhost:8081", true),
            ("origin", "http://127.0.0.1:8081", false),
            ("origin", "https://localhost:8081", false),
            ("origin", "http://localhost:8081.evil.example", false),
            ("origin", "http://localhost", false),
            ("origin", "http://evil.example", false),
            ("origin", "null", false),
            ("origin", "", false),
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
            ("sec-fetch-site", "", false),
        ] {
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                let json = ("content-type", "application/json");
                let found = check(&door(), method, "/v1/holds", &[host, json, (field, value)]);
                assert_eq!(found.is_ok(), welcome, "{method} {field}: {value}");
            }
        }
    }

    /// CASES AP-14: what a form can send is not taken.
    #[test]
    fn a_post_must_say_that_it_is_json() {
        let host = ("host", "localhost:8081");
        for (value, welcome) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("text/plain", false),
            ("text/plain; application/json", false),
            ("application/x-www-form-urlencoded", false),
            ("application/json, text/plain", false),
            ("multipart/form-data; boundary=application/json", false),
        ] {
            let found = check(&door(), "POST", "/v1/decisions", &[host, ("content-type", value)]);
            assert_eq!(found, if welcome { Ok(()) } else { Err(Kind::BadRequest) }, "{value}");
        }
        assert_eq!(check(&door(), "POST", "/v1/decisions", &[host]), Err(Kind::BadRequest));
    }

    /// CASES AP-14: what a page's form sends is taken from that page alone, and what the API takes is not.
    #[test]
    fn a_form_must_name_its_own_origin_and_be_a_form() {
        let (host, own) = (("host", "localhost:8081"), ("origin", "http://localhost:8081"));
        let form = ("content-type", "application/x-www-form-urlencoded");
        for (fields, found) in [
            (vec![host, own, form], Ok(())),
            (vec![host, own, form, ("sec-fetch-site", "same-origin")], Ok(())),
            (vec![host, form], Err(Kind::Forbidden)),
            (vec![host, form, ("origin", "null")], Err(Kind::Forbidden)),
            (vec![host, form, ("origin", "http://localhost:3000")], Err(Kind::Forbidden)),
            (vec![host, own, form, ("sec-fetch-site", "same-site")], Err(Kind::Forbidden)),
            (vec![host, own, ("content-type", "application/json")], Err(Kind::BadRequest)),
            (vec![host, own, ("content-type", "text/plain")], Err(Kind::BadRequest)),
            (vec![host, own], Err(Kind::BadRequest)),
        ] {
            let mut request = Request::builder().method("POST").uri("/login");
            for (name, value) in &fields {
                request = request.header(*name, *value);
            }
            let checked = door().check_form(&request.body(()).unwrap().into_parts().0);
            assert_eq!(checked.map_err(|problem| problem.kind()), found, "{fields:?}");
        }
    }

    #[test]
    fn a_link_from_elsewhere_leads_to_a_page_and_to_nothing_of_the_api() {
        let check_form = |method: &str, fields: &[(&str, &str)]| {
            let mut request = Request::builder().method(method).uri("/").header("host", "localhost:8081");
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            door().check_form(&request.body(()).unwrap().into_parts().0).is_ok()
        };
        let site = ("sec-fetch-site", "cross-site");
        let link = [site, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert!(check_form("GET", &link));
        assert!(!check_form("POST", &link));
        assert!(!check_form("GET", &[site]));
        assert!(!check_form("GET", &[site, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]));
        assert!(!check_form("GET", &[site, ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")]));
        let fields = [&[("host", "localhost:8081")][..], &link[..]].concat();
        assert_eq!(check(&door(), "GET", "/v1/holds", &fields), Err(Kind::Forbidden));
    }

    #[test]
    fn the_admin_side_is_no_proxy() {
        let host = ("host", "localhost:8081");
        let absolute = "http://localhost:8081/v1/holds";
        assert_eq!(check(&door(), "GET", absolute, &[host]), Err(Kind::Forbidden));
        assert_eq!(check(&door(), "CONNECT", "localhost:8081", &[host]), Err(Kind::Forbidden));
    }

    #[test]
    fn the_socket_takes_any_host_and_no_browser() {
        let door = Door::Socket { uid: 1000, user: "ops".into() };
        assert_eq!(check(&door, "GET", "/v1/holds", &[("host", "anything")]), Ok(()));
        assert_eq!(check(&door, "GET", "/v1/holds", &[("origin", "http://anything")]), Err(Kind::Forbidden));
        assert_eq!(check(&door, "GET", "/", &[("sec-fetch-site", "cross-site")]), Err(Kind::Forbidden));
    }
}
