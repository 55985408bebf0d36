//! The `corater` command.
fn main() {}
