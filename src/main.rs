//! The `corater` command.

fn main() -> std::process::ExitCode {
    corater::cli::main()
}
