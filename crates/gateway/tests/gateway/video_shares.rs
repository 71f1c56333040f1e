//! Videos of several tenants: none takes all places, and none waits for all that another has sent.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::tenants::TenantRecord;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use tokio::sync::Notify;

use crate::common::clips::*;
use crate::common::*;

/// A tenant, and what it submits videos with.
struct Tenant<'a> {
    gateway: &'a TestGateway,
    name: &'static str,
    key: String,
}

impl<'a> Tenant<'a> {
    async fn new(gateway: &'a TestGateway, name: &'static str) -> Self {
        let tenant = TenantRecord::new(name.parse().unwrap(), name, 0);
        gateway.store.add_tenant(tenant.clone(), By::command_line(0)).await.unwrap();
        let (key, _) = gateway.key(KeyTerms { tenant: tenant.id, ..KeyTerms::default() }).await;
        Self { gateway, name, key }
    }

    async fn submit(&self, file: &[u8]) -> Answer {
        let path = format!("/api/v1/{}/video/detect", self.name);
        let request = self.gateway.request(Method::POST, &path).header("x-api-key", &self.key);
        send(with_form(request, &[("video_file", Some("a.mkv"), file)])).await
    }

    async fn submitted(&self, file: &[u8]) -> String {
        let answer = self.submit(file).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.data()["submission_id"].as_str().unwrap().to_owned()
    }
}

/// Three seconds of something.
fn video() -> Option<Vec<u8>> {
    footage()?;
    let source = ["-f", "lavfi", "-i", "testsrc=duration=3:size=320x240:rate=10"];
    Some(made("a.mkv", &[&source[..], &["-c:v", "mjpeg"]].concat()))
}

#[tokio::test]
async fn a_tenant_leaves_others_as_many_places_as_it_takes() {
    let Some(file) = video() else { return };
    // Nobody takes them up.
    let flags = ["--ffmpeg", ffmpeg(), "--max-waiting-videos", "4"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let (greedy, modest) = (Tenant::new(&gateway, "a").await, Tenant::new(&gateway, "b").await);
    for _ in 0..2 {
        greedy.submitted(&file).await;
    }
    let refused = greedy.submit(&file).await;
    assert_eq!(refused.code(), ErrorCode::ServiceUnavailable);
    assert!(refused.headers.contains_key("retry-after"));
    modest.submitted(&file).await;
    assert_eq!(modest.submit(&file).await.code(), ErrorCode::ServiceUnavailable);
}

/// What waits and what is still being sent are places of one number.
#[tokio::test]
async fn what_is_sent_at_once_with_what_waits_is_one_share() {
    let Some(file) = video() else { return };
    let flags = ["--ffmpeg", ffmpeg(), "--max-waiting-videos", "8"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let (greedy, modest) = (Tenant::new(&gateway, "a").await, Tenant::new(&gateway, "b").await);
    for _ in 0..3 {
        greedy.submitted(&file).await;
    }
    let [one, two, three] = [greedy.submit(&file), greedy.submit(&file), greedy.submit(&file)];
    let (one, two, three) = tokio::join!(one, two, three);
    let taken = [one, two, three].iter().filter(|answer| answer.status == 201).count();
    assert_eq!(taken, 1);
    for _ in 0..2 {
        modest.submitted(&file).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_none_under_way_is_next() {
    let Some(file) = video() else { return };
    let flags = ["--ffmpeg", ffmpeg(), "--max-waiting-videos", "16"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let (many, one) = (Tenant::new(&gateway, "a").await, Tenant::new(&gateway, "b").await);
    let first = many.submitted(&file).await;
    for _ in 0..4 {
        many.submitted(&file).await;
    }
    let last = one.submitted(&file).await;
    // Whatever is taken up stays under way.
    *gateway.backend.gate.lock().unwrap() = Some(Arc::new(Notify::new()));
    tokio::spawn(gateway.gateway.videos.clone().work());
    while gateway.backend.checks.load(Ordering::SeqCst) < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let requests = gateway.backend.requests.lock().unwrap().clone();
    let ids: BTreeSet<String> =
        requests.iter().map(|request| request.session_id.to_string()).collect();
    assert_eq!(ids, BTreeSet::from([first, last]));
}
