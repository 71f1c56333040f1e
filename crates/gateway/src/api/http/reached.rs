//! The address of the gateway that a connection has come to, in its requests' extensions.

use std::net::SocketAddr;

/// Which of the machine's addresses was connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached(pub SocketAddr);
