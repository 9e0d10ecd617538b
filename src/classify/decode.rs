//! Content codings, undone to inspect; what is sent stays as it is (CASES CL-35).

use std::borrow::Cow;

use crate::classify::content;
use crate::snapshot::Head;

/// The content as it means.
pub(crate) fn content<'a>(head: &Head, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
    if content::is_encoded(head) {
        return Err("it has a content coding that is not undone".to_owned());
    }
    Ok(Cow::Borrowed(bytes))
}
