//! The operator's page, `/admin`: what happens on this gateway, and the keys. Made here as a whole, without scripts; there only
//! where a server key is set, and for whoever has it.

mod form;
mod handlers;
mod overview;
mod page;
mod paths;
mod plot;
mod sections;
mod series;
mod shown;
mod sign_in;

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Extension, Router};

use self::shown::Shown;
use super::gateway::Gateway;
use crate::config::Settings;

/// The page's routes; none without a server key.
pub fn routes(settings: &Settings) -> Router<Gateway> {
    if settings.server_key.is_none() {
        return Router::new();
    }
    Router::new()
        .route(paths::PAGE, get(handlers::page))
        .route(paths::STYLE, get(handlers::style))
        .route(paths::SIGN_IN, post(handlers::sign_in))
        .route(paths::SIGN_OUT, post(handlers::sign_out))
        .route(paths::KEYS, post(handlers::create_key))
        .route(paths::REVOKE, post(handlers::revoke_key))
        .layer(Extension(Arc::new(Shown::of(settings))))
}
