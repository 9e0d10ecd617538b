//! What a page cuts is released by its digest's digits alone, whatever a form says of the page that it comes from
//! (CASES AP-10).

use super::Visitor;
use crate::house::House;
use crate::tape::Tape;

const GRANT: &str = "&scope=exact&minutes=15&uses=1";

#[test]
fn no_form_makes_a_whole_of_what_the_page_cuts() {
    let (house, tape) = (House::new(), Tape::plain());
    let address = house.running().admin().expect("the admin listener is on");
    let visitor = Visitor::logged_in(address, house.dir());
    let text = format!("{}DROP EVERYTHING", "harmless\n".repeat(500));
    let mut long = house.post(&tape, "/long", &text);
    let hold = house.held();
    let path = format!("/holds/{}", hold.id);
    for asked in ["", "?all=true", "?raw=true&all=true"] {
        let page = visitor.get(&format!("{path}{asked}")).text();
        assert!(page.contains("name=\"typed\"") && page.contains("name=\"shown\" value=\"part\""), "{asked}");
        assert!(!page.contains("name=\"scope\""), "{asked}");
    }
    let form = format!("digest={}&state=held&decision=approve", hold.digest);
    let digits = &hold.digest[7..19];
    for (case, more) in [
        ("says nothing", String::new()),
        ("says that it is whole", "&shown=whole".to_owned()),
        ("says something else", "&shown=yes".to_owned()),
        ("says so twice", "&shown=part&shown=whole".to_owned()),
        ("has other digits", "&shown=part&typed=000000000000".to_owned()),
        ("has too few", format!("&shown=whole&typed={}", &digits[1..])),
        ("gives a grant", format!("&shown=whole{GRANT}")),
        ("gives a grant with its digits", format!("&shown=whole&typed={digits}{GRANT}")),
    ] {
        let reply = visitor.post(&path, &format!("{form}{more}"));
        assert!((400..500).contains(&reply.status), "{case}: {reply:?}");
        assert_eq!(house.held().id, hold.id, "{case}");
    }
    tape.assert_empty("hand-made forms");
    assert_eq!(visitor.post(&path, &format!("{form}&shown=part&typed={digits}")).status, 303);
    assert_eq!(long.reply().status, 200);

    // The near miss: what the page shows whole goes by a word, with a grant, and without the word by its digits.
    for (path, more, status) in [
        ("/a", "&shown=whole".to_owned(), 303),
        ("/b", format!("&shown=whole{GRANT}"), 303),
        ("/c", String::new(), 412),
        ("/d", "&shown=part".to_owned(), 412),
    ] {
        let mut wire = house.post(&tape, path, "short");
        let hold = house.held();
        let form = format!("digest={}&state=held&decision=approve{more}", hold.digest);
        let reply = visitor.post(&format!("/holds/{}", hold.id), &form);
        assert_eq!(reply.status, status, "{path}: {}", reply.text());
        if status != 303 {
            let typed = format!("{form}&typed={}", &hold.digest[7..19]);
            assert_eq!(visitor.post(&format!("/holds/{}", hold.id), &typed).status, 303);
        }
        assert_eq!(wire.reply().status, 200, "{path}");
    }
    house.close(&[&tape]);
}
