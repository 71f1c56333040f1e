//! What is said of the model beside a verdict, from and to HTTP: the API's model headers, and which engine has decided.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use liveness_protocol::{ENGINE_HEADER, MODEL_RESOLVED_HEADER};

use crate::domain::check::ModelNotices;

/// Which engine has decided: ours, and of no concern to an upstream.
pub const ENGINE: HeaderName = HeaderName::from_static(ENGINE_HEADER);

/// The headers the API documents; a cross-origin page has to be allowed to read them.
pub const NAMES: [HeaderName; 5] = [
    HeaderName::from_static(MODEL_RESOLVED_HEADER),
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("sunset"),
    HeaderName::from_static("x-moveris-deprecated-model"),
    HeaderName::from_static("x-moveris-suggested-model"),
];

/// The longest value that is passed on, in bytes: it is kept with the verdict, and goes out with each answer about it.
const MAX_LENGTH: usize = 200;

/// Picks the documented ones out of a response, without what `conceal` takes out of them; one that is not plain text, or
/// longer than any of these can be, is left out.
pub fn from_headers(headers: &HeaderMap, conceal: impl Fn(&str) -> String) -> ModelNotices {
    let [resolved, deprecation, sunset, deprecated_model, suggested_model] = NAMES.map(|name| {
        let value = headers.get(name).filter(|value| value.len() <= MAX_LENGTH);
        value.and_then(|value| value.to_str().ok()).map(&conceal)
    });
    ModelNotices { resolved, deprecation, sunset, deprecated_model, suggested_model, engine: None }
}

/// The headers that say it.
pub fn to_headers(notices: &ModelNotices) -> HeaderMap {
    let ModelNotices { resolved, deprecation, sunset, deprecated_model, suggested_model, engine } =
        notices;
    let values = [resolved, deprecation, sunset, deprecated_model, suggested_model];
    let pairs = NAMES.into_iter().zip(values).filter_map(|(name, value)| {
        // What no header can carry is left out.
        Some((name, HeaderValue::from_str(value.as_deref()?).ok()?))
    });
    let engine = engine.map(|engine| (ENGINE, HeaderValue::from_static(engine.as_str())));
    pairs.chain(engine).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Engine;

    #[test]
    fn only_documented_headers_pass() {
        let mut headers = HeaderMap::new();
        headers.insert("sunset", "Sat, 01 Aug 2026 00:00:00 GMT".parse().unwrap());
        headers.insert("set-cookie", "a=b".parse().unwrap());
        headers.insert("deprecation", HeaderValue::from_bytes(&[0xff]).unwrap());
        headers.insert("x-moveris-suggested-model", "a".repeat(MAX_LENGTH + 1).parse().unwrap());
        let notices = from_headers(&headers, str::to_owned);
        let sunset = Some("Sat, 01 Aug 2026 00:00:00 GMT".to_owned());
        assert_eq!(notices, ModelNotices { sunset, ..ModelNotices::default() });
    }

    #[test]
    fn every_notice_has_its_header() {
        let notices = ModelNotices {
            resolved: Some("1".into()),
            deprecation: Some("2".into()),
            sunset: Some("3".into()),
            deprecated_model: Some("4".into()),
            suggested_model: Some("5".into()),
            engine: Some(Engine::Local),
        };
        let headers = to_headers(&notices);
        assert_eq!(headers[ENGINE], "local");
        let values = NAMES.map(|name| headers[name].to_str().unwrap().to_owned());
        assert_eq!(values, ["1", "2", "3", "4", "5"]);
        let of_upstream = ModelNotices { engine: None, ..notices.clone() };
        assert_eq!(
            from_headers(&headers, str::to_owned),
            of_upstream,
            "an upstream does not say who has decided"
        );
        let unfit = ModelNotices { resolved: Some("a\nb".into()), ..notices };
        assert_eq!(to_headers(&unfit).len(), 5);
    }
}
