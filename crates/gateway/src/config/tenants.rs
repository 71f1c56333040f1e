//! The command line of `tenants`.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Subcommand;

use super::keys::name;
use crate::domain::mode::Mode;
use crate::domain::tenants::TenantId;

/// What to do with tenants.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum TenantsCommand {
    /// Make a tenant.
    Create {
        /// Its id, of lower-case letters, digits and hyphens.
        id: TenantId,
        /// What people call it.
        #[arg(long, value_parser = name)]
        name: String,
        /// How many checks it may have decided where they are paid for, or `none` for no limit.
        #[arg(long, default_value = "none", value_name = "NUMBER")]
        credits: Limit<i64>,
        /// How many checks its keys may ask for in a minute, together, or `none` for no limit.
        #[arg(long, default_value = "none", value_name = "NUMBER")]
        checks_per_minute: Limit<NonZeroU32>,
        /// An origin whose pages may use its sessions, besides those of the gateway's own `--allow-origin`; may be
        /// repeated.
        #[arg(long = "origin", value_delimiter = ',', value_name = "ORIGIN")]
        origins: Vec<String>,
        /// Which engine its checks are given to, whatever the model; without it that of the model, or the gateway's.
        #[arg(long, value_enum)]
        mode: Option<Mode>,
    },
    /// List all tenants.
    List,
    /// Change what is named, and leave the rest. What is changed holds from the next request on; origins within five
    /// seconds.
    Set {
        /// Which.
        id: TenantId,
        /// Another name.
        #[arg(long, value_parser = name)]
        name: Option<String>,
        /// This many credits, or `none` for no limit.
        #[arg(long, value_name = "NUMBER", conflicts_with = "add_credits")]
        credits: Option<Limit<i64>>,
        /// So many credits more, or less.
        #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
        add_credits: Option<i64>,
        /// How many checks its keys may ask for in a minute, together, or `none` for no limit.
        #[arg(long, value_name = "NUMBER")]
        checks_per_minute: Option<Limit<NonZeroU32>>,
        /// File with a JSON schema that the metadata of its checks has to follow, or `none` for any.
        #[arg(long, value_name = "FILE")]
        metadata_schema: Option<SchemaFile>,
        /// Whether new sessions, checks and videos are refused to it.
        #[arg(long, value_name = "BOOL")]
        suspended: Option<bool>,
        /// These origins instead of those it has, or `none`; may be repeated.
        #[arg(long = "origin", value_delimiter = ',', value_name = "ORIGIN")]
        origins: Option<Vec<String>>,
        /// Which engine its checks are given to, whatever the model, or `none` for that of the model, or the gateway's.
        #[arg(long, value_name = "MODE")]
        mode: Option<OwnMode>,
    },
}

/// A mode, or none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnMode(pub Option<Mode>);

impl FromStr for OwnMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            name => match Mode::named(name) {
                Some(mode) => Ok(Self(Some(mode))),
                None => Err("not upstream, local or local-first, nor none"),
            },
        }
    }
}

/// A file, or none for no schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaFile(pub Option<PathBuf>);

impl FromStr for SchemaFile {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self((text != "none").then(|| text.into())))
    }
}

/// A number, or none for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit<N>(pub Option<N>);

impl<N: FromStr> FromStr for Limit<N> {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            number => number
                .parse()
                .map(|number| Self(Some(number)))
                .map_err(|_| "not a number, nor none"),
        }
    }
}
