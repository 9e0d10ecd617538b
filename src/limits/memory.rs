//! Memory: holds and grants, the store and its spool, the audit log.

use std::time::Duration;

/// Bodies up to this size stay in memory while they are captured, and in the database row when held.
pub const BODY_INLINE_MAX: usize = 16 * 1024;
/// A body on its way into a spool file is written in batches of this size: few enough system calls for full
/// speed, little memory for a thousand bodies at once.
pub const SPOOL_BATCH: usize = 64 * 1024;
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

/// Events that the keeper takes before it commits them together: as many as its queue holds.
pub const KEEPER_BATCH: usize = KEEPER_QUEUE;
/// So long a decision waits for its release to be ready to start, to be stored together with that: a near upstream is
/// connected to by then, and a far one takes longer than anybody will notice this.
pub const START_WAIT: Duration = Duration::from_millis(1);
/// Approved requests that are yet to be stored for comparison: more are stored at once, whoever waits.
pub const EXAMPLES_MAX: usize = 64;
/// Stored requests that are asked for with the decisions of one turn; their bodies are in memory until they are sent.
pub const READ_BACK_MAX: usize = 16;
/// Prepared statements of the store: it has some forty, and a commit should prepare none of them anew.
pub const STATEMENTS_KEPT: usize = 64;
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
