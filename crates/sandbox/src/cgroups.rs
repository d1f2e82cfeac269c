//! Gives a running sandbox's learner a cgroup of their own below the sandbox's, so that the limits, statistics and pauses of
//! their containers are real. The sandbox's own limits stay root's.

use crate::harden::uid;
use crate::helper::Helper;
use crate::host::Host;
use crate::{Config, Error};

/// Delegates `inner/` of the container's cgroup to the learner of `slot`.
pub(crate) async fn delegate(
    host: &Host,
    config: &Config,
    container: &str,
    slot: u16,
    host_root: (u32, u32),
) -> Result<(), Error> {
    Helper {
        command: vec![
            "/usr/lib/drydock/delegate-cgroup".to_owned(),
            container.to_owned(),
            (host_root.0 + uid(slot)).to_string(),
            (host_root.1 + uid(slot)).to_string(),
        ],
        folders: vec!["/sys/fs/cgroup"],
        capabilities: vec!["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        ..Helper::default()
    }
    .run(host, config)
    .await
    .map(drop)
}
