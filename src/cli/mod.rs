//! The shell: arguments, exit codes, printing.
