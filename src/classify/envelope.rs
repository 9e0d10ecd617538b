//! Requests inside a request: `multipart/mixed` whose parts are `application/http` (OData, Google), and change sets of
//! such parts. As strict as forms are: what two readers could take apart differently is not taken apart.

use crate::classify::multipart;
use crate::classify::overrides::is_override_field;
use crate::classify::parameters::{self, Parameters};
use crate::limits;
use crate::pattern::path_is_odd;

/// One request of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) method: String,
    /// As it is written: absolute, or relative to the batch.
    pub(super) target: String,
    /// Whether it has content.
    pub(super) content: bool,
    /// Whether a field or a parameter asks for another method.
    pub(super) overridden: bool,
}

impl Inner {
    /// The path, under the batch's own where it is relative. One that could be read in two ways is an error.
    pub(super) fn path_under(&self, base: &str) -> Result<String, &'static str> {
        let target = match self.target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => self.target.as_str(),
        };
        let path = target.split('?').next().unwrap_or_default();
        let path = match path.strip_prefix('/') {
            Some(_) if path.starts_with(base) => path.to_owned(),
            Some(rest) => format!("{base}/{rest}"),
            None => format!("{base}/{path}"),
        };
        if path_is_odd(&path) {
            Err("a request of the batch has a path that can be read in two ways")
        } else {
            Ok(path)
        }
    }
}

/// All requests of an envelope, those of change sets too, which nest `depth` deep.
pub(super) fn parts(bytes: &[u8], of: &Parameters, depth: usize) -> Result<Vec<Inner>, &'static str> {
    let mut all = Vec::new();
    let mut open = vec![(bytes, of.clone(), depth)];
    while let Some((bytes, parameters, depth)) = open.pop() {
        for part in multipart::sections(bytes, &parameters)? {
            if all.len() >= limits::OPERATIONS_MAX {
                return Err("it holds more requests than are looked at");
            }
            // Another encoding than none would make another request of these bytes.
            let mut encodings = part.values("content-transfer-encoding");
            if !encodings.all(|value| matches!(value.trim(), "binary" | "8bit" | "7bit")) {
                return Err("a part of the batch is encoded");
            }
            let kind = part.only("content-type").and_then(parameters::parse);
            match kind.as_ref().map(|(essence, inner)| (essence.as_str(), inner)) {
                Some(("application/http", _)) => all.push(request(part.content)?),
                Some(("multipart/mixed", inner)) if depth > 0 => {
                    open.push((part.content, inner.clone(), depth - 1))
                }
                _ => return Err("a part of the batch is no request"),
            }
        }
    }
    Ok(all)
}

/// `METHOD TARGET HTTP/1.1`, fields, an empty line, content.
fn request(bytes: &[u8]) -> Result<Inner, &'static str> {
    const BROKEN: &str = "a request of the batch is not whole";
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, content) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 4..]),
        None => (bytes, &[][..]),
    };
    let head = std::str::from_utf8(head).map_err(|_| BROKEN)?;
    let mut lines = head.split("\r\n");
    let mut start = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target)) = (start.next(), start.next()) else { return Err(BROKEN) };
    // The version may be left out, as Google's clients do.
    if method.is_empty()
        || target.is_empty()
        || !target.bytes().all(|byte| byte.is_ascii_graphic())
        || !start.next().is_none_or(|version| matches!(version, "HTTP/1.0" | "HTTP/1.1"))
        || start.next().is_some()
    {
        return Err(BROKEN);
    }
    let mut overridden = false;
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, _) = line.split_once(':').ok_or(BROKEN)?;
        if !parameters::is_token(name) || line.contains(['\r', '\n']) {
            return Err(BROKEN);
        }
        overridden |= is_override_field(name);
    }
    Ok(Inner {
        method: method.to_owned(),
        target: target.to_owned(),
        content: !content.trim_ascii().is_empty(),
        overridden,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, &'static str> {
        let parameters = vec![("boundary".to_owned(), "b".to_owned())];
        let all = parts(text.replace('\n', "\r\n").as_bytes(), &parameters, 1)?;
        Ok(all.into_iter().map(|one| (one.method, one.target)).collect())
    }

    fn part(request: &str) -> String {
        format!("--b\nContent-Type: application/http\n\n{request}\n")
    }

    #[test]
    fn the_requests_of_a_batch_are_taken_apart_also_in_change_sets() {
        let set = "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: application/http\n\nPOST /x HTTP/1.1\n\n{}\n--c--\n";
        let text = format!("{}{set}--b--", part("GET /y HTTP/1.1\nAccept: */*\n\n"));
        let mut all = read(&text).unwrap();
        all.sort();
        assert_eq!(all, [("GET".to_owned(), "/y".to_owned()), ("POST".to_owned(), "/x".to_owned())]);
    }

    /// CASES CL-12
    #[test]
    fn what_is_no_plain_request_ends_the_reading() {
        for inner in [
            "GET",
            "GET  /y",
            "GET /y HTTP/2",
            "GET /y HTTP/1.1 x",
            "GET /y HTTP/1.10",
            "GET /y HTTP/1.1\nno colon",
            "",
            "GET /y HTTP/1.1\nA b: c",
        ] {
            assert!(read(&format!("{}--b--", part(inner))).is_err(), "{inner:?}");
        }
        // A reader that ends lines at a bare line feed would see a field here.
        let bare = "--b\r\nContent-Type: application/http\r\n\r\nGET /y HTTP/1.1\nX-HTTP-Method:DELETE\r\n\r\n\r\n--b--";
        assert!(parts(bare.as_bytes(), &vec![("boundary".to_owned(), "b".to_owned())], 1).is_err());
        assert!(read("--b\nContent-Type: text/plain\n\nGET /y\n--b--").is_err());
        assert!(read("--b\n\nGET /y\n--b--").is_err());
        assert!(read("--b--").unwrap().is_empty());
    }

    #[test]
    fn a_path_stands_under_the_batch_or_names_itself() {
        let path = |target: &str| {
            Inner { method: "GET".into(), target: target.into(), content: false, overridden: false }
                .path_under("/v1.0")
        };
        for (target, expected) in [
            ("/me?x=1", "/v1.0/me"),
            ("me", "/v1.0/me"),
            ("/v1.0/me", "/v1.0/me"),
            ("https://a.example/v1.0/me", "/v1.0/me"),
        ] {
            assert_eq!(path(target).as_deref(), Ok(expected), "{target}");
        }
        assert!(path("/a/../me").is_err());
    }
}
