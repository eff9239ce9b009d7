use super::*;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn the_names_are_the_documented_ones() {
    let mut document = Document { schema_version: SCHEMA_VERSION, ..Document::default() };
    document.pool.avg_task_duration_ms = f64::NAN;
    document.pool.latency_ms.p99 = f64::INFINITY;
    document.failures.push(FailedJob::new(Seq(3), b"a\xffb", JobExit::Signaled(9), 2, b"\x1b[31m\"oops\"\n"));
    let json = document.to_json();
    assert_eq!(json.last(), Some(&b'\n'));
    let value: Value = serde_json::from_slice(&json).unwrap();
    for name in [
        "schema_version",
        "config",
        "totals",
        "cpu_utilization_percent",
        "memory_available_mb",
        "active_threads",
        "idle_threads",
        "current_threads",
        "queue_depth",
        "avg_task_duration_ms",
        "total_submitted",
        "total_completed",
        "throughput_per_s",
        "latency_ms",
        "queue_wait_ms",
        "performance",
        "workers",
        "worker_utilization",
        "starved_ms",
        "usage",
        "decisions",
        "failures",
    ] {
        assert!(value.get(name).is_some(), "{name}");
    }
    let totals: Vec<_> = value["totals"].as_object().unwrap().keys().map(String::as_str).collect();
    let want = ["read", "succeeded", "failed", "killed", "not_started", "skipped", "retried", "leaked"];
    assert!(want.iter().all(|name| totals.contains(name)) && totals.len() == want.len());
    assert!(value["avg_task_duration_ms"].is_null() && value["latency_ms"]["p99"].is_null());
    let failure = &value["failures"][0];
    assert_eq!(
        (failure["command"].as_str(), failure["command_base64"].as_str()),
        (Some("a\u{fffd}b"), Some("Yf9i"))
    );
    assert_eq!((failure["signal"].as_i64(), failure["status"].is_null()), (Some(9), true));
    assert!(failure.get("stderr_tail_base64").is_none());
}

#[test]
fn base64_is_rfc_4648s() {
    for (bytes, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(bytes.as_bytes()), want);
    }
}

#[test]
fn dates_are_right() {
    for (seconds, want) in [
        (0, "1970-01-01T00:00:00.007Z"),
        (951_782_400, "2000-02-29T00:00:00.007Z"),
        (1_709_251_199, "2024-02-29T23:59:59.007Z"),
        (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        (1_795_209_535, "2026-11-20T21:18:55.007Z"),
    ] {
        assert_eq!(rfc3339(Duration::new(seconds, 7_900_000)), want);
    }
}

proptest! {
    #[test]
    fn text_is_reversible(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let (shown, encoded) = text(&bytes);
        let back = match encoded {
            None => shown.into_bytes(),
            Some(encoded) => decode(&encoded),
        };
        prop_assert_eq!(back, bytes);
    }
}

/// A slow decoder, independent of the encoder.
fn decode(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').collect();
    let bits: Vec<u8> =
        digits.iter().flat_map(|c| (0..6).rev().map(|i| value(*c) >> i & 1).collect::<Vec<_>>()).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |b, bit| b << 1 | bit)).collect()
}

#[test]
fn the_end_of_a_job_is_named() {
    let how = |exit| FailedJob::new(Seq(1), b"x", exit, 1, b"").how();
    assert_eq!(how(JobExit::Exited(3)), "status 3");
    assert_eq!(how(JobExit::Signaled(9)), "signal 9");
    assert_eq!(how(JobExit::TimedOut(15)), "timed out");
}
