//! Judging: the config and its rules, what is looked into to classify, and JSON.

use std::time::Duration;

/// A form that is looked into for a method override. A browser's forms stay far under it; a larger one is `unknown`.
pub const FORM_BYTES_MAX: usize = 64 * 1024;
/// Parts of a multipart form that is looked into.
pub const FORM_PARTS_MAX: usize = 1000;
/// Method overrides of one request that are told apart; more are unclear, and unclear is `unknown`.
pub const OVERRIDES_MAX: usize = 4;

/// A config file; a large one with a thousand rules has 200 KiB.
pub const CONFIG_BYTES_MAX: usize = 1024 * 1024;
/// Rules of a policy; all of them are tried on a request that none matches.
pub const RULES_MAX: usize = 1000;
/// A name of an agent, an approver or a rule, in bytes: it stands on every record and in every list.
pub const NAME_BYTES_MAX: usize = 100;
/// The longest time that the config may give a hold: who has not decided in a month will not.
pub const HOLD_TIME_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// The most holds that `hold.max_pending` may allow; each costs a row and about 20 KiB when its body is small.
pub const PENDING_MAX: usize = 1_000_000;
/// A path pattern of a rule: longer ones are a mistake, and a match's work grows with it.
pub const PATTERN_BYTES_MAX: usize = 512;
/// Characters of an operation's label; the whole path stands elsewhere on every screen.
pub const LABEL_CHARS_MAX: usize = 120;
/// Content that is looked into to classify: larger is `unknown`. Bulk writes are larger; questions are not.
pub const INSPECT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Operations of one request that are looked at; a larger batch is `unknown`. A batch of 1000 is a client's usual limit.
pub const OPERATIONS_MAX: usize = 10_000;
/// The names of all operations of a request, each of which is compared with every pattern of its service; a tool's
/// name has tens of bytes, a route at most those of its target.
pub const OPERATION_NAMES_BYTES_MAX: usize = 1024 * 1024;
/// Reasons on one hold: nobody reads more, and each is stored.
pub const REASONS_MAX: usize = 16;
/// `[[service]]` tables of a config.
pub const SERVICES_MAX: usize = 1000;
/// A file that the config names: a descriptor set, an OpenAPI document. The largest public ones have 12 MiB.
pub const DOCUMENT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Methods of all descriptor sets of one service; all of Google's public APIs together have about 12,000.
pub const DESCRIPTOR_METHODS_MAX: usize = 50_000;
/// Bytes at the beginning of a larger body that are looked at where a protocol says there all that matters: the
/// commands of a git push stand before the pack.
pub const INSPECT_START_BYTES: usize = 64 * 1024;
/// Bodies that are read back from disk to be judged at a time: each may have `INSPECT_BYTES_MAX`, and as much again
/// decoded.
pub const INSPECTIONS_MAX: usize = 4;
/// Commands of one git push that are listed; a mirror of a large repository has thousands.
pub const GIT_COMMANDS_MAX: usize = 5000;
/// Brackets of a GraphQL document nest this deep; what people write has ten.
pub const GRAPHQL_DEPTH_MAX: usize = 64;
/// Elements of an XML request; a call has tens.
pub const XML_ELEMENTS_MAX: usize = 20_000;
/// How deep XML nests; a call has ten.
pub const XML_DEPTH_MAX: usize = 64;
/// A SQL statement that is looked into; what people and tools ask has a few KiB.
pub const SQL_BYTES_MAX: usize = 256 * 1024;
/// Operations of an OpenAPI document; the largest public ones have 15,000.
pub const OPENAPI_OPERATIONS_MAX: usize = 50_000;
/// The text of all GraphQL documents of one request; introspection has 2 KiB, a page's batch some ten times as much.
pub const GRAPHQL_BYTES_MAX: usize = 512 * 1024;
/// Tokens of a GraphQL document, and selections at the roots of all operations of one request; introspection has 400, the largest generated ones some thousands.
pub const GRAPHQL_TOKENS_MAX: usize = 20_000;

/// A JSON text that is looked into: as long as a decoded body may be (`DECODED_BYTES_MAX`).
pub const JSON_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Arrays and objects of a JSON text nest this deep; Kubernetes objects, the deepest that agents send, reach about 20.
pub const JSON_DEPTH_MAX: usize = 64;
/// Keys and values of one JSON text. A large batch has some ten thousand; this many take 4 MiB of nodes and keys.
pub const JSON_TOKENS_MAX: usize = 150_000;

/// A line of `classify`, one request as data: a body of 11 MiB as base64 fits, and no body is looked into beyond that.
pub const DATA_LINE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A file that is taken as one text: the expectations of `policy test`, the request of `policy explain`.
pub const DATA_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// An expression in `when`: a screen of text. The parser's work grows faster than its length.
pub const WHEN_BYTES_MAX: usize = 2048;
/// How deep an expression may nest: it is evaluated by recursion on a thread that serves requests.
pub const WHEN_DEPTH_MAX: u16 = 24;
/// `all` and `exists` within each other.
pub const WHEN_LOOPS_MAX: usize = 3;
/// The stack on which an expression is compiled: the parser's frames are large.
pub const WHEN_STACK_BYTES: usize = 16 * 1024 * 1024;
/// A body that an expression asks for. It decides on a thread that serves others, within a few milliseconds.
pub const WHEN_BODY_MAX: usize = 64 * 1024;
/// Values in such a body: two lists of half as many can be compared each with each in some 10 ms.
pub const WHEN_VALUES_MAX: usize = 4096;
/// Steps of all loops of one evaluation; each costs about a microsecond.
pub const WHEN_STEPS_MAX: usize = 10_000;

/// What comes out of a content coding that is undone to look inside (CASES CL-36). A body of agents' calls is far
/// smaller; what is larger is a file, and nothing in it decides.
pub const DECODED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// And how many times longer than the content it may be: text shrinks to a tenth, nothing but a bomb to a hundredth.
pub const DECODED_RATIO_MAX: usize = 100;
/// What is decoded between two looks at those two.
pub const DECODED_STEP: usize = 16 * 1024;
/// The window that a zstd frame may ask for: the most that RFC 9659 section 3 allows for a content coding.
pub const ZSTD_WINDOW_MAX: u64 = 8 * 1024 * 1024;

/// Unknown keys of a config that are named at a time; each costs a parse.
pub const CONFIG_ERRORS_MAX: usize = 100;
