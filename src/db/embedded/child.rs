//! A program that ends with this process, and a thread for each that watches over it.

use std::{
    io,
    os::unix::process::CommandExt,
    process::{self, Command},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::sync::watch;

/// The steps in which a server is made to end, with the time each is given: cut connections and write everything; drop
/// everything at once, to be recovered; and what nothing withstands.
pub(super) const STEPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(10)),
    (Signal::QUIT, Duration::from_secs(6)),
    (Signal::KILL, Duration::from_secs(2)),
];

/// Makes a program die with this process, by `signal`, and keeps the terminal's signals from it. The thread that spawns
/// it must stay as long as it: on Linux it is that thread's end that counts.
pub(super) fn bind(command: &mut Command, signal: Signal) {
    command.process_group(0);
    #[cfg(target_os = "linux")]
    {
        let parent = Pid::from_raw(process::id().cast_signed());
        let ask = move || {
            rustix::process::set_parent_process_death_signal(Some(signal))?;
            // The parent may have ended before this was asked for.
            if rustix::process::getppid() == parent {
                Ok(())
            } else {
                Err(io::Error::from(rustix::io::Errno::SRCH))
            }
        };
        // SAFETY: between fork and exec only what is safe in a signal handler may be done; `ask` makes two system calls
        // and allocates nothing.
        #[expect(
            unsafe_code,
            reason = "the standard library has no safe way to ask for a signal at the parent's end"
        )]
        unsafe {
            command.pre_exec(ask);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
}

/// A running program. Dropping it ends it, and waits until it has ended.
pub(super) struct Child {
    pid: Pid,
    alive: Arc<Mutex<bool>>,
    /// Whether it was asked to end.
    asked: Arc<AtomicBool>,
    end: watch::Receiver<Option<String>>,
}

impl Child {
    /// Starts a program bound to this process.
    pub(super) fn spawn(mut command: Command) -> io::Result<Self> {
        bind(&mut command, Signal::INT);
        let (started, start) = std::sync::mpsc::sync_channel(1);
        let (ended, end) = watch::channel(None);
        let alive = Arc::new(Mutex::new(true));
        let theirs = Arc::clone(&alive);
        thread::Builder::new().name("postgres".into()).spawn(move || match command.spawn() {
            Ok(child) => {
                // Lets go of the files that were handed to the program.
                drop(command);
                let _ = started.send(Ok(Pid::from_child(&child)));
                ended.send_replace(Some(watch_over(child, &theirs)));
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        })?;
        let pid = start.recv().map_err(|_| io::Error::other("the thread that watches over it ended"))??;
        Ok(Self { pid, alive, asked: Arc::default(), end })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    /// How the program ended, once it has; completes at once when it has already.
    pub(super) fn ended(&self) -> impl Future<Output = String> + Send + use<> {
        let mut end = self.end.clone();
        async move {
            let ended = end.wait_for(Option::is_some).await.ok().and_then(|how| how.clone());
            ended.unwrap_or_else(|| "unobserved".into())
        }
    }

    /// How the program ended, if it ends without having been asked to.
    pub(super) fn died(&self) -> impl Future<Output = String> + Send + use<> {
        let (ended, asked) = (self.ended(), Arc::clone(&self.asked));
        async move {
            let how = ended.await;
            if asked.load(Ordering::Acquire) { std::future::pending().await } else { how }
        }
    }

    /// Ends the program, step by step.
    pub(super) async fn stop(&self) {
        self.asked.store(true, Ordering::Release);
        for (signal, patience) in STEPS {
            self.signal(signal);
            if tokio::time::timeout(patience, self.ended()).await.is_ok() {
                return;
            }
        }
    }

    /// Sends a signal unless the program has ended, when its number may belong to another.
    fn signal(&self, signal: Signal) {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if *alive {
            // It can fail only because the program is ending this very moment.
            let _ = kill_process(self.pid, signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        const PAUSE: Duration = Duration::from_millis(5);
        self.asked.store(true, Ordering::Release);
        for (signal, patience) in STEPS {
            let mut left = patience;
            while self.end.borrow().is_none() && self.end.has_changed().is_ok() {
                if left == patience {
                    self.signal(signal);
                }
                if left.is_zero() {
                    break;
                }
                thread::sleep(PAUSE);
                left = left.saturating_sub(PAUSE);
            }
        }
    }
}

/// Waits for the end in two steps, so that no signal is sent to a number that was given back.
fn watch_over(mut child: process::Child, alive: &Mutex<bool>) -> String {
    let pid = Pid::from_child(&child);
    let ended = || waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    while matches!(ended(), Err(rustix::io::Errno::INTR)) {}
    *alive.lock().unwrap_or_else(PoisonError::into_inner) = false;
    child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
}
