//! Where videos may be fetched from.

use liveness_protocol::ErrorCode;
use url::Url;

use crate::domain::error::ApiError;
use crate::domain::origins::Origins;

/// The hosts of `--video-url-host`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VideoHosts(Origins);

/// A text that is not such a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host such as video.example, *.video.example or video.example:8443")]
pub struct VideoHostError(pub String);

/// Why nothing is fetched from a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// None is taken.
    #[error("video_url is not taken here: send the video as video_file")]
    NotTaken,
    /// No URL.
    #[error("video_url is not a URL")]
    NotAUrl,
    /// Another scheme.
    #[error("video_url has to be an https URL")]
    Scheme,
    /// A user name or a password.
    #[error("video_url has a user name or a password in it")]
    Credentials,
    /// Another host, or another port of it.
    #[error("video_url names a host that nothing is fetched from")]
    Host,
}

impl From<UrlRefusal> for ApiError {
    fn from(refusal: UrlRefusal) -> Self {
        Self::with_message(ErrorCode::InvalidVideoInput, refusal.to_string())
    }
}

/// The address of a video that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoUrl {
    /// An https URL of an allowed host.
    pub url: Url,
    /// The last part of its path, which is the file's name.
    pub name: String,
}

impl VideoHosts {
    /// Reads the setting's values. Each is a host, with a port if that is not 443, or `*.` and the domain of all hosts below
    /// it.
    ///
    /// # Errors
    /// For the first that is not one.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, VideoHostError> {
        let texts = texts.iter().map(|text| text.as_ref().trim()).filter(|text| !text.is_empty());
        let mut origins: Vec<String> = Vec::new();
        for text in texts {
            let host = text.to_ascii_lowercase();
            let origin = format!("https://{}", host.strip_suffix(":443").unwrap_or(&host));
            Origins::parse(&[&origin]).map_err(|_| VideoHostError(text.to_owned()))?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        Origins::parse(&origins).map(Self).map_err(|error| VideoHostError(error.origin))
    }

    /// The URL in this text, if a video may be fetched from it.
    ///
    /// # Errors
    /// See [`UrlRefusal`].
    pub fn check(&self, text: &str) -> Result<VideoUrl, UrlRefusal> {
        if self.0.is_empty() {
            return Err(UrlRefusal::NotTaken);
        }
        let url = Url::parse(text.trim()).map_err(|_| UrlRefusal::NotAUrl)?;
        if url.scheme() != "https" {
            return Err(UrlRefusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlRefusal::Credentials);
        }
        // As the URL standard writes them there is one spelling of a host.
        if !self.0.matches(&url.origin().ascii_serialization()) {
            return Err(UrlRefusal::Host);
        }
        let name = url.path_segments().and_then(|mut parts| parts.next_back());
        let name = name.unwrap_or_default().to_owned();
        Ok(VideoUrl { url, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_exact_or_below_a_domain_and_have_one_port() {
        let hosts =
            VideoHosts::parse(&["Video.example:443", "*.cdn.example", "files.example:8443", " "]);
        let hosts = hosts.unwrap();
        for (text, refusal) in [
            ("https://video.example/a/b.mp4?signature=x", None),
            ("HTTPS://VIDEO.EXAMPLE:443/b.mp4#t=1", None),
            ("https://eu.cdn.example/b.mp4", None),
            ("https://a.b.cdn.example/b.mp4", None),
            ("https://files.example:8443/b.mp4", None),
            ("https://video.example:8443/b.mp4", Some(UrlRefusal::Host)),
            ("https://files.example/b.mp4", Some(UrlRefusal::Host)),
            ("https://cdn.example/b.mp4", Some(UrlRefusal::Host)),
            ("https://evilcdn.example/b.mp4", Some(UrlRefusal::Host)),
            ("https://video.example.evil.example/b.mp4", Some(UrlRefusal::Host)),
            ("https://video.example./b.mp4", Some(UrlRefusal::Host)),
            ("https://127.0.0.1/b.mp4", Some(UrlRefusal::Host)),
            ("https://2130706433/b.mp4", Some(UrlRefusal::Host)),
            ("https://evil.example\\@video.example/b.mp4", Some(UrlRefusal::Host)),
            ("https://video.example@evil.example/b.mp4", Some(UrlRefusal::Credentials)),
            ("https://u:p@video.example/b.mp4", Some(UrlRefusal::Credentials)),
            ("http://video.example/b.mp4", Some(UrlRefusal::Scheme)),
            ("file:///etc/passwd", Some(UrlRefusal::Scheme)),
            ("//video.example/b.mp4", Some(UrlRefusal::NotAUrl)),
            ("", Some(UrlRefusal::NotAUrl)),
        ] {
            let checked = hosts.check(text);
            assert_eq!(checked.as_ref().err(), refusal.as_ref(), "{text}");
            assert!(checked.is_err() || checked.unwrap().name == "b.mp4");
        }
        let none = VideoHosts::default().check("https://video.example/b.mp4");
        assert_eq!(none, Err(UrlRefusal::NotTaken));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "*",
            "*.example",
            "https://video.example",
            "video.example/",
            "u@video.example",
            "a b.example",
            "b\u{fc}cher.example",
            "video.example:0x",
            "*.*.video.example",
        ] {
            let refused = VideoHosts::parse(&["video.example", text]);
            assert_eq!(refused, Err(VideoHostError(text.to_owned())), "{text}");
        }
        assert!(VideoHosts::parse(&["a.example", "A.example:443", "[2001:db8::1]:8443"]).is_ok());
    }

    #[test]
    fn every_refusal_says_why() {
        for refusal in [
            UrlRefusal::NotTaken,
            UrlRefusal::NotAUrl,
            UrlRefusal::Scheme,
            UrlRefusal::Credentials,
            UrlRefusal::Host,
        ] {
            let answer = ApiError::from(refusal);
            assert_eq!(answer.code, ErrorCode::InvalidVideoInput);
            assert_eq!(answer.message, refusal.to_string());
        }
    }
}
