//! The flags about which engine decides.

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::{Args, ValueEnum as _};
use liveness_protocol::Model;

use super::error::ConfigError;
use crate::domain::mode::{Band, Mode, Modes};

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct ModeFlags {
    /// Which engine decides checks of tenants and models without a mode of their own. Without it: upstream where there is a
    /// key of the Moveris API, else local.
    #[arg(long, env = "LIVENESS_MODE", value_enum)]
    pub mode: Option<Mode>,

    /// Which engine decides checks by a model, such as `mixed-30-v2=local-first`; may be repeated. A tenant's own mode counts
    /// first.
    #[arg(long, env = "LIVENESS_MODEL_MODE", value_delimiter = ',', value_name = "MODEL=MODE")]
    pub model_mode: Vec<ModelMode>,

    /// The scores of the local verifier, both included, after which the upstream is asked in the mode local-first.
    #[arg(long, env = "LIVENESS_BORDERLINE", default_value_t = Band::default(), value_name = "LOW-HIGH")]
    pub borderline: Band,
}

/// The mode of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelMode {
    /// The model's id.
    pub model: String,
    /// Its mode.
    pub mode: Mode,
}

impl FromStr for ModelMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (model, mode) = text.split_once('=').ok_or("not MODEL=MODE")?;
        Ok(Self { model: model.to_owned(), mode: Mode::from_str(mode, false)? })
    }
}

impl ModeFlags {
    /// Checks them against the engines there are: the upstream where there is a key, and the local verifier where there is
    /// none or where its model file is named.
    pub(super) fn check(self, has_key: bool, has_verifier: bool) -> Result<Modes, ConfigError> {
        let served = |flag: String, mode: Mode| {
            if mode.may_ask_upstream() && !has_key {
                return Err(ConfigError::ModeWithoutKey { flag });
            }
            if mode.may_ask_local() && !has_verifier {
                return Err(ConfigError::ModeWithoutVerifier { flag });
            }
            Ok(mode)
        };
        let default = match self.mode {
            Some(mode) => served(format!("--mode {mode}"), mode)?,
            None if has_key => Mode::Upstream,
            None => Mode::Local,
        };
        let mut of_models = BTreeMap::new();
        for ModelMode { model, mode } in self.model_mode {
            if Model::find(&model).is_none() {
                return Err(ConfigError::ModelOfMode(model));
            }
            let mode = served(format!("--model-mode {model}={mode}"), mode)?;
            if of_models.insert(model.clone(), mode).is_some_and(|other| other != mode) {
                return Err(ConfigError::TwoModes(model));
            }
        }
        Ok(Modes { default, of_models, band: self.borderline })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(mode: Option<Mode>, of_models: &[&str]) -> ModeFlags {
        let model_mode = of_models.iter().map(|text| text.parse().unwrap()).collect();
        ModeFlags { mode, model_mode, borderline: Band::default() }
    }

    #[test]
    fn without_a_mode_the_key_decides() {
        for (has_key, mode) in [(true, Mode::Upstream), (false, Mode::Local)] {
            assert_eq!(flags(None, &[]).check(has_key, !has_key), Ok(Modes::only(mode)));
        }
        let modes = flags(Some(Mode::LocalFirst), &["mixed-30-v2=local", "mixed-60-v2=upstream"]);
        let modes = modes.check(true, true).unwrap();
        let of = |id| modes.of(None, [id]);
        assert_eq!(
            [of("mixed-10-v2"), of("mixed-30-v2"), of("mixed-60-v2")],
            [Mode::LocalFirst, Mode::Local, Mode::Upstream]
        );
    }

    #[test]
    fn a_mode_without_its_engine_is_refused() {
        for mode in Mode::ALL {
            for (has_key, has_verifier) in [(true, true), (true, false), (false, true)] {
                let found =
                    [flags(Some(mode), &[]), flags(None, &[&format!("mixed-30-v2={mode}")])]
                        .map(|flags| flags.check(has_key, has_verifier).err());
                let expected =
                    [format!("--mode {mode}"), format!("--model-mode mixed-30-v2={mode}")].map(
                        |flag| {
                            if mode != Mode::Local && !has_key {
                                Some(ConfigError::ModeWithoutKey { flag })
                            } else if mode != Mode::Upstream && !has_verifier {
                                Some(ConfigError::ModeWithoutVerifier { flag })
                            } else {
                                None
                            }
                        },
                    );
                assert_eq!(found, expected, "{mode} {has_key} {has_verifier}");
            }
        }
    }

    #[test]
    fn a_model_is_a_known_one_and_has_one_mode() {
        let check = |of_models: &[&str]| flags(None, of_models).check(true, true).err();
        assert_eq!(check(&["mixed-31=local"]), Some(ConfigError::ModelOfMode("mixed-31".into())));
        let twice = ["mixed-30-v2=local", "mixed-30-v2=local"];
        assert_eq!(check(&twice), None);
        let two = ["mixed-30-v2=local", "mixed-30-v2=upstream"];
        assert_eq!(check(&two), Some(ConfigError::TwoModes("mixed-30-v2".into())));
        for text in ["mixed-30-v2", "mixed-30-v2=", "mixed-30-v2=first", "=local=local"] {
            assert!(text.parse::<ModelMode>().is_err(), "{text}");
        }
    }
}
