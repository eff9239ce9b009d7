//! The command line of the simulator.

use adaptive_pool::policy::POLICY_NAMES;
use apool_sim::world::sensor::Sensing;

#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    pub(crate) policies: Vec<String>,
    pub(crate) seed: u64,
    pub(crate) seeds: u64,
    pub(crate) plants: String,
    pub(crate) sensing: Sensing,
    pub(crate) threads: usize,
    pub(crate) trace: bool,
    pub(crate) cost: bool,
    pub(crate) hindsight: bool,
    pub(crate) steady: bool,
    pub(crate) worst: usize,
    pub(crate) save: Option<String>,
    pub(crate) against: Option<String>,
}

pub(crate) fn options() -> Result<Options, String> {
    let mut o = Options {
        policies: vec!["auto".into()],
        seed: 1,
        seeds: 0,
        plants: "named".into(),
        sensing: Sensing::Full,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        trace: false,
        cost: false,
        hindsight: false,
        steady: false,
        worst: 12,
        save: None,
        against: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let switch = match arg.as_str() {
            "--cost" => Some(&mut o.cost),
            "--hindsight" => Some(&mut o.hindsight),
            "--steady" => Some(&mut o.steady),
            "--trace" => Some(&mut o.trace),
            _ => None,
        };
        if let Some(switch) = switch {
            *switch = true;
            continue;
        }
        let value = args.next().ok_or(format!("{arg} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|e| format!("{arg} {value}: {e}"));
        match arg.as_str() {
            "--policy" if value == "all" => o.policies = POLICY_NAMES.map(str::to_owned).to_vec(),
            "--policy" => o.policies = value.split(',').map(str::to_owned).collect(),
            "--seed" => o.seed = number()?,
            "--seeds" => o.seeds = number()?,
            "--plants" => o.plants = value,
            "--save" => o.save = Some(value),
            "--against" => o.against = Some(value),
            "--threads" => o.threads = number()? as usize,
            "--worst" => o.worst = number()? as usize,
            "--sensing" => {
                o.sensing =
                    Sensing::ALL.iter().find(|s| s.1 == value).ok_or(format!("no sensing {value}"))?.0;
            }
            _ => return Err(format!("unknown option {arg}")),
        }
    }
    Ok(o)
}
