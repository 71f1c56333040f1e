//! The gateway on real sockets, one binary for all: each would have to be linked with everything that the gateway has.

mod access;
mod admin;
mod answers;
mod audience;
mod audit;
#[cfg(unix)]
mod binary;
mod bodies;
mod breaker;
mod checks;
mod common;
mod connections;
mod coverage;
mod direct;
mod docs;
#[cfg(unix)]
mod durability;
mod embed;
#[cfg(unix)]
mod faults;
mod files;
mod frame_rates;
mod frames;
mod fuzz;
mod fuzz_heads;
mod generated;
#[cfg(unix)]
mod handles;
mod headers;
mod hosts;
mod http;
mod keys;
mod local;
#[cfg(unix)]
mod log_lines;
mod metadata;
mod modes;
#[cfg(unix)]
mod nodes;
mod observed;
mod official;
mod outcomes;
mod paid;
mod parsing;
mod places;
mod rates;
mod recycled;
mod reference;
mod sessions;
mod tenants;
mod tls;
mod upstream;
#[cfg(unix)]
mod video_kills;
#[cfg(unix)]
mod video_shares;
mod video_urls;
mod video_waits;
#[cfg(unix)]
mod videos;
