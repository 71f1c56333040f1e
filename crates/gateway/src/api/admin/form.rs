//! What a form of the page has sent.

use axum::extract::Request;
use axum::http::header;
use liveness_protocol::ErrorCode;
use secrecy::{ExposeSecret as _, SecretString};
use url::form_urlencoded;

use crate::api::gateway::Gateway;
use crate::domain::error::ApiError;

/// The form's fields. One of them may be the server key, so they have no `Debug` form and are wiped in the end.
pub struct Form(Vec<(String, SecretString)>);

impl Form {
    /// Reads a body as browsers send forms.
    ///
    /// # Errors
    /// Those of reading a body; `validation_error` for another content type.
    pub async fn read(gateway: &Gateway, mut request: Request) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes());
        if kind != Some(b"application/x-www-form-urlencoded") {
            return Err(ErrorCode::ValidationError.into());
        }
        if let Some(client) = gateway.client(&request) {
            request.extensions_mut().insert(gateway.tokens.client(client));
        }
        let body = gateway.limits.json.read(request, &gateway.bodies).await?;
        let pairs = form_urlencoded::parse(&body.bytes);
        Ok(Self(
            pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect(),
        ))
    }

    /// The values under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = self.0.iter().filter(move |(known, _)| known == name);
        of_name.map(|(_, value)| value.expose_secret())
    }

    /// The first of them; empty if there is none.
    pub fn text<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }
}
