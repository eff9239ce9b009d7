//! Stand-in.
use std::fs::File;
/// Output that was kept.
#[derive(Debug)]
pub enum Capture {
    /// In memory.
    Memory(Vec<u8>),
    /// In an unnamed file of so many bytes.
    Spilled(File, u64),
}
impl Default for Capture {
    fn default() -> Capture {
        Capture::Memory(Vec::new())
    }
}
