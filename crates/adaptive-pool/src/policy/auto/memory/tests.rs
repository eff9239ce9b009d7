use super::*;
use crate::policy;

#[test]
fn a_page_more_than_the_largest_is_no_new_size() {
    let mut memory = Memory::new(0.1, false);
    (0..20).for_each(|_| memory.learn(100e6, 0.4));
    // It grew fast just now, as they all do at first.
    let expect = |rss: f64| {
        let live = Live { rss, seen: Some(0.3), growth: 1e9, ..Live::default() };
        memory.expect(0.3, &live, 10, &mut Sums::default())
    };
    assert!((expect(99e6) - 100e6).abs() < 1.0);
    assert!((expect(101e6) - 101e6).abs() < 1.0, "{}", expect(101e6));
    assert!(expect(120e6) > 200e6, "this one is larger than any");
}

const RAM: u64 = 16_000_000_000;

/// Eight tasks of 1 GB each run, and ten of that size have ended.
fn eight_run(memory: &mut Memory) -> Tasks {
    (0..10).for_each(|_| memory.learn(1e9, 4.0));
    (0..8).map(|k| (TaskId(k), Live { rss: 1e9, seen: Some(1.0), started: 0.0, ..Live::default() })).collect()
}

fn shows(available: u64) -> Reading {
    Reading { memory: Some(policy::Memory { total: RAM, available }), ..Reading::default() }
}

#[test]
fn without_a_look_what_was_seen_last_is_given_out_once() {
    let mut memory = Memory::new(0.05, false);
    let mut tasks = eight_run(&mut memory);
    memory.look(1.0, 1.0, &shows(7_000_000_000), &mut tasks, 8.0);
    let seen = memory.room.expect("seen");
    memory.look(1.1, 1.1, &Reading::default(), &mut tasks, 8.0);
    let reckoned = memory.room.expect("reckoned");
    assert!((seen - reckoned).abs() < 0.1, "{seen} and {reckoned}");
    for k in 8..12 {
        tasks.insert(TaskId(k), Live { started: 1.1, ..Live::default() });
    }
    memory.look(1.2, 1.2, &Reading::default(), &mut tasks, 12.0);
    let left = memory.room.expect("reckoned");
    assert!((seen - left - 4.0).abs() < 0.2, "{seen} and {left}");
    for k in 0..8 {
        tasks.remove(&TaskId(k));
    }
    memory.look(1.3, 1.3, &Reading::default(), &mut tasks, 4.0);
    assert!((memory.room.expect("reckoned") - left - 8.0).abs() < 0.2);
}

#[test]
fn what_was_never_seen_or_not_learned_is_not_given_out() {
    let mut memory = Memory::new(0.05, false);
    memory.look(1.0, 1.0, &Reading::default(), &mut Tasks::default(), 0.0);
    assert_eq!(memory.room, None);
    memory.look(1.1, 1.1, &shows(15_000_000_000), &mut Tasks::default(), 0.0);
    memory.look(1.2, 1.2, &Reading::default(), &mut Tasks::default(), 0.0);
    assert!(memory.room.is_some_and(|room| room <= 0.0));
}

#[test]
fn a_late_look_leaves_room_for_what_grew_since() {
    let room = |late: f64| {
        let mut memory = Memory::new(0.05, false);
        let mut tasks = eight_run(&mut memory);
        for live in tasks.values_mut() {
            (live.rss, live.growth) = (1.2e9, 1e9); // larger than any before
        }
        memory.look(2.0, 2.0 - late, &shows(7_000_000_000), &mut tasks, 8.0);
        memory.room.expect("seen")
    };
    assert!(room(0.3) < room(0.0) - 0.3, "{} and {}", room(0.3), room(0.0));
}

#[test]
fn threads_of_one_process_share_what_is_gone() {
    let share = |threads: bool| {
        let mut memory = Memory::new(0.05, false);
        let mut tasks: Tasks = (0..4).map(|k| (TaskId(k), Live::default())).collect();
        let looked = policy::TasksReading { threads, ..policy::TasksReading::default() };
        for (at, available) in [(1.0, 8_000_000_000), (1.1, 4_000_000_000)] {
            let reading = Reading { tasks: Some(looked.clone()), ..shows(available) };
            memory.look(at, at, &reading, &mut tasks, 4.0);
        }
        tasks.values().map(|live| live.rss).sum::<f64>()
    };
    assert!((share(true) - 4e9).abs() < 1e6, "{}", share(true));
    assert_eq!(share(false), 0.0, "processes are looked at one by one");
}
