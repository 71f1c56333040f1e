//! Everything a request handler needs, in one handle that is cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use liveness_protocol::SessionState;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::api::connections::Work;
use crate::api::http::blocking::{self, Lane};
use crate::api::http::budget::BodyBudget;
use crate::api::http::callers::Callers;
use crate::api::http::limits::EndpointLimits;
use crate::api::http::other_origins::PaidChecks;
use crate::api::pulse::Pulse;
use crate::backend::BackendError;
use crate::backend::fetch::{Outside, VideoFetcher};
use crate::backend::ffmpeg::{ChildLimits, Ffmpeg};
use crate::config::Settings;
use crate::domain::admin_session::AdminSessions;
use crate::domain::audit::{By, Deed};
use crate::domain::check::{Asked, CheckReply};
use crate::domain::clock::Clock;
use crate::domain::completion::Completions;
use crate::domain::direct_checks::DirectChecks;
use crate::domain::error::ApiError;
use crate::domain::key_ring::KeyRing;
use crate::domain::metadata::Metadata;
use crate::domain::models;
use crate::domain::rates::Rates;
use crate::domain::route::{Engines, Route, Routing};
use crate::domain::runner::{CheckRunner, token_grace_ms};
use crate::domain::tenants::{TenantChange, TenantId};
use crate::domain::token::TokenSigner;
use crate::domain::video::queue::{VideoParts, Videos};
use crate::domain::video::shares::Shares;
use crate::metrics::Metrics;
use crate::store::sealed::Sealed;
use crate::store::{AuditStore, SessionStore, Snapshot, Store, TenantStore};
use crate::tally::Tally;

/// How many whole frames are decoded at once on their arrival.
const FRAMES_DECODED_AT_ONCE: usize = 8;

/// What the endpoints work with.
pub struct Services {
    /// Who decides.
    pub engines: Engines,
    /// Keeps sessions.
    pub store: Arc<dyn SessionStore>,
    /// Whether that answers.
    pub pulse: Pulse,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Signs tokens.
    pub tokens: TokenSigner,
    /// Runs checks.
    pub runner: CheckRunner,
    /// Runs each session's check once.
    pub completions: Completions,
    /// The checks without a session that may be paid for.
    pub direct_checks: DirectChecks,
    /// The key of the default tenant that the settings have, which may do everything.
    pub server_key: Option<SecretString>,
    /// Who has signed in to the operator's page, where there is a server key for it.
    pub admin: Option<AdminSessions>,
    /// All other keys.
    pub keys: KeyRing,
    /// Whose they are.
    pub tenants: Arc<dyn TenantStore>,
    /// What was done.
    pub audit: Arc<dyn AuditStore>,
    /// Whose pages may use the gateway from other origins.
    pub callers: Callers,
    /// Counts who asks how often.
    pub rates: Rates,
    /// How many proxies name the client.
    pub trusted_proxies: usize,
    /// The model for sessions that do not name one.
    pub default_model: String,
    /// A session's life, in milliseconds.
    pub ttl_ms: u64,
    /// How much longer its token holds, in milliseconds.
    pub token_grace_ms: u64,
    /// Who may ask for a check that is paid for without a session.
    pub paid_checks: PaidChecks,
    /// Counts what happens.
    pub metrics: Metrics,
    /// Counts the requests that are under way.
    pub activity: Tally,
    /// What the endpoints take.
    pub limits: EndpointLimits,
    /// What the bodies of all requests may take in memory together.
    pub bodies: BodyBudget,
    /// Decodes whole frames, a few at once: each may take 25 MB for a moment.
    pub frame_decoding: Arc<Semaphore>,
    /// Takes submitted videos up.
    pub videos: Videos,
    /// Fetches those that are submitted by their address.
    pub fetcher: VideoFetcher,
    /// The most videos that wait for their check.
    pub max_waiting_videos: usize,
    /// Those that are being received, and whose they are.
    pub uploads: Shares,
    /// Whether a lasting secret was configured.
    pub production: bool,
}

/// A shared handle to the [`Services`].
#[derive(Clone)]
pub struct Gateway(Arc<Services>);

impl Gateway {
    /// Puts it together.
    pub fn new(
        settings: &Settings,
        engines: Engines,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::with_outside(settings, engines, store, clock, Outside::default())
    }

    /// The same with another internet to fetch videos from, for tests.
    pub fn with_outside(
        settings: &Settings,
        engines: Engines,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        outside: Outside,
    ) -> Self {
        let metrics = Metrics::default();
        let keys = KeyRing::new(Arc::clone(&store) as _);
        let tenants: Arc<dyn TenantStore> = Arc::clone(&store) as _;
        let audit: Arc<dyn AuditStore> = Arc::clone(&store) as _;
        let for_all = settings.access.callers.clone();
        let callers = Callers::new(for_all, Arc::clone(&tenants), Arc::clone(&clock));
        let store: Arc<dyn SessionStore> =
            Arc::new(Sealed::new(store, settings.storage_key.clone()));
        let runner = CheckRunner::new(settings.check_deadline, metrics.clone());
        let token_grace_ms = token_grace_ms(settings.check_deadline);
        let completions = Completions::new(
            Arc::clone(&store),
            Arc::clone(&audit),
            runner.clone(),
            Arc::clone(&clock),
            settings.recycled,
        );
        let decoder = settings.video.ffmpeg.clone();
        let videos = Videos::new(VideoParts {
            store: Arc::clone(&store),
            tenants: Arc::clone(&tenants),
            runner: runner.clone(),
            engines: engines.clone(),
            clock: Arc::clone(&clock),
            decoder: decoder.map(|program| Ffmpeg::new(program, ChildLimits::default())),
        });
        Self(Arc::new(Services {
            engines,
            store,
            pulse: Pulse::default(),
            clock,
            tokens: TokenSigner::new(settings.token_secret.clone())
                .with_previous(settings.previous_secret.clone()),
            runner,
            completions,
            direct_checks: DirectChecks::default(),
            server_key: settings.server_key.clone(),
            admin: settings
                .server_key
                .clone()
                .map(|key| AdminSessions::new(settings.token_secret.clone(), key)),
            keys,
            callers,
            tenants,
            audit,
            rates: Rates::new(settings.rates),
            trusted_proxies: settings.trusted_proxies,
            default_model: settings.default_model.clone(),
            ttl_ms: settings.session_ttl.as_millis() as u64,
            token_grace_ms,
            paid_checks: settings.paid_checks,
            metrics,
            activity: Tally::default(),
            limits: settings.limits.within(settings.max_body_bytes),
            bodies: BodyBudget::new(settings.max_body_bytes),
            frame_decoding: Arc::new(Semaphore::new(FRAMES_DECODED_AT_ONCE)),
            videos,
            fetcher: VideoFetcher::new(
                settings.video.hosts.clone(),
                settings.limits.video.bytes,
                outside,
            ),
            max_waiting_videos: settings.video.max_waiting,
            uploads: Shares::default(),
            production: settings.lasting_secret,
        }))
    }
}

impl Deref for Gateway {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl Services {
    /// Whether a check without a session needs no credential: it is the default tenant's then.
    ///
    /// # Errors
    /// `too_many_sessions` if the tenant cannot be read.
    pub async fn anybody_may_check(&self) -> Result<bool, ApiError> {
        if self.paid_checks == PaidChecks::Anyone || self.engines.upstream().is_none() {
            return Ok(true);
        }
        let tenant = self.tenants.tenant(&TenantId::default()).await?;
        Ok(!self.engines.may_cost(tenant.and_then(|tenant| tenant.mode)))
    }

    /// Where the checks of a tenant go.
    ///
    /// # Errors
    /// `too_many_sessions` if the tenant cannot be read.
    pub async fn routing(&self, tenant: &TenantId) -> Result<Routing, ApiError> {
        Ok(Routing::new(self.engines.clone(), self.tenants.tenant(tenant).await?))
    }

    /// The way of a session's check. While it is open, one that has to be paid for is refused if it cannot be.
    ///
    /// # Errors
    /// See [`RouteError`](crate::domain::route::RouteError) and [`TenantRefusal`](crate::domain::tenants::TenantRefusal);
    /// `too_many_sessions` if the tenant cannot be read.
    pub async fn route_of(&self, session: &Snapshot) -> Result<Route, ApiError> {
        let routing = self.routing(&session.terms.tenant).await?;
        let route = routing.route(Some(&models::resolve(&session.terms.choice)?))?;
        if session.state == SessionState::Open {
            route.admit()?;
        }
        Ok(route)
    }

    /// Notes how a check without a session has ended, and charges its tenant if it was paid for.
    pub async fn settle(&self, asked: &Asked, outcome: &Result<CheckReply, BackendError>) {
        let now = self.clock.now();
        let deed = match outcome {
            Ok(reply) => Deed::verdict_decided(asked, reply, now),
            Err(error) => Deed::check_failed(asked, ApiError::from(error.clone()).code, now),
        };
        // As below.
        self.audit.note(deed).await.ok();
        if outcome.as_ref().is_ok_and(CheckReply::is_paid) {
            // A tenant without a row has no credits to count. If the store fails, it has logged why, and the verdict
            // is given all the same: it has been paid for.
            let by = By::gateway(now);
            let charge = vec![TenantChange::Charge(asked.credits)];
            self.tenants.change_tenant(&asked.tenant, charge, by).await.ok();
        }
    }
}

/// Refuses metadata that is not as its tenant's schema says, if there is one.
///
/// # Errors
/// `invalid_metadata`.
pub async fn require_schema(
    routing: &Routing,
    metadata: Option<&Metadata>,
) -> Result<(), ApiError> {
    let (Some(schema), Some(metadata)) = (routing.metadata_schema(), metadata) else {
        return Ok(());
    };
    let (schema, metadata) = (schema.clone(), metadata.clone());
    let check = move || schema.check(&metadata);
    blocking::run(Lane::Check, "a tenant's schema", (), check).await.map(|((), ())| ())
}

impl Work for Gateway {
    fn close(&self) {
        self.videos.close();
    }

    fn is_left(&self) -> bool {
        self.activity.count() > 0 || self.completions.running() > 0 || self.videos.are_deciding()
    }
}
