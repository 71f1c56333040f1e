//! Which engine decides a check, and when the other one has a closer look.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use liveness_protocol::{BORDERLINE, Verdict};
use serde::{Deserialize, Serialize};

/// Who has decided a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The verifier in this process.
    Local,
    /// The Moveris API.
    Upstream,
    /// Neither: the gateway knows the pictures from an earlier check.
    Gateway,
}

impl Engine {
    /// Its word in headers, logs and counts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Upstream => "upstream",
            Self::Gateway => "gateway",
        }
    }
}

/// Which engine a check is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The Moveris API, which is paid for.
    Upstream,
    /// The verifier in this process.
    Local,
    /// The verifier in this process, and then the Moveris API where its verdict is borderline.
    LocalFirst,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Upstream, Self::Local, Self::LocalFirst];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Local => "local",
            Self::LocalFirst => "local-first",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// Whether the upstream may be asked, which has to be paid for then.
    pub const fn may_ask_upstream(self) -> bool {
        matches!(self, Self::Upstream | Self::LocalFirst)
    }

    /// Whether the verifier in this process may be asked.
    pub const fn may_ask_local(self) -> bool {
        matches!(self, Self::Local | Self::LocalFirst)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The local scores for which the upstream is asked, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    lowest: f64,
    highest: f64,
}

/// A text that is not a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a band is LOW-HIGH, of scores from 0 to 100, such as 35-80")]
pub struct BandError;

impl Default for Band {
    fn default() -> Self {
        let (lowest, highest) = BORDERLINE;
        Self { lowest, highest }
    }
}

impl FromStr for Band {
    type Err = BandError;

    fn from_str(text: &str) -> Result<Self, BandError> {
        let score = |text: &str| {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            text.parse::<f64>().ok().filter(|score| plain && *score <= 100.0).ok_or(BandError)
        };
        let (lowest, highest) = text.split_once('-').ok_or(BandError)?;
        let (lowest, highest) = (score(lowest)?, score(highest)?);
        if lowest <= highest { Ok(Self { lowest, highest }) } else { Err(BandError) }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.lowest, self.highest)
    }
}

impl Band {
    /// Whether the upstream is asked after this verdict. No decision (no face, too dark, ...) is borderline, whatever its
    /// score.
    pub fn holds(self, verdict: Verdict, score: f64) -> bool {
        verdict.is_borderline(score, (self.lowest, self.highest))
    }
}

/// The modes of a gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    /// That of a check for which nothing else is said.
    pub default: Mode,
    /// Those of models, by id.
    pub of_models: BTreeMap<String, Mode>,
    /// When local verdicts are borderline.
    pub band: Band,
}

impl Modes {
    /// One mode for all.
    pub fn only(default: Mode) -> Self {
        Self { default, of_models: BTreeMap::new(), band: Band::default() }
    }

    /// The mode of a check: that of its tenant, else that of its model, else the gateway's. A model goes by several ids: the
    /// first that has a mode counts.
    pub fn of<'a>(&self, tenant: Option<Mode>, ids: impl IntoIterator<Item = &'a str>) -> Mode {
        let of_model = || ids.into_iter().find_map(|id| self.of_models.get(id).copied());
        tenant.or_else(of_model).unwrap_or(self.default)
    }

    /// All that the checks of a tenant may have, one or more.
    pub fn possible(&self, tenant: Option<Mode>) -> impl Iterator<Item = Mode> {
        let others = self.of_models.values().copied().filter(move |_| tenant.is_none());
        std::iter::once(tenant.unwrap_or(self.default)).chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_mode_counts_before_its_models_and_that_before_the_gateways() {
        let of_models = BTreeMap::from([("a".to_owned(), Mode::Local)]);
        let modes = Modes { of_models, ..Modes::only(Mode::Upstream) };
        for (tenant, ids, mode) in [
            (None, &[][..], Mode::Upstream),
            (None, &["b"], Mode::Upstream),
            (None, &["a"], Mode::Local),
            // An old id stands for the one that has come after it.
            (None, &["b", "a"], Mode::Local),
            (Some(Mode::LocalFirst), &["a"], Mode::LocalFirst),
            (Some(Mode::Upstream), &["a"], Mode::Upstream),
        ] {
            assert_eq!(modes.of(tenant, ids.iter().copied()), mode, "{tenant:?} {ids:?}");
        }
        let possible = |tenant| modes.possible(tenant).collect::<Vec<_>>();
        assert_eq!(possible(None), [Mode::Upstream, Mode::Local]);
        assert_eq!(possible(Some(Mode::LocalFirst)), [Mode::LocalFirst]);
    }

    #[test]
    fn a_band_has_both_its_ends_and_no_decision_is_always_in_it() {
        let band: Band = "40-60.5".parse().unwrap();
        for (score, borderline) in
            [(39.9, false), (40.0, true), (60.5, true), (60.6, false), (f64::NAN, false)]
        {
            for verdict in [Verdict::Live, Verdict::Fake] {
                assert_eq!(band.holds(verdict, score), borderline, "{score}");
            }
            assert!(band.holds(Verdict::Inconclusive, score));
        }
    }

    #[test]
    fn bands_are_read_as_they_are_written() {
        assert_eq!(Band::default().to_string(), "35-80");
        for text in ["35-80", "0-100", "50-50", "12.5-60"] {
            assert_eq!(text.parse::<Band>().unwrap().to_string(), text);
        }
        for text in ["", "35", "-", "80-35", "-1-80", "0-101", "a-b", "35-", "35-80-90", "nan-inf"]
        {
            assert_eq!(text.parse::<Band>(), Err(BandError), "{text}");
        }
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        for mode in Mode::ALL {
            assert_eq!(Mode::named(mode.as_str()), Some(mode));
            assert_eq!(mode.to_possible_value().unwrap().get_name(), mode.as_str());
        }
        assert_eq!(Mode::named("first"), None);
    }

    #[test]
    fn modes_say_whom_they_may_ask() {
        let asks = Mode::ALL.map(|mode| (mode.may_ask_local(), mode.may_ask_upstream()));
        assert_eq!(asks, [(false, true), (true, false), (true, true)]);
    }
}
