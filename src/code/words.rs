//! The fixed texts of the codes: a title, and what happened with what to do next. No byte of a request is in them.

use crate::code::Code;

impl Code {
    /// What it is, in one line.
    pub fn title(self) -> &'static str {
        match self {
            Code::AnswerLost => "Carried out, but the answer was not kept",
            Code::AuditUnavailable => "The audit log takes no record",
            Code::BodyTooLarge => "The body is too large",
            Code::Denied => "An approver refused this request",
            Code::DestinationBlocked => "This destination is not allowed",
            Code::ExpectationFailed => "This expectation cannot be met",
            Code::Expired => "Nobody decided in time",
            Code::Forbidden => "A rule forbids this request",
            Code::Frozen => "Everything that changes anything is stopped",
            Code::HeadersTooLarge => "The header section is too large",
            Code::Held => "This request waits for an approver",
            Code::Internal => "A fault of Holdpoint's own",
            Code::Loop => "The request came through this proxy already",
            Code::Malformed => "The request cannot be read in one way only",
            Code::NotSupported => "This is not supported",
            Code::OutcomeUnknown => "It is not known whether the request was carried out",
            Code::ProxyAuth => "The proxy does not know this agent",
            Code::QueueFull => "Too many requests wait for approvers",
            Code::RequestTimeout => "The request did not arrive in time",
            Code::Restarting => "Holdpoint is restarting",
            Code::StoreUnavailable => "The queue cannot be written",
            Code::TargetMismatch => "The request names two destinations",
            Code::UpstreamTimeout => "The upstream did not answer in time",
            Code::UpstreamTls => "No trusted TLS connection to the upstream",
            Code::UpstreamUnreachable => "The upstream cannot be reached",
            Code::UriTooLong => "The request target is too long",
        }
    }

    /// What happened and what to do next.
    pub fn detail(self) -> &'static str {
        match self {
            Code::AnswerLost => {
                "The request was carried out once, but its answer was too large to keep. Do not send it again; look at \
             the service for what came of it."
            }
            Code::AuditUnavailable => {
                "Nothing was sent, because nothing can be put on record. Tell the operator."
            }
            Code::BodyTooLarge => "Nothing was sent. The body is over the operator's limit (hold.max_body).",
            Code::Denied => {
                "An approver refused this request; it was not sent. Do not send it again unchanged."
            }
            Code::DestinationBlocked => "Nothing was sent. The operator has not allowed this destination.",
            Code::ExpectationFailed => "Nothing was sent. Only `Expect: 100-continue` is understood.",
            Code::Expired => {
                "Nobody decided in time, so it was not sent. Ask the person you work for before you send it again."
            }
            Code::Forbidden => {
                "The operator's rules forbid this request; it was not sent. Do not send it again."
            }
            Code::Frozen => {
                "Nothing was sent: the operator has stopped all changes for now. Try again later."
            }
            Code::HeadersTooLarge => "Nothing was sent. Send fewer or smaller header fields.",
            Code::Held => {
                "Nobody has decided yet, and nothing was sent. Send the same request again, unchanged, to go on waiting."
            }
            Code::Internal => "Nothing was sent. Tell the operator; do not send it again.",
            Code::Loop => "Nothing was sent. A proxy setting leads back to this proxy.",
            Code::Malformed => "Nothing was sent. The request's framing or syntax must not be guessed at.",
            Code::NotSupported => {
                "Nothing was sent. This method, upgrade or transfer coding is not supported."
            }
            Code::OutcomeUnknown => {
                "The request was sent, but no whole answer came. It may have been carried out. Do not send it again \
             before somebody has looked at the service."
            }
            Code::ProxyAuth => {
                "Nothing was sent. Give the agent's name and token in the proxy URL: http://NAME:TOKEN@HOST:PORT."
            }
            Code::QueueFull => {
                "Nothing was sent. Wait until approvers have decided some, then send it again."
            }
            Code::RequestTimeout => "Nothing was sent. The request arrived too slowly.",
            Code::Restarting => "Nothing was sent. Send the same request again in a few seconds.",
            Code::StoreUnavailable => {
                "Nothing was sent, because nothing can be kept safely. Tell the operator."
            }
            Code::TargetMismatch => {
                "Nothing was sent. The TLS name, the Host field and the destination of the connection must be the same."
            }
            Code::UpstreamTimeout => "The upstream did not answer in time.",
            Code::UpstreamTls => {
                "Nothing was sent. The upstream's certificate or handshake was not accepted."
            }
            Code::UpstreamUnreachable => "The upstream could not be reached.",
            Code::UriTooLong => "Nothing was sent. The request target is over the limit.",
        }
    }
}
