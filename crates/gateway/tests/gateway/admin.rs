//! The operator's page: who is let in, what they see and may change.

use liveness_gateway::domain::audit::{AuditEntry, By};
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::mode::Mode;
use liveness_gateway::domain::tenants::TenantRecord;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;

use crate::common::*;

/// A browser that is at the page: with its cookie, and saying where its forms come from.
struct Browser<'a> {
    gateway: &'a TestGateway,
    cookie: Option<String>,
    site: &'static str,
}

impl<'a> Browser<'a> {
    fn new(gateway: &'a TestGateway) -> Self {
        Self { gateway, cookie: None, site: "same-origin" }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.gateway.request(method, path).header("sec-fetch-site", self.site);
        match &self.cookie {
            Some(cookie) => request.header("cookie", format!("other=1; {cookie}")),
            None => request,
        }
    }

    async fn page(&self) -> String {
        let response = self.request(Method::GET, "/admin").send().await.unwrap();
        assert_eq!(response.status(), 200);
        guarded(&response);
        response.text().await.unwrap()
    }

    /// Sends a form, and takes the cookie that comes back.
    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(Method::POST, path);
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(form);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if response.headers()["content-type"] != "application/json" {
            guarded(&response);
        }
        if let Some(cookie) = response.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for part in ["HttpOnly", "SameSite=Strict", "Path=/admin", "Max-Age="] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains("Secure"), "there is no TLS on this machine");
            assert!(!cookie.contains(SERVER_KEY));
            let (pair, _) = cookie.split_once(';').unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        (status, response.text().await.unwrap())
    }

    async fn sign_in(&mut self) {
        assert_eq!(self.post("/admin/sign-in", &[("key", SERVER_KEY)]).await.0, 303);
        assert!(self.cookie.is_some());
    }
}

/// Every page is for this browser alone, and has no scripts.
fn guarded(response: &Response) {
    let header = |name: &str| response.headers()[name].to_str().unwrap();
    assert_eq!(header("cache-control"), "no-store");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
}

/// What a form of the page has in it.
fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"form\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn log(gateway: &TestGateway) -> Vec<AuditEntry> {
    gateway.store.audit_after(0, 1000).await.unwrap()
}

#[tokio::test]
async fn an_operator_signs_in_makes_a_key_and_ends_it() {
    let gateway = TestGateway::start(settings(&[
        "--allow-host",
        "live.example",
        "--allow-origin",
        "https://shop.example",
    ]))
    .await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    let shop = TenantRecord {
        mode: Some(Mode::LocalFirst),
        ..TenantRecord::new("shop".parse().unwrap(), "The shop", 0)
    };
    gateway.store.add_tenant(shop, By::command_line(0)).await.unwrap();
    let mut browser = Browser::new(&gateway);
    let stranger = browser.page().await;
    assert!(stranger.contains("type=\"password\"") && !stranger.contains(&session.id));
    let (status, wrong) = browser.post("/admin/sign-in", &[("key", "not-the-server-key")]).await;
    assert!(status == 401 && wrong.contains("This is not the server key."), "{wrong}");
    assert!(browser.cookie.is_none());
    browser.sign_in().await;

    let page = browser.page().await;
    for shown in [
        &*session.id,
        "live.example",
        "https://shop.example",
        "<td>local-first</td>",
        "<td>the gateway's</td>",
        "<svg",
        "Bars of 1 live, 0 fake",
        "The chain holds",
        "admin.signed_in",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for never in ["<script", "style=", "http://", "onclick", SERVER_KEY, &session.token] {
        assert!(!page.contains(never), "{never}");
    }

    let form = form_token(&page);
    let fields = [
        ("form", &*form),
        ("name", "<till> & co"),
        ("tenant", "default"),
        ("scope", "session:read"),
        ("scope", "session:write"),
        ("days", "7"),
    ];
    let (status, made) = browser.post("/admin/keys", &fields).await;
    assert_eq!(status, 200, "{made}");
    assert!(made.contains("&lt;till&gt; &amp; co") && !made.contains("<till>"), "{made}");
    let (_, rest) = made.split_once("<code>lvk_").unwrap();
    let key = format!("lvk_{}", rest.split_once('<').unwrap().0);
    let record = gateway.store.keys().await.unwrap().pop().unwrap();
    assert_eq!(record.terms.scopes.to_string(), "session:write session:read");
    let read = || send(gateway.request(Method::GET, &session.path("")).bearer_auth(&key));
    assert_eq!(read().await.status, 200);
    let page = browser.page().await;
    assert!(page.contains(&record.id.to_string()), "{page}");
    assert!(!page.contains(&key[21..]), "it is shown once");

    let id = record.id.to_string();
    let revoke = [("form", &*form), ("id", &*id)];
    assert_eq!(browser.post("/admin/keys/revoke", &revoke).await.0, 303);
    assert_eq!(read().await.status, 401);
    assert!(browser.page().await.contains("revoked "));

    let before = browser.cookie.clone();
    assert_eq!(browser.post("/admin/sign-out", &[("form", &form)]).await.0, 303);
    assert_eq!(browser.cookie, None);
    browser.cookie = before;
    assert!(browser.page().await.contains("type=\"password\""), "the cookie holds no more");

    let log = log(&gateway).await;
    let actions: Vec<_> = log.iter().map(|entry| (&*entry.actor, &*entry.action)).collect();
    assert_eq!(
        actions,
        [
            ("gateway", "verdict.decided"),
            ("command line", "tenant.created"),
            ("server key", "admin.signed_in"),
            ("server key", "key.created"),
            ("server key", "key.revoked"),
            ("server key", "admin.signed_out"),
        ]
    );
    assert!(!format!("{log:?}").contains(&key[21..]));
}

/// Neither another site's page, nor one of an origin that may call, nor an old form changes anything.
#[tokio::test]
async fn what_does_not_come_from_the_page_changes_nothing() {
    let gateway = TestGateway::start(settings(&["--allow-origin", "https://shop.example"])).await;
    let mut browser = Browser::new(&gateway);
    browser.sign_in().await;
    let form = form_token(&browser.page().await);
    let own: &'static str = Box::leak(form.into_boxed_str());
    for token in ["", "x", browser.cookie.clone().unwrap().leak()] {
        let (status, said) = browser.post("/admin/keys", &fields(token)).await;
        assert!(status == 403 && said.contains("nothing was changed"), "{token}: {said}");
    }
    for site in ["cross-site", "same-site", "none"] {
        browser.site = site;
        for path in ["/admin/keys", "/admin/keys/revoke", "/admin/sign-out", "/admin/sign-in"] {
            let (status, _) = browser.post(path, &fields(own)).await;
            assert_eq!(status, 403, "{site} {path}");
        }
    }
    // One that may call the API, of the same site, for which a browser sends the cookie.
    browser.site = "same-site";
    let sent =
        browser.request(Method::POST, "/admin/keys").header("origin", "https://shop.example");
    let kind = "application/x-www-form-urlencoded";
    let sent = sent.header("content-type", kind).body(format!("form={own}&name=n&tenant=default"));
    assert_eq!(sent.send().await.unwrap().status(), 403);
    browser.site = "same-origin";
    let cookie = browser.cookie.take();
    assert_eq!(browser.post("/admin/keys", &fields(own)).await.0, 401, "without the cookie");
    browser.cookie = Some(format!("liveness_admin={SERVER_KEY}"));
    assert_eq!(browser.post("/admin/keys", &fields(own)).await.0, 401, "the key is no cookie");
    assert!(gateway.store.keys().await.unwrap().is_empty());
    browser.cookie = cookie;
    for (field, value, said) in [
        ("name", "", "1 to 100 visible characters"),
        ("tenant", "nobody", "no such tenant"),
        ("scope", "all", "no such scope"),
        ("days", "0", "1 to 36500"),
    ] {
        let mut fields = vec![(field, value)];
        fields.extend(self::fields(own).into_iter().filter(|(name, _)| *name != field));
        let (status, page) = browser.post("/admin/keys", &fields).await;
        assert!(status == 400 && page.contains(said), "{field}: {page}");
    }
    assert!(gateway.store.keys().await.unwrap().is_empty());
    assert_eq!(browser.post("/admin/keys", &fields(own)).await.0, 200);
    // Half an hour later.
    gateway.advance(std::time::Duration::from_secs(30 * 60));
    assert_eq!(browser.post("/admin/keys", &fields(own)).await.0, 401);
    assert_eq!(gateway.store.keys().await.unwrap().len(), 1);
}

fn fields(form: &'static str) -> [(&'static str, &'static str); 3] {
    [("form", form), ("name", "n"), ("tenant", "default")]
}

#[tokio::test]
async fn the_key_cannot_be_tried_at_will() {
    let gateway = TestGateway::start(settings(&[])).await;
    let mut browser = Browser::new(&gateway);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(browser.post("/admin/sign-in", &[("key", "wrong")]).await.0);
    }
    assert!(statuses[..10].iter().all(|status| *status == 401), "{statuses:?}");
    assert_eq!(statuses[11], 429);
    let (status, page) = browser.post("/admin/sign-in", &[("key", SERVER_KEY)]).await;
    assert!(status == 429 && page.contains("Too many attempts"), "{page}");
    assert!(log(&gateway).await.is_empty(), "strangers do not fill the log");
}

#[tokio::test]
async fn a_check_that_its_client_has_named_is_marked() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    for index in 0..10 {
        let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
        assert_eq!(send(request.json(&streamed(5, index))).await.status, 200);
    }
    let mut browser = Browser::new(&gateway);
    browser.sign_in().await;
    let page = browser.page().await;
    let named = streamed(5, 0)["session_id"].as_str().unwrap().to_owned();
    assert!(page.contains(&format!("<code>{named}</code> by its client</td>")), "{page}");
    assert!(page.contains(&format!("<code>{}</code></td>", session.id)), "{page}");
}

/// Without a server key there is no page, and a name that is not this machine's gets its cookie by TLS alone.
#[tokio::test]
async fn the_page_is_there_for_whoever_has_a_server_key() {
    let env = |name: &str| (name == "LIVENESS_SECRET").then(|| SECRET.to_owned());
    let without = liveness_gateway::Config::from_flags([]).unwrap().settings(env).unwrap();
    let gateway = TestGateway::start(without).await;
    for path in ["/admin", "/admin/style.css"] {
        assert_eq!(gateway.request(Method::GET, path).send().await.unwrap().status(), 404);
    }
    let gateway = TestGateway::start(settings(&["--allow-host", "live.example"])).await;
    let request = gateway.request(Method::POST, "/admin/sign-in").header("host", "live.example");
    let request = request.header("sec-fetch-site", "same-origin");
    let kind = "application/x-www-form-urlencoded";
    let response = request.header("content-type", kind).body(format!("key={SERVER_KEY}"));
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/admin");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn the_page_is_bounded_and_knows_what_is_not_there() {
    let gateway = TestGateway::start(settings(&[])).await;
    for number in 0..130 {
        let name = format!("key number {number};");
        gateway.key(KeyTerms { name, ..KeyTerms::default() }).await;
        let record = TenantRecord::new(format!("shop-{number}-").parse().unwrap(), "A shop", 0);
        gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
    }
    let mut browser = Browser::new(&gateway);
    browser.sign_in().await;
    let page = browser.page().await;
    for shown in ["key number 129;", "key number 30;", "shop-129-", "shop-30-", ">default<"] {
        assert!(page.contains(shown), "{shown}");
    }
    for left in ["key number 29;", "shop-29-"] {
        assert!(!page.contains(left), "{left}");
    }
    assert!(page.contains("Of 130 keys these are the 100 that were made last"), "{page}");
    assert!(page.contains("Of 131 tenants"), "{page}");
    // A tenant that is not listed can have a key all the same.
    let form = form_token(&page);
    let fields = [("form", &*form), ("name", "late"), ("tenant", "shop-3-"), ("days", "")];
    assert_eq!(browser.post("/admin/keys", &fields).await.0, 200);
    let unknown = [("form", &*form), ("id", "0123456789abcdef")];
    let (status, said) = browser.post("/admin/keys/revoke", &unknown).await;
    assert_eq!(status, 404);
    assert!(said.contains("There is no such key."), "{said}");
}
