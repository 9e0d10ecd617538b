//! Where a request goes: one destination, decided once, checked address by address (CASES 1.C).

mod addresses;
mod tunnels;
mod upstreams;

use crate::raw::Wire;
use crate::reply::Reply;

fn get(wire: &mut Wire, host: &str) -> Reply {
    wire.send(format!("GET /a HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    wire.reply()
}
