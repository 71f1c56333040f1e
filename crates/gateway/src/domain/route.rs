//! From a tenant and a model to the engines that decide a check.

use std::sync::Arc;

use liveness_protocol::{ErrorCode, ModelEntry};

use super::error::ApiError;
use super::metadata::MetadataSchema;
use super::mode::{Band, Engine, Mode, Modes};
use super::models::{self, ResolvedModel, UNLISTED_CREDITS};
use super::tenants::{TenantRecord, TenantRefusal};
use crate::backend::{Capabilities, CheckBackend, Load};

/// The engines of a gateway, and which checks go to which. Cheap to clone.
#[derive(Clone)]
pub struct Engines {
    local: Option<Arc<dyn CheckBackend>>,
    upstream: Option<Arc<dyn CheckBackend>>,
    modes: Arc<Modes>,
}

/// Why a check goes nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Its mode needs the upstream.
    #[error("the mode of this check is {0}, and this gateway has no key of the Moveris API")]
    NoKey(Mode),
    /// Its mode needs the local verifier.
    #[error("the mode of this check is {0}, and this gateway has no local verifier")]
    NoVerifier(Mode),
    /// No engine of its mode stands in for the model.
    #[error("model {0:?} cannot run here")]
    CannotRun(String),
}

impl From<RouteError> for ApiError {
    fn from(error: RouteError) -> Self {
        let code = match error {
            // The operator's mistake: nothing that a client changes helps.
            RouteError::NoKey(_) | RouteError::NoVerifier(_) => ErrorCode::InternalError,
            RouteError::CannotRun(_) => ErrorCode::UnknownModel,
        };
        Self::with_message(code, error.to_string())
    }
}

/// The way of one check.
#[derive(Clone)]
pub struct Route {
    /// Who decides.
    pub way: Way,
    /// Whether its tenant may have checks decided that are paid for.
    pub admitted: Result<(), TenantRefusal>,
}

/// Who decides a check.
#[derive(Clone)]
pub enum Way {
    /// One engine.
    Alone(Arc<dyn CheckBackend>),
    /// The first, and the second where its verdict is borderline.
    LocalFirst {
        /// The verifier in this process.
        local: Arc<dyn CheckBackend>,
        /// The Moveris API.
        upstream: Arc<dyn CheckBackend>,
        /// When it is asked.
        band: Band,
    },
}

impl Route {
    /// The engine that sees the check first.
    pub fn first(&self) -> &dyn CheckBackend {
        match &self.way {
            Way::Alone(engine) | Way::LocalFirst { local: engine, .. } => engine.as_ref(),
        }
    }

    /// What that engine can do.
    pub fn capabilities(&self) -> Capabilities {
        self.first().capabilities()
    }

    /// The id of the model that decides first when `model` is asked for.
    ///
    /// # Errors
    /// [`RouteError::CannotRun`] for another than this is the way of.
    pub fn runs(&self, model: &ResolvedModel) -> Result<String, RouteError> {
        self.first().runs(model).ok_or_else(|| RouteError::CannotRun(model.id.clone()))
    }

    /// The same route, on which nobody is refused, and whether somebody is to be: for whoever finds out first whether the check
    /// has been paid for already.
    pub fn admitting(self) -> (Self, Result<(), TenantRefusal>) {
        let admitted = self.admitted;
        (Self { admitted: Ok(()), ..self }, admitted)
    }

    /// Refuses a check to a tenant that is suspended, and one that has to be paid for in any case to a tenant that cannot.
    ///
    /// # Errors
    /// See [`TenantRefusal`].
    pub fn admit(&self) -> Result<(), TenantRefusal> {
        match self.admitted {
            Err(TenantRefusal::NoCredits { .. }) if !self.capabilities().paid => Ok(()),
            admitted => admitted,
        }
    }
}

impl Engines {
    /// Those that there are.
    pub fn new(
        local: Option<Arc<dyn CheckBackend>>,
        upstream: Option<Arc<dyn CheckBackend>>,
        modes: Modes,
    ) -> Self {
        Self { local, upstream, modes: Arc::new(modes) }
    }

    /// One that decides everything.
    pub fn alone(engine: Arc<dyn CheckBackend>) -> Self {
        match engine.capabilities().engine {
            Engine::Upstream => Self::new(None, Some(engine), Modes::only(Mode::Upstream)),
            Engine::Local | Engine::Gateway => {
                Self::new(Some(engine), None, Modes::only(Mode::Local))
            }
        }
    }

    /// The mode of checks for which nothing else is said.
    pub fn default_mode(&self) -> Mode {
        self.modes.default
    }

    /// The one that asks the Moveris API.
    pub fn upstream(&self) -> Option<&dyn CheckBackend> {
        self.upstream.as_deref()
    }

    /// The one in this process.
    pub fn local(&self) -> Option<&dyn CheckBackend> {
        self.local.as_deref()
    }

    /// How busy they are together.
    pub fn load(&self) -> Load {
        let loads = [&self.local, &self.upstream].into_iter().flatten().map(|engine| engine.load());
        loads.reduce(|one, other| one.with(other)).unwrap_or_default()
    }

    /// Whether any check of a tenant with this mode may have to be paid for.
    pub fn may_cost(&self, tenant: Option<Mode>) -> bool {
        self.upstream.is_some() && self.modes.possible(tenant).any(Mode::may_ask_upstream)
    }

    /// Whether there is an engine for all that this mode may ask.
    ///
    /// # Errors
    /// [`RouteError::NoKey`], [`RouteError::NoVerifier`].
    pub fn serves(&self, mode: Mode) -> Result<(), RouteError> {
        if mode.may_ask_upstream() && self.upstream.is_none() {
            return Err(RouteError::NoKey(mode));
        }
        if mode.may_ask_local() && self.local.is_none() {
            return Err(RouteError::NoVerifier(mode));
        }
        Ok(())
    }

    /// The models that are accepted of a tenant without a mode of its own: each with its mode, the local verifier's own
    /// where that decides alone.
    pub fn models(&self) -> Vec<(ModelEntry, Mode)> {
        let mode = |model: &ResolvedModel| self.modes.of(None, model.ids());
        models::entries(mode)
    }
}

/// Where the checks of one request go: read once, so that all that is asked of the tenant is of the same moment.
pub struct Routing {
    engines: Engines,
    tenant: Option<TenantRecord>,
}

impl Routing {
    /// For checks of this tenant; one without a row is not limited in anything.
    pub const fn new(engines: Engines, tenant: Option<TenantRecord>) -> Self {
        Self { engines, tenant }
    }

    fn mode(&self) -> Option<Mode> {
        self.tenant.as_ref().and_then(|tenant| tenant.mode)
    }

    /// What the metadata of its checks has to be like.
    pub fn metadata_schema(&self) -> Option<&MetadataSchema> {
        self.tenant.as_ref()?.metadata_schema.as_ref()
    }

    fn admitted(&self, credits: u32) -> Result<(), TenantRefusal> {
        self.tenant.as_ref().map_or(Ok(()), |tenant| tenant.admit(credits))
    }

    /// Refuses whatever is new to a tenant that is suspended.
    ///
    /// # Errors
    /// [`TenantRefusal::Suspended`].
    pub fn admit_new(&self) -> Result<(), TenantRefusal> {
        self.admitted(0)
    }

    /// Whether a check may be decoded here.
    pub fn may_decode(&self) -> bool {
        self.engines.modes.possible(self.mode()).any(Mode::may_ask_local)
    }

    /// The most pictures that any check may have: a bound for what is read before its own engine is known.
    pub fn most_pictures(&self) -> u32 {
        let engines = [&self.engines.local, &self.engines.upstream].into_iter().flatten();
        engines.map(|engine| engine.capabilities().max_pictures).max().unwrap_or(0)
    }

    /// The way of a check by this model, or by one that is not in our registry.
    ///
    /// # Errors
    /// See [`RouteError`].
    pub fn route(&self, model: Option<&ResolvedModel>) -> Result<Route, RouteError> {
        let ids = model.into_iter().flat_map(ResolvedModel::ids);
        let mode = self.engines.modes.of(self.mode(), ids);
        self.engines.serves(mode)?;
        let fits = |engine: &Arc<dyn CheckBackend>| {
            model.map_or_else(
                || engine.capabilities().knows_other_models,
                |model| engine.runs(model).is_some(),
            )
        };
        let (local, upstream) = (self.engines.local.clone(), self.engines.upstream.clone());
        let cannot =
            || RouteError::CannotRun(model.map(|model| model.id.clone()).unwrap_or_default());
        let way = match mode {
            // What is not known is left to whoever reads the request: it has said already what is wrong with it.
            Mode::Upstream | Mode::Local => {
                let engine = if mode == Mode::Local { local } else { upstream };
                let fits = |engine: &Arc<dyn CheckBackend>| model.is_none() || fits(engine);
                engine.filter(fits).map(Way::Alone)
            }
            // Not without the closer look: whoever names the local verifier's own model would get around it.
            Mode::LocalFirst => upstream.filter(fits).map(|upstream| match local.filter(fits) {
                Some(local) => Way::LocalFirst { local, upstream, band: self.engines.modes.band },
                None => Way::Alone(upstream),
            }),
        };
        let credits = model.map_or(UNLISTED_CREDITS, |model| model.credits);
        Ok(Route { way: way.ok_or_else(cannot)?, admitted: self.admitted(credits) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code() {
        for (error, code) in [
            (RouteError::NoKey(Mode::LocalFirst), ErrorCode::InternalError),
            (RouteError::NoVerifier(Mode::Local), ErrorCode::InternalError),
            (RouteError::CannotRun("m".into()), ErrorCode::UnknownModel),
        ] {
            let answer = ApiError::from(error.clone());
            assert_eq!((answer.code, answer.message), (code, error.to_string()));
        }
    }
}
