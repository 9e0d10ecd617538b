//! The web page and the console.

use std::time::Duration;

use super::GROUP_MAX;

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
/// Holds that a question of the console names one by one; all of them stand in the list above it.
pub const CONSOLE_FACTS: usize = 6;
/// A paste whose end did not come has ended after this time without a byte: the pieces of one follow each other sooner,
/// and who finds the console deaf has soon tried a key twice.
pub const CONSOLE_PASTE_QUIET: Duration = Duration::from_secs(2);
/// Rows that what was said last may take on the console, and never more than a quarter of them: the longest of them, on what
/// an approval waits for, takes six at 40 columns.
pub const CONSOLE_SAID_ROWS: usize = 6;
/// The list of what waits is looked through no more often than this for pages that bring themselves up to date: each
/// event makes every open page ask, and all of them are told the same.
pub const LIST_LOOK: Duration = Duration::from_millis(500);
