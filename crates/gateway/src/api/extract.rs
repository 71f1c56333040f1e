//! What handlers take as arguments: who asks, and which model version.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;
use liveness_protocol::{ErrorCode, MODEL_VERSION_HEADER};
use uuid::Uuid;

use super::endpoint::{Credential, Endpoint, documented, session_id};
use super::gateway::Gateway;
use super::http::auth::{self, ShownKey};
use super::http::client;
use super::http::origin_check::{PageOrigin, origin_of, takes_keys};
use crate::domain::audience::Audience;
use crate::domain::error::ApiError;
use crate::domain::keys::{KeyHolder, KeyRefusal};
use crate::domain::scopes::Scope;
use crate::domain::session::{PictureKind, Sharer};
use crate::domain::tenants::TenantId;
use crate::domain::token::TokenSigner;

/// Who asks for the session in the path, as their credential says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The page that the session's token was given to.
    Page(Uuid),
    /// The back end of the session's tenant, with a key.
    BackEnd(Uuid, KeyHolder),
}

impl Principal {
    /// The session they may touch.
    pub const fn session(&self) -> Uuid {
        match self {
            Self::Page(id) | Self::BackEnd(id, _) => *id,
        }
    }

    /// Whether it is the integrator's back end.
    pub const fn is_back_end(&self) -> bool {
        matches!(self, Self::BackEnd(..))
    }
}

/// Who asks where no session is in the path: whoever holds a key, or anybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// Whose key it is, if one was shown.
    pub holder: Option<KeyHolder>,
    /// The client's address, where that tells clients apart.
    pub client: Option<IpAddr>,
}

impl Caller {
    /// Who makes this request.
    pub fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    /// The tenant for which something is done: the default one where there is no key.
    pub fn tenant(&self) -> TenantId {
        self.holder.as_ref().map_or_else(TenantId::default, |holder| holder.tenant.clone())
    }

    /// Who has a share of the places with what is opened for it.
    pub fn sharer(&self, tokens: &TokenSigner) -> Option<Sharer> {
        match &self.holder {
            Some(holder) => Some(Sharer::of_key(&holder.tenant)),
            None => self.client.map(|client| tokens.client(client)),
        }
    }
}

/// That a request has been counted; kept in its extensions.
#[derive(Clone, Copy)]
struct Counted;

impl Gateway {
    /// Whose key the request carries, if it carries one that may do what needs `scope`.
    ///
    /// # Errors
    /// `invalid_key`, `insufficient_scope`; `too_many_sessions` if the keys cannot be read.
    pub async fn holder(
        &self,
        headers: &HeaderMap,
        scope: Option<Scope>,
    ) -> Result<Option<KeyHolder>, ApiError> {
        match auth::shown_key(headers, self.server_key.as_ref())? {
            None => Ok(None),
            Some(ShownKey::Server) => Ok(Some(KeyHolder::default())),
            Some(ShownKey::Other(sent)) => {
                self.keys.admit(&sent, scope, self.clock.now()).await.map(Some)
            }
        }
    }

    /// Whether pages of this origin are let in, for whichever tenant.
    pub async fn lets_in(&self, origin: &HeaderValue) -> bool {
        match origin.to_str() {
            Ok(origin) => self.callers.let_in(origin).await,
            Err(_) => false,
        }
    }

    /// Refuses a page for which something is not.
    async fn require_audience(
        &self,
        audience: &Audience,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        // A page's request that changes nothing, and of which the browser names no origin, cannot read the answer.
        let PageOrigin::Other(origin) = origin_of(uri, headers) else { return Ok(()) };
        match origin.to_str() {
            Ok(origin) if self.callers.are_of(audience, origin).await => Ok(()),
            _ => Err(ErrorCode::OriginNotAllowed.into()),
        }
    }

    /// Whose request it is, by address, where that tells clients apart: requests of this machine come from a proxy
    /// that is not trusted to name them.
    pub fn client(&self, request: &Request) -> Option<IpAddr> {
        let client = client::of_request(request, self.trusted_proxies)?;
        (self.trusted_proxies > 0 || !client.is_loopback()).then_some(client)
    }

    /// Counts a request for which a key may be looked up, once however often this is called for it.
    ///
    /// # Errors
    /// `rate_limit_exceeded`.
    pub fn count_request(&self, request: &mut Request) -> Result<(), ApiError> {
        if let Some(client) = self.client(request)
            && takes_keys(request.uri().path())
            // The operator's own: their back end may have its address in common with everybody who comes by the same proxy.
            && !auth::has_server_key(request.headers(), self.server_key.as_ref())
            && request.extensions_mut().insert(Counted).is_none()
        {
            self.rates.request(client)?;
        }
        Ok(())
    }

    /// Counts a check without a session, for each endpoint apart. The server key is the operator's own, and counts only where its
    /// tenant is limited.
    async fn count_check(&self, caller: &Caller, endpoint: &'static str) -> Result<(), ApiError> {
        let Some(holder) = &caller.holder else {
            let of_address = |client| self.rates.check_of_address(client, endpoint);
            return Ok(caller.client.map_or(Ok(()), of_address)?);
        };
        holder.key.map_or(Ok(()), |key| self.rates.check_of_key(key, endpoint))?;
        let tenant = self.tenants.tenant(&holder.tenant).await?;
        let rate = tenant.and_then(|tenant| tenant.rate);
        Ok(self.rates.check_of_tenant(&holder.tenant, rate)?)
    }

    /// The session of a back end. Those of other tenants do not exist for it, and neither do videos.
    ///
    /// # Errors
    /// `session_not_found`, `session_expired`; `too_many_sessions` if the store does not work.
    pub async fn of_back_end(&self, id: Uuid, holder: KeyHolder) -> Result<Principal, ApiError> {
        let session = self.store.get(id, self.clock.now()).await?;
        let is_video = matches!(session.terms.kind, PictureKind::Video(_));
        if session.terms.tenant == holder.tenant && !is_video {
            Ok(Principal::BackEnd(id, holder))
        } else {
            Err(ErrorCode::SessionNotFound.into())
        }
    }
}

/// Lets a request pass that shows what its endpoint asks for, and leaves the [`Principal`] or the [`Caller`] for the
/// handler, and the [`Sharer`] for whoever reads the body.
///
/// # Errors
/// `session_not_found` for an id that is unknown or another tenant's, `invalid_token`, `session_expired`, `invalid_key`,
/// `insufficient_scope`, `rate_limit_exceeded`.
pub async fn authorize(
    State((gateway, endpoint)): State<(Gateway, &'static Endpoint)>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let authorized = authorized(&gateway, endpoint, params, request).await;
    Ok(next.run(authorized.map_err(|error| documented(endpoint.errors, error))?).await)
}

/// The request, with what it has shown.
async fn authorized(
    gateway: &Gateway,
    endpoint: &'static Endpoint,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
) -> Result<Request, ApiError> {
    let Endpoint { credential, scope, .. } = *endpoint;
    // What is not even text belongs to no session, and to nobody else.
    let nothing = match credential {
        Credential::ServerKey => ErrorCode::NotFound,
        _ => ErrorCode::SessionNotFound,
    };
    let params = params.map_err(|_| ApiError::new(nothing))?;
    gateway.count_request(&mut request)?;
    let client = gateway.client(&request);
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let session = || {
        let text = params.iter().find_map(|(name, value)| (name == "id").then_some(value));
        session_id(text.unwrap_or_default())
    };
    let of_page = async || {
        let id = session()?;
        let audience = auth::require_token(headers, &gateway.tokens, id, gateway.clock.now())?;
        gateway.require_audience(&audience, uri, headers).await?;
        Ok::<_, ApiError>(Principal::Page(id))
    };
    // Whoever sends the body, not whose session it is: a token may be known to many.
    let mut sharer = client.map(|client| gateway.tokens.client(client));
    match credential {
        Credential::None => {}
        Credential::SessionToken => {
            let principal = of_page().await?;
            request.extensions_mut().insert(principal);
        }
        Credential::SessionTokenOrServerKey => {
            let principal = match gateway.holder(headers, scope).await? {
                Some(holder) => gateway.of_back_end(session()?, holder).await?,
                None => of_page().await?,
            };
            if let Principal::BackEnd(_, holder) = &principal {
                sharer = Some(Sharer::of_key(&holder.tenant));
            }
            request.extensions_mut().insert(principal);
        }
        Credential::KeyIfAny | Credential::ServerKey | Credential::ServerKeyIfPaid => {
            let holder = gateway.holder(headers, scope).await?;
            let needed = match credential {
                _ if holder.is_some() => false,
                Credential::ServerKeyIfPaid => !gateway.anybody_may_check().await?,
                credential => credential == Credential::ServerKey,
            };
            if needed {
                return Err(KeyRefusal::Invalid.into());
            }
            let caller = Caller { holder, client };
            if caller.holder.is_none() && *method != Method::GET {
                let audience = Audience::Tenant(TenantId::default());
                gateway.require_audience(&audience, uri, headers).await?;
            }
            if scope == Some(Scope::DetectionWrite) {
                gateway.count_check(&caller, endpoint.path).await?;
            }
            sharer = caller.sharer(&gateway.tokens);
            request.extensions_mut().insert(caller);
        }
    }
    if let Some(sharer) = sharer {
        request.extensions_mut().insert(sharer);
    }
    Ok(request)
}

impl FromRequestParts<Gateway> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl FromRequestParts<Gateway> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, ApiError> {
        // Absent only if an endpoint's row asks for no credential and its handler wants to know whose it is.
        parts.extensions.get().cloned().ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), "the endpoint's row asks for no credential");
            ErrorCode::InternalError.into()
        })
    }
}

/// The value of `X-Model-Version`.
///
/// # Errors
/// `validation_error` for one that is not plain text.
pub fn model_version(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let version = headers.get(MODEL_VERSION_HEADER).map(|version| version.to_str());
    version.transpose().map_err(|_| {
        ApiError::with_message(ErrorCode::ValidationError, "X-Model-Version is not plain text")
    })
}
