//! Names to addresses, once. The system's resolver is asked, because it knows `/etc/hosts` and the search domains
//! of the place; only strict names reach it (`origin.rs`), never a number in an odd spelling.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use crate::code::Code;
use crate::forward::{Failure, Guard};
use crate::limits::{ADDRESSES_MAX, RESOLVE_WAIT};
use crate::origin::Origin;

/// An answer of a resolver, later.
pub type Addresses<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Something that knows addresses of names.
pub trait Resolve: Send + Sync {
    /// All addresses of a name, in the order in which they are to be tried.
    fn resolve<'a>(&'a self, name: &'a str) -> Addresses<'a>;
}

/// getaddrinfo.
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Addresses<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The addresses of an origin, each of which may be dialled; one that may not refuses them all, because a name
/// that points at a forbidden place is not to be trusted with its others (CASES DE-16).
pub async fn addresses(
    resolver: &dyn Resolve,
    guard: &Guard,
    origin: &Origin,
) -> Result<Vec<SocketAddr>, Failure> {
    let ips = match origin.host.address() {
        Some(ip) => vec![ip],
        None => lookup(resolver, &origin.host.to_string()).await?,
    };
    let mut found = Vec::new();
    for ip in ips.into_iter().take(ADDRESSES_MAX) {
        let address = SocketAddr::new(ip.to_canonical(), origin.port);
        guard.check(address).map_err(|why| Failure::unsent(Code::DestinationBlocked, why))?;
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        return Err(Failure::unsent(Code::UpstreamUnreachable, "the host's name has no address"));
    }
    Ok(found)
}

async fn lookup(resolver: &dyn Resolve, name: &str) -> Result<Vec<IpAddr>, Failure> {
    match tokio::time::timeout(RESOLVE_WAIT, resolver.resolve(name)).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(Failure::unsent(
            Code::UpstreamUnreachable,
            format!("the host's name could not be resolved: {error}"),
        )),
        Err(_) => Err(Failure::unsent(Code::UpstreamTimeout, "the host's name was not resolved in time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Scheme};

    struct Table(Vec<&'static str>);

    impl Resolve for Table {
        fn resolve<'a>(&'a self, _: &'a str) -> Addresses<'a> {
            Box::pin(async { Ok(self.0.iter().map(|ip| ip.parse().unwrap()).collect()) })
        }
    }

    fn origin() -> Origin {
        Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None)
    }

    /// CASES DE-16.
    #[tokio::test]
    async fn every_address_of_a_name_must_pass() {
        let guard = Guard::new(vec![], vec![]);
        let good = addresses(&Table(vec!["10.0.0.1", "10.0.0.2"]), &guard, &origin()).await.unwrap();
        assert_eq!(good, ["10.0.0.1:443".parse().unwrap(), "10.0.0.2:443".parse().unwrap()]);
        let bad = addresses(&Table(vec!["10.0.0.1", "127.0.0.1"]), &guard, &origin()).await.unwrap_err();
        assert_eq!((bad.code, bad.sent), (Code::DestinationBlocked, false));
        let none = addresses(&Table(vec![]), &guard, &origin()).await.unwrap_err();
        assert_eq!(none.code, Code::UpstreamUnreachable);
    }
}
