//! `[[service]]`: what the operator vouches for. Only this, or the catalog, can make a POST a read, so that a
//! declaration that could not mean what it says is an error.

use std::path::Path;

use toml::Spanned;

use crate::classify::{Declaration, Dialect, Effect, catalog};
use crate::config::check::{Check, one_of, unknown};
use crate::config::find;
use crate::config::people::{Taken, named};
use crate::config::raw;
use crate::config::source::Complaint;
use crate::limits;
use crate::pattern::{HostPattern, PathPattern, path_is_odd};

/// All services, in the order of the file.
pub(super) fn services(
    check: &mut Check<'_>,
    raw: Vec<Spanned<raw::Service>>,
    taken: &mut Taken,
) -> Vec<Declaration> {
    if let Some(service) = raw.get(limits::SERVICES_MAX) {
        let what = format!("there are more than {} services", limits::SERVICES_MAX);
        check.error(&service.span(), Complaint::new(what));
    }
    raw.into_iter().filter_map(|service| self::service(check, service, taken)).collect()
}

fn service(check: &mut Check<'_>, raw: Spanned<raw::Service>, taken: &mut Taken) -> Option<Declaration> {
    let span = raw.span();
    let mut raw = raw.into_inner();
    let name = named(check, "service", raw.name.take(), &span, taken);
    if raw.host.is_none() {
        let help = "`host = [\"forum.corp.example\"]`; what is declared holds for these hosts alone";
        check.error(&span, Complaint::new("this service has no host").help(help));
    }
    let (hosts, paths) = (check.items(raw.host.take()), check.items(raw.path.take()));
    let hosts = check.each(hosts, |text| HostPattern::parse(text).map_err(Complaint::from));
    let paths = check.each(paths, path);
    let named_something = raw.catalog.is_some() || raw.dialect.is_some();
    let product = check.option(raw.catalog.take(), |text| product(&text));
    let words: Vec<_> = Dialect::names().filter_map(|name| Some((name, Dialect::parse(name)?))).collect();
    let dialect_span = raw.dialect.as_ref().map(Spanned::span);
    let dialect = check.option(raw.dialect.take(), |text| one_of(&text, &words));
    if let (Some(span), Some(_)) = (&dialect_span, &product) {
        let what = "`catalog` names the dialects already: this service has both";
        check.error(span, Complaint::new(what).help("take one of them out"));
    }
    let spoken = match (&product, dialect) {
        (Some(file), _) => file.dialects().collect(),
        (None, Some(dialect)) => vec![dialect],
        (None, None) => Vec::new(),
    };
    if product.is_none() && dialect.is_none() && !named_something {
        let help = "`dialect = \"graphql\"` says what the hosts speak, `catalog = \"elasticsearch\"` which product they run";
        check.error(&span, Complaint::new("this service has neither `dialect` nor `catalog`").help(help));
    }
    documents_fit(check, &raw, &spoken, &span);
    let mut declaration = match product {
        Some(file) => Declaration::product(&name, hosts, &file),
        None => Declaration::dialect(&name, hosts, dialect.unwrap_or(Dialect::Http)),
    }
    .at(paths);
    let reads = check.items_or_none(raw.reads).unwrap_or_default();
    for (text, span) in reads {
        says(check, &mut declaration, &text, Effect::Read, &span);
    }
    for (text, effect) in raw.effects.map(Spanned::into_inner).unwrap_or_default() {
        let span = effect.span();
        let effects = Effect::ALL.map(|effect| (effect.as_str(), effect));
        if let Some(effect) = check.option(Some(effect), |word| one_of(&word, &effects)) {
            says(check, &mut declaration, &text, effect, &span);
        }
    }
    for (file, span) in check.items_or_none(raw.descriptors).unwrap_or_default() {
        let read =
            find::bytes(Path::new(&file)).and_then(|bytes| declaration.documents().add_descriptors(&bytes));
        if let Err::<(), String>(what) = read {
            check.error(&span, Complaint::new(what));
        }
    }
    if let Some(file) = raw.document {
        let read = find::bytes(Path::new(file.get_ref()))
            .and_then(|bytes| declaration.documents().set_openapi(&bytes));
        if let Err::<(), String>(what) = read {
            check.error(&file.span(), Complaint::new(what));
        }
    }
    Some(declaration)
}

/// A document that no dialect of the service looks at would be ignored, and so would an `openapi` service without one.
fn documents_fit(
    check: &mut Check<'_>,
    raw: &raw::Service,
    spoken: &[Dialect],
    span: &std::ops::Range<usize>,
) {
    if let Some(document) = raw.document.as_ref().filter(|_| !spoken.contains(&Dialect::Openapi)) {
        check.error(&document.span(), Complaint::new("`document` is for `dialect = \"openapi\"` alone"));
    }
    if let Some(sets) = raw.descriptors.as_ref().filter(|_| !spoken.contains(&Dialect::Grpc)) {
        check.error(&sets.span(), Complaint::new("`descriptors` are for `dialect = \"grpc\"` alone"));
    }
    if spoken == [Dialect::Openapi] && raw.document.is_none() {
        let help = "`document = \"api.json\"`, a path from where Holdpoint is started";
        check.error(span, Complaint::new("`dialect = \"openapi\"` needs its document").help(help));
    }
}

fn says(
    check: &mut Check<'_>,
    declaration: &mut Declaration,
    text: &str,
    effect: Effect,
    span: &std::ops::Range<usize>,
) {
    if let Err(what) = declaration.says(text, effect) {
        check.error(span, Complaint::new(what));
    }
}

fn path(text: &str) -> Result<PathPattern, Complaint> {
    if text.starts_with('/') && path_is_odd(&text.replace('*', "x")) {
        let what =
            format!("`{text}` can match nothing: a path with such segments or escapes matches no service");
        return Err(Complaint::new(what));
    }
    PathPattern::parse(text).map_err(Complaint::from)
}

/// A product of the catalog, or an operator's own file of the same form.
fn product(text: &str) -> Result<catalog::File, Complaint> {
    if text.ends_with(".toml") {
        let bytes = find::bytes(Path::new(text))?;
        let content = String::from_utf8(bytes).map_err(|_| Complaint::new(format!("{text} is not UTF-8")))?;
        return catalog::File::parse(text, &content).map_err(Complaint::from);
    }
    catalog::find(text).cloned().ok_or_else(|| {
        let names: Vec<_> = catalog::all().iter().map(catalog::File::name).collect();
        unknown(&format!("the catalog has no `{text}`"), text, &names)
    })
}
