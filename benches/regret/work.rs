//! What the jobs do: this program is its own helper, so that a job starts in a fraction of a millisecond and nothing has
//! to be installed. `regret job mixed CPU_MS WAIT_MS MIB` and `regret job get PORT`.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// The service is full: `EX_TEMPFAIL`.
const FULL: i32 = 75;

/// Does one job, and gives its exit status.
pub fn run(words: &[String]) -> i32 {
    let number = |at: usize| words.get(at).and_then(|w| w.parse::<u64>().ok()).unwrap_or(0);
    match words.first().map_or("", String::as_str) {
        "mixed" => {
            let memory = touch(number(3));
            burn(Duration::from_millis(number(1)));
            std::thread::sleep(Duration::from_millis(number(2)));
            std::hint::black_box(memory);
            0
        }
        "get" => get(number(1) as u16),
        other => panic!("no job {other:?}"),
    }
}

/// Uses so much CPU time: not so much wall time, which would cost less the busier the machine is.
fn burn(time: Duration) {
    let mut n = 0u64;
    while crate::measure::own_cpu() < time {
        for _ in 0..10_000 {
            n = std::hint::black_box(n.wrapping_mul(31).wrapping_add(7));
        }
    }
}

fn touch(mib: u64) -> Vec<u8> {
    let mut memory = vec![0u8; (mib << 20) as usize];
    memory.iter_mut().step_by(4096).for_each(|b| *b = 1);
    memory
}

fn get(port: u16) -> i32 {
    let answer = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    match answer() {
        Ok(text) if text.starts_with(b"HTTP/1.0 200") => 0,
        Ok(text) if text.starts_with(b"HTTP/1.0 503") => FULL,
        _ => 1,
    }
}
