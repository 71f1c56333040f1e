//! wasm-bindgen's glue, made small: short import names, then esbuild.

use std::{collections::HashSet, fs, path::Path};

use wasm_bindgen_cli_support::Bindgen;

use crate::error::{Error, IoContext, Result};

/// Makes the glue of the module `raw` in `out`, under the name `module`.
pub fn generate(module: &str, raw: &Path, out: &Path) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| Error::Bindgen {
        module: module.to_owned(),
        message: format!("{error:#}"),
    };
    let mut bindgen = Bindgen::new();
    bindgen.web(true).map_err(|error| failed(&error))?;
    bindgen.input_path(raw).out_name(module).typescript(true).remove_producers_section(true);
    let mut output = bindgen.generate_output().map_err(|error| failed(&error))?;
    let mut script = output.js().to_owned();
    let mut taken = HashSet::new();
    for import in output.wasm_mut().imports.iter_mut() {
        if let Some(name) = short(&import.name, &mut taken) {
            script = script.replace(&import.name, &name);
            import.name = name;
        }
    }
    output.emit(out).map_err(|error| failed(&error))?;
    let path = out.join(format!("{module}.js"));
    fs::write(&path, script).at(&path)
}

/// A short name for an import that wasm-bindgen called `__wbg_NAME_HASH`: the hash does not compress, and
/// stands in both files. The name is what a stack trace shows, so it stays.
fn short(name: &str, taken: &mut HashSet<String>) -> Option<String> {
    let (name, hash) = name.strip_prefix("__wbg_")?.rsplit_once('_')?;
    if hash.len() != 16 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut counted =
        (1_u32..).map(|n| if n == 1 { name.to_owned() } else { format!("{name}{n}") });
    counted.find(|name| taken.insert(name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_keep_their_name_without_the_hash() {
        let mut taken = HashSet::new();
        let mut name = |name: &str| short(name, &mut taken);
        assert_eq!(name("__wbg_get_with_ref_key_fc601247060b7204").unwrap(), "get_with_ref_key");
        assert_eq!(name("__wbg_message_4f4d0f24ef6c18e6").unwrap(), "message");
        assert_eq!(name("__wbg_message_c8825efe310362ad").unwrap(), "message2");
        assert_eq!(name("__wbg_message2_c8825efe310362ae").unwrap(), "message22");
        assert_eq!(name("__wbindgen_cast_0000000000000001"), None);
        assert_eq!(name("__wbg_message"), None);
        assert_eq!(name("memory"), None);
    }
}
