//! From pictures to a verdict: three protocols behind one trait.

mod contract;
mod crops;
mod http;
mod http_method_fallback;
mod sessions;
mod stream;
mod uploader;

use std::rc::Rc;

use liveness_capture_core::FailureCode;

use super::courier::Courier;
use super::options::Options;
use crate::wire::{HttpRequest, TransportKind};

pub(super) use contract::{Captured, Decided, Opened, ServerVerdict, Transport};
pub(super) use uploader::Uploader;

/// What all runs of a check share on their way to the server.
pub(super) struct TransportFactory {
    client: Rc<http::Client>,
    /// The session protocol's state between runs.
    session: Rc<sessions::Slot>,
}

impl TransportFactory {
    pub(super) fn new(options: &Options, courier: Rc<Courier>) -> Self {
        Self { client: http::Client::new(options, courier), session: Rc::default() }
    }

    /// The transport the options ask for, for one run of a step.
    pub(super) fn transport(&self, options: &Options, step: usize, run: u32) -> Rc<dyn Transport> {
        let line = http::Line::new(self.client.clone(), run);
        match options.transport {
            TransportKind::Sessions => {
                Rc::new(sessions::Sessions::new(line, options, self.session.clone(), step, run))
            }
            TransportKind::Crops => Rc::new(crops::Crops::new(line, options, step)),
            TransportKind::Stream => Rc::new(stream::Stream::new(line, options, step)),
        }
    }

    /// Why a run's request is made again later; once only.
    pub(super) fn delay(&self) -> Option<(u32, FailureCode)> {
        self.client.delay()
    }

    /// The request that gives the server's session back, if one is open.
    pub(super) fn delete_session_request(&self) -> Option<HttpRequest> {
        self.session.delete_session_request().map(|call| self.client.request(&call, "follow"))
    }
}
