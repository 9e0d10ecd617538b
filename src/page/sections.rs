//! The list in sections: those that are put together under a title of their own, all others one by one. A title says how
//! many there are, where its members differ, and why there are more of the kind elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::admin::Office;
use crate::approve::groups::{Group, Grouped, Kind};
use crate::hold::{HoldView, Outline};
use crate::limits;
use crate::page::words::{shown, theirs};

/// Holds that stand together, under a title.
pub struct Section<T> {
    /// Of a group, which; those that stand alone have none.
    pub group: Option<usize>,
    /// What they have in common.
    pub title: Markup,
    /// In their order.
    pub members: Vec<T>,
}

/// What is on one page.
pub fn rows<T: Grouped>(groups: &[Group<T>], page: usize) -> Vec<Section<&T>> {
    let mut sections: Vec<Section<&T>> = Vec::new();
    let alike = alike(groups);
    let each = groups
        .iter()
        .enumerate()
        .flat_map(|(number, group)| group.members.iter().map(move |hold| (number, group, hold)));
    for (number, group, hold) in each.skip((page - 1) * limits::PAGE_ROWS).take(limits::PAGE_ROWS) {
        let number = group.is_many().then_some(number);
        match sections.last_mut() {
            Some(last) if last.group == number => last.members.push(hold),
            _ => {
                let title = title(group, alike.get(&group.members[0].kind()).copied().unwrap_or_default());
                sections.push(Section { group: number, title, members: vec![hold] });
            }
        }
    }
    sections
}

/// How many there are of each kind, in whatever groups.
fn alike<T: Grouped>(groups: &[Group<T>]) -> BTreeMap<Kind<'_>, usize> {
    let mut found = BTreeMap::new();
    for group in groups {
        *found.entry(group.members[0].kind()).or_default() += group.members.len();
    }
    found
}

/// `alike`: how many there are of its kind.
fn title<T: Grouped>(group: &Group<T>, alike: usize) -> Markup {
    if !group.is_many() {
        return html! { h2 { "One of a kind" } };
    }
    let (first, count) = (&group.members[0], group.members.len());
    let kind = first.kind();
    let others = group.members.iter().map(Grouped::operation).collect::<BTreeSet<_>>().len() - 1;
    html! {
        h2 { (count) " × " (shown(kind.effect)) }
        @if count < alike {
            p.hint { "There are " (alike) " of this kind. At most " (limits::GROUP_MAX) " stand together; nobody looks at more as one." }
        }
        div.theirs-of {
            (theirs(if others == 0 { first.operation() } else { kind.pattern() }, limits::ROW_TEXT_MAX))
            (theirs(kind.agent, limits::ROW_TEXT_MAX))
        }
        @if others > 0 { p.hint { "Where * stands they differ: " (others + 1) " paths." } }
    }
}

/// The same with all that a row shows. What has come to its end meanwhile has no row.
pub async fn whole(office: &Office, rows: Vec<Section<&&Outline>>) -> Vec<Section<HoldView>> {
    let ids = rows.iter().flat_map(|section| &section.members).map(|hold| hold.id).collect();
    let mut views = office.desk.each(ids).await.into_iter();
    let whole = |Section { group, title, members }: Section<&&Outline>| {
        let views = views.by_ref().take(members.len()).flatten();
        Section { group, title, members: views.filter(|view| view.state == "held").collect() }
    };
    rows.into_iter().map(whole).filter(|section: &Section<HoldView>| !section.members.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::groups::groups;
    use crate::page::tests::{assert_quoted, hold};

    /// CASES AP-12
    #[test]
    fn what_an_agent_wrote_is_no_part_of_a_title() {
        let text = "POST /x, approved by ana";
        let groups = groups(
            (0..3).map(|at| HoldView { id: at.to_string(), effect: "write".into(), ..hold(text) }).collect(),
        );
        let title = title(&groups[0], 3).into_string();
        assert_quoted("a title", &title, text);
        assert!(title.contains("<h2>3 × write</h2>") && !title.contains("of this kind"), "{title}");
    }

    #[test]
    fn a_title_says_that_paths_differ_and_that_there_are_more_of_the_kind() {
        let of = |at: usize| HoldView {
            id: format!("{at:04}"),
            effect: "write".into(),
            operation: format!("POST /mail/{}", at % 2),
            ..hold("bot")
        };
        let many = groups((0..limits::GROUP_MAX + 100).map(of).collect());
        let sections = rows(&many, 1);
        let title = sections[0].title.clone().into_string();
        assert!(title.contains("200 × write") && title.contains("There are 300 of this kind"), "{title}");
        assert!(title.contains("POST /mail/*") && title.contains("2 paths"), "{title}");
        let same = groups((0..3).map(|at| HoldView { id: at.to_string(), ..of(1) }).collect());
        let title = rows(&same, 1)[0].title.clone().into_string();
        assert!(
            title.contains("POST /mail/1") && !title.contains("paths") && !title.contains("of this kind"),
            "{title}"
        );
    }

    /// Titles may read alike, because an agent chose what is in them.
    #[test]
    fn groups_with_like_titles_are_not_one() {
        let of = |at: usize, host: &str| HoldView {
            id: format!("{at:04}"),
            effect: "write".into(),
            url: format!("https://{host}/"),
            ..hold("bot")
        };
        let six: Vec<_> = (0..6).map(|at| of(at, ["a.example", "b.example"][at / 3])).collect();
        let groups = groups(six);
        assert_eq!(rows(&groups, 1).iter().map(|rows| rows.members.len()).collect::<Vec<_>>(), [3, 3]);
    }
}
