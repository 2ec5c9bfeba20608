//! `soda-bindgen MODULE.wasm OUT_DIR`: writes `soda.js`, `soda.d.ts`, `soda_bg.wasm` and `soda_bg.wasm.d.ts` into OUT_DIR.

use std::{path::PathBuf, process::ExitCode};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [module, out] = arguments.as_slice() else {
        eprintln!("usage: soda-bindgen MODULE.wasm OUT_DIR");
        return ExitCode::from(2);
    };
    let written = Bindgen::new()
        .input_path(module)
        .out_name("soda")
        .typescript(true)
        // Function names are a third of the file and only a debugger reads them.
        .remove_name_section(true)
        .remove_producers_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(out));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soda-bindgen: {}: {error:#}", module.display());
            ExitCode::FAILURE
        }
    }
}
