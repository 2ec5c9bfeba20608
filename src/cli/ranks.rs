//! `--mpi`: processes that a launcher started train together.

use super::print;
use crate::train::ranks::{Alone, Ranks};
use clap::Args;
use std::sync::Arc;

/// Variables by which launchers say how many processes they started. They are for a warning only:
/// which rank this is comes from MPI, since a launcher that sets some of them may not speak it.
const SIZES: [&str; 5] = [
    "OMPI_COMM_WORLD_SIZE",
    "PMI_SIZE",
    "SLURM_STEP_NUM_TASKS",
    "SLURM_NTASKS",
    "WORLD_SIZE",
];

/// The options.
#[derive(Debug, Clone, Args)]
pub struct RanksArgs {
    /// Train together with all processes of this MPI job, on one host or on several: mpirun -n 2
    /// soda train --mpi … (built in by cargo build --features mpi).
    #[arg(long)]
    mpi: bool,
    /// How many processes there must be; any other number is an error.
    #[arg(long, requires = "mpi", value_parser = clap::value_parser!(u32).range(2..))]
    ranks: Option<u32>,
    /// Seconds that a process waits for the others before it ends all. Sheets are painted and
    /// pictures read meanwhile.
    #[arg(long, requires = "mpi", default_value_t = 600,
        value_parser = clap::value_parser!(u64).range(1..=604_800))]
    mpi_timeout: u64,
}

impl RanksArgs {
    /// Join the other processes, if that is asked for.
    ///
    /// # Errors
    /// One line: MPI is not built in, there are no others, or not as many as there must be.
    pub fn start(&self) -> Result<Arc<dyn Ranks>, Box<dyn std::error::Error>> {
        if self.mpi {
            return self.join();
        }
        let value = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
        let started = SIZES.iter().find_map(|&name| Some((name, value(name)?)));
        if let Some((name, size)) = started.filter(|&(_, size)| size > 1) {
            print::note(format_args!(
                "{name} is {size}: each of these processes trains alone; \
                 to train together add --mpi"
            ));
        }
        Ok(Arc::new(Alone))
    }

    #[cfg(not(feature = "mpi"))]
    fn join(&self) -> Result<Arc<dyn Ranks>, Box<dyn std::error::Error>> {
        Err(
            "--mpi: this program was built without it; build one by cargo build --release \
             --features mpi"
                .into(),
        )
    }

    #[cfg(feature = "mpi")]
    fn join(&self) -> Result<Arc<dyn Ranks>, Box<dyn std::error::Error>> {
        let limit = std::time::Duration::from_secs(self.mpi_timeout);
        let ranks = crate::train::ranks::Mpi::start(limit).map_err(|e| format!("--mpi: {e}"))?;
        print::of_rank(ranks.rank());
        let size = ranks.size();
        if size == 1 {
            return Err(
                "--mpi: this process is the only one; start several, by mpirun -n 2 soda train \
                 --mpi … or srun --mpi=pmix …, or leave --mpi out"
                    .into(),
            );
        }
        if let Some(wanted) = self.ranks
            && wanted as usize != size
        {
            return Err(format!(
                "--ranks {wanted}: MPI has {size} processes; start {wanted}, or leave --ranks out"
            )
            .into());
        }
        Ok(Arc::new(ranks))
    }
}
