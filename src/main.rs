//! The native program. Everything is in [`soda::cli`].

use clap::Parser;

fn main() {
    if let Err(error) = soda::cli::Cli::parse().run() {
        eprintln!("soda: {error}");
        std::process::exit(1);
    }
}
