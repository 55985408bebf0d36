//! Stage 2: experiment and dataset become a plan of content-addressed tasks.
