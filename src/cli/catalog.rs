//! `holdpoint catalog ls|show NAME`: which services are known without anybody declaring them, what their operations
//! do, and from where that is known. The catalog is compiled in: nothing is read.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::admin::json;
use crate::classify::catalog::{self, File};
use crate::classify::{Dialect, Effect};
use crate::cli::args::{Catalog, CatalogCommand};
use crate::cli::hold::safe;
use crate::cli::{Done, Trouble, out};

const TITLES: [&str; 4] = ["NAME", "DIALECT", "HOSTS", "ABOUT"];

/// What `--json` says of one file.
#[derive(Debug, Serialize)]
struct Known<'a> {
    name: &'a str,
    about: &'a str,
    source: &'a str,
    dialects: Vec<&'static str>,
    hosts: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operations: Option<Vec<Operation<'a>>>,
}

#[derive(Debug, Serialize)]
struct Operation<'a> {
    name: &'a str,
    effect: &'static str,
}

#[derive(Debug, Serialize)]
struct All<'a> {
    catalog: Vec<Known<'a>>,
}

/// Lists all, or shows one.
pub fn run(asked: Catalog) -> Done {
    match asked.what {
        CatalogCommand::Ls { json: true } => {
            let catalog = catalog::all().iter().map(|file| known(file, false)).collect();
            out::say(&(json::text(&All { catalog }) + "\n"))
        }
        CatalogCommand::Ls { json: false } => out::say(&table(catalog::all())),
        CatalogCommand::Show { name, json } => {
            let file = find(&name)?;
            if json { out::say(&(json::text(&known(file, true)) + "\n")) } else { out::say(&page(file)) }
        }
    }
}

fn find(name: &str) -> Result<&'static File, Trouble> {
    catalog::find(name).ok_or_else(|| {
        let near = catalog::all()
            .iter()
            .map(File::name)
            .filter(|known| known.contains(name) || name.contains(known));
        let near: Vec<_> = near.collect();
        let hint =
            if near.is_empty() { "`holdpoint catalog ls` lists them".to_owned() } else { near.join(", ") };
        Trouble::Failed(format!("the catalog has no `{}`\n  = help: {hint}", safe(name)))
    })
}

fn known(file: &File, whole: bool) -> Known<'_> {
    let operation = |(name, effect): (_, Effect)| Operation { name, effect: effect.as_str() };
    Known {
        name: file.name(),
        about: file.about(),
        source: file.source(),
        dialects: dialects(file),
        hosts: file.hosts().collect(),
        operations: whole.then(|| sorted(file).into_iter().map(operation).collect()),
    }
}

fn dialects(file: &File) -> Vec<&'static str> {
    file.dialects().map(Dialect::as_str).collect::<BTreeSet<_>>().into_iter().collect()
}

/// By effect, from the least cautious on, and then by name.
fn sorted(file: &File) -> Vec<(&str, Effect)> {
    let mut operations: Vec<_> = file.operations().collect();
    operations.sort_unstable_by_key(|(name, effect)| (*effect, *name));
    operations.dedup();
    operations
}

fn table(files: &[File]) -> String {
    let rows: Vec<[String; 4]> = files.iter().map(row).collect();
    let mut widths = TITLES.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = String::new();
    for row in std::iter::once(&TITLES.map(str::to_owned)).chain(&rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out
}

fn row(file: &File) -> [String; 4] {
    let hosts: Vec<_> = file.hosts().collect();
    let hosts = match hosts.as_slice() {
        [] => "declared".to_owned(),
        [host] => (*host).to_owned(),
        [host, more @ ..] => format!("{host} and {}", more.len()),
    };
    [file.name().to_owned(), dialects(file).join(", "), hosts, file.about().to_owned()]
}

fn page(file: &File) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<10} {text}");
    };
    line("name", file.name());
    line("about", file.about());
    line("source", file.source());
    line("dialect", &dialects(file).join(", "));
    let hosts: Vec<_> = file.hosts().collect();
    if hosts.is_empty() {
        let name = file.name();
        line("hosts", &format!("those of a [[service]] with catalog = \"{name}\""));
    }
    for (index, host) in hosts.iter().enumerate() {
        line(if index == 0 { "hosts" } else { "" }, host);
    }
    let mut last = None;
    for (name, effect) in sorted(file) {
        line(if last == Some(effect) { "" } else { effect.as_str() }, name);
        last = Some(effect);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_catalog_can_be_shown() {
        for file in catalog::all() {
            let shown = page(file);
            assert!(shown.contains(file.source()) && find(file.name()).is_ok(), "{shown}");
            let whole = json::text(&known(file, true));
            let whole: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
            assert!(whole["operations"].is_array(), "{whole}");
        }
    }
}
