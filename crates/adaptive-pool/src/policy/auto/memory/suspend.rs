//! The brake: what is stopped when memory is about to run out all the same, and when it goes on.

use super::super::super::TaskId;
use super::super::consts::{BRAKE, NEAR, SAME, SUSPEND_AHEAD_S, SUSPEND_FALL, SUSPEND_Z};
use super::super::evidence::{Live, Tasks};
use super::Memory;

impl Memory {
    /// Last resort: stops the youngest before memory runs out, continues the oldest first when there is room again.
    pub(super) fn brake(
        &mut self,
        t: f64,
        available: f64,
        total: f64,
        tasks: &Tasks,
    ) -> (Vec<TaskId>, Vec<TaskId>) {
        let mut floor = BRAKE * total;
        let stopped = self.stopped > 0.0;
        let near = NEAR + 2.0 * self.late * self.falling / total;
        if !stopped && self.free > near {
            return (Vec::new(), Vec::new());
        }
        let soon = |l: &Live| {
            let growth = l.growth.max(0.0);
            if self.is_learned() && l.rss <= SAME * self.max {
                (growth * (SUSPEND_AHEAD_S + 2.0 * self.late)).min(SAME * self.max - l.rss)
            } else {
                growth * (0.2 + 2.0 * self.late)
            }
        };
        let mut live: Vec<(TaskId, Live)> =
            tasks.iter().filter(|(_, l)| !l.suspended).map(|(id, l)| (*id, *l)).collect();
        live.sort_unstable_by(|a, b| b.1.started.total_cmp(&a.1.started).then(b.0.cmp(&a.0)));
        if let Some((_, oldest)) = live.last().filter(|_| !self.is_learned()) {
            // The oldest goes on whatever happens: while nothing is known of its end it needs as much again.
            floor += (oldest.growth.max(0.0) * (t - oldest.started)).min(oldest.rss);
        }
        let mut growing: f64 = live.iter().map(|(_, l)| soon(l)).sum();
        if self.fits.is_some() {
            growing = self.net(growing, &live);
        }
        let mut suspend = Vec::new();
        if available - growing < floor && live.len() > 1 && growing > 0.0 {
            for (id, l) in &live[..live.len() - 1] {
                let g = soon(l);
                if g > 0.0 {
                    suspend.push(*id);
                    growing -= g;
                    if available - growing >= floor {
                        break;
                    }
                }
            }
            self.room = Some(0.0);
            return (suspend, Vec::new());
        }
        if stopped {
            self.room = Some(0.0);
            let oldest =
                tasks.iter().filter(|(_, l)| l.suspended).min_by(|a, b| a.1.started.total_cmp(&b.1.started));
            if let Some((id, task)) = oldest {
                let own = (self.mean.max(self.max) - task.rss).max(0.0);
                let others: f64 = live.iter().map(|(_, l)| (self.mean - l.rss).max(0.0)).sum();
                if live.is_empty() || available - own - others > 2.0 * floor {
                    return (Vec::new(), vec![*id]);
                }
            }
        }
        (suspend, Vec::new())
    }

    /// How many tasks, all growing, take twice what the brake keeps free in the time ahead: far fewer are surely
    /// stopped in time.
    pub(super) fn catches(&self) -> f64 {
        let ahead = SUSPEND_AHEAD_S + 2.0 * self.late;
        if self.brake {
            2.0 * BRAKE * self.total * self.mean_took / (self.tail * ahead).max(1.0)
        } else {
            0.0
        }
    }

    /// What `growing` comes to when the durations are known: while tasks grow, others end and free what they hold, but for
    /// chance.
    fn net(&self, growing: f64, live: &[(TaskId, Live)]) -> f64 {
        let stay = libm::exp(-(SUSPEND_AHEAD_S + 2.0 * self.late) / self.mean_took.max(1e-3));
        let held: f64 = live.iter().map(|(_, l)| l.rss).sum();
        let chance = SUSPEND_Z * self.mean * (live.len() as f64 * stay * (1.0 - stay)).sqrt();
        let net = stay * growing - (1.0 - stay) * held + chance;
        // But what ends is replaced, and memory that falls may go on to.
        growing.min(net.max(SUSPEND_FALL * self.fell * SUSPEND_AHEAD_S))
    }
}
