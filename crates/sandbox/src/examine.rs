//! A sandbox that is looked at after its learner's last command.
//!
//! While a learner is at work, all of the machine is theirs, the engine included: whatever they have put into its place answers
//! the questions that are put to it. To know what is there in truth, the machine is ended and another is made around the same
//! disks. No process of theirs has run in that one, and none runs by itself: its engine starts no container, no plugin and no
//! service, and takes no settings from them. Its secrets are new. What it says of its disks is an engine's own word.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::board::Ticket;
use crate::make;
use crate::names::{Owner, SandboxId};
use crate::sandbox::{Machine, Sandbox};
use crate::shared::Shared;
use crate::{Error, Sandboxes};

impl Sandboxes {
    /// Ends the owner's machine and makes another around its disks, to look at what is on them. Whoever holds the earlier
    /// [`Sandbox`] is told by [`Sandbox::ended`]. Where it fails, the owner has none any more.
    ///
    /// Needs disks that outlive a container: where they are in memory, it fails.
    pub async fn examine(&self, owner: &Owner) -> Result<Arc<Sandbox>, Error> {
        let shared = self.shared();
        let (id, ticket) = shared
            .board(|board, _| {
                let id = board.holding(owner).map(|(id, ..)| id.clone())?;
                Some((id, board.ticket(owner)))
            })
            .ok_or(Error::NoSandbox)?;
        let (give, taken) = oneshot::channel();
        let own = shared.clone();
        // Seen through even where nobody waits for it any more: a machine without its seat would be in another's way.
        shared.spawn(async move {
            let examined = own.examine(id, ticket).await;
            let _ = give.send(examined);
        });
        taken.await.unwrap_or(Err(Error::ShuttingDown))
    }
}

impl Shared {
    async fn examine(self: &Arc<Self>, id: SandboxId, ticket: Ticket) -> Result<Arc<Sandbox>, Error> {
        let busy = self.busy(&id);
        // Out of the list, so that the end of its container is no news to anybody.
        let Machine { sandbox, _seat: seat } = self.take(&id).ok_or(Error::NoSandbox)?;
        let host = self.host.apart();
        match self.machine_to_examine(&host, &sandbox, seat.slot()).await {
            Ok(examined) => {
                self.keep(Machine {
                    sandbox: examined.clone(),
                    _seat: seat,
                });
                drop(busy);
                // Its owner may have left meanwhile, and found nothing to remove.
                let holding = self.board(|board, _| {
                    let held = board.holding(&ticket.owner);
                    held.is_some_and(|(held, ..)| *held == id)
                });
                if !holding {
                    self.dismantle(id, Some(ticket));
                    return Err(Error::NoSandbox);
                }
                Ok(examined)
            }
            Err(error) => {
                host.settled().await;
                warn!(sandbox = %id, %error, "sandbox.examine.failed");
                let reason = format!("The sandbox could not be looked at: {error}");
                self.board(|board, now| board.broke(&id, &reason, now));
                self.clear(&id).await;
                drop((busy, seat));
                self.advance();
                Err(error)
            }
        }
    }

    async fn machine_to_examine(
        self: &Arc<Self>,
        host: &crate::host::Host,
        sandbox: &Sandbox,
        slot: u16,
    ) -> Result<Arc<Sandbox>, Error> {
        let turn = self.starts.acquire().await;
        let (Some(ground), Ok(_turn)) = (self.wait_for_ground().await, turn) else {
            return Err(Error::ShuttingDown);
        };
        let order = make::Order {
            id: &sandbox.id,
            slot,
            limits: sandbox.limits,
            cgroups: self.try_cgroups(),
            template: None,
        };
        let made = Box::pin(make::make_to_examine(host, &self.config, &ground, order)).await?;
        Ok(Arc::new(Sandbox {
            id: sandbox.id.clone(),
            agent: made.agent,
            engine: made.engine,
            limits: sandbox.limits,
            proxy_token: made.proxy_token,
            ended: CancellationToken::new(),
        }))
    }
}
