//! Protocol Buffers (https://protobuf.dev/programming-guides/encoding/), read from the wire, in the order of the wire:
//! what stands twice is seen twice, and what the descriptors do not know is seen by its number. With descriptors fields
//! have names and types; without them a field of bytes is a text where it can be one, else a message where it can be
//! one, else hexadecimal. No recursion; every byte is in exactly one row.

use std::ops::Range;

use prost_reflect::Kind;

use super::hex;
use super::rows::{Reading, Row, counts_by_line};
use super::shown::Counts;
use crate::classify::Schema;
use crate::limits::{SHOWN_FIELDS_MAX, SHOWN_MESSAGE_DEPTH_MAX};

/// A message that is being read.
struct Open {
    end: usize,
    schema: Option<Schema>,
}

/// The fields of a message, and what hides in its texts; `None` where it is not exactly fields.
pub fn rows(body: &[u8], range: Range<usize>, schema: Option<&Schema>) -> Option<(Vec<Row>, Counts)> {
    let (mut rows, mut hidden, mut at) = (Vec::new(), Counts::default(), range.start);
    let mut open = vec![Open { end: range.end, schema: schema.cloned() }];
    while let Some(inner) = open.last() {
        if at == inner.end {
            open.pop();
            continue;
        }
        if rows.len() == SHOWN_FIELDS_MAX {
            // The rest is shown, if not read.
            rows.extend(hex::rows(at..range.end));
            break;
        }
        let field = Field::read(&body[..inner.end], at)?;
        let (depth, known) = (open.len(), inner.schema.is_some());
        let declared = inner.schema.as_ref().and_then(|schema| schema.get_field(field.number));
        let name = match &declared {
            Some(declared) => format!("{} ({})", declared.name(), field.number),
            None if known => format!("{} (not in the descriptors)", field.number),
            None => field.number.to_string(),
        };
        let kind = declared.as_ref().map(|declared| declared.kind());
        let start = at;
        at = field.value.end;
        let value = &body[field.value.clone()];
        if depth < SHOWN_MESSAGE_DEPTH_MAX
            && let Some(schema) = inner_message(&field, kind.as_ref(), value)
        {
            let text = format!("{name}: message of {} bytes", value.len());
            rows.push(Row::derived(start..field.value.start, depth * 2 - 2, text.into()));
            at = field.value.start;
            open.push(Open { end: field.value.end, schema });
            continue;
        }
        let mut text = format!("{name}: ").into_bytes();
        text.extend(say(&field, kind.as_ref(), value));
        let mut row = Row::derived(start..at, depth * 2 - 2, text);
        if field.wire == Wire::Bytes && !hex::is_opaque(value) && kind != Some(Kind::Bytes) {
            hidden.add(&counts_by_line(value));
            if value.contains(&b'\n') {
                row.readings.push(Reading { label: "  reads ", text: value.to_vec() });
            }
        }
        rows.push(row);
    }
    Some((rows, hidden))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Bytes,
    Fixed32,
    Fixed64,
    Group,
    Varint,
}

struct Field {
    number: u32,
    wire: Wire,
    varint: u64,
    /// The bytes of the value alone; of a group's tag none.
    value: Range<usize>,
}

impl Field {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let (tag, after) = varint(bytes, at)?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number))?;
        let fixed = |size: usize| (after + size <= bytes.len()).then_some((0, after..after + size));
        let (wire, (varint, value)) = match tag & 7 {
            0 => {
                let (value, end) = varint(bytes, after)?;
                (Wire::Varint, (value, after..end))
            }
            1 => (Wire::Fixed64, fixed(8)?),
            2 => {
                let (length, start) = varint(bytes, after)?;
                let end = start.checked_add(usize::try_from(length).ok()?)?;
                (Wire::Bytes, (0, (end <= bytes.len()).then_some(start..end)?))
            }
            3 | 4 => (Wire::Group, (tag & 7, after..after)),
            5 => (Wire::Fixed32, fixed(4)?),
            _ => return None,
        };
        Some(Self { number, wire, varint, value })
    }
}

fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        value |= bits.checked_shl(index as u32 * 7)?;
        if byte & 0x80 == 0 {
            return (index < 9 || bits < 2).then_some((value, at + index + 1));
        }
    }
    None
}

/// Whether the value is a message, and what is known of it: where the descriptors say so, or say nothing and it is no
/// text; and where it is exactly fields.
fn inner_message(field: &Field, kind: Option<&Kind>, value: &[u8]) -> Option<Option<Schema>> {
    let schema = match kind {
        _ if field.wire != Wire::Bytes => return None,
        Some(Kind::Message(schema)) => Some(schema.clone()),
        Some(_) => return None,
        // A text that begins with a control and is exactly fields is far likelier a message that holds a text.
        None if value.first().is_none_or(|first| *first >= 0x20) && !hex::is_opaque(value) => return None,
        None if value.is_empty() => return None,
        None => None,
    };
    is_fields(value).then_some(schema)
}

/// Whether bytes are exactly fields; what is in these is not looked at.
fn is_fields(bytes: &[u8]) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        let Some(field) = Field::read(bytes, at) else { return false };
        at = field.value.end;
    }
    true
}

/// A value that is no message.
fn say(field: &Field, kind: Option<&Kind>, value: &[u8]) -> Vec<u8> {
    let said = match field.wire {
        Wire::Varint => number(field.varint, kind),
        Wire::Fixed32 => value.try_into().ok().map_or_else(|| hexed(value), |bytes| fixed32(bytes, kind)),
        Wire::Fixed64 => value.try_into().ok().map_or_else(|| hexed(value), |bytes| fixed64(bytes, kind)),
        Wire::Group if field.varint == 3 => "a group begins".into(),
        Wire::Group => "a group ends".into(),
        Wire::Bytes => return bytes(kind, value),
    };
    said.into_bytes()
}

fn bytes(kind: Option<&Kind>, value: &[u8]) -> Vec<u8> {
    let text = match kind {
        Some(Kind::String) => true,
        None => !hex::is_opaque(value),
        _ => false,
    };
    if text {
        return [b"\"", value, b"\""].concat();
    }
    let packed = kind.and_then(|kind| packed(value, kind));
    packed.unwrap_or_else(|| format!("{} bytes {}", value.len(), hexed(value))).into_bytes()
}

fn number(value: u64, kind: Option<&Kind>) -> String {
    match kind {
        Some(Kind::Int32 | Kind::Int64) => (value as i64).to_string(),
        Some(Kind::Sint32 | Kind::Sint64) => ((value >> 1) as i64 ^ -((value & 1) as i64)).to_string(),
        Some(Kind::Bool) if value < 2 => (value == 1).to_string(),
        Some(Kind::Enum(names)) => match names.get_value(value as i32) {
            Some(name) => format!("{} ({value})", name.name()),
            None => format!("{value} (not in the descriptors)"),
        },
        _ => value.to_string(),
    }
}

fn fixed32(bytes: [u8; 4], kind: Option<&Kind>) -> String {
    match kind {
        Some(Kind::Float) => f32::from_le_bytes(bytes).to_string(),
        Some(Kind::Fixed32) => u32::from_le_bytes(bytes).to_string(),
        Some(Kind::Sfixed32) => i32::from_le_bytes(bytes).to_string(),
        _ => format!("{:#010x}, 4 bytes", u32::from_le_bytes(bytes)),
    }
}

fn fixed64(bytes: [u8; 8], kind: Option<&Kind>) -> String {
    match kind {
        Some(Kind::Double) => f64::from_le_bytes(bytes).to_string(),
        Some(Kind::Fixed64) => u64::from_le_bytes(bytes).to_string(),
        Some(Kind::Sfixed64) => i64::from_le_bytes(bytes).to_string(),
        _ => format!("{:#018x}, 8 bytes", u64::from_le_bytes(bytes)),
    }
}

/// Numbers of one kind, one behind the other.
fn packed(value: &[u8], kind: &Kind) -> Option<String> {
    let size = match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => 8,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => 4,
        Kind::Bytes | Kind::String | Kind::Message(_) => return None,
        _ => 0,
    };
    let (mut said, mut at) = (Vec::new(), 0);
    while at < value.len() {
        let end = match size {
            0 => {
                let (one, end) = varint(value, at)?;
                said.push(number(one, Some(kind)));
                end
            }
            4 => {
                said.push(fixed32(value.get(at..at + 4)?.try_into().ok()?, Some(kind)));
                at + 4
            }
            _ => {
                said.push(fixed64(value.get(at..at + 8)?.try_into().ok()?, Some(kind)));
                at + 8
            }
        };
        at = end;
    }
    Some(format!("[{}]", said.join(", ")))
}

fn hexed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost_reflect::DescriptorPool;
    use prost_reflect::prost::Message;
    use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
    use prost_reflect::prost_types::{
        DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
        FileDescriptorProto, FileDescriptorSet,
    };

    use super::*;
    use crate::approve::rows::tests::assert_tiles;

    /// `message Post { string title = 1; Post parent = 2; sint32 votes = 3; repeated int32 tags = 4; Role role = 5;
    /// double score = 6; bytes blob = 7; bool open = 8; }`
    pub fn schema() -> Schema {
        let field = |name: &str, number, kind: Type, of: Option<&str>| FieldDescriptorProto {
            name: Some(name.into()),
            number: Some(number),
            label: Some(if name == "tags" { Label::Repeated } else { Label::Optional } as i32),
            r#type: Some(kind as i32),
            type_name: of.map(str::to_owned),
            ..FieldDescriptorProto::default()
        };
        let message = DescriptorProto {
            name: Some("Post".into()),
            field: vec![
                field("title", 1, Type::String, None),
                field("parent", 2, Type::Message, Some(".forum.Post")),
                field("votes", 3, Type::Sint32, None),
                field("tags", 4, Type::Int32, None),
                field("role", 5, Type::Enum, Some(".forum.Role")),
                field("score", 6, Type::Double, None),
                field("blob", 7, Type::Bytes, None),
                field("open", 8, Type::Bool, None),
            ],
            ..DescriptorProto::default()
        };
        let value = |name: &str, number| EnumValueDescriptorProto {
            name: Some(name.into()),
            number: Some(number),
            ..EnumValueDescriptorProto::default()
        };
        let role = EnumDescriptorProto {
            name: Some("Role".into()),
            value: vec![value("READER", 0), value("ADMIN", 1)],
            ..EnumDescriptorProto::default()
        };
        let file = FileDescriptorProto {
            name: Some("forum.proto".into()),
            package: Some("forum".into()),
            syntax: Some("proto3".into()),
            message_type: vec![message],
            enum_type: vec![role],
            ..FileDescriptorProto::default()
        };
        let bytes = FileDescriptorSet { file: vec![file] }.encode_to_vec();
        let pool = DescriptorPool::decode(&bytes[..]).unwrap();
        pool.get_message_by_name("forum.Post").unwrap()
    }

    fn lines(body: &[u8], schema: Option<&Schema>) -> Vec<String> {
        let (rows, _) = rows(body, 0..body.len(), schema).expect("fields");
        assert_tiles(&rows, body);
        let line = |row: &Row| {
            let text = row.readings.first().map(|one| String::from_utf8_lossy(&one.text).into_owned());
            format!("{}{}", " ".repeat(row.indent.into()), text.unwrap_or_default())
        };
        rows.iter().map(line).collect()
    }

    const POST: &[u8] = b"\x0a\x02hi\x12\x04\x0a\x02up\x18\x03\x22\x03\x01\x02\x03\x28\x01\
        \x31\0\0\0\0\0\0\xf8\x3f\x3a\x02\0\xff\x40\x01\x4a\x01x";

    #[test]
    fn with_descriptors_fields_have_names_and_types() {
        assert_eq!(
            lines(POST, Some(&schema())),
            [
                "title (1): \"hi\"",
                "parent (2): message of 4 bytes",
                "  title (1): \"up\"",
                "votes (3): -2",
                "tags (4): [1, 2, 3]",
                "role (5): ADMIN (1)",
                "score (6): 1.5",
                "blob (7): 2 bytes 00 ff",
                "open (8): true",
                "9 (not in the descriptors): \"x\"",
            ]
        );
    }

    #[test]
    fn without_descriptors_fields_have_numbers_and_what_is_opaque_is_in_hexadecimal() {
        assert_eq!(
            lines(POST, None),
            [
                "1: \"hi\"",
                "2: message of 4 bytes",
                "  1: \"up\"",
                "3: 3",
                "4: 3 bytes 01 02 03",
                "5: 1",
                "6: 0x3ff8000000000000, 8 bytes",
                "7: 2 bytes 00 ff",
                "8: 1",
                "9: \"x\"",
            ]
        );
    }

    /// CASES AP-11: a reader takes the last of two; both are shown.
    #[test]
    fn a_field_that_stands_twice_is_shown_twice() {
        assert_eq!(
            lines(b"\x28\0\x28\x01", Some(&schema())),
            ["role (5): READER (0)", "role (5): ADMIN (1)"]
        );
    }

    #[test]
    fn a_text_of_several_lines_cannot_pass_for_fields() {
        let (rows, _) = rows(b"\x0a\x09a\n8: true", 0..11, None).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].readings[0].text, b"1: \"a\n8: true\"");
        assert_eq!(rows[0].readings[1].label, "  reads ");
    }

    #[test]
    fn what_is_not_exactly_fields_is_no_message() {
        for body in [
            &b"\x0a"[..],
            b"\x0a\x05hi",
            b"\0",
            b"\x07",
            b"\x10\xff",
            b"\x11abc",
            b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
        ] {
            assert!(rows(body, 0..body.len(), None).is_none(), "{body:?}");
        }
    }

    #[test]
    fn messages_in_messages_need_no_stack_and_many_fields_no_room() {
        let mut deep = vec![0xff; 3];
        while deep.len() < 60_000 {
            let mut outer = vec![0x12];
            prost_reflect::prost::encoding::encode_varint(deep.len() as u64, &mut outer);
            outer.extend(deep);
            deep = outer;
        }
        let (deep_rows, _) = rows(&deep, 0..deep.len(), Some(&schema())).unwrap();
        assert_tiles(&deep_rows, &deep);
        assert!(deep_rows.len() <= SHOWN_MESSAGE_DEPTH_MAX);
        let many = b"\x18\x01".repeat(SHOWN_FIELDS_MAX + 100);
        let (rows, _) = rows(&many, 0..many.len(), None).unwrap();
        assert_tiles(&rows, &many);
        assert!(rows.len() < SHOWN_FIELDS_MAX + 100);
    }

    proptest! {
        #[test]
        fn whatever_is_read_tiles_the_message(body in proptest::collection::vec(any::<u8>(), 0..60), known: bool) {
            let schema = known.then(schema);
            if let Some((rows, _)) = rows(&body, 0..body.len(), schema.as_ref()) {
                assert_tiles(&rows, &body);
            }
        }
    }
}
