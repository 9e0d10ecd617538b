//! What several requests of one operation are: their paths, with a star for what they differ in. A title that named one of
//! them would be taken for the name of all.

use super::{List, Row, Title};

impl List {
    /// The operation of those below a title.
    pub fn operation(&self, title: &Title) -> String {
        let is_it = |row: &Row| matches!(row, Row::Title(known) if known == title);
        let below = self.rows.iter().position(is_it).map_or(&[][..], |at| &self.rows[at + 1..]);
        let holds = below.iter().take(title.many).filter_map(|row| match row {
            Row::Hold(id) => self.get(id),
            Row::Armed(_) | Row::Title(_) => None,
        });
        pattern(holds.map(|hold| hold.operation.as_str()))
    }
}

fn pattern<'a>(mut operations: impl Iterator<Item = &'a str>) -> String {
    let first = operations.next().unwrap_or_default();
    let mut parts: Vec<&str> = first.split('/').collect();
    for other in operations.filter(|other| *other != first) {
        let others: Vec<&str> = other.split('/').collect();
        for (at, part) in parts.iter_mut().enumerate() {
            if others.get(at) != Some(part) {
                *part = "*";
            }
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_they_differ_in_is_a_star_and_what_they_share_is_there() {
        for (operations, seen) in [
            (&["DELETE /v1/mail/7", "DELETE /v1/mail/8"][..], "DELETE /v1/mail/*"),
            (&["DELETE /v1/mail/7", "DELETE /v1/mail/7"], "DELETE /v1/mail/7"),
            (&["PUT /a/1/b/2", "PUT /a/3/b/2", "PUT /a/1/b/9"], "PUT /a/*/b/*"),
            (&["addPost"], "addPost"),
            (&[], ""),
        ] {
            assert_eq!(pattern(operations.iter().copied()), seen);
        }
    }
}
