//! Forms: the one kind of content that the dialect `http` looks into, because a form's `_method` makes a POST
//! something else. A form that cannot be looked into (encoded, over the limit, in a file, not strictly a form)
//! could be anything: it is `unknown`, never only the write that its method says (CASES CL-35, CL-37, CL-41).

use std::borrow::Cow;

use crate::classify::Effect;
use crate::classify::content::{Kind, is_encoded, kind};
use crate::classify::multipart;
use crate::classify::overrides::{in_form, judge, pairs};
use crate::classify::parameters::Parameters;
use crate::classify::said::{Content, Request, Said};
use crate::limits;

/// Looks for overrides in forms; says nothing of any other content.
pub(super) fn recognise(request: &Request<'_>) -> Said {
    if matches!(request.content, Content::None) {
        return Said::default();
    }
    let boundary = match kind(request.head) {
        Kind::Form => None,
        Kind::Multipart(parameters) => Some(parameters),
        Kind::Envelope | Kind::Other | Kind::Unclear => return Said::default(),
    };
    if is_encoded(request.head) {
        return unseen("it has a content coding".to_owned());
    }
    match request.content {
        Content::None => Said::default(),
        Content::Announced => Said::needs_body(),
        Content::Beginning(_, len) => unseen(format!("it has {len} bytes")),
        Content::Memory(bytes) if bytes.len() > limits::FORM_BYTES_MAX => {
            unseen(format!("it has {} bytes, and the limit is {}", bytes.len(), limits::FORM_BYTES_MAX))
        }
        Content::Memory(bytes) => look(&request.head.method, bytes, boundary.as_ref()),
    }
}

fn unseen(because: String) -> Said {
    Said::one(
        Effect::Unknown,
        format!("form: not looked into, because {because}; it could override the method"),
    )
}

fn look(sent: &str, bytes: &[u8], multipart: Option<&Parameters>) -> Said {
    let Some(parameters) = multipart else {
        return judge(sent, &in_form(pairs(bytes)));
    };
    match multipart::parts(bytes, parameters) {
        Ok(parts) => {
            let pairs = parts.iter().map(|part| {
                let value = String::from_utf8_lossy(part.start_of_content()).into_owned();
                (Cow::Borrowed(part.name.as_str()), value)
            });
            judge(sent, &in_form(pairs))
        }
        Err(because) => unseen(format!("it is no strict multipart form: {because}")),
    }
}
