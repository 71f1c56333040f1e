//! What is answered under `/admin`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use secrecy::ExposeSecret as _;

use super::form::Form;
use super::overview::Overview;
use super::shown::Shown;
use super::{page, paths, sign_in};
use crate::api::gateway::Gateway;
use crate::api::http::embed::Exception;
use crate::config::name_of_people;
use crate::domain::admin_session::{AdminSession, AdminSessions};
use crate::domain::audit::{Action, By, Deed};
use crate::domain::clock::DAY_MS;
use crate::domain::error::ApiError;
use crate::domain::keys::{KeyChange, KeyTerms, NewKey};
use crate::domain::scopes::{Scope, Scopes};
use crate::domain::tenants::TenantId;
use crate::store::StoreError;

/// Why a request of the page is not carried out.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    /// Nobody has signed in, or not any more.
    #[error("Sign in again: half an hour is over, or this browser has never signed in.")]
    SignedOut,
    /// It does not come from the page, or from an earlier one.
    #[error("This did not come from the page as it is now, so nothing was changed.")]
    Elsewhere,
    /// The server key is another one.
    #[error("This is not the server key.")]
    WrongKey,
    /// Too many have been tried.
    #[error("Too many attempts to sign in. Try again in {0} seconds.")]
    TooMany(u64),
    /// A field of the form.
    #[error("{0}")]
    Field(&'static str),
    /// There is no key of this id.
    #[error("There is no such key.")]
    NoSuchKey,
    /// The form itself.
    #[error("{}", .0.message)]
    Request(ApiError),
    /// The store fails, and has logged why.
    #[error("The database does not work at the moment.")]
    Store(#[from] StoreError),
    /// The machine has no source of random numbers.
    #[error("This machine has no random numbers.")]
    Random(#[from] getrandom::Error),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut | Self::WrongKey => StatusCode::UNAUTHORIZED,
            Self::Elsewhere => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Field(_) => StatusCode::BAD_REQUEST,
            Self::Request(error) => {
                StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::NoSuchKey => StatusCode::NOT_FOUND,
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let sentence = self.to_string();
        let markup = match self {
            Self::SignedOut | Self::WrongKey | Self::TooMany(_) => page::sign_in(Some(&sentence)),
            _ => page::refusal("Not done", &sentence),
        };
        let mut response = html(self.status(), markup);
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A page that nobody keeps, with the policy of forms without scripts.
fn html(status: StatusCode, markup: Markup) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let caching = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let mut response = (status, [kind, caching], markup.into_string()).into_response();
    response.extensions_mut().insert(Exception::Form);
    response
}

/// Back to the page, so that to read it again changes nothing again.
fn back(cookie: Option<HeaderValue>, part: &'static str) -> Response {
    let mut response = html(StatusCode::SEE_OTHER, page::refusal("Done", "Done."));
    let place = HeaderValue::from_str(&format!("{}{part}", paths::PAGE));
    let headers = response.headers_mut();
    place.into_iter().for_each(|place| drop(headers.insert(header::LOCATION, place)));
    cookie.into_iter().for_each(|cookie| drop(headers.insert(header::SET_COOKIE, cookie)));
    response
}

/// The page, or the form for the server key.
pub async fn page(
    State(gateway): State<Gateway>,
    Extension(shown): Extension<Arc<Shown>>,
    headers: HeaderMap,
) -> Response {
    let Some((admin, session)) = signed_in(&gateway, &headers) else {
        return html(StatusCode::OK, page::sign_in(None));
    };
    match Overview::read(&gateway).await {
        Ok(overview) => {
            let token = admin.form_token(session);
            html(StatusCode::OK, page::overview(&overview, &shown, &token))
        }
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// Its style.
pub async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, concat!(include_str!("../look.css"), include_str!("admin.css"))).into_response()
}

fn signed_in<'a>(
    gateway: &'a Gateway,
    headers: &HeaderMap,
) -> Option<(&'a AdminSessions, AdminSession)> {
    Some((gateway.admin.as_ref()?, sign_in::signed_in(gateway, headers)?))
}

/// The form of somebody who has signed in, from the page as it was given to them.
async fn changed(gateway: &Gateway, request: Request) -> Result<(Form, AdminSession), Refusal> {
    if !sign_in::is_from_here(request.uri(), request.headers()) {
        return Err(Refusal::Elsewhere);
    }
    let (admin, session) = signed_in(gateway, request.headers()).ok_or(Refusal::SignedOut)?;
    let form = Form::read(gateway, request).await.map_err(Refusal::Request)?;
    if !admin.is_form_token(session, form.text("form")) {
        return Err(Refusal::Elsewhere);
    }
    Ok((form, session))
}

/// `POST /admin/sign-in`
pub async fn sign_in(
    State(gateway): State<Gateway>,
    Extension(shown): Extension<Arc<Shown>>,
    request: Request,
) -> Response {
    let opened = open(&gateway, &shown, request).await;
    opened.unwrap_or_else(IntoResponse::into_response)
}

async fn open(gateway: &Gateway, shown: &Shown, request: Request) -> Result<Response, Refusal> {
    if !sign_in::is_from_here(request.uri(), request.headers()) {
        return Err(Refusal::Elsewhere);
    }
    let client = sign_in::client(gateway, &request);
    let counted = gateway.rates.sign_in(client);
    counted.map_err(|too_many| Refusal::TooMany(too_many.after.as_secs() + 1))?;
    let secure = sign_in::is_secure(&request, shown.tls);
    let form = Form::read(gateway, request).await.map_err(Refusal::Request)?;
    let admin = gateway.admin.as_ref().ok_or(Refusal::SignedOut)?;
    if !admin.is_server_key(form.text("key")) {
        tracing::warn!("somebody has tried to sign in to the operator's page with a wrong key");
        return Err(Refusal::WrongKey);
    }
    let now = gateway.clock.now();
    let text = admin.open(now)?;
    // Nobody is let in without it being noted.
    gateway.audit.note(Deed::signed(Action::SignedIn, By::server_key(now))).await?;
    Ok(back(sign_in::cookie(&text, secure), ""))
}

/// `POST /admin/sign-out`
pub async fn sign_out(
    State(gateway): State<Gateway>,
    Extension(shown): Extension<Arc<Shown>>,
    request: Request,
) -> Response {
    let secure = sign_in::is_secure(&request, shown.tls);
    let session = match changed(&gateway, request).await {
        Ok((_, session)) => session,
        Err(refusal) => return refusal.into_response(),
    };
    let now = gateway.clock.now();
    if let Some(admin) = &gateway.admin {
        admin.end(session, now);
    }
    // The store has logged why it failed; whoever wants to go goes.
    gateway.audit.note(Deed::signed(Action::SignedOut, By::server_key(now))).await.ok();
    back(sign_in::cookie("", secure), "")
}

/// `POST /admin/keys`
pub async fn create_key(State(gateway): State<Gateway>, request: Request) -> Response {
    create(&gateway, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn create(gateway: &Gateway, request: Request) -> Result<Response, Refusal> {
    let (form, _) = changed(gateway, request).await?;
    let now = gateway.clock.now();
    let terms = terms(&form, now).map_err(Refusal::Field)?;
    if terms.tenant != TenantId::default() && gateway.tenants.tenant(&terms.tenant).await?.is_none()
    {
        return Err(Refusal::Field("There is no such tenant."));
    }
    let NewKey { record, text } = NewKey::make(terms, now)?;
    let name = record.terms.name.clone();
    gateway.keys.add(record, By::server_key(now)).await?;
    Ok(html(StatusCode::OK, page::new_key(&name, text.expose_secret())))
}

fn terms(form: &Form, now: u64) -> Result<KeyTerms, &'static str> {
    let name = name_of_people(form.text("name"))?;
    let tenant = form
        .text("tenant")
        .parse()
        .map_err(|_| "A tenant is lower-case letters, digits, hyphens.")?;
    let scopes = form.all("scope").map(str::parse::<Scope>).collect::<Result<Scopes, _>>();
    let expires_at = match form.text("days") {
        "" => None,
        days => {
            let days = days.parse::<u64>().ok().filter(|days| (1..=36_500).contains(days));
            let days = days.ok_or("Days are a number from 1 to 36500.")?;
            Some(now.saturating_add(days * DAY_MS))
        }
    };
    Ok(KeyTerms {
        name,
        tenant,
        scopes: scopes.map_err(|_| "There is no such scope.")?,
        expires_at,
    })
}

/// `POST /admin/keys/revoke`
pub async fn revoke_key(State(gateway): State<Gateway>, request: Request) -> Response {
    revoke(&gateway, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn revoke(gateway: &Gateway, request: Request) -> Result<Response, Refusal> {
    let (form, _) = changed(gateway, request).await?;
    let id = form.text("id").parse().map_err(|_| Refusal::Field("This is no key's id."))?;
    let now = gateway.clock.now();
    let revoked = gateway.keys.change(id, KeyChange::Revoke { at: now }, By::server_key(now)).await;
    revoked.map_err(|error| match error {
        StoreError::NotFound => Refusal::NoSuchKey,
        error => error.into(),
    })?;
    Ok(back(None, "#keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_status() {
        let request = ApiError::new(liveness_protocol::ErrorCode::PayloadTooLarge);
        for (refusal, status) in [
            (Refusal::SignedOut, 401),
            (Refusal::WrongKey, 401),
            (Refusal::Elsewhere, 403),
            (Refusal::TooMany(7), 429),
            (Refusal::Field("f"), 400),
            (Refusal::Request(request), 413),
            (Refusal::NoSuchKey, 404),
            (Refusal::Store(StoreError::Unavailable), 503),
            (Refusal::Random(getrandom::Error::UNSUPPORTED), 500),
        ] {
            assert_eq!(refusal.status(), status, "{refusal:?}");
        }
    }
}
