//! Options of GNU parallel that ask for what apool does anyway. They are accepted and documented as such, and hidden from
//! `--help`: nobody should learn them here.

use clap::Args;

/// Accepted, and without effect.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
#[derive(Args, Debug)]
pub struct HabitArgs {
    /// There is no citation notice to silence
    #[arg(long, aliases = ["willcite", "no-notice", "nonotice", "nn"], hide = true)]
    pub will_cite: bool,

    /// There is no other mode of the same name
    #[arg(long, hide = true)]
    pub gnu: bool,

    /// There is no configuration file to leave out
    #[arg(long, hide = true)]
    pub plain: bool,

    /// The further placeholders are always there
    #[arg(long, hide = true)]
    pub plus: bool,
}
