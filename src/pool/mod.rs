//! The library: an adaptive pool of workers.
