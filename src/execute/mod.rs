//! Stage 3: the only place that waits on the network.
