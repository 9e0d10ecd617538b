//! The codes of SPEC section 8: what an agent is told when the answer is Holdpoint's own. One table of names and
//! statuses; `reply.rs` turns one into bytes, the audit log and the metrics name it, the agents' guide lists them.

mod words;

/// Why Holdpoint answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Carried out, but its answer was too large to keep.
    AnswerLost,
    /// The audit log takes no record.
    AuditUnavailable,
    /// Over `hold.max_body`.
    BodyTooLarge,
    /// An approver said no.
    Denied,
    /// An address or host that nothing allows.
    DestinationBlocked,
    /// An `Expect` other than `100-continue`.
    ExpectationFailed,
    /// Nobody decided in time.
    Expired,
    /// A rule says no.
    Forbidden,
    /// A freeze is on.
    Frozen,
    /// The head is over its limit.
    HeadersTooLarge,
    /// Nobody has decided yet.
    Held,
    /// A fault of Holdpoint's own; nothing was sent.
    Internal,
    /// The request came through this Holdpoint already.
    Loop,
    /// Framing, syntax or encoding that must not be guessed at.
    Malformed,
    /// A transfer coding, method or upgrade that is not spoken here.
    NotSupported,
    /// A byte of a mutation was sent and no whole answer came.
    OutcomeUnknown,
    /// The agent is unknown.
    ProxyAuth,
    /// A bound of the queue is reached.
    QueueFull,
    /// The request did not arrive in time.
    RequestTimeout,
    /// Shutting down.
    Restarting,
    /// The store takes no write.
    StoreUnavailable,
    /// SNI, Host, `:authority` and the destination disagree.
    TargetMismatch,
    /// No whole answer of a read, or no connection, in time.
    UpstreamTimeout,
    /// The upstream's TLS handshake or certificate failed.
    UpstreamTls,
    /// The upstream could not be reached.
    UpstreamUnreachable,
    /// The target is over its limit.
    UriTooLong,
}

impl Code {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 26] = [
        Self::AnswerLost,
        Self::AuditUnavailable,
        Self::BodyTooLarge,
        Self::Denied,
        Self::DestinationBlocked,
        Self::ExpectationFailed,
        Self::Expired,
        Self::Forbidden,
        Self::Frozen,
        Self::HeadersTooLarge,
        Self::Held,
        Self::Internal,
        Self::Loop,
        Self::Malformed,
        Self::NotSupported,
        Self::OutcomeUnknown,
        Self::ProxyAuth,
        Self::QueueFull,
        Self::RequestTimeout,
        Self::Restarting,
        Self::StoreUnavailable,
        Self::TargetMismatch,
        Self::UpstreamTimeout,
        Self::UpstreamTls,
        Self::UpstreamUnreachable,
        Self::UriTooLong,
    ];

    /// Its name, as in `Holdpoint-Code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::AnswerLost => "answer_lost",
            Code::AuditUnavailable => "audit_unavailable",
            Code::BodyTooLarge => "body_too_large",
            Code::Denied => "denied",
            Code::DestinationBlocked => "destination_blocked",
            Code::ExpectationFailed => "expectation_failed",
            Code::Expired => "expired",
            Code::Forbidden => "forbidden",
            Code::Frozen => "frozen",
            Code::HeadersTooLarge => "headers_too_large",
            Code::Held => "held",
            Code::Internal => "internal",
            Code::Loop => "loop",
            Code::Malformed => "malformed",
            Code::NotSupported => "not_supported",
            Code::OutcomeUnknown => "outcome_unknown",
            Code::ProxyAuth => "proxy_auth",
            Code::QueueFull => "queue_full",
            Code::RequestTimeout => "request_timeout",
            Code::Restarting => "restarting",
            Code::StoreUnavailable => "store_unavailable",
            Code::TargetMismatch => "target_mismatch",
            Code::UpstreamTimeout => "upstream_timeout",
            Code::UpstreamTls => "upstream_tls",
            Code::UpstreamUnreachable => "upstream_unreachable",
            Code::UriTooLong => "uri_too_long",
        }
    }

    /// Its HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Code::Malformed | Code::TargetMismatch => 400,
            Code::Denied | Code::DestinationBlocked | Code::Expired | Code::Forbidden => 403,
            Code::ProxyAuth => 407,
            Code::RequestTimeout => 408,
            Code::BodyTooLarge => 413,
            Code::UriTooLong => 414,
            Code::ExpectationFailed => 417,
            Code::HeadersTooLarge => 431,
            Code::Internal => 500,
            Code::NotSupported => 501,
            Code::AnswerLost | Code::OutcomeUnknown | Code::UpstreamTls | Code::UpstreamUnreachable => 502,
            Code::AuditUnavailable
            | Code::Frozen
            | Code::Held
            | Code::QueueFull
            | Code::Restarting
            | Code::StoreUnavailable => 503,
            Code::UpstreamTimeout => 504,
            Code::Loop => 508,
        }
    }

    /// Whether a `Retry-After` goes with it.
    pub fn retry_after(self) -> bool {
        matches!(self, Code::Frozen | Code::Held | Code::QueueFull | Code::Restarting)
    }

    /// Whether SDKs are told not to try again (`x-should-retry: false`).
    pub fn never_retry(self) -> bool {
        matches!(
            self,
            Code::AnswerLost
                | Code::Denied
                | Code::Expired
                | Code::Forbidden
                | Code::Internal
                | Code::OutcomeUnknown
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code whose place in the list is missing would move every later one.
    #[test]
    fn the_list_has_every_code_once() {
        assert!(Code::ALL.iter().enumerate().all(|(place, code)| *code as usize == place));
        assert_eq!(Code::ALL.len(), Code::UriTooLong as usize + 1);
    }
}
