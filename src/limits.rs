//! Every bound of the program, in one table, each with its reason.
//!
//! A limit refuses or holds; it never skips inspection. What an operator may move lives in the config
//! (`[hold]`), and starts from the defaults given here.

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
/// Idle pooled connections to one upstream for one agent, on one core.
pub const POOL_IDLE_PER_KEY: usize = 32;
/// Idle pooled connections on one core.
pub const POOL_IDLE_MAX: usize = 1024;
/// A pooled connection is given up after this long without use; common servers close at 60 s or later.
pub const POOL_IDLE_WAIT: Duration = Duration::from_secs(50);

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

/// A request body of the admin API: a batch of 10,000 decisions fits.
pub const ADMIN_BODY_MAX: usize = 4 * 1024 * 1024;
/// Holds in one page of the admin API.
pub const PAGE_MAX: usize = 1000;
/// A long poll of the admin API.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(60);
/// A reason or note that an approver may give, in bytes.
pub const REASON_BYTES_MAX: usize = 2000;
/// The prompt ignores what was typed before it had been on screen for this long (CASES AP-24).
pub const PROMPT_DEAD: Duration = Duration::from_millis(500);

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
/// Holds that the prompt asks the desk for at a time; the oldest that is not set aside is among them, or the
/// others wait.
pub const PROMPT_HOLDS_MAX: usize = 10_000;
