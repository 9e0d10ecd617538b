//! The wire: connections, heads, bodies, upstreams and answers, on both sides of the gate.

use std::time::Duration;

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
/// Pieces of an answer on their way to an agent that reads slowly.
pub const ANSWER_PIECES: usize = 8;
/// `serve` waits this long for what is being sent when it is told to stop.
pub const DRAIN_WAIT: Duration = Duration::from_secs(30);
/// And says after this time what it waits for: who waits for a person is told to come back sooner.
pub const STOP_TOLD: Duration = Duration::from_millis(250);
/// When nothing is waited for any more, answers that say so have this time to leave.
pub const HURRY_WAIT: Duration = Duration::from_secs(1);
/// What is read of /etc/passwd to give a peer its name; larger files do not exist on real machines.
pub const PASSWD_BYTES_MAX: u64 = 1024 * 1024;

/// Who may wait at a time to hear that an answer has left: one for each exchange, and one more in reserve.
pub const FLUSH_WATCHERS_MAX: usize = 2;
/// What the strict reader asks of the stream at a time: most requests of agents fit whole.
pub const READ_STEP: usize = 8 * 1024;
/// A body that streams through may stand still for this long; then its connection is of no use to anybody.
pub const STREAM_STALL: Duration = Duration::from_secs(60);

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
/// How long an agent has waited when it gets its first interim response: httpx, and what stands on it, gives up after
/// 5 s.
pub const INTERIM_FIRST: Duration = Duration::from_secs(2);
/// And how long until the next: with it a read timeout of 5 s never ends.
pub const INTERIM_EVERY: Duration = Duration::from_secs(4);
/// Interim responses to one request. CPython and Ruby take 99, and an upstream's or hyper's own may come along.
pub const INTERIM_MAX: u32 = 90;
