//! The people's side: the admin API, the command line, what is shown on a terminal, notifications.

use std::time::Duration;

use super::HEAD_BYTES_MAX;

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
/// Differences from the last approved request, where somebody asks for all of them.
pub const DIFFERENCES_PAGE: usize = 1000;
/// Wrong tokens at the admin port that are answered at once: people mistype, and a tool with an old token tries again.
pub const WRONG_TOKENS_FREE: u32 = 10;
/// All beyond these together are answered one in this time: of tokens with 128 bits and more nobody finds one so.
pub const WRONG_TOKEN_REST: Duration = Duration::from_secs(1);
/// None waits longer, so that at most ten keep a place at the port; who would is sent away.
pub const WRONG_TOKEN_WAIT: Duration = Duration::from_secs(10);
/// The log is told of wrong tokens no more often than this.
pub const WRONG_TOKENS_TOLD: Duration = Duration::from_secs(60);
