//! Stage 4: reconstruct a session.
