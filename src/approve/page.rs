//! The request as it will be sent, as lines: its head field by field, its body row by row, the middle left out where
//! it is long, always with how much that was (CASES AP-10).

use super::body::BodyView;
use super::form;
use super::hex;
use super::line::{Gutter, Line, Source, Style};
use super::mask::masked;
use super::options::Options;
use super::rows::{self, Form, Layout, Note, Reading, Row};
use super::strings;
use super::untrusted::Untrusted;
use super::words::{self, count};
use super::wrap::{Budget, Setting, set};
use crate::hold::HoldView;
use crate::limits;
use crate::snapshot::Head;

/// Lines as they come together.
pub struct Page<'a> {
    /// How to render.
    pub options: &'a Options,
    /// The hold's code, for remarks on what was left out.
    pub code: &'a str,
    /// So far.
    pub lines: Vec<Line>,
    /// Something was left out.
    pub elided: bool,
}

impl Page<'_> {
    /// A line of Holdpoint's own.
    pub fn own(&mut self, text: &str, style: Style) {
        let shown = Untrusted::from(text).show(self.options.charset);
        let setting = Setting { style, ..Setting::default() };
        self.lines.extend(set(&shown, &setting, self.options.columns(), None).0);
    }

    /// One line of the head: an agent's, and not of the body.
    fn quote(&mut self, bytes: &[u8], style: Style) -> Vec<Line> {
        let setting = Setting { gutter: Gutter::Start, style, ..Setting::default() };
        let shown = Untrusted::from(bytes).show(self.options.charset);
        let (lines, missing) = set(&shown, &setting, self.options.columns(), self.options.wraps());
        self.elided |= missing > 0;
        lines
    }

    /// The request line and the fields, in order.
    pub fn head(&mut self, view: &HoldView, head: &Head) {
        let mut fields = Vec::with_capacity(head.fields.len() + 1);
        let request_line = format!("{} {} HTTP/1.1", head.method, head.target);
        fields.push((request_line.len() as u64, self.quote(request_line.as_bytes(), Style::Plain)));
        for index in 0..head.fields.len() {
            let (name, value) = &head.fields[index];
            let mut text = format!("{name}: ").into_bytes();
            let masked = masked(view, head, index).filter(|_| self.options.mask);
            text.extend_from_slice(masked.as_ref().map_or(&value[..], |masked| masked.as_bytes()));
            let style = if masked.is_some() { Style::Quiet } else { Style::Plain };
            fields.push((name.len() as u64 + value.len() as u64 + 2, self.quote(&text, style)));
        }
        self.some_of(fields);
    }

    /// Of blocks of lines (each with how many bytes it shows) the first and the last ones.
    fn some_of(&mut self, blocks: Vec<(u64, Vec<Line>)>) {
        let (head, tail) = keep(&blocks, self.options.lines());
        let (mut missing, total) = ((0, 0), blocks.len());
        for (index, (bytes, lines)) in blocks.into_iter().enumerate() {
            if index < head || index >= tail {
                self.lines.extend(lines);
                continue;
            }
            missing = (missing.0 + 1, missing.1 + bytes);
            if index + 1 == tail.min(total) {
                self.gap("--raw", Some(missing.0), missing.1);
            }
        }
    }

    /// `how`: what shows all of it on the command line.
    fn gap(&mut self, how: &str, lines: Option<u64>, bytes: u64) {
        self.elided = true;
        let lines = lines.map(|lines| format!("{}, ", count(lines, "line"))).unwrap_or_default();
        let text = format!(
            "… {lines}{} not shown; holdpoint show {} {how} shows all",
            count(bytes, "byte"),
            self.code
        );
        // On one line, so that it can be found and copied.
        self.lines.push(Line::own(text, Style::Warning));
    }

    /// The body as it is at hand, or its content where that was freed of a coding.
    pub fn body(&mut self, body: &BodyView, layout: &Layout) {
        self.elided |= layout.cut;
        let laid = match layout.what.split([' ', ',']).next() {
            Some("GraphQL" | "JSON" | "XML") => "; white space may be added",
            Some("gRPC") => "; shown field by field",
            _ => "",
        };
        let (shown, title) = match &layout.content {
            None => (body, format!("body, {}", count(body.total(), "byte"))),
            Some(content) => {
                let (total, sent) = (count(content.view.total(), "byte"), count(body.total(), "byte"));
                (&content.view, format!("body, {sent} as sent in {}, {total} without that", content.coding))
            }
        };
        match shown {
            BodyView::Gone => self.own("body: no longer kept", Style::Quiet),
            BodyView::Whole(_) if body.total() == 0 => self.own("no body", Style::Quiet),
            BodyView::Whole(bytes) => {
                self.own(&format!("{title}, {}{laid}:", layout.what), Style::Title);
                self.rows(bytes, &layout.rows);
            }
            BodyView::Parts(parts) => {
                self.own(&format!("{title}:"), Style::Title);
                let beginning = if layout.rows.is_empty() {
                    rows::flat(&parts.head, self.options.lens)
                } else {
                    layout.rows.clone()
                };
                let shown = self.ends(&parts.head, &beginning, 0, true);
                let at = parts.total.saturating_sub(parts.tail.len() as u64);
                let tail_rows = rows::flat(&parts.tail, self.options.lens);
                let place = self.lines.len();
                let shown = shown + self.ends(&parts.tail, &tail_rows, at, false);
                let after = self.lines.split_off(place);
                self.gap("--body", None, parts.total.saturating_sub(shown));
                self.lines.extend(after);
            }
        }
    }

    /// The first rows, or the last ones, as many as fit; how many bytes they have.
    fn ends(&mut self, bytes: &[u8], rows: &[Row], at: u64, first: bool) -> u64 {
        let budget = self.options.lines();
        let max = budget.map_or(usize::MAX, |budget| if first { budget.head } else { budget.tail });
        let (mut blocks, mut used, mut shown) = (Vec::new(), 0, 0);
        let ordered: Box<dyn Iterator<Item = &Row>> =
            if first { Box::new(rows.iter()) } else { Box::new(rows.iter().rev()) };
        for row in ordered {
            if used >= max {
                break;
            }
            let lines = self.row_lines(bytes, at, row, self.options.wraps());
            used += lines.len();
            shown += row.range.len() as u64;
            blocks.push(lines);
        }
        if !first {
            blocks.reverse();
        }
        self.lines.extend(blocks.into_iter().flatten());
        shown
    }

    /// A whole body: rows are only set into lines where they are shown.
    fn rows(&mut self, bytes: &[u8], rows: &[Row]) {
        let Some(budget) = self.options.lines() else {
            rows.iter().for_each(|row| self.row(bytes, 0, row, None));
            return;
        };
        let (mut head, mut used) = (0, 0);
        while head < rows.len() && used < budget.head {
            let lines = self.row_lines(bytes, 0, &rows[head], self.options.wraps());
            used += lines.len();
            self.lines.extend(lines);
            head += 1;
        }
        let (mut tail, mut used, mut blocks) = (rows.len(), 0, Vec::new());
        while tail > head && used < budget.tail {
            tail -= 1;
            let lines = self.row_lines(bytes, 0, &rows[tail], self.options.wraps());
            used += lines.len();
            blocks.push(lines);
        }
        if tail > head {
            let missing = rows[tail].range.start - rows[head].range.start;
            self.gap("--body", Some((tail - head) as u64), missing as u64);
        }
        self.lines.extend(blocks.into_iter().rev().flatten());
    }

    /// One row.
    pub fn row(&mut self, bytes: &[u8], at: u64, row: &Row, wraps: Option<Budget>) {
        let lines = self.row_lines(bytes, at, row, wraps);
        self.lines.extend(lines);
    }

    fn row_lines(&mut self, bytes: &[u8], at: u64, row: &Row, wraps: Option<Budget>) -> Vec<Line> {
        let text = &bytes[row.range.clone()];
        if row.form == Form::Hex {
            let lines = hex::lines(text, at + row.range.start as u64, self.options.columns());
            return self.noted(row.note, lines);
        }
        let mut lines = match row.form {
            Form::Derived => Vec::new(),
            _ => self.as_sent(text, row, wraps),
        };
        match row.form {
            Form::Json => lines.extend(self.readings(&strings::readings(text), 0, wraps)),
            Form::Pair => {
                let read = form::decoded(text.strip_suffix(b"\n").unwrap_or(text));
                let readings: Vec<_> =
                    read.into_iter().map(|text| Reading { label: "  reads ", text }).collect();
                lines.extend(self.readings(&readings, 0, wraps));
            }
            Form::Derived | Form::Hex | Form::Text => {}
        }
        lines.extend(self.readings(&row.readings, usize::from(row.indent), wraps));
        self.noted(row.note, lines)
    }

    /// The row's own bytes.
    fn as_sent(&mut self, mut text: &[u8], row: &Row, wraps: Option<Budget>) -> Vec<Line> {
        let newline = text.last() == Some(&b'\n');
        let shown = if newline {
            text = &text[..text.len() - 1];
            Untrusted::from(text).show_line(self.options.charset)
        } else {
            Untrusted::from(text).show(self.options.charset)
        };
        let indent = usize::from(row.indent);
        let setting = Setting { indent, gutter: Gutter::Start, source: Source::Text, ..Setting::default() };
        let (mut lines, missing) = set(&shown, &setting, self.options.columns(), wraps);
        self.elided |= missing > 0;
        if let Some(last) = lines.last_mut() {
            last.newline = newline;
        }
        lines
    }

    /// What a receiver reads from a row. A reading with a label has lines of its own; one without is a line.
    fn readings(&mut self, readings: &[Reading], indent: usize, wraps: Option<Budget>) -> Vec<Line> {
        let mut out = Vec::new();
        for reading in readings {
            if reading.label.is_empty() {
                self.reading(&reading.text, String::new(), indent, wraps, &mut out);
                continue;
            }
            for (index, line) in reading.text.split(|byte| *byte == b'\n').enumerate() {
                let blank = " ".repeat(reading.label.len());
                let label = if index == 0 { reading.label.to_owned() } else { blank };
                self.reading(line, label, 0, wraps, &mut out);
            }
        }
        self.some_lines(out)
    }

    fn reading(
        &mut self,
        text: &[u8],
        label: String,
        indent: usize,
        wraps: Option<Budget>,
        out: &mut Vec<Line>,
    ) {
        let setting = Setting { label, indent, gutter: Gutter::Start, ..Setting::default() };
        let shown = Untrusted::from(text.strip_suffix(b"\r").unwrap_or(text)).show(self.options.charset);
        let (lines, missing) = set(&shown, &setting, self.options.columns(), wraps);
        self.elided |= missing > 0;
        out.extend(lines);
    }

    /// A row's readings may be many lines: thousands of line feeds fit into one string (CASES AP-10).
    fn some_lines(&mut self, mut lines: Vec<Line>) -> Vec<Line> {
        let (head, tail) = (limits::SHOWN_READING_HEAD, limits::SHOWN_READING_TAIL);
        if self.options.lines().is_none() || lines.len() <= head + tail + 1 {
            return lines;
        }
        let after = lines.split_off(lines.len() - tail);
        let missing = count((lines.len() - head) as u64, "line");
        lines.truncate(head);
        lines.push(Line::own(format!("… {missing} of this reading not shown"), Style::Warning));
        lines.extend(after);
        self.elided = true;
        lines
    }

    fn noted(&self, note: Option<Note>, mut lines: Vec<Line>) -> Vec<Line> {
        match note {
            None => {}
            Some(Note::DuplicateKey) => {
                lines.push(Line::own("! this key stands in its object already", Style::Warning))
            }
            Some(Note::CaseTwin) => {
                lines.push(Line::own("! this key differs from another in letter case alone", Style::Warning));
            }
            Some(Note::Message(number, bytes, compressed)) => {
                let how = if compressed { " compressed" } else { "" };
                let text =
                    format!("message {}, {}{how}:", words::number(number.into()), count(bytes, "byte"));
                lines.insert(0, Line::own(text, Style::Title));
            }
            Some(Note::Pack(bytes, objects)) => {
                let said =
                    objects.map(|number| format!(", {}", count(number.into(), "object"))).unwrap_or_default();
                let text = format!(
                    "pack, {}{said}; its content is compressed and not looked into:",
                    count(bytes, "byte")
                );
                lines.insert(0, Line::own(text, Style::Title));
            }
            Some(Note::Part(number, bytes)) => {
                let text = format!("part {}, {}:", words::number(number.into()), count(bytes, "byte"));
                lines.insert(0, Line::own(text, Style::Title));
            }
        }
        lines
    }
}

/// Which blocks are shown: those before the first number, and those from the second on.
fn keep(blocks: &[(u64, Vec<Line>)], budget: Option<Budget>) -> (usize, usize) {
    let Some(budget) = budget else { return (blocks.len(), blocks.len()) };
    let (mut head, mut used) = (0, 0);
    while head < blocks.len() && used < budget.head {
        used += blocks[head].1.len();
        head += 1;
    }
    let (mut tail, mut used) = (blocks.len(), 0);
    while tail > head && used < budget.tail {
        tail -= 1;
        used += blocks[tail].1.len();
    }
    (head, tail)
}
