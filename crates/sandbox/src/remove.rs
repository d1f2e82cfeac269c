//! Removes a sandbox's container, also one whose learner has frozen a part of it.
//!
//! A container that a learner pauses is frozen by its cgroup, and with version 1 of cgroups a frozen process takes no signal,
//! not even KILL: the host engine could not end the sandbox around it. So where a removal takes long, what is frozen is
//! thawed. By then the sandbox's first process has been killed, and all that is thawed dies; nobody is left to freeze again.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;
use tracing::warn;

use crate::helper::Helper;
use crate::host::Host;
use crate::{Config, Error};

/// A removal takes half a second, and some more on a busy machine. The host engine itself gives up after ten seconds.
const USUAL: Duration = Duration::from_secs(3);

/// Removes a sandbox's container, running or not. It is no error that it is gone.
pub(crate) async fn remove(host: &Host, config: &Config, container: &str) -> Result<(), Error> {
    let mut removal = pin!(host.remove_container(container));
    if let Ok(done) = timeout(USUAL, &mut removal).await {
        return done;
    }
    if let Err(error) = thaw(host, config, container).await {
        warn!(container, %error, "sandbox.thaw.failed");
    }
    removal.await
}

/// Thaws what is frozen below a container's cgroup.
async fn thaw(host: &Host, config: &Config, container: &str) -> Result<(), Error> {
    let Some(id) = host.inspect(container).await?.and_then(|found| found.id) else {
        return Ok(());
    };
    let helper = Helper {
        command: vec!["/bin/sh".to_owned(), "-c".to_owned(), script(&id)],
        folders: vec!["/sys/fs/cgroup"],
        capabilities: vec!["DAC_OVERRIDE"],
        ..Helper::default()
    };
    helper.run(host, config).await.map(drop)
}

/// Only the container's id stands in it. Version 2 needs nothing: what is frozen there can be killed. A cgroup may be gone by
/// the time it is written to.
fn script(id: &str) -> String {
    debug_assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    format!(
        "[ ! -d /sys/fs/cgroup/freezer ] || find /sys/fs/cgroup/freezer -path '*{id}*' -name freezer.state \
         -exec sh -c 'for state; do echo THAWED > \"$state\"; done' thaw {{}} + 2>/dev/null || :"
    )
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn only_what_is_below_the_container_is_thawed() {
        assert!(script("0a1b").contains("-path '*0a1b*' -name freezer.state"));
    }
}
