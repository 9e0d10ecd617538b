//! `holdpoint classify [FILE|-]`: requests as JSON lines in, one JSON line out for each, in their order and in
//! constant memory. A line that is no request is named on standard error, and the others are answered all the same.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::admin::json;
use crate::classify::{Effect, Finding};
use crate::cli::hold::safe;
use crate::cli::request::{Line, Source, judge, next_line};
use crate::cli::{Done, out};
use crate::config::Config;
use crate::limits;
use crate::parse::data::{Data, Id};

/// What is said of a request, in the order in which it is written.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: Option<&'a Id>,
    label: &'static str,
    effect: &'static str,
    dialect: &'a str,
    operation: &'a str,
    why: &'a [String],
}

/// Classifies what a file or standard input holds.
pub fn run(config: &Config, file: Option<&Path>) -> Done {
    let Source { name, mut reader } = Source::open(file)?;
    out::stream(|out| classify(config, &name, &mut reader, out, &mut |line| out::aside(line)))
}

/// Exit code 1 where a line was no request.
fn classify(
    config: &Config,
    name: &str,
    reader: &mut io::BufReader<impl io::Read>,
    out: &mut dyn Write,
    aside: &mut dyn FnMut(&str),
) -> io::Result<u8> {
    let (mut line, mut number, mut code) = (Vec::new(), 0_u64, 0);
    loop {
        // Whoever feeds line by line gets each answer at once; a file is answered in large pieces.
        if reader.buffer().is_empty() {
            out.flush()?;
        }
        number += 1;
        let read = match next_line(reader, &mut line) {
            Ok(Line::End) => return Ok(code),
            Ok(Line::Read) if line.trim_ascii().is_empty() => continue,
            // A list would be taken for the members in their order.
            Ok(Line::Read) if !line.trim_ascii_start().starts_with(b"{") => {
                Err("it is no JSON object; `holdpoint classify --help` has an example".to_owned())
            }
            Ok(Line::Read) => serde_json::from_slice::<Data>(&line).map_err(|error| safe(&error.to_string())),
            Ok(Line::TooLong) => Err(format!("longer than {} bytes", limits::DATA_LINE_BYTES_MAX)),
            Err(error) => {
                aside(&format!("{name}: {error}"));
                return Ok(1);
            }
        };
        match read {
            Ok(data) => writeln!(out, "{}", answer(config, &data))?,
            Err(what) => {
                aside(&format!("{name}:{number}: {what}"));
                code = 1;
            }
        }
    }
}

fn answer(config: &Config, data: &Data) -> String {
    let finding = vouched(config, judge(config, data).into_finding());
    json::text(&Answer {
        id: data.id.as_ref(),
        label: label(&finding),
        effect: finding.effect.as_str(),
        dialect: finding.dialect,
        operation: &finding.operation,
        why: &finding.why,
    })
}

/// With `safe_methods = "hold"` only a declared service's word makes a read.
fn vouched(config: &Config, mut finding: Finding) -> Finding {
    if finding.effect == Effect::Read && !config.policy.takes_for_read(&finding) {
        finding.why.push("defaults.safe_methods: no declared service vouches for it".to_owned());
        finding.effect = Effect::Unknown;
    }
    finding
}

/// `read`, `mutating`, or `unknown` for what nobody can tell; only the first is not held.
fn label(finding: &Finding) -> &'static str {
    match finding.effect {
        Effect::Read => "read",
        Effect::Unknown => "unknown",
        _ => "mutating",
    }
}
