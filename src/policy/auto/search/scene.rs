//! What the search is told at each look: plain data.

/// What the search needs to see.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one look")]
#[derive(Clone, Copy, Debug)]
pub(in crate::policy::auto) struct Scene {
    pub(in crate::policy::auto) t: f64,
    pub(in crate::policy::auto) running: f64,
    pub(in crate::policy::auto) queued: f64,
    /// All input is known.
    pub(in crate::policy::auto) complete: bool,
    /// The least of the other bounds, and the CPU's alone.
    pub(in crate::policy::auto) cap: f64,
    pub(in crate::policy::auto) cpu_cap: f64,
    pub(in crate::policy::auto) max: f64,
    /// CPU use, 0 to 1.
    pub(in crate::policy::auto) used: f64,
    pub(in crate::policy::auto) mean: f64,
    pub(in crate::policy::auto) finished: u64,
    /// Memory binds.
    pub(in crate::policy::auto) memory: bool,
    /// Something waits for a disk most of the time.
    pub(in crate::policy::auto) disk: bool,
    /// Memory cannot be seen: no leaps.
    pub(in crate::policy::auto) dark: bool,
}
