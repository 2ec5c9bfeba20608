//! `soda-bindgen [--names] MODULE.wasm OUT_DIR`: writes `soda.js`, `soda.d.ts`, `soda_bg.wasm` and `soda_bg.wasm.d.ts` into
//! OUT_DIR; with the names of functions, for profiling, if asked.

use std::{path::PathBuf, process::ExitCode};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let mut arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let names = arguments.first().is_some_and(|first| first.as_os_str() == "--names");
    if names {
        arguments.remove(0);
    }
    let [module, out] = arguments.as_slice() else {
        eprintln!("usage: soda-bindgen [--names] MODULE.wasm OUT_DIR");
        return ExitCode::from(2);
    };
    // Where nobody calls the static constructors, the linker wraps every exported function so that
    // it calls them first, at every call: many times slower, and nothing else would show it.
    let bytes = std::fs::read(module).unwrap_or_default();
    if bytes.windows(15).any(|window| window == b".command_export") {
        eprintln!(
            "soda-bindgen: {}: exported functions run all static constructors at every call; \
             call __wasm_call_ctors once, at the start",
            module.display()
        );
        return ExitCode::FAILURE;
    }
    let written = Bindgen::new()
        .input_path(module)
        .out_name("soda")
        .typescript(true)
        // Function names are a third of the file and only a debugger reads them.
        .remove_name_section(!names)
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
