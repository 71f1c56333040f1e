//! What was agreed on a session.

use liveness_protocol::{ModelChoice, Source};
use uuid::Uuid;

use super::check::{Asked, ModelNotices};
use super::clock::UnixMillis;
use super::metadata::Metadata;
use super::models;
use super::tenants::TenantId;
use super::video::format::VideoFormat;

/// What a session's pictures are, and with it which endpoints it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// Face crops, by the session protocol.
    Crops,
    /// Whole frames, by `fast-check-stream`.
    Frames,
    /// Consecutive parts of one video file.
    Video(VideoFormat),
}

/// Who has a share of the places and bytes for pictures, with this session and others: the tenant whose key has opened it, or a
/// client without one. Request bodies are shared alike, by who sends them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sharer(String);

impl Sharer {
    const OF_KEY: &str = "key:";

    /// The tenant whose key it is.
    pub fn of_key(tenant: &TenantId) -> Self {
        Self(format!("{}{tenant}", Self::OF_KEY))
    }

    /// The client with this mark; see [`TokenSigner::client`](super::token::TokenSigner::client).
    pub fn of_client(mark: &str) -> Self {
        Self(format!("client:{mark}"))
    }

    /// One that has been written.
    pub const fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has shown a key.
    pub fn has_key(&self) -> bool {
        self.0.starts_with(Self::OF_KEY)
    }
}

/// What was agreed when the session was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionTerms {
    /// A UUID: the gateway's own of version 4, or one that a client of `fast-check-stream` has made.
    pub id: Uuid,
    /// Whose session it is: the keys of others do not find it.
    pub tenant: TenantId,
    /// Who shares with others what there is of places; nobody where clients cannot be told apart.
    pub sharer: Option<Sharer>,
    /// Crops or frames.
    pub kind: PictureKind,
    /// What the client asked for.
    pub choice: ModelChoice,
    /// The id of the model that will run, as the client was told.
    pub model: String,
    /// How many crops make a check; of a video: how many parts make the file.
    pub frames_required: u32,
    /// Whether the check must state the frame rate.
    pub needs_fps: bool,
    /// Camera or file.
    pub source: Source,
    /// The back end's name for the session.
    pub reference: Option<String>,
    /// What whoever opened it attached, for themselves.
    pub metadata: Option<Metadata>,
    /// When it was opened.
    pub created_at: UnixMillis,
    /// No crop is taken from here on.
    pub expires_at: UnixMillis,
    /// How late that may come to be when a check has to be asked for again: the session's token holds as long.
    pub extendable_to: UnixMillis,
}

impl SessionTerms {
    /// Whether a key has opened it.
    pub fn is_of_key(&self) -> bool {
        self.sharer.as_ref().is_some_and(Sharer::has_key)
    }

    /// Whether its client has made its id, which may be that of a session that is forgotten, or of another gateway.
    pub fn is_by_client(&self) -> bool {
        self.kind == PictureKind::Frames
    }

    /// What is said of its model before there is a verdict.
    pub fn notices(&self) -> ModelNotices {
        match models::resolve(&self.choice) {
            Ok(asked) => ModelNotices::of_model(&asked, &self.model),
            Err(_unknown) => {
                ModelNotices { resolved: Some(self.model.clone()), ..ModelNotices::default() }
            }
        }
    }

    /// Which check it is for.
    pub fn asked(&self) -> Asked {
        let (tenant, model) = (self.tenant.clone(), self.model.clone());
        let credits = models::credits(&self.choice);
        let (id, by_client) = (self.id, self.is_by_client());
        Asked { id, by_client, tenant, model, credits, bg_segmentation: None }
    }
}
