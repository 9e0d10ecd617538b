//! Why a server and this machine did not come to speak: what is wrong with its certificate, or that one side speaks
//! TLS and the other does not; and what to type or to mend. Every text names the server first.

use std::io;

use rustls::Error;

use crate::cli::hold::safe;
use crate::cli::server::{Address, is_local};
use crate::serve::{Flaw, SHOWS_AUTHORITY};

/// What ended a TLS handshake with `HOST:PORT`; `None`: it is nothing of TLS.
pub fn trouble(authority: &str, error: &io::Error) -> Option<String> {
    let what = match Flaw::of(error) {
        Some(flaw) => of_flaw(authority, &flaw),
        None => match error.get_ref()?.downcast_ref::<Error>()? {
            Error::InvalidMessage(_) => no_tls(authority),
            error => format!("the TLS handshake failed: {}", safe(&error.to_string())),
        },
    };
    Some(format!("https://{authority}: {what}"))
}

fn of_flaw(authority: &str, flaw: &Flaw) -> String {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    match flaw {
        Flaw::Authority => format!(
            "{SHOWS_AUTHORITY}, which is trusted nowhere, not even where it is named\nhint: give that server, under [admin] \
             tls_cert, one made with -addext basicConstraints=critical,CA:FALSE"
        ),
        Flaw::Expired => {
            "its certificate has expired\nhint: renew the file that [admin] tls_cert names there, and \
                          start that server again"
                .to_owned()
        }
        Flaw::Names(names) if names.is_empty() => {
            format!("its certificate is not for {host}\nhint: write a name that it has after https://")
        }
        Flaw::Names(names) => format!(
            "its certificate is for {}, not for {host}\nhint: write a name that it has after https://",
            safe(&names.join(", "))
        ),
        Flaw::NotYet => {
            "its certificate is not valid yet\nhint: is the clock of this machine right?".to_owned()
        }
        Flaw::Other(words) => format!("its certificate is refused: {}", safe(words)),
        Flaw::Stranger => {
            "nobody that this machine trusts has signed its certificate\nhint: SSL_CERT_FILE=FILE names \
                           the CA's own certificate (PEM), or that server's where it has signed itself"
                .to_owned()
        }
    }
}

fn no_tls(authority: &str) -> String {
    if is_local(authority) {
        return format!("the server there speaks no TLS\nhint: --server http://{authority}");
    }
    "the server there speaks no TLS, and a token goes over plain HTTP only within a machine\nhint: give that server \
     [admin] tls_cert and tls_key, or run this on its machine"
        .to_owned()
}

/// Plain HTTP was spoken to a port that wants TLS.
pub fn wants_tls(address: &Address) -> String {
    match address {
        Address::Tcp(authority) => format!(
            "http://{authority}: the server there speaks TLS\nhint: --server https://{authority}, with a name that its \
             certificate has as the host"
        ),
        other => format!("{other}: the server there speaks TLS\nhint: --server https://HOST:PORT"),
    }
}
