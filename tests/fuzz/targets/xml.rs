//! What both readers take has the same elements with the same texts.
#![no_main]

use holdpoint::fuzz::xml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(ours) = xml(bytes) else { return };
    let text = std::str::from_utf8(bytes).expect("only UTF-8 is read");
    let Ok(document) = roxmltree::Document::parse(text) else { return };
    let names: Vec<_> = ours.iter().map(|(_, name, _)| name.as_str()).collect();
    let elements = || document.descendants().filter(roxmltree::Node::is_element);
    let theirs: Vec<_> = elements().map(|element| element.tag_name().name()).collect();
    assert_eq!(names, theirs);
    for ((_, _, ours), element) in ours.iter().zip(elements()) {
        let theirs: String = element.children().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
        // Line ends are one of the few things on which the two may differ.
        assert_eq!(ours.replace('\r', "\n").trim(), theirs.replace('\r', "\n").trim());
    }
});
