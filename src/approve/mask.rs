//! Which field values are not shown: those that the hold's view masks. The rendering itself never decides what is a
//! secret; when view and head do not match, everything is masked, because a secret that was shown by mistake
//! cannot be taken back.

use super::words::count;
use crate::hold::HoldView;
use crate::snapshot::Head;

/// What stands for a field's value on screen, where that is not the value itself.
pub fn masked(view: &HoldView, head: &Head, index: usize) -> Option<String> {
    let (name, value) = &head.fields[index];
    match view.headers.get(index) {
        Some((same, shown)) if same == name && view.headers.len() == head.fields.len() => {
            let is_value = *shown == String::from_utf8_lossy(value) || *shown == latin1(value);
            (!is_value).then(|| shown.clone())
        }
        _ => Some(format!("[masked: {}]", count(value.len() as u64, "byte"))),
    }
}

/// Field values that are not UTF-8 may stand in a view as ISO 8859-1, the old reading of HTTP.
fn latin1(value: &[u8]) -> String {
    value.iter().copied().map(char::from).collect()
}
