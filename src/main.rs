//! The native program. Everything is in [`soda::cli`].

fn main() -> std::process::ExitCode {
    soda::cli::main()
}
