//! Every bound of the program, floor by floor, each with its reason.
//!
//! A limit refuses or holds; it never skips inspection. What an operator may move lives in the config
//! (`[hold]`), and starts from the defaults given here.

mod judging;
mod memory;
mod people;
mod screens;
mod wire;

pub use judging::*;
pub use memory::*;
pub use people::*;
pub use screens::*;
pub use wire::*;
/// Whole request head (request line and fields): what large cookies and tokens need, in bounded memory.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Request target. RFC 9112 section 3 asks for at least 8000 octets; longer ones answer `uri_too_long`.
pub const TARGET_BYTES_MAX: usize = 16 * 1024;
/// Method token: the longest registered one has 17 characters (UPDATEREDIRECTREF).
pub const METHOD_BYTES_MAX: usize = 32;
/// Fields of one head; real clients stay under 60.
pub const FIELDS_MAX: usize = 128;
/// Hexadecimal digits of a chunk size: 4 GiB in one chunk is more than any client sends.
pub const CHUNK_DIGITS_MAX: usize = 8;
/// All chunk extensions of one body together: nobody uses them, and they are dropped.
pub const CHUNK_EXTENSIONS_MAX: usize = 4 * 1024;
/// What the strict reader keeps of the bytes that follow the request it is busy with.
pub const READ_AHEAD_MAX: usize = 64 * 1024;

/// A head must be whole in this time, counted from its first byte (or from the accept for the first one).
pub const HEAD_WAIT: Duration = Duration::from_secs(15);
/// A kept-alive connection may stay idle between requests for this long.
pub const IDLE_WAIT: Duration = Duration::from_secs(300);
/// A TLS handshake with an agent, or the first bytes inside a tunnel.
pub const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// A body may be slow for this long before its rate is looked at.
pub const BODY_GRACE: Duration = Duration::from_secs(10);
/// The slowest body rate after the grace, in bytes a second.
pub const BODY_RATE_MIN: u64 = 1024;
/// A captured body must end in this time, whatever its rate.
pub const BODY_WAIT: Duration = Duration::from_secs(600);
/// After a refusal the rest of what the agent sends is thrown away for this long, so that it sees the answer
/// (a reset would take it away), and then the connection closes.
pub const LINGER_WAIT: Duration = Duration::from_secs(2);
/// And at most this many bytes of it.
pub const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// One name's resolution.
pub const RESOLVE_WAIT: Duration = Duration::from_secs(10);
/// One TCP connection attempt to one address; the addresses are tried in order.
pub const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// A TLS handshake with an upstream.
pub const UPSTREAM_TLS_WAIT: Duration = Duration::from_secs(10);
/// Silence of an upstream, before its head or between two pieces of its body. Slow models answer within it.
pub const UPSTREAM_SILENCE: Duration = Duration::from_secs(600);
/// Addresses tried of one name.
pub const ADDRESSES_MAX: usize = 16;
/// Idle pooled connections to one upstream for one agent, on one core: as many as the streams of one HTTP/2
/// connection, which all may read at once from an upstream that speaks HTTP/1.1.
pub const POOL_IDLE_PER_KEY: usize = 256;
/// Idle pooled connections on one core.
pub const POOL_IDLE_MAX: usize = 1024;
/// A pooled connection is given up after this long without use; common servers close at 60 s or later.
pub const POOL_IDLE_WAIT: Duration = Duration::from_secs(50);

/// Fields of an upstream's answer; hyper's own bound of 100 would make a mutation's outcome unknown.
pub const ANSWER_FIELDS_MAX: usize = 256;
/// hyper's buffer for one HTTP/1 connection; 64 KiB gives full speed, more only costs memory.
pub const HTTP1_BUFFER: usize = 64 * 1024 + 8 * 1024;
/// Streams of one HTTP/2 connection at a time.
pub const H2_STREAMS_MAX: u32 = 256;
/// HTTP/2 flow-control window of a stream and of a connection.
pub const H2_STREAM_WINDOW: u32 = 1024 * 1024;
/// See `H2_STREAM_WINDOW`.
pub const H2_CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// Bytes that one HTTP/2 stream may have waiting to be written.
pub const H2_SEND_BUFFER: usize = 256 * 1024;
/// Streams reset by the agent before they were looked at (rapid reset, CVE-2023-44487).
pub const H2_PENDING_RESETS_MAX: usize = 20;
/// Resets that bad frames make us send before the connection ends (CVE-2025-8671).
pub const H2_LOCAL_RESETS_MAX: usize = 128;

/// Open connections of agents, all together; one more waits in the kernel's backlog.
pub const CONNECTIONS_MAX: usize = 16_384;
/// Hosts whose minted certificates are kept.
pub const LEAVES_MAX: usize = 10_000;

/// Bodies up to this size stay in memory while they are captured, and in the database row when held.
pub const BODY_INLINE_MAX: usize = 16 * 1024;
/// A body on its way into a spool file is written in batches of this size: few enough system calls for full
/// speed, little memory for a thousand bodies at once.
pub const SPOOL_BATCH: usize = 64 * 1024;
/// Pieces of an answer on their way to an agent that reads slowly.
pub const ANSWER_PIECES: usize = 8;
/// Messages to the keeper that may wait; a full queue makes the sender wait.
pub const KEEPER_QUEUE: usize = 1024;
/// Jobs to the SQLite thread that may wait.
pub const STORE_QUEUE: usize = 1024;
/// Records that may wait for the audit writer, places taken by running reads among them.
pub const AUDIT_QUEUE: usize = 16_384;
/// One audit record, as JSON.
pub const AUDIT_RECORD_MAX: usize = 32 * 1024;
/// A segment of the audit log is closed at this size.
pub const AUDIT_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// A read's record is on disk within this time.
pub const AUDIT_LAG: Duration = Duration::from_millis(500);

/// The waiting attempt has this long to be seen closed before a like request becomes a hold of its own.
pub const JOIN_GRACE: Duration = Duration::from_millis(250);
/// After a restart an undecided hold has at least this long.
pub const RESTART_GRACE: Duration = Duration::from_secs(300);
/// The `why` of a hold names the equal ones of this last while.
pub const KIN_WINDOW: Duration = Duration::from_secs(3600);
/// A code is not given again for this long.
pub const CODE_REST: Duration = Duration::from_secs(24 * 3600);
/// `serve` waits this long for what is being sent when it is told to stop.
pub const DRAIN_WAIT: Duration = Duration::from_secs(30);
/// And says after this time what it waits for: who waits for a person is told to come back sooner.
pub const STOP_TOLD: Duration = Duration::from_millis(250);

/// A request body of the admin API: a batch of 10,000 decisions fits.
pub const ADMIN_BODY_MAX: usize = 4 * 1024 * 1024;
/// Holds in one page of the admin API.
pub const PAGE_MAX: usize = 1000;
/// And where nobody says how many: what a person looks at, made in a millisecond or two.
pub const PAGE: usize = 100;
/// A long poll of the admin API.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(60);
/// A reason or note that an approver may give, in bytes.
pub const REASON_BYTES_MAX: usize = 2000;
/// The prompt ignores what was typed before it had been on screen for this long (CASES AP-24).
pub const PROMPT_DEAD: Duration = Duration::from_millis(500);

/// Events that the keeper takes before it commits them together: as many as its queue holds.
pub const KEEPER_BATCH: usize = KEEPER_QUEUE;
/// So long a decision waits for its release to be ready to start, to be stored together with that: a near upstream is
/// connected to by then, and a far one takes longer than anybody will notice this.
pub const START_WAIT: Duration = Duration::from_millis(1);
/// Approved requests that are yet to be stored for comparison: more are stored at once, whoever waits.
pub const EXAMPLES_MAX: usize = 64;
/// Stored requests that are asked for with the decisions of one turn; their bodies are in memory until they are sent.
pub const READ_BACK_MAX: usize = 16;
/// An answer that was delivered is forgotten so long after: longer than the next release of a busy approver takes to begin,
/// and short, because a crash in between lets the same request be answered with it once more.
pub const TIDY_AFTER: Duration = Duration::from_millis(20);
/// What an attempt can be told before it looks: a release, its withdrawal, the end, and one to spare.
pub const MAILBOX: usize = 4;
/// The heads of all holds in memory; 10,000 of the usual 2 KiB take a tenth of it.
pub const QUEUE_HEAD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Ended holds that are remembered; the oldest that nobody can come for are forgotten first.
pub const ENDED_MAX: usize = 10_000;
/// An ended hold whose agent still has its connection open is looked at again after this long.
pub const FORGET_AGAIN: Duration = Duration::from_secs(60);
/// Equal holds that a new hold's `why` names; the others are counted.
pub const KIN_NAMED_MAX: usize = 5;
/// Header bytes of one part of a multipart body that is compared part by part; browsers and SDKs send under 1 KiB.
pub const PART_HEAD_MAX: usize = 16 * 1024;
/// Release latencies kept for `/metrics` between two looks.
pub const RELEASES_KEPT: usize = 1024;
/// While the audit queue is full the keeper tries again after this long.
pub const AUDIT_RETRY: Duration = Duration::from_millis(10);
/// And this many times; an audit log that takes nothing for 5 s is broken.
pub const AUDIT_RETRIES: usize = 500;

/// Connections to one admin listener at a time. The TCP listener and the socket are counted apart, so that an
/// agent that opens idle connections to the one cannot keep the approvers from the other.
pub const ADMIN_CONNECTIONS_MAX: usize = 256;
/// hyper's buffer for one admin connection; heads are small, bodies are read piece by piece.
pub const ADMIN_BUFFER: usize = 64 * 1024;
/// A request body of the admin API must be whole in this time.
pub const ADMIN_BODY_WAIT: Duration = Duration::from_secs(30);
/// Answers that are under way when the admin server stops have this long to end.
pub const ADMIN_STOP_WAIT: Duration = Duration::from_secs(5);
/// After a failed accept (too many open files) the listener rests for this long, rather than spin.
pub const ACCEPT_REST: Duration = Duration::from_millis(100);
/// A long poll builds its list at most once in this time, however fast holds change.
pub const POLL_REST: Duration = Duration::from_millis(20);
/// A piece of a spooled body on its way to an approver.
pub const PIECE_BYTES: usize = 64 * 1024;
/// What is read of /etc/passwd to give a peer its name; larger files do not exist on real machines.
pub const PASSWD_BYTES_MAX: u64 = 1024 * 1024;
/// The admin token file; the token in it has 43 characters.
pub const TOKEN_FILE_BYTES_MAX: u64 = 256;

/// The command line waits this long for a connection to the server, which is on the same machine or near.
pub const CLIENT_CONNECT_WAIT: Duration = Duration::from_secs(5);
/// And this long for the head of an answer, a long poll's own wait not counted.
pub const CLIENT_ANSWER_WAIT: Duration = Duration::from_secs(30);
/// A person at a terminal is told after this time that the server is waited for.
pub const CLIENT_PATIENCE: Duration = Duration::from_millis(500);
/// And this long between two pieces of an answer's body.
pub const CLIENT_SILENCE: Duration = Duration::from_secs(30);
/// A JSON answer of the server that the command line takes into memory: a full page of large holds fits.
pub const CLIENT_JSON_MAX: usize = 256 * 1024 * 1024;
/// `approve` waits this long to tell what came of the release.
pub const CLIENT_OUTCOME_WAIT: Duration = Duration::from_secs(10);

/// Bodies up to this size are shown as one text: laid out, and searched for what hides in them.
pub const SHOWN_BODY_MAX: usize = 256 * 1024;
/// Of a larger body this much of its start and of its end is read for a screen.
pub const SHOWN_BODY_END: usize = 32 * 1024;
/// What the pager reads at a time of a body that is larger than `SHOWN_BODY_MAX`.
pub const SHOWN_PAGE: usize = 64 * 1024;
/// Display lines of a body, or of a head, before its middle is left out: the start is what people read first.
pub const SHOWN_LINES_HEAD: usize = 40;
/// And those of its end, where danger would hide behind harmless lines (CASES AP-10).
pub const SHOWN_LINES_TAIL: usize = 20;
/// Display lines that one line of a request takes at its start, before its middle is left out.
pub const SHOWN_WRAPS_HEAD: usize = 6;
/// And at its end.
pub const SHOWN_WRAPS_TAIL: usize = 3;
/// A narrower terminal has no room for a label, a gutter and a text.
pub const SHOWN_COLUMNS_MIN: usize = 40;
/// The prompt looks this often whether the hold it asks about was decided elsewhere.
pub const PROMPT_TICK: Duration = Duration::from_millis(100);
/// What comes within this time after a line is part of the same paste: keys repeat at 30 ms or slower.
pub const PROMPT_BURST: Duration = Duration::from_millis(25);
/// The prompt waits this long to say what came of a release before it goes on to the next hold.
pub const PROMPT_OUTCOME_WAIT: Duration = Duration::from_secs(5);
/// One answer at the prompt: a reason and the word before it. Terminals pass lines of up to 4096 bytes.
pub const PROMPT_ANSWER_MAX: usize = REASON_BYTES_MAX + 16;
/// Columns where there is no terminal to ask.
pub const SHOWN_COLUMNS: usize = 100;
/// No screen is wider; a rendering for one that claims to be costs memory and helps nobody.
pub const SHOWN_COLUMNS_MAX: usize = 1000;

/// Places in the audit queue that reads and notes leave free: long reads without end must not keep a person's
/// decision or a mutation's record out.
pub const AUDIT_RESERVE: usize = 1024;
/// The audit writer gathers records that nobody waits for this long; the other half of `AUDIT_LAG` is the disk's.
pub const AUDIT_GATHER: Duration = Duration::from_millis(250);
/// Or until this many have come together, so that a busy second does not fill the queue.
pub const AUDIT_BATCH: usize = 2048;
/// The audit writer hands its lines to the kernel in pieces of about this size.
pub const AUDIT_WRITE_BYTES: usize = 256 * 1024;
/// The checkpoint beside the log: a number of twenty digits, a colon, a hash and a line's end have 86 bytes.
pub const CHECKPOINT_BYTES_MAX: u64 = 128;
/// It is read until two readings agree, because a server may be writing it; one that changes all the time tells nothing.
pub const NOTE_READS_MAX: usize = 8;
/// Fields of one audit record; the fullest has about thirty.
pub const AUDIT_FIELDS_MAX: usize = 64;
/// Lists and objects in a value of an audit record nest this deep; ours have one level.
pub const AUDIT_DEPTH_MAX: usize = 4;

/// Who may wait at a time to hear that an answer has left: one for each exchange, and one more in reserve.
pub const FLUSH_WATCHERS_MAX: usize = 2;
/// What the strict reader asks of the stream at a time: most requests of agents fit whole.
pub const READ_STEP: usize = 8 * 1024;
/// A body that streams through may stand still for this long; then its connection is of no use to anybody.
pub const STREAM_STALL: Duration = Duration::from_secs(60);
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

/// Streams of one HTTP/2 connection to an upstream at a time, where the upstream takes that many; the next read gets
/// a connection of its own to share. RFC 9113 section 6.5.2 asks servers for at least 100.
pub const UPSTREAM_STREAMS_MAX: usize = 64;
/// Flow-control window of one stream from an upstream. With `UPSTREAM_STREAMS_MAX` it makes the connection's: 32 MiB
/// are the most that agents who read nothing can make one connection keep.
pub const UPSTREAM_STREAM_WINDOW: u32 = 512 * 1024;
/// After the preface an upstream's SETTINGS must come in this time: it sends them first of all.
pub const UPSTREAM_SETTINGS_WAIT: Duration = Duration::from_secs(10);
/// HTTP/2 connections to one upstream that one agent's reads share, on one core; further ones are used once.
pub const POOL_SHARED_PER_KEY: usize = 16;
/// A body of messages without an announced length (gRPC) may be silent for as long as an upstream may: a client of a
/// watch says one thing and then only listens.
pub const MESSAGES_STALL: Duration = UPSTREAM_SILENCE;

/// Ids of a JSON-RPC batch that a refusal answers one by one; the bytes that it repeats stay few.
pub const RPC_IDS_MAX: usize = 100;
/// An id that a refusal repeats (CASES AP-34); clients use counters and UUIDs. A longer one becomes null.
pub const RPC_ID_BYTES_MAX: usize = 256;
/// Operations of a GraphQL batch that a refusal answers one by one; clients bundle ten or so.
pub const GRAPHQL_ANSWERS_MAX: usize = 100;
/// A gRPC message, percent-encoded: gRPC clients take 8 KiB of metadata, and other fields go with it.
pub const GRPC_MESSAGE_BYTES_MAX: usize = 4096;
/// Refs of a refused push that its report names; git says of any other that the remote failed to report its status.
pub const GIT_REFS_REPORTED_MAX: usize = 256;
/// A ref's name that a report repeats; a file system takes no longer one.
pub const GIT_REF_BYTES_MAX: usize = 255;
/// The reason in a report of git's, which shows it on one line.
pub const GIT_REASON_CHARS_MAX: usize = 500;

/// What comes out of a content coding that is undone to look inside (CASES CL-36). A body of agents' calls is far
/// smaller; what is larger is a file, and nothing in it decides.
pub const DECODED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// And how many times longer than the content it may be: text shrinks to a tenth, nothing but a bomb to a hundredth.
pub const DECODED_RATIO_MAX: usize = 100;
/// What is decoded between two looks at those two.
pub const DECODED_STEP: usize = 16 * 1024;
/// The window that a zstd frame may ask for: the most that RFC 9659 section 3 allows for a content coding.
pub const ZSTD_WINDOW_MAX: u64 = 8 * 1024 * 1024;

/// An answer of an MCP server, or one event of its stream, in which a list of tools is looked for. GitHub's server
/// lists a hundred tools in some 100 KiB; a core that serves others reads this much in a few milliseconds.
pub const MCP_ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// MCP servers (origins) whose tools are remembered; the operator declares a handful.
pub const MCP_SERVERS_MAX: usize = 128;
/// Endpoints of one MCP server; a gateway has one for each server behind it.
pub const MCP_ENDPOINTS_MAX: usize = 64;
/// Tools of one MCP server, of all its endpoints together, at some 150 bytes each. Models lose their way among a
/// hundred.
pub const MCP_TOOLS_MAX: usize = 1024;
/// What is said on one hold of the tools that it calls; people read no more.
pub const MCP_NOTES_MAX: usize = 8;
/// MCP servers (origins) of which is remembered whom they gave a session.
pub const MCP_SESSION_SERVERS_MAX: usize = 128;
/// Sessions of one MCP server; each agent's client has one or a few at a time.
pub const MCP_SESSIONS_MAX: usize = 1024;
/// Agents to whom a server gives one and the same session: a server that knows no sessions gives everyone the same.
pub const MCP_SESSION_AGENTS_MAX: usize = 16;
/// A JSON-RPC call that may join its hold under another id: larger ones carry files, and join byte for byte only. It is
/// read once more when it comes and when it is sent, by as many at a time as ask.
pub const READDRESS_BYTES_MAX: usize = 1024 * 1024;
/// An id or a progress token, its quotes among it: a number or a UUID, never content.
pub const ADDRESS_BYTES_MAX: usize = 128;

/// Happenings that are remembered for a listener that comes back: a minute of a busy morning, or an hour of another.
pub const HAPPENINGS_KEPT: usize = 4096;
/// And what they may take in memory: a hold with its fields has some 2 KiB, the largest 100.
pub const HAPPENINGS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Happenings that one who listens has not taken yet; beyond that it loses the oldest and is told so.
pub const HAPPENINGS_UNREAD: usize = 256;

/// Kinds of requests of which the last approved one is kept to compare the next with; an agent has tens.
pub const PRECEDENTS_MAX: i64 = 2000;
/// So many more are let in before the oldest are looked for.
pub const PRECEDENTS_SLACK: i64 = 64;
/// A body that is kept for that: what people read of one is far less.
pub const PRECEDENT_BODY_MAX: usize = 64 * 1024;
/// What was approved longer ago than this is not compared with any more, and goes. Longer than the hold itself is kept, so
/// that today's work has yesterday's beside it; no longer, because a URL's path and a body may hold secrets that nobody
/// can tell (those of fields and of a query's parameters are masked).
pub const PRECEDENT_AGE: Duration = Duration::from_secs(24 * 3600);
/// Older ones are looked for this often: by then they are that much older.
pub const PRECEDENT_SWEEP: Duration = Duration::from_secs(3600);
/// How long an agent has waited when it gets its first interim response: httpx, and what stands on it, gives up after
/// 5 s.
pub const INTERIM_FIRST: Duration = Duration::from_secs(2);
/// And how long until the next: with it a read timeout of 5 s never ends.
pub const INTERIM_EVERY: Duration = Duration::from_secs(4);
/// Interim responses to one request. CPython and Ruby take 99, and an upstream's or hyper's own may come along.
pub const INTERIM_MAX: u32 = 90;
/// A body that was freed of its content coding and is laid out for a screen: twice what is shown of one without, since
/// text shrinks well. Of a larger one the ends are shown.
pub const SHOWN_DECODED_MAX: usize = 512 * 1024;
/// Display lines of what one row reads as (a string with line feeds in it) before their middle is left out.
pub const SHOWN_READING_HEAD: usize = 24;
/// And those of its end.
pub const SHOWN_READING_TAIL: usize = 8;
/// Fields of a message of Protocol Buffers that are read; people look at tens. What follows is shown in hexadecimal.
pub const SHOWN_FIELDS_MAX: usize = 5000;
/// How deep messages in messages are read; deeper ones are shown in hexadecimal.
pub const SHOWN_MESSAGE_DEPTH_MAX: usize = 16;
/// A token or a query that is looked into for when it runs out; the longest that services give have some KiB.
pub const CLAIM_BYTES_MAX: usize = 16 * 1024;
/// Differences from the last approved request that are shown; the others are counted. More than this is another request.
pub const DIFFERENCES_MAX: usize = 8;
/// Pairs of lines that are compared with each other: a thousand with a thousand take some milliseconds and 4 MiB.
pub const DIFFERENCE_CELLS_MAX: usize = 1_000_000;
/// Unix users whose processes asked for one hold; an agent has one. Beyond that, whoever has a user may be the agent.
pub const OWNERS_MAX: usize = 8;
/// Freezes that people have put on: one for each agent of a large installation. Another one is refused, and freezing
/// everybody always has its place beside them.
pub const FREEZES_MAX: usize = 1000;
/// What is read of the file `state/freeze`, whose text is the reason: a line that people read.
pub const FREEZE_FILE_BYTES: u64 = 1024;
/// How often that file is looked for while nothing is released.
pub const FREEZE_FILE_EVERY: Duration = Duration::from_secs(1);
/// Mutations that a limit of `[breaker]` may allow: each costs eight bytes for as long as it counts.
pub const BREAKER_MAX: usize = 100_000;
/// The time that `[breaker] per` may name.
pub const BREAKER_TIME_MAX: Duration = Duration::from_secs(24 * 3600);

/// Listeners to `/v1/events` at a time: each keeps a connection open, of which an admin listener has 256.
pub const LISTENERS_MAX: usize = 64;
/// A stream of events that is silent for this long says that it still stands; proxies give up after 30 s or later.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// What one request to `/v1/audit` reads of the log before it answers with what it has: two segments.
pub const LOG_SCAN_BYTES: u64 = 128 * 1024 * 1024;
/// Requests to `/v1/audit` at a time; each keeps a thread and a disk busy.
pub const LOG_READERS_MAX: usize = 2;
/// A request or an answer of the demo's forum; its longest has some 200 bytes.
pub const DEMO_BODY_BYTES_MAX: usize = 64 * 1024;
/// The demo's prompt waits this long for the story to come to its next hold: some milliseconds on an idle machine.
pub const DEMO_NEXT_WAIT: Duration = Duration::from_secs(5);
/// A body that a person changes in an editor; a larger one is kept as it is, or replaced whole.
pub const EDIT_BODY_MAX: usize = 1024 * 1024;
/// A request as the text that comes back from an editor: its body, and a head with notes.
pub const EDIT_TEXT_MAX: usize = EDIT_BODY_MAX + 2 * HEAD_BYTES_MAX;

/// `[[notify]]` tables of a config: each keeps two tasks and a queue.
pub const NOTIFY_MAX: usize = 16;
/// Notes that wait for one listener. What is held and finds no room is told from the list of what is pending.
pub const NOTIFY_QUEUE: usize = 10_000;
/// One delivery, from the connection to the head of the answer.
pub const NOTIFY_WAIT: Duration = Duration::from_secs(10);
/// A path, or the name of an operation, in a notification: ntfy takes 4 KiB in all.
pub const NOTIFY_WORDS_MAX: usize = 500;
/// The longest wait between two tries of a notification.
pub const NOTIFY_REST_MAX: Duration = Duration::from_secs(300);
/// The key of a notification's signature: fewer bytes can be guessed.
pub const NOTIFY_SECRET_BYTES_MIN: usize = 16;

/// Unknown keys of a config that are named at a time; each costs a parse.
pub const CONFIG_ERRORS_MAX: usize = 100;
/// The first line of a script, as Linux reads it (execve(2)).
pub const SCRIPT_LINE_BYTES: u64 = 256;
/// One event as the command line takes it: the largest hold has 64 KiB of fields, each byte six in JSON.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// `ls --watch` draws its screen anew at most once in this time.
pub const WATCH_REST: Duration = Duration::from_millis(200);
/// And looks again after this time where nothing was told of.
pub const WATCH_LOOK: Duration = Duration::from_secs(5);
/// The holds that it keeps: more rows than a terminal has.
pub const WATCH_ROWS_MAX: usize = 500;

/// Holds of one kind that the prompt asks about on one page; two are as quickly asked about one by one.
pub const GROUP_MIN: usize = 3;
/// A person is told that so many and more are compared: each may be a question to a server that is busy.
pub const GROUP_TOLD: usize = 20;
/// And the most on one page: nobody reads more. What is over is the next page.
pub const GROUP_MAX: usize = 200;
/// A body that is compared with those of its like, line by line; a larger one is asked about on its own.
pub const GROUP_BODY_MAX: usize = 16 * 1024;
/// How long a grant may last (CASES HI-21): a working day.
pub const GRANT_TIME_MAX: Duration = Duration::from_secs(8 * 3600);
/// Uses of one grant; more than that is a rule, and belongs into the config.
pub const GRANT_USES_MAX: u32 = 1000;
/// Live grants at a time, and those that have ended and are still shown: more than anybody keeps in mind.
pub const GRANTS_MAX: usize = 1000;
/// How long a grant that has ended is still listed.
pub const GRANT_SHOWN: Duration = Duration::from_secs(24 * 3600);

/// Lines of a hold's `why` up to which rules that come to hold it anew add theirs: what people read through.
pub const WHY_LINES_MAX: usize = 64;
/// `review` asks for so many holds of a group one by one; for more it lists a page of what is pending, which
/// they are all on.
pub const LOOKS_ONE_BY_ONE: usize = 20;
/// What is waited for `node --version`, which takes a tenth of that on a slow disk: a command that is to run does not wait.
pub const NODE_VERSION_WAIT: Duration = Duration::from_secs(2);
/// And what is read of it: `v24.11.0` and a line's end, with room.
pub const NODE_VERSION_BYTES: u64 = 64;

/// People who are logged in on the web page at a time; the one who came first goes when there are more.
pub const SESSIONS_MAX: usize = 256;
/// How long a login lasts: a working day and some.
pub const SESSION_AGE: Duration = Duration::from_secs(12 * 3600);
/// Fields of a form of the web page that has no list: the largest has five.
pub const FORM_FIELDS_MAX: usize = 16;
/// Holds on one page of the web page's list: what a phone lays out at once, and more than a person reads.
pub const PAGE_ROWS: usize = 100;
/// Characters of an agent's text in a row of the list; the hold's own page has all of it.
pub const ROW_TEXT_MAX: usize = 160;
/// Holds that are decided together on the web page: each is laid out whole before it is asked about.
pub const PAGE_BATCH_MAX: usize = 50;
/// Lines in which one of several marked requests differs from the others: a screen of them; all stand in its request.
pub const DIFFER_LINES_MAX: usize = 40;
/// How long one step of the figures over time is; with the next, a day.
pub const TALLY_SLOT: Duration = Duration::from_secs(15 * 60);
/// Steps that are remembered: a day, and what a small chart can show side by side.
pub const TALLY_SLOTS: usize = 96;
/// Kinds of requests (operation and origin) of which is remembered what people said of them; the one that was decided
/// longest ago goes first. About 128 KiB.
pub const TALLY_KINDS: usize = 256;
/// Characters of an operation or an origin by which a kind is known.
pub const TALLY_TEXT_MAX: usize = 120;
/// Times to a decision that wait for the figures to be brought up to date, which is every second.
pub const TALLY_UNTOLD: usize = 20_000;
/// Rows of a chart by agent or by operation: what a person reads; the others are summed up.
pub const CHART_ROWS_MAX: usize = 20;
/// A full screen with fewer rows has no room for a hold, a question and what it is about.
pub const CONSOLE_ROWS_MIN: u16 = 12;
/// The console looks again after this time at what no event tells of: how many wait at a hold, what the agents do.
pub const CONSOLE_LOOK: Duration = Duration::from_secs(2);
/// What the console finds holds by: more is not typed.
pub const CONSOLE_SEARCH_MAX: usize = 100;
/// What the console may ask for at a time: each hold of the largest batch, and some more.
pub const CONSOLE_ASKS_MAX: usize = GROUP_MAX + 56;
/// News that the console has not drawn yet; whoever brings more waits.
pub const CONSOLE_NEWS_MAX: usize = 1024;
/// Requests of the console that are under way at a time; a server has 256 connections for all people.
pub const CONSOLE_ERRANDS_MAX: usize = 4;
/// A server that is gone is asked again after this time, and after twice as long each time it does not answer,
pub const CONSOLE_REST_MIN: Duration = Duration::from_millis(250);
/// up to this.
pub const CONSOLE_REST_MAX: Duration = Duration::from_secs(5);
/// Records that the console shows of the audit log.
pub const CONSOLE_RECORDS: usize = 200;
/// A command for a shell; a longer one is no longer looked at before it is run.
pub const CONSOLE_CURL_MAX: usize = 64 * 1024;
/// Differences from the last approved request, where somebody asks for all of them.
pub const DIFFERENCES_PAGE: usize = 1000;
/// Holds that a question of the console names one by one; all of them stand in the list above it.
pub const CONSOLE_FACTS: usize = 6;
/// A paste whose end did not come has ended after this time without a byte: the pieces of one follow each other sooner,
/// and who finds the console deaf has soon tried a key twice.
pub const CONSOLE_PASTE_QUIET: Duration = Duration::from_secs(2);
