//! A prompt on a pseudo-terminal, in front of a desk that is told what to say.

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use std::fs::File;
use std::io::{Read, Write};
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use bytes::Bytes;
use holdpoint::approve::{BodyView, Charset, Counter, End, Known, Look, Said, Setup, Tty, body, prompt};
use holdpoint::clock::{Clock, Now, Wall};
use holdpoint::hold::said::Choice;
use holdpoint::hold::view::{DecisionView, OutcomeView};
use holdpoint::hold::{ApprovalsView, FreezeView, GrantAsk, HoldView};
use holdpoint::limits::PAGE_MAX;
use holdpoint::origin::{Host, Origin, Scheme};
use holdpoint::snapshot::{Body, Digest, Head};
use portable_pty::{MasterPty, PtySize, native_pty_system};
use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

use super::screen::{Screen, Shown};

/// A hold on the fake desk.
#[derive(Clone)]
pub struct Held {
    pub view: HoldView,
    pub head: Head,
    pub body: Vec<u8>,
    pub known: Known,
}

/// A decision as the desk was told it.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub grant: Option<GrantAsk>,
    pub choice: Choice,
    pub digest: Option<Digest>,
    pub reason: Option<String>,
}

/// A desk that remembers.
#[derive(Clone)]
pub struct FakeDesk(Arc<Inner>);

struct Inner {
    /// The stage's clock stands still, so that ages on screen do not change.
    now: Now,
    holds: Mutex<Vec<Held>>,
    told: Mutex<Vec<Told>>,
    version: AtomicU64,
    looked: AtomicUsize,
    stopping: AtomicBool,
    refuses: Mutex<Option<String>>,
    bars: Mutex<Option<String>>,
    freezes: Mutex<Vec<FreezeView>>,
    outcome: Mutex<String>,
    gate: Mutex<()>,
    at_gate: AtomicBool,
}

impl FakeDesk {
    fn new(now: Now) -> Self {
        Self(Arc::new(Inner {
            now,
            holds: Mutex::default(),
            told: Mutex::default(),
            version: AtomicU64::new(0),
            looked: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            refuses: Mutex::default(),
            bars: Mutex::default(),
            freezes: Mutex::default(),
            outcome: Mutex::new("done".into()),
            gate: Mutex::default(),
            at_gate: AtomicBool::new(false),
        }))
    }

    /// What it was told so far.
    pub fn told(&self) -> Vec<Told> {
        self.0.told.lock().unwrap().clone()
    }

    pub fn looked(&self) -> usize {
        self.0.looked.load(Ordering::SeqCst)
    }

    pub fn digest(&self, number: usize) -> Option<Digest> {
        Digest::parse(&self.0.holds.lock().unwrap()[number - 1].view.digest)
    }

    /// The moment at which this desk's clock stands.
    pub fn wall(&self) -> Wall {
        self.0.now.wall
    }

    pub fn add(&self, mut held: Held) {
        held.view.created_at = Wall(self.0.now.wall.0 - 12_000).rfc3339();
        held.view.deadline = Wall(self.0.now.wall.0 + 1_781_000).rfc3339();
        self.0.holds.lock().unwrap().push(held);
        self.changed();
    }

    pub fn change(&self, number: usize, how: impl FnOnce(&mut HoldView)) {
        how(&mut self.0.holds.lock().unwrap()[number - 1].view);
        self.changed();
    }

    pub fn set_state(&self, number: usize, state: &str) {
        self.change(number, |view| view.state = state.into());
    }

    pub fn decided_elsewhere(&self, number: usize, state: &str, approver: &str) {
        self.change(number, |view| {
            view.state = state.into();
            view.decisions.push(DecisionView {
                void: None,
                approver: approver.into(),
                decision: "deny".into(),
                digest: None,
                reason: None,
                at: view.created_at.clone(),
                grant: None,
            });
        });
    }

    pub fn refuse_decisions(&self, why: &str) {
        *self.0.refuses.lock().unwrap() = Some(why.into());
    }

    /// The person at the terminal has no say.
    pub fn bar(&self, why: &str) {
        *self.0.bars.lock().unwrap() = Some(why.into());
    }

    /// The state that an approval leads to.
    pub fn outcome_is(&self, state: &str) {
        *self.0.outcome.lock().unwrap() = state.into();
    }

    /// No request is given out until the guard is dropped.
    pub fn shut_gate(&self) -> MutexGuard<'_, ()> {
        self.0.gate.lock().unwrap()
    }

    /// A request was asked for.
    pub fn is_at_gate(&self) -> bool {
        self.0.at_gate.load(Ordering::SeqCst)
    }

    /// Somebody, somewhere, freezes.
    pub fn frozen(&self, agent: Option<&str>, reason: Option<&str>, by: &str) -> FreezeView {
        let freeze = FreezeView {
            agent: agent.map(str::to_owned),
            reason: reason.map(str::to_owned),
            by: by.into(),
            at: "2026-11-21T00:04:00.000Z".into(),
        };
        self.0.freezes.lock().unwrap().push(freeze.clone());
        self.changed();
        freeze
    }

    fn changed(&self) {
        self.0.version.fetch_add(1, Ordering::SeqCst);
    }

    fn find<T>(&self, id: &str, look: impl FnOnce(&mut Held) -> T) -> Option<T> {
        self.0.looked.fetch_add(1, Ordering::SeqCst);
        self.0.holds.lock().unwrap().iter_mut().find(|held| held.view.id == id).map(look)
    }
}

impl Counter for FakeDesk {
    fn page(&self, after: Option<&str>) -> Vec<HoldView> {
        let holds = self.0.holds.lock().unwrap();
        let later = |held: &&Held| after.is_none_or(|after| held.view.id.as_str() > after);
        let held = holds.iter().filter(|held| held.view.state == "held").filter(later);
        held.take(PAGE_MAX).map(|held| held.view.clone()).collect()
    }

    fn look(&self, id: &str) -> Option<HoldView> {
        self.find(id, |held| held.view.clone())
    }

    fn request(&self, id: &str) -> Option<(Head, BodyView)> {
        self.0.at_gate.store(true, Ordering::SeqCst);
        drop(self.0.gate.lock().unwrap());
        let held = self.find(id, |held| held.clone())?;
        Some((held.head, BodyView::read(&Body::memory(held.body.into())).ok()?))
    }

    fn known(&self, view: &HoldView, _head: &Head) -> Known {
        let mut known = self.find(&view.id, |held| held.known.clone()).unwrap_or_default();
        // What was approved before was approved three minutes ago.
        if let Some(precedent) = &mut known.precedent {
            precedent.at = Wall(self.0.now.wall.0 - 180_000).rfc3339();
        }
        known
    }

    fn body(&self, id: &str, from: u64, max: usize) -> Option<Bytes> {
        let held = self.find(id, |held| held.clone())?;
        body::range(&Body::memory(held.body.into()), from, max).ok()
    }

    fn counts(&self, _view: &HoldView) -> Result<(), String> {
        self.0.bars.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn decide(&self, said: &[Said]) -> Result<Vec<HoldView>, String> {
        if let Some(why) = self.0.refuses.lock().unwrap().clone() {
            return Err(why);
        }
        let outcome = self.0.outcome.lock().unwrap().clone();
        let views = said.iter().map(|said| {
            let Said { id, digest, choice, reason, grant } = said.clone();
            let known = id.clone();
            self.find(&known, |held| {
                held.view.state = if choice == Choice::Deny { "denied".into() } else { outcome.clone() };
                let at = held.view.created_at.clone();
                held.view.outcome =
                    (held.view.state == "done").then_some(OutcomeView { status: Some(201), at, error: None });
                self.0.told.lock().unwrap().push(Told { id, choice, digest, reason, grant });
                held.view.clone()
            })
        });
        let views = views.collect::<Option<Vec<_>>>();
        self.changed();
        views.ok_or_else(|| "there is no such hold".into())
    }

    fn freezes(&self) -> Vec<FreezeView> {
        self.0.freezes.lock().unwrap().clone()
    }

    fn freeze(&self, agent: Option<&str>, reason: Option<&str>) -> Result<FreezeView, String> {
        Ok(self.frozen(agent, reason, "ada"))
    }

    fn thaw(&self, agent: Option<&str>, _: Option<&FreezeView>) -> Result<FreezeView, String> {
        let mut freezes = self.0.freezes.lock().unwrap();
        let at = freezes.iter().position(|freeze| freeze.agent.as_deref() == agent);
        at.map(|at| freezes.remove(at)).ok_or_else(|| "there is no such freeze".into())
    }

    fn version(&self) -> u64 {
        self.0.version.load(Ordering::SeqCst)
    }

    fn stopping(&self) -> bool {
        self.0.stopping.load(Ordering::SeqCst)
    }
}

/// A post to a forum: hold `AAA1` and so on.
pub fn forum(number: usize, bytes: &[u8]) -> Held {
    request(number, "forum.corp.example", "/posts", &[], bytes)
}

/// A POST of anything, with these fields besides the usual ones.
pub fn request(number: usize, host: &str, target: &str, more: &[(&str, &str)], bytes: &[u8]) -> Held {
    let length = bytes.len().to_string();
    let usual = [
        ("host", host),
        ("user-agent", "curl/8.14"),
        ("authorization", "Bearer hunter2"),
        ("content-length", &length),
        ("via", "1.1 holdpoint"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let fields = kept.chain(more.iter().copied());
    let head = Head {
        method: "POST".into(),
        origin: Origin::new(Scheme::Https, Host::parse(host).unwrap(), None),
        target: target.into(),
        fields: fields.map(|(name, value)| (name.into(), value.to_owned().into())).collect(),
    };
    let body = Body::memory(Bytes::copy_from_slice(bytes));
    let digest = Digest::of(&head, body.len(), body.sha256());
    Held {
        view: view(number, &head, digest, body.len()),
        head,
        body: bytes.to_vec(),
        known: Known::default(),
    }
}

/// Another look of a hold.
pub fn with(mut held: Held, how: impl FnOnce(&mut HoldView)) -> Held {
    how(&mut held.view);
    held
}

fn view(number: usize, head: &Head, digest: Digest, body_bytes: u64) -> HoldView {
    let mut headers: Vec<(String, String)> = head
        .fields
        .iter()
        .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    for (name, value) in &mut headers {
        if name == "authorization" {
            *value = "Bearer [masked]".into();
        }
    }
    HoldView {
        id: format!("01939c1e-0000-7000-8000-{number:012}"),
        code: format!("AAA{number}"),
        state: "held".into(),
        agent: "triage-bot".into(),
        source: "10.1.2.3".into(),
        advisory: false,
        method: head.method.clone(),
        url: head.url(),
        http_version: "HTTP/1.1".into(),
        effect: "write".into(),
        dialect: "http".into(),
        operation: format!("POST {}", head.path()),
        rule: "defaults.mutating".into(),
        why: vec!["http: POST is not a safe method (RFC 9110 section 9.2.1)".into()],
        digest: digest.to_string(),
        body_bytes,
        headers,
        created_at: String::new(),
        deadline: String::new(),
        waiting: 1,
        attempts: 1,
        decisions: vec![],
        outcome: None,
        approvals: ApprovalsView::default(),
        grantable: None,
        grant: None,
        like_pending: 0,
        edited: None,
        frozen: false,
    }
}

/// Prompt, terminal and desk.
pub struct Stage {
    desk: FakeDesk,
    screen: Arc<Screen>,
    keyboard: Arc<Mutex<Box<dyn Write + Send>>>,
    master: Box<dyn MasterPty + Send>,
    closing: Arc<AtomicBool>,
    eyes: JoinHandle<()>,
    prompt: JoinHandle<End>,
}

impl Deref for Stage {
    type Target = FakeDesk;

    fn deref(&self) -> &FakeDesk {
        &self.desk
    }
}

impl Stage {
    pub fn new(holds: Vec<Held>) -> Self {
        Self::start(holds, 60, 80, Look { colour: true, charset: Charset::Utf8 })
    }

    pub fn with_look(holds: Vec<Held>, look: Look) -> Self {
        Self::start(holds, 60, 80, look)
    }

    pub fn with_size(holds: Vec<Held>, rows: u16, columns: u16) -> Self {
        Self::start(holds, rows, columns, Look { colour: true, charset: Charset::Utf8 })
    }

    fn start(holds: Vec<Held>, rows: u16, columns: u16, look: Look) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).unwrap();
        let path = pair.master.tty_name().unwrap();
        let tty = Tty::at(&path).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Screen::new(rows, columns));
        let keyboard = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let closing = Arc::new(AtomicBool::new(false));
        let eyes = std::thread::spawn({
            let (screen, keyboard, closing) = (screen.clone(), keyboard.clone(), closing.clone());
            move || {
                let mut buffer = [0; 16 * 1024];
                while let Ok(length @ 1..) = output.read(&mut buffer) {
                    screen.feed(&buffer[..length], &keyboard);
                    if closing.load(Ordering::SeqCst) {
                        return;
                    }
                }
            }
        });
        let clock = Clock::manual();
        let desk = FakeDesk::new(clock.now());
        holds.into_iter().for_each(|held| desk.add(held));
        let greeting = "Holdpoint listens on 127.0.0.1:8080; logs go to state/holdpoint.log.".into();
        let setup = Setup { greeting, stay: true, look, clock };
        let prompt = std::thread::spawn({
            let desk = desk.clone();
            move || prompt::run(&tty, &desk, &setup)
        });
        Self { desk, screen, keyboard, master: pair.master, closing, eyes, prompt }
    }

    pub fn desk(&self) -> FakeDesk {
        self.desk.clone()
    }

    pub fn type_line(&self, line: &str) {
        self.type_raw(format!("{line}\n").as_bytes());
    }

    pub fn type_raw(&self, bytes: &[u8]) {
        self.keyboard.lock().unwrap().write_all(bytes).unwrap();
    }

    pub fn wait_for(&self, text: &str) {
        self.screen.wait_until(text, |shown| shown.count(text) > 0);
    }

    pub fn wait_until(&self, what: &str, condition: impl Fn(&Shown) -> bool) {
        self.screen.wait_until(what, condition);
    }

    pub fn text(&self) -> String {
        self.screen.see(Shown::text)
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.screen.bytes()
    }

    pub fn bells(&self) -> usize {
        self.screen.bells()
    }

    pub fn answered(&self) -> usize {
        self.screen.answered()
    }

    pub fn assert_only_own_sequences(&self) {
        self.screen.assert_only_own_sequences();
    }

    /// The last thing on screen is the question.
    pub fn still_asks(&self) -> bool {
        self.text().trim_end().ends_with("| ? helps]:")
    }

    pub fn resize(&self, rows: u16, columns: u16) {
        self.master.resize(size(rows, columns)).unwrap();
    }

    /// Compares the screen with the one that was looked at and kept; `HOLDPOINT_BLESS=1` keeps this one.
    pub fn snapshot(&self, name: &str) {
        let path = format!("{}/tests/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let mut found = self.screen.contents().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        found.push('\n');
        if std::env::var_os("HOLDPOINT_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(&path, &found).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == found, "the screen is not {path}\n--- kept\n{kept}\n--- found\n{found}");
    }

    /// Closes the window while a word stands there half typed.
    pub fn hang_up(self, half_typed: &str) -> End {
        // The terminal hangs up when nobody holds its other end: the eyes too must let go, and the echo of what
        // is typed is what they see last.
        leave_end_of_file_alone(&self.master.tty_name().unwrap());
        self.closing.store(true, Ordering::SeqCst);
        self.type_raw(half_typed.as_bytes());
        let Self { keyboard, master, eyes, prompt, .. } = self;
        eyes.join().unwrap();
        drop(keyboard);
        drop(master);
        prompt.join().unwrap()
    }

    /// Shuts Holdpoint down.
    pub fn stop(self) -> End {
        self.desk.0.stopping.store(true, Ordering::SeqCst);
        self.prompt.join().unwrap()
    }
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// The writer of `portable-pty` types a line end and the end-of-file character when it is dropped, where there is such
/// a character; a window that closes types nothing.
fn leave_end_of_file_alone(path: &Path) {
    let tty = File::options().read(true).write(true).custom_flags(NOCTTY).open(path).unwrap();
    let mut settings = tcgetattr(&tty).unwrap();
    settings.special_codes[SpecialCodeIndex::VEOF] = 0;
    tcsetattr(&tty, OptionalActions::Now, &settings).unwrap();
}

const NOCTTY: i32 = rustix::fs::OFlags::NOCTTY.bits() as i32;
