//! What must be the same on all ranks, compared before the first step.

use super::super::TrainError;
use super::super::origin::difference;
use super::Ranks;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Compare what each rank says, an object of values by name.
///
/// # Errors
/// [`TrainError::Unlike`], the same on all ranks: the first value that another rank has otherwise
/// than rank 0.
pub(in crate::train) fn agree(ranks: &dyn Ranks, said: &Value) -> Result<(), TrainError> {
    if ranks.size() == 1 {
        return Ok(());
    }
    let all = ranks.gather(said.to_string().as_bytes());
    let all: Vec<Value> = all
        .iter()
        .map(|json| serde_json::from_slice(json).unwrap_or_default())
        .collect();
    for (rank, here) in all.iter().enumerate().skip(1) {
        if let Some((name, first, here)) = difference("", &all[0], here) {
            let name = name.trim_start_matches('.').to_owned();
            let remedy = match name.split('.').next() {
                Some("program") => "copy one program to all hosts",
                Some("data") => "give all ranks the same pictures",
                Some("devices") => "give all ranks the same --device and --devices",
                Some("weights") => "all ranks must begin with the same model",
                _ => "give all ranks the same options",
            };
            return Err(TrainError::Unlike {
                reason: format!("{name} is {first} on rank 0 and {here} on rank {rank}; {remedy}"),
            });
        }
    }
    Ok(())
}

/// Version and hash of the running program's file.
pub(in crate::train) fn program() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let file = std::env::current_exe().and_then(std::fs::read);
    match file {
        Ok(bytes) => format!("soda {version}, SHA-256 {}", digest(&bytes)),
        // All ranks are asked: one that cannot read its own file differs from one that can.
        Err(error) => format!("soda {version}, which cannot be read ({error})"),
    }
}

/// The first 16 digits of the SHA-256 of some bytes.
pub(in crate::train) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
