//! Policy at the level of whole sessions, one binary for all: linking takes longer than most of them.

mod ageing;
mod aid;
mod background;
mod busy_server;
mod common;
mod contributing;
mod escalation;
mod files;
mod footage;
mod footage_clips;
mod framing;
mod gates;
mod pacing;
mod pauses;
mod properties;
mod replay;
mod runs;
mod session;
mod session_limits;
mod slow_cameras;
mod thin_line;
mod words;
