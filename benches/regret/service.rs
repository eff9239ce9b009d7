//! A service on the loopback interface, in this process: one thread a connection, waiting instead of working, so that it
//! takes next to no CPU from the jobs.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;
use std::time::Duration;

/// How the service behaves under load.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// So many are served at once, the others wait.
    Places { places: u32, time: Duration },
    /// All are served at once, each slower the more there are: the universal scalability law, with a peak and a fall.
    Collapse { time: Duration, contention: f64, crosstalk: f64 },
    /// More than so many at once are turned away.
    Cap { most: u32, time: Duration },
}

struct State {
    kind: Kind,
    inside: Mutex<u32>,
    left: Condvar,
}

/// Starts it, and gives its port. It ends with this process.
pub fn start(kind: Kind) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let state = Arc::new(State { kind, inside: Mutex::new(0), left: Condvar::new() });
    let accept = move || {
        for stream in listener.incoming().flatten() {
            let state = Arc::clone(&state);
            // A thread that cannot be had closes the connection: the job fails, and the table says so.
            let _ = small().spawn(move || serve(&state, stream));
        }
    };
    small().spawn(accept).expect("a thread");
    port
}

fn small() -> Builder {
    Builder::new().name("service".into()).stack_size(64 * 1024)
}

fn serve(state: &State, mut stream: TcpStream) {
    let mut request = [0; 512];
    let _ = stream.read(&mut request);
    let served = match state.kind {
        Kind::Places { places, time } => {
            let mut inside = state.inside.lock().expect("lock");
            while *inside >= places {
                inside = state.left.wait(inside).expect("lock");
            }
            *inside += 1;
            drop(inside);
            std::thread::sleep(time);
            true
        }
        Kind::Collapse { time, contention, crosstalk } => {
            *state.inside.lock().expect("lock") += 1;
            share(state, time, contention, crosstalk);
            true
        }
        Kind::Cap { most, time } => {
            let mut inside = state.inside.lock().expect("lock");
            *inside += 1;
            let room = *inside <= most;
            drop(inside);
            if room {
                std::thread::sleep(time);
            }
            room
        }
    };
    *state.inside.lock().expect("lock") -= 1;
    state.left.notify_one();
    let status = if served { "200 OK" } else { "503 Full" };
    let _ = stream.write_all(format!("HTTP/1.0 {status}\r\n\r\n").as_bytes());
}

/// Waits in slices, each worth as much as the number inside at that moment lets it be.
fn share(state: &State, time: Duration, contention: f64, crosstalk: f64) {
    let slice = time / 4;
    let mut left = time.as_secs_f64();
    while left > 0.0 {
        let n = f64::from(*state.inside.lock().expect("lock"));
        let stretch = 1.0 + contention * (n - 1.0) + crosstalk * n * (n - 1.0);
        let part = slice.as_secs_f64().min(left * stretch);
        std::thread::sleep(Duration::from_secs_f64(part));
        left -= part / stretch;
        if left < 1e-4 {
            break;
        }
    }
}
