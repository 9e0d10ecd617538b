//! `GET /v1/holds/{id}/body` and `/raw`: the very bytes, for programs and for eyes that know what they do.
//!
//! The bytes of a spooled body are hashed while they are written; the last piece is held back until the hash
//! agrees with what was frozen, so that a file that was changed on disk ends in a broken answer and not in one
//! that looks whole. `raw` shows what is masked elsewhere: it is for those who may decide, and it is on record
//! before the first byte is shown.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use aws_lc_rs::digest;
use axum::body::Body as Content;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};

use crate::admin::asked::{Decider, Named};
use crate::admin::holds::find;
use crate::admin::people::Person;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::audit::{Event, Record};
use crate::hold::{HoldId, HoldView};
use crate::limits;
use crate::snapshot::{Body, Head};

/// `GET /v1/holds/{id}/body`
pub async fn body(State(office): State<Arc<Office>>, Named(id): Named) -> Result<Response, Problem> {
    let view = find(&office, &id).await?;
    let (_, body) = request(&office, &view).await?;
    Ok(answer(Bytes::new(), body, "application/octet-stream"))
}

/// `GET /v1/holds/{id}/raw`
pub async fn raw(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    Named(id): Named,
) -> Result<Response, Problem> {
    let view = find(&office, &id).await?;
    let (head, body) = request(&office, &view).await?;
    reveal(&office, &view, &person).await?;
    Ok(answer(head.http1().into(), body, "application/octet-stream"))
}

/// The frozen request, as long as it is kept.
async fn request(office: &Office, view: &HoldView) -> Result<(Head, Body), Problem> {
    let gone =
        || Problem::new(Kind::NotFound, "the bytes of this request are no longer kept").about(&*view.id);
    let id = view.id.parse().map(HoldId).map_err(|_| gone())?;
    match office.desk.request(id).await {
        Some((head, Some(body))) => Ok((head, body)),
        _ => Err(gone()),
    }
}

async fn reveal(office: &Office, view: &HoldView, person: &Person) -> Result<(), Problem> {
    let record = Record::new(Event::Revealed)
        .with("hold", view.id.as_str())
        .with("hold_code", view.code.as_str())
        .with("digest", view.digest.as_str())
        .with("approver", person.who.name.as_str());
    match office.audit.record(record).await {
        Ok(_) => Ok(()),
        Err(_) => Err(Problem::new(Kind::Unavailable, "this cannot be put on record, so it is not shown")),
    }
}

fn answer(before: Bytes, body: Body, kind: &'static str) -> Response {
    let length = before.len() as u64 + body.len();
    let start = stream::iter((!before.is_empty()).then_some(Ok(before)));
    let mut response = match body.bytes() {
        Some(bytes) => Content::from_stream(start.chain(stream::iter([io::Result::Ok(bytes.clone())]))),
        None => Content::from_stream(start.chain(pieces(body))),
    }
    .into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    response
}

/// A spool file, read piece by piece off the runtime's thread. The body goes along, so that its file stays.
fn pieces(body: Body) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(None, move |reading: Option<Reading>| {
        let body = body.clone();
        async move {
            let step = tokio::task::spawn_blocking(move || match reading {
                Some(reading) => reading.next(),
                None => Reading::open(&body)?.next(),
            });
            step.await.map_err(io::Error::other)?
        }
    })
}

/// A spool file on its way out.
struct Reading {
    file: File,
    left: u64,
    hash: digest::Context,
    expected: [u8; 32],
}

impl Reading {
    fn open(body: &Body) -> io::Result<Self> {
        let path = body.path().ok_or_else(|| io::Error::other("the body lies in no file"))?;
        let hash = digest::Context::new(&digest::SHA256);
        Ok(Self { file: File::open(path)?, left: body.len(), hash, expected: *body.sha256() })
    }

    /// The next piece. The last one comes only if the whole is what was frozen.
    fn next(mut self) -> io::Result<Option<(Bytes, Option<Self>)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let size = usize::try_from(self.left).unwrap_or(usize::MAX).min(limits::PIECE_BYTES);
        let mut piece = vec![0; size];
        self.file.read_exact(&mut piece)?;
        self.hash.update(&piece);
        self.left -= size as u64;
        if self.left == 0 && self.hash.clone().finish().as_ref() != self.expected {
            return Err(io::Error::other("the stored body is no longer what was frozen"));
        }
        Ok(Some((piece.into(), Some(self))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;
    use crate::secret::sha256;

    async fn read(stored: &[u8], frozen: &[u8]) -> io::Result<Vec<u8>> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("body");
        std::fs::write(&path, stored)?;
        let body = Body::file(path, frozen.len() as u64, sha256(frozen), Arc::new(dir));
        let pieces: Vec<Bytes> = pieces(body).try_collect().await?;
        Ok(pieces.concat())
    }

    #[tokio::test]
    async fn a_spooled_body_comes_whole_whatever_its_size() {
        for size in [0, 1, limits::PIECE_BYTES - 1, limits::PIECE_BYTES, limits::PIECE_BYTES * 2 + 1] {
            let bytes: Vec<u8> = (0..size).map(|index| index as u8).collect();
            assert_eq!(read(&bytes, &bytes).await.ok(), Some(bytes), "{size}");
        }
    }

    /// CASES HI-01: what was changed on disk is not shown as if it were the request.
    #[tokio::test]
    async fn a_body_that_was_changed_on_disk_never_ends_whole() {
        let frozen = vec![b'a'; limits::PIECE_BYTES + 5];
        let mut changed = frozen.clone();
        changed[3] = b'b';
        assert!(read(&changed, &frozen).await.is_err());
        assert!(read(&frozen[1..], &frozen).await.is_err());
    }
}
