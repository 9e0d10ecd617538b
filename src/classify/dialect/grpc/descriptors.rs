//! Descriptor sets from the operator's files (`protoc --descriptor_set_out --include_imports`): which methods there
//! are, and what `MethodOptions.idempotency_level` says of each. Files must bring along what they import.

use std::collections::HashMap;

use prost_reflect::DescriptorPool;
use prost_reflect::prost_types::method_options::IdempotencyLevel;

use crate::limits;

/// What the operator's files say.
#[derive(Debug)]
pub struct Descriptors {
    /// All files so far, so that later ones may import earlier ones.
    pool: DescriptorPool,
    /// By service, then by method.
    methods: HashMap<String, HashMap<String, Level>>,
}

/// What the message of a method is made of.
pub type Schema = prost_reflect::MessageDescriptor;

/// `idempotency_level` of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// May be repeated, and changes something.
    Idempotent,
    /// Safe.
    NoSideEffects,
    /// Nothing is said.
    Unsaid,
}

impl Descriptors {
    /// Reads a descriptor set, together with those that were read before. The error is for people.
    pub fn read(known: Option<&Self>, bytes: &[u8]) -> Result<Self, String> {
        let mut pool = known.map(|known| known.pool.clone()).unwrap_or_default();
        pool.decode_file_descriptor_set(bytes).map_err(|error| format!("no descriptor set: {error}"))?;
        let mut methods: HashMap<String, HashMap<String, Level>> = HashMap::new();
        let mut count = 0;
        for service in pool.services() {
            let of_service = methods.entry(service.full_name().to_owned()).or_default();
            for method in service.methods() {
                count += 1;
                if count > limits::DESCRIPTOR_METHODS_MAX {
                    return Err(format!("more than {} methods", limits::DESCRIPTOR_METHODS_MAX));
                }
                let options = method.method_descriptor_proto().options.clone().unwrap_or_default();
                let level = match options.idempotency_level() {
                    IdempotencyLevel::NoSideEffects => Level::NoSideEffects,
                    IdempotencyLevel::Idempotent => Level::Idempotent,
                    IdempotencyLevel::IdempotencyUnknown => Level::Unsaid,
                };
                of_service.insert(method.name().to_owned(), level);
            }
        }
        if methods.is_empty() {
            return Err("a descriptor set without services".to_owned());
        }
        Ok(Self { pool, methods })
    }

    /// What a method is sent.
    pub(super) fn input(&self, service: &str, method: &str) -> Option<Schema> {
        let service = self.pool.get_service_by_name(service)?;
        service.methods().find(|known| known.name() == method).map(|method| method.input())
    }

    /// What the files say of a method; `None`: they do not have it.
    pub(super) fn level(&self, service: &str, method: &str) -> Option<Level> {
        self.methods.get(service)?.get(method).copied()
    }
}

#[cfg(test)]
mod tests {
    use prost_reflect::prost::Message;
    use prost_reflect::prost_types::{
        DescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, MethodOptions,
        ServiceDescriptorProto,
    };

    use super::*;

    fn set(file: &str, service: &str, methods: &[(&str, Option<IdempotencyLevel>)]) -> Vec<u8> {
        let method = |(name, level): &(&str, Option<IdempotencyLevel>)| MethodDescriptorProto {
            name: Some((*name).to_owned()),
            input_type: Some(format!(".{file}.M")),
            output_type: Some(format!(".{file}.M")),
            options: level.map(|level| MethodOptions {
                idempotency_level: Some(level as i32),
                ..MethodOptions::default()
            }),
            ..MethodDescriptorProto::default()
        };
        let service = ServiceDescriptorProto {
            name: Some(service.to_owned()),
            method: methods.iter().map(method).collect(),
            ..ServiceDescriptorProto::default()
        };
        let message = DescriptorProto { name: Some("M".to_owned()), ..DescriptorProto::default() };
        let file = FileDescriptorProto {
            name: Some(format!("{file}.proto")),
            package: Some(file.to_owned()),
            message_type: vec![message],
            service: vec![service],
            ..FileDescriptorProto::default()
        };
        FileDescriptorSet { file: vec![file] }.encode_to_vec()
    }

    #[test]
    fn sets_add_up_and_say_what_each_method_is() {
        let first =
            set("shop", "Orders", &[("Find", Some(IdempotencyLevel::NoSideEffects)), ("Place", None)]);
        let second = set("mail", "Box", &[("Clear", Some(IdempotencyLevel::Idempotent))]);
        let known = Descriptors::read(None, &first).unwrap();
        let known = Descriptors::read(Some(&known), &second).unwrap();
        assert_eq!(known.level("shop.Orders", "Find"), Some(Level::NoSideEffects));
        assert_eq!(known.level("shop.Orders", "Place"), Some(Level::Unsaid));
        assert_eq!(known.level("mail.Box", "Clear"), Some(Level::Idempotent));
        assert_eq!(known.level("shop.Orders", "find"), None);
        assert_eq!(known.level("Orders", "Find"), None);
        assert_eq!(known.input("mail.Box", "Clear").unwrap().full_name(), "mail.M");
        assert!(known.input("mail.Box", "clear").is_none());
    }

    #[test]
    fn what_is_no_descriptor_set_is_an_error() {
        assert!(Descriptors::read(None, b"").is_err());
        assert!(Descriptors::read(None, b"\xff\xff\xff").is_err());
        let whole = set("shop", "Orders", &[("Find", None)]);
        assert!(Descriptors::read(None, &whole[..whole.len() - 1]).is_err());
    }
}
