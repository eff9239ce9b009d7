use super::*;

/// A run in the middle.
pub(in crate::sink) fn model() -> ViewModel {
    let job = |seq, command: &[u8], age| RunningJob {
        seq,
        command: command.to_vec(),
        age: Duration::from_secs(age),
    };
    ViewModel {
        done: 1234,
        failed: 3,
        total: Some(5000),
        total_estimated: false,
        jobs_per_s: 56.14,
        eta: Some(Duration::from_secs(67)),
        running: 8,
        limit: 12,
        max: 64,
        queued: 520,
        waiting: 3758,
        cpu: Some(0.312),
        memory: Some(0.4),
        last_word: "+4: queue 812, CPU 31 %".into(),
        activity: Activity::Working,
        elapsed: Duration::from_secs(22),
        unix: Duration::from_secs(86_400 * 20_000 + 13 * 3600 + 5 * 60 + 59),
        oldest: vec![job(1230, b"scan big.iso", 4), job(1231, b"scan 1", 1), job(1240, b"scan 2", 0)],
    }
}

#[test]
fn the_plain_line_has_the_time_and_the_longest_job() {
    assert_eq!(
        plain_line(&model()),
        "13:05:59Z 1234/5000 (24 %) done, 3 failed, 56.1/s, ETA 1m07s, elapsed 22s, 8 running (limit 12, max 64), \
         3758 waiting, CPU 31 %, memory 40 %, longest 4s: job 1230: scan big.iso"
    );
    let young = ViewModel { oldest: model().oldest.split_off(2), ..model() };
    assert!(plain_line(&young).ends_with(", memory 40 %"), "a job below a second is not worth a message");
    let hostile = RunningJob { command: b"a\x1b[2J\nb".to_vec(), age: Duration::from_secs(1), seq: 1 };
    let line = plain_line(&ViewModel { oldest: vec![hostile], ..model() });
    assert!(line.ends_with("job 1: a\\x1b[2J\\nb"), "{line}");
}

#[test]
fn the_json_object_has_names_that_are_stable() {
    let job = RunningJob { command: b"a\xff\n".to_vec(), ..RunningJob::default() };
    let view = ViewModel { jobs_per_s: f64::NAN, oldest: vec![job], ..model() };
    let read: serde_json::Value = serde_json::from_str(&json(&view)).unwrap();
    assert_eq!(
        (&read["done"], &read["cpu_percent"], &read["queue_depth"]),
        (&1234.into(), &31.2.into(), &520.into())
    );
    assert_eq!(read["longest_job"], "a\\xff\n");
    assert!(read["throughput_per_s"].is_null() && read["waiting"].is_null());
    assert!(!json(&view).contains('\n'));
}

#[test]
fn an_estimated_total_is_marked() {
    let view = ViewModel { total_estimated: true, ..model() };
    assert!(plain_line(&view).starts_with("13:05:59Z 1234/~5000 (24 %) done, "));
    let object: serde_json::Value = serde_json::from_str(&json(&view)).unwrap();
    assert_eq!((&object["total"], &object["total_estimated"]), (&5000.into(), &true.into()));
}

#[test]
fn what_the_run_waits_for_is_said() {
    let stopping =
        |jobs, signal: Option<&str>| Activity::Stopping { jobs, signal: signal.map(str::to_owned) };
    let why = "3.1 GiB free of --memfree 8 GiB";
    for (activity, sentence) in [
        (Activity::Working, None),
        (Activity::AwaitsInput, Some("waiting for input")),
        (Activity::Blocked(why.into()), Some("waiting: 3.1 GiB free of --memfree 8 GiB")),
        (stopping(12, Some("TERM")), Some("stopping: 12 jobs get TERM; Ctrl-C again kills")),
        (stopping(1, Some("INT")), Some("stopping: 1 job gets INT; Ctrl-C again kills")),
        (stopping(2, None), Some("stopping: 2 jobs still run")),
        (stopping(1, None), Some("stopping: 1 job still runs")),
    ] {
        assert_eq!(activity.sentence().as_deref(), sentence);
    }
    let view = ViewModel { running: 0, limit: 1, activity: Activity::Blocked(why.into()), ..model() };
    let line = plain_line(&view);
    assert!(
        line.contains(&format!(", 0 running (limit 1, max 64), waiting: {why}, 3758 waiting, ")),
        "{line}"
    );
    let object: serde_json::Value = serde_json::from_str(&json(&view)).unwrap();
    assert_eq!(object["waiting"], why);
}

#[test]
fn a_run_with_jobs_left_is_not_over_in_no_time() {
    let eta = |ms| {
        let view = ViewModel { eta: Some(Duration::from_millis(ms)), ..model() };
        progress(&view).into_iter().map(|(text, _)| text).find(|text| text.starts_with("ETA")).unwrap()
    };
    assert_eq!([0, 16, 1000, 1001].map(eta), ["ETA 1s", "ETA 1s", "ETA 1s", "ETA 2s"]);
    let over = ViewModel { done: 5000, ..model() };
    assert!(progress(&over).iter().all(|(text, _)| !text.starts_with("ETA")));
    assert_eq!(percent_done(&ViewModel { done: 4999, ..model() }), Some(99));
}

#[test]
fn times_and_rates_are_short() {
    let times = [0, 59, 67, 7500, 273_600].map(|s| format_duration(Duration::from_secs(s)));
    assert_eq!(times, ["0s", "59s", "1m07s", "2h05m", "3d04h"]);
    let rates = [0.0, f64::NAN, 0.001, 0.5, 9.96, 2345.6].map(format_rate);
    assert_eq!(rates, ["0/s", "0/s", "3.6/h", "30.0/min", "10.0/s", "2346/s"]);
}
