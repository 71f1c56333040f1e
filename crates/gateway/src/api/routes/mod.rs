//! One file per endpoint, and the table of what each may answer.

pub mod audit_session;
pub mod client_time;
pub mod complete_session;
mod counted;
pub mod create_session;
pub mod crops_body;
pub mod delete_session;
mod done_once;
pub mod fast_check;
pub mod fast_check_crops;
pub mod fast_check_stream;
pub mod get_session;
pub mod health;
pub mod metrics;
pub mod models;
pub mod poll_video;
pub mod put_crop;
pub mod queue_stats;
pub mod ready;
pub mod reference;
mod stated;
pub mod submit_video;
pub mod use_session;

use super::endpoint::whole_number;

pub use super::endpoint::{Credential, Endpoint};

/// Every endpoint.
pub static ENDPOINTS: [Endpoint; 22] = [
    create_session::ENDPOINT,
    put_crop::ENDPOINT,
    put_crop::POST_ENDPOINT,
    complete_session::ENDPOINT,
    get_session::ENDPOINT,
    use_session::ENDPOINT,
    delete_session::ENDPOINT,
    audit_session::ENDPOINT,
    client_time::ENDPOINT,
    fast_check_crops::ENDPOINT,
    fast_check::ENDPOINT,
    fast_check_stream::ENDPOINT,
    submit_video::ENDPOINT,
    poll_video::ENDPOINT,
    models::ENDPOINT,
    queue_stats::ENDPOINT,
    health::ENDPOINT,
    ready::ENDPOINT,
    metrics::ENDPOINT,
    reference::DOCUMENT,
    reference::PAGE,
    reference::STYLE,
];
