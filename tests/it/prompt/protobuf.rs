//! A service of gRPC as an operator describes it, and a message to it.

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use prost_reflect::prost::Message;
use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    ServiceDescriptorProto,
};

/// `service forum.Members { rpc Grant(Grant) returns (Grant); }`, in a descriptor set, where
/// `message Grant { string member = 1; repeated string roles = 2; Grant by = 3; int64 until = 4; bytes proof = 5; }`.
pub fn descriptor_set() -> Vec<u8> {
    let field = |name: &str, number, kind: Type, label: Label| FieldDescriptorProto {
        name: Some(name.into()),
        number: Some(number),
        label: Some(label as i32),
        r#type: Some(kind as i32),
        type_name: (kind == Type::Message).then(|| ".forum.Grant".to_owned()),
        ..FieldDescriptorProto::default()
    };
    let message = DescriptorProto {
        name: Some("Grant".into()),
        field: vec![
            field("member", 1, Type::String, Label::Optional),
            field("roles", 2, Type::String, Label::Repeated),
            field("by", 3, Type::Message, Label::Optional),
            field("until", 4, Type::Int64, Label::Optional),
            field("proof", 5, Type::Bytes, Label::Optional),
        ],
        ..DescriptorProto::default()
    };
    let method = MethodDescriptorProto {
        name: Some("Grant".into()),
        input_type: Some(".forum.Grant".into()),
        output_type: Some(".forum.Grant".into()),
        ..MethodDescriptorProto::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Members".into()),
        method: vec![method],
        ..ServiceDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("forum.proto".into()),
        package: Some("forum".into()),
        syntax: Some("proto3".into()),
        message_type: vec![message],
        service: vec![service],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

/// One message in its frame. Field 9 is none that the descriptors have.
pub fn grant() -> Vec<u8> {
    let message = b"\x0a\x07mallory\x12\x05admin\x12\x05owner\x1a\x05\x0a\x03ana\x20\x80\x01\x2a\x03\0\xff\x1b\x4a\x03hey";
    let mut framed = vec![0];
    framed.extend((message.len() as u32).to_be_bytes());
    framed.extend(message);
    framed
}
