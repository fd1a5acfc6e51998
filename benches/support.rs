//! What both benchmarks share: a database filled once, the real service on it, and the operations that are measured.

pub mod database;
pub mod dice;
pub mod document;
pub mod operations;
pub mod running;
pub mod sql;

/// Whether the program was started to measure. `cargo test --all-targets` starts it without this argument.
pub fn asked_to_measure() -> bool {
    let asked = std::env::args().any(|argument| argument == "--bench");
    if !asked {
        eprintln!("Nothing is measured without --bench, which `cargo bench` gives.");
    }
    asked
}
