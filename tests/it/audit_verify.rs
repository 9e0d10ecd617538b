//! Two verifiers that know nothing of each other, the Rust one and `tests/verify_audit.py`, must agree on hundreds of
//! logs that were changed in one way each, on whether they are whole and on the first bad record
//! (CASES AU-01, AU-06, AU-20).

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use holdpoint::audit::{Audit, Checkpoint, Event, Record, verify};
use holdpoint::clock::Clock;
use holdpoint::secret::{hex, sha256};

const SEED: u64 = 0x5eed_0002;
const ROUNDS: usize = 60;

/// Segments as bytes, in order.
type Log = Vec<Vec<u8>>;

/// One changed log and what is known of it.
struct Case {
    name: String,
    log: Log,
    /// Segments under other numbers than their own.
    numbers: Option<Vec<u32>>,
    checkpoint: Option<Checkpoint>,
    whole: Whole,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Whole {
    Yes,
    No,
    /// Without a checkpoint a cut, or an edit of the very last record, cannot be seen; both must say the same.
    WhoKnows,
}

/// xorshift64*: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
}

#[test]
fn two_verifiers_agree_on_every_changed_log() {
    let (log, end) = written();
    let mut cases = cases(&log, &end, &mut Dice(SEED));
    // Each also without its checkpoint: most changes the chain alone must show.
    let alone: Vec<_> = cases.iter().map(Case::without_checkpoint).collect();
    cases.extend(alone);
    let home = tempfile::tempdir().expect("a temporary directory");
    let dirs: Vec<_> =
        cases.iter().enumerate().map(|(index, case)| case.lay_out(home.path(), index)).collect();
    let python = second_opinions(&cases, &dirs);
    for ((case, dir), python) in cases.iter().zip(&dirs).zip(&python) {
        let name = &case.name;
        let ours = opinion(dir, case.checkpoint.clone());
        let theirs: Vec<_> = python.split(' ').take(4).collect();
        let theirs = if theirs[0] == "ok" { format!("ok {}", theirs[1]) } else { theirs.join(" ") };
        assert_eq!(ours, theirs, "seed {SEED:#x}, {name}: the second verifier says `{python}`");
        match case.whole {
            Whole::Yes => assert!(ours.starts_with("ok"), "seed {SEED:#x}, {name}: {ours}"),
            Whole::No => assert!(ours.starts_with("bad"), "seed {SEED:#x}, {name}: {ours}"),
            Whole::WhoKnows => {}
        }
    }
    assert!(cases.len() > 800, "only {} cases", cases.len());
}

/// Every byte of a log, changed in its lowest bit: none goes unseen.
#[test]
fn no_changed_byte_goes_unseen() {
    let (log, end) = written();
    let home = tempfile::tempdir().expect("a temporary directory");
    let segment = home.path().join("00000001.jsonl");
    for (number, bytes) in log.iter().enumerate().skip(1) {
        fs::write(home.path().join(format!("{:08}.jsonl", number + 1)), bytes).expect("a segment");
    }
    for index in 0..log[0].len() {
        let mut bytes = log[0].clone();
        bytes[index] ^= 1;
        fs::write(&segment, &bytes).expect("a segment");
        let broken = verify(home.path(), Some(end.clone()), None).expect_err("one byte was changed");
        let line = bytes[..index].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let said = (broken.file.clone(), broken.line);
        assert_eq!(said, (segment.clone(), line), "byte {index}: {broken}");
    }
    fs::write(&segment, &log[0]).expect("a segment");
    assert!(verify(home.path(), Some(end), None).is_ok());
}

fn written() -> (Log, Checkpoint) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let audit = Audit::open_with_segments_of(3000, dir.path(), Clock::system(), None).expect("a log");
    for number in 0..36_u64 {
        let record = match number % 3 {
            0 => Record::new(Event::Exchange).with("agent", "triage-bot").with("path", "/posts/é\u{202e}"),
            1 => Record::new(Event::Decided)
                .with("reason", "no,\nnever \u{1f512} \"so\"")
                .with("approver", "ops"),
            _ => Record::new(Event::Ended).with("why", vec!["a", "b"]).with("delta", -5),
        };
        audit.note(record.with("number", number)).expect("room in the queue");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(audit.close());
    let end = audit.durable();
    assert_eq!(end.seq, 37);
    let mut files: Vec<_> = fs::read_dir(dir.path())
        .expect("the log")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort();
    assert!(files.len() > 2, "the cases need some segments");
    (files.iter().map(|file| fs::read(file).expect("a segment")).collect(), end)
}

fn cases(log: &Log, end: &Checkpoint, dice: &mut Dice) -> Vec<Case> {
    let case = |name: String, changed: Log, whole: Whole| {
        let whole = if changed == *log { Whole::Yes } else { whole };
        Case { name, log: changed, numbers: None, checkpoint: Some(end.clone()), whole }
    };
    let mut cases = vec![case("nothing".into(), log.clone(), Whole::Yes)];
    for round in 0..ROUNDS {
        for (name, change) in CHANGES {
            let mut changed = log.clone();
            let segment = dice.below(log.len());
            change(&mut changed, segment, dice);
            cases.push(case(format!("{name} in segment {segment}, round {round}"), changed, Whole::No));
        }
        let mut tail = log.clone();
        let last = tail.last_mut().expect("segments");
        last.extend_from_slice(&b"{\"seq\":38,\"prev\""[..1 + dice.below(15)]);
        cases.push(case(format!("an unfinished line, round {round}"), tail, Whole::Yes));
    }
    for (index, (from, to)) in SPELLINGS.iter().enumerate() {
        let forged = rechained(log, |line| line.replacen(from, to, 1));
        assert_ne!(forged, *log, "spelling {index} changes nothing");
        cases.push(case(format!("spelling {index}: {to} for {from}"), forged, Whole::No));
    }
    let forged = rechained(log, |line| line.replace("never", "gladly"));
    cases.push(case("a rewritten chain".into(), forged, Whole::No));
    for removed in 0..log.len() {
        let mut left = log.clone();
        left.remove(removed);
        let renamed = case(format!("segment {removed} removed, the others renamed"), left.clone(), Whole::No);
        let numbers = (1..=log.len() as u32).filter(|number| *number != removed as u32 + 1).collect();
        let gap = case(format!("segment {removed} removed"), left, Whole::No);
        let mut swapped = log.clone();
        swapped.swap(removed, (removed + 1) % log.len());
        let swapped = case(format!("segment {removed} swapped with the next"), swapped, Whole::No);
        cases.extend([renamed, Case { numbers: Some(numbers), ..gap }, swapped]);
    }
    for hash in ["", "ab", &end.hash[..63], &end.hash.to_uppercase(), &"0".repeat(64)] {
        let checkpoint = Some(Checkpoint { seq: end.seq, hash: hash.to_owned() });
        let name = format!("a checkpoint with the hash `{hash}`");
        cases.push(Case { checkpoint, whole: Whole::No, ..case(name, log.clone(), Whole::No) });
    }
    cases
}

type Change = fn(&mut Log, usize, &mut Dice);

const CHANGES: &[(&str, Change)] = &[
    ("a flipped bit", |log, segment, dice| {
        let byte = dice.below(log[segment].len());
        log[segment][byte] ^= 1 << dice.below(8);
    }),
    ("another byte", |log, segment, dice| {
        let byte = dice.below(log[segment].len());
        log[segment][byte] = b"\0\n 0a\"\\}\x7f\xff"[dice.below(10)];
    }),
    ("a byte less", |log, segment, dice| {
        let byte = dice.below(log[segment].len());
        log[segment].remove(byte);
    }),
    ("a byte more", |log, segment, dice| {
        let byte = dice.below(log[segment].len());
        log[segment].insert(byte, b"\n 0a\""[dice.below(5)]);
    }),
    ("a line less", |log, segment, dice| {
        in_lines(&mut log[segment], |lines| drop(lines.remove(dice.below(lines.len()))));
    }),
    ("a line twice", |log, segment, dice| {
        in_lines(&mut log[segment], |lines| {
            let line = dice.below(lines.len());
            lines.insert(dice.below(lines.len()), lines[line].clone());
        });
    }),
    ("a line swapped with the last", |log, segment, dice| {
        in_lines(&mut log[segment], |lines| {
            let line = dice.below(lines.len());
            let last = lines.len() - 1;
            lines.swap(line, last);
        });
    }),
    ("a shorter hash", |log, segment, dice| {
        in_lines(&mut log[segment], |lines| {
            let line = dice.below(lines.len());
            let at =
                lines[line].windows(8).position(|found| found == b"\"prev\":\"").expect("it has one") + 8;
            lines[line].drain(at..at + 1 + dice.below(64));
        });
    }),
    ("the end cut off", |log, segment, dice| {
        let byte = dice.below(log[segment].len());
        log[segment].truncate(byte);
        log.truncate(segment + 1);
    }),
    ("the last lines cut off", |log, segment, dice| {
        in_lines(&mut log[segment], |lines| lines.truncate(dice.below(lines.len())));
        log.truncate(segment + 1);
    }),
];

/// Other spellings of the same content, or a content that no writer makes; the chain after them is made anew.
const SPELLINGS: &[(&str, &str)] = &[
    (",\"number\"", ", \"number\""),
    ("\\u00e9", "\\u00E9"),
    ("\\u00e9", "é"),
    ("\\u000a", "\\n"),
    ("\\ud83d\\udd12", "\\ud83d"),
    ("\"ops\"", "\"\\u006fps\""),
    ("/posts", "\\/posts"),
    ("-5", "-5.0"),
    ("-5", "-0"),
    ("-5", "-5e0"),
    ("-5", "18446744073709551616"),
    ("-5", "NaN"),
    ("-5", "[[[[[]]]]]"),
    ("\"delta\":-5,", "\"delta\":-5,\"delta\":-5,"),
    ("\"delta\":-5,\"number\":2,", "\"number\":2,\"delta\":-5,"),
    ("\"delta\":-5,", "\"clock_back_ms\":1,\"delta\":-5,"),
    ("\"event\":\"ended\"", "\"event\":null"),
    ("\"agent\"", "\"age\u{7f}nt\""),
];

fn in_lines(segment: &mut Vec<u8>, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut lines: Vec<_> = segment.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    *segment = lines.concat();
}

/// What somebody makes who may write the files: every line edited, and each one's `prev` made to fit.
fn rechained(log: &Log, edit: impl Fn(&str) -> String) -> Log {
    let mut prev = "0".repeat(64);
    let mut forge = |line: &str| {
        let mut line = edit(line);
        let at = line.find("\"prev\":\"").expect("it has one") + 8;
        line.replace_range(at..at + 64, &prev);
        prev = hex(&sha256(line.as_bytes()));
        line + "\n"
    };
    let text = |segment: &Vec<u8>| String::from_utf8(segment.clone()).expect("a log is ASCII");
    log.iter().map(|segment| text(segment).lines().map(&mut forge).collect::<String>().into_bytes()).collect()
}

impl Case {
    fn without_checkpoint(&self) -> Self {
        let whole = if self.whole == Whole::Yes { Whole::Yes } else { Whole::WhoKnows };
        Self {
            name: format!("{}, no checkpoint", self.name),
            log: self.log.clone(),
            numbers: self.numbers.clone(),
            checkpoint: None,
            whole,
        }
    }

    fn lay_out(&self, home: &Path, index: usize) -> PathBuf {
        let dir = home.join(index.to_string());
        fs::create_dir(&dir).expect("a directory");
        let numbers = self.numbers.clone().unwrap_or_else(|| (1..=self.log.len() as u32).collect());
        for (number, bytes) in numbers.iter().zip(&self.log) {
            fs::write(dir.join(format!("{number:08}.jsonl")), bytes).expect("a segment");
        }
        dir
    }
}

fn opinion(dir: &Path, checkpoint: Option<Checkpoint>) -> String {
    match verify(dir, checkpoint, None) {
        Ok(summary) => format!("ok {}", summary.last.seq),
        Err(broken) => {
            let file =
                broken.file.file_name().and_then(|name| name.to_str()).filter(|name| name.contains('.'));
            format!("bad {} {} {}", file.unwrap_or("-"), broken.line, broken.seq)
        }
    }
}

/// All of them in one go: one process, one answer a line.
fn second_opinions(cases: &[Case], dirs: &[PathBuf]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_audit.py");
    let spawned = Command::new("python3")
        .arg(script)
        .arg("--stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn();
    let mut python = spawned.unwrap_or_else(|error| panic!("this test needs python3 on the PATH: {error}"));
    let questions: String = cases
        .iter()
        .zip(dirs)
        .map(|(case, dir)| match &case.checkpoint {
            Some(checkpoint) => format!("{} {checkpoint}\n", dir.display()),
            None => format!("{}\n", dir.display()),
        })
        .collect();
    let mut stdin = python.stdin.take().expect("it is piped");
    // Written from a thread of its own, so that neither pipe can fill up while the other one waits.
    let asking = std::thread::spawn(move || stdin.write_all(questions.as_bytes()));
    let told = python.wait_with_output().expect("python3 ends");
    asking.join().expect("the thread ends").expect("python3 reads to the end");
    let answers: Vec<_> = String::from_utf8(told.stdout).expect("text").lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), cases.len(), "the second verifier stopped early");
    answers
}
