//! gRPC and gRPC-Web messages (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): each announced with its
//! size, then field by field as `protobuf` reads them. A message is compressed on its own; it is undone by the
//! classifier's reader. What is not exactly frames is no gRPC, and shown as it is.

use super::hex;
use super::protobuf;
use super::rows::{Form, Layout, Note, Row, counts_by_line, text_rows};
use super::words::count;
use crate::classify::{Schema, decode};
use crate::snapshot::Head;

/// One frame: where its head begins and its content is.
struct Frame {
    start: usize,
    flags: u8,
    content: std::ops::Range<usize>,
}

/// Lays out the messages of a body.
pub fn lay_out(head: &Head, body: &[u8], schema: Option<&Schema>) -> Option<Layout> {
    let frames = frames(body)?;
    let mut layout = Layout::default();
    for (index, frame) in frames.iter().enumerate() {
        let bytes = frame.content.len() as u64;
        let note = Some(Note::Message(index as u32 + 1, bytes, frame.flags & 1 == 1));
        let empty = Row { form: Form::Derived, note, ..Row::text(frame.start..frame.content.start) };
        layout.rows.push(empty);
        match frame.flags {
            0 => message(&mut layout, body, frame, schema),
            1 => compressed(&mut layout, head, body, frame, schema),
            // gRPC-Web has trailers in a frame of their own.
            _ => {
                layout.hidden.add(&counts_by_line(&body[frame.content.clone()]));
                layout.rows.extend(text_rows(body, frame.content.clone()));
            }
        }
    }
    let known = if schema.is_some() { "by its descriptors" } else { "without descriptors, by field numbers" };
    layout.what = format!("gRPC, {}, {known}", count(frames.len() as u64, "message"));
    Some(layout)
}

fn message(layout: &mut Layout, body: &[u8], frame: &Frame, schema: Option<&Schema>) {
    match protobuf::rows(body, frame.content.clone(), schema) {
        Some((rows, hidden)) => {
            layout.hidden.add(&hidden);
            layout.rows.extend(rows);
        }
        None => {
            layout
                .warnings
                .push("a message is not in the encoding of Protocol Buffers; shown are its bytes".into());
            layout.rows.extend(hex::rows(frame.content.clone()));
        }
    }
}

/// The fields of a compressed message are not in the body, so they are readings of one row.
fn compressed(layout: &mut Layout, head: &Head, body: &[u8], frame: &Frame, schema: Option<&Schema>) {
    let content = &body[frame.content.clone()];
    let undone = decode::decode(head.values("grpc-encoding"), content);
    let found = undone.as_ref().ok().and_then(|bytes| protobuf::rows(bytes, 0..bytes.len(), schema));
    let Some((rows, hidden)) = found else {
        layout
            .warnings
            .push("a message is compressed and cannot be read; shown are its bytes as sent".into());
        layout.cut = true;
        layout.rows.extend(hex::rows(frame.content.clone()));
        return;
    };
    layout.hidden.add(&hidden);
    let mut readings = Vec::new();
    for row in rows {
        for mut reading in row.readings {
            let indent = " ".repeat(row.indent.into()).into_bytes();
            reading.text.splice(..0, indent);
            readings.push(reading);
        }
    }
    if !content.is_empty() {
        layout.rows.push(Row { form: Form::Derived, readings, ..Row::text(frame.content.clone()) });
    }
}

fn frames(body: &[u8]) -> Option<Vec<Frame>> {
    let (mut frames, mut start) = (Vec::new(), 0);
    while start < body.len() {
        let head = body.get(start..start + 5)?;
        let length = u32::from_be_bytes(head[1..].try_into().ok()?) as usize;
        let content = start + 5..(start + 5).checked_add(length)?;
        if content.end > body.len() || !matches!(head[0], 0 | 1 | 0x80) {
            return None;
        }
        let next = content.end;
        frames.push(Frame { start, flags: head[0], content });
        start = next;
    }
    (!frames.is_empty()).then_some(frames)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::approve::rows::tests::{assert_tiles, head};

    fn frame(flags: u8, content: &[u8]) -> Vec<u8> {
        [&[flags][..], &(content.len() as u32).to_be_bytes(), content].concat()
    }

    /// Field 1 is the text `hi`, field 2 the number 150.
    const MESSAGE: &[u8] = b"\x0a\x02hi\x10\x96\x01";

    fn lines(layout: &Layout) -> Vec<String> {
        let all = layout.rows.iter().flat_map(|row| &row.readings);
        all.map(|one| String::from_utf8_lossy(&one.text).into_owned()).collect()
    }

    #[test]
    fn each_message_is_read_field_by_field() {
        let body = [frame(0, MESSAGE), frame(0, b"")].concat();
        let layout = lay_out(&head("application/grpc"), &body, None).unwrap();
        assert_tiles(&layout.rows, &body);
        assert_eq!(layout.what, "gRPC, 2 messages, without descriptors, by field numbers");
        assert_eq!(lines(&layout), ["1: \"hi\"", "2: 150"]);
        let notes: Vec<_> = layout.rows.iter().filter_map(|row| row.note).collect();
        assert_eq!(notes, [Note::Message(1, 7, false), Note::Message(2, 0, false)]);
    }

    #[test]
    fn a_compressed_message_is_undone_and_one_that_cannot_be_asks_for_more_than_a_yes() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(MESSAGE).unwrap();
        let body = frame(1, &encoder.finish().unwrap());
        let mut head = head("application/grpc");
        assert!(lay_out(&head, &body, None).unwrap().cut, "no encoding is named");
        head.fields.push(("grpc-encoding".into(), "gzip".into()));
        let layout = lay_out(&head, &body, None).unwrap();
        assert_tiles(&layout.rows, &body);
        assert_eq!(lines(&layout), ["1: \"hi\"", "2: 150"]);
        assert!(!layout.cut);
        assert!(lay_out(&head, &frame(1, b"\x1f\x8bxx"), None).unwrap().cut);
    }

    #[test]
    fn what_is_not_exactly_frames_is_no_grpc() {
        for body in
            [&b""[..], b"\0", b"\0\0\0\0\x05hi", b"\x02\0\0\0\0", b"\0\0\0\0\0x", b"\0\xff\xff\xff\xff"]
        {
            assert!(lay_out(&head("application/grpc"), body, None).is_none(), "{body:?}");
        }
    }
}
