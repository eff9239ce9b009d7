use super::*;
use std::fs::File;
use std::io::Read;

fn store(delivery: Delivery) -> BlockStore {
    BlockStore::new(delivery, &std::env::temp_dir(), Identify::No)
}

fn stdin_of(block: &mut BlockInput) -> String {
    let Stdin::Fd(fd) = std::mem::take(&mut block.stdin) else { panic!("no input") };
    let mut text = String::new();
    File::from(fd).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn every_attempt_reads_the_block_until_it_is_removed() {
    let store = store(Delivery::Stdin);
    store.put(Seq(1), Portion::Block(b"a\nb\n".to_vec()));
    for _ in 0..2 {
        assert_eq!(stdin_of(&mut store.open_block(Seq(1)).unwrap()), "a\nb\n");
    }
    store.remove(Seq(1));
    assert!(store.open_block(Seq(1)).is_err());
}

#[test]
fn memory_is_reused() {
    let store = store(Delivery::Stdin);
    assert!(store.put(Seq(1), Portion::Block(vec![b'x'; 10])).is_none());
    drop(store.open_block(Seq(1)).unwrap());
    assert!(store.put(Seq(2), Portion::Block(vec![b'y'; 10])).is_some());
}

fn part_file() -> Arc<PartFile> {
    let file = memfile::memory(b"h\n1\n2\n3\n").unwrap();
    Arc::new(PartFile { file, name: b"f\n".to_vec(), header: b"h\n".to_vec() })
}

#[test]
fn a_file_that_becomes_shorter_fails_every_job_that_reads_the_rest() {
    let why = "f\\n became shorter while it was read";
    for delivery in [Delivery::Stdin, Delivery::File, Delivery::Fifo] {
        let (store, file) = (store(delivery), part_file());
        store.put(Seq(1), Portion::Part(Arc::clone(&file), 2..8));
        file.file.set_len(5).unwrap();
        let ended = store.open_block(Seq(1)).and_then(|mut block| {
            match &block.args {
                None => assert_eq!(stdin_of(&mut block), "h\n1\n2"),
                Some(args) => {
                    let name = std::ffi::OsStr::from_bytes(args.values().next().unwrap());
                    assert_eq!(std::fs::read_to_string(name).unwrap(), "h\n1\n2");
                }
            }
            block.end()
        });
        assert_eq!(ended.unwrap_err().to_string(), why, "{delivery:?}");
    }
    let store = BlockStore::new(Delivery::Stdin, &std::env::temp_dir(), Identify::Yes(None));
    let file = part_file();
    store.put(Seq(1), Portion::Part(Arc::clone(&file), 2..8));
    file.file.set_len(5).unwrap();
    assert_eq!(store.open_block(Seq(1)).unwrap_err().to_string(), why, "for its identity");
}

#[test]
fn a_part_of_a_file_follows_its_header() {
    let file = part_file();
    for delivery in [Delivery::Stdin, Delivery::File] {
        let store = store(delivery);
        store.put(Seq(1), Portion::Part(Arc::clone(&file), 4..6));
        let mut block = store.open_block(Seq(1)).unwrap();
        let text = match &block.args {
            None => stdin_of(&mut block),
            Some(args) => {
                let name = std::ffi::OsStr::from_bytes(args.values().next().unwrap());
                std::fs::read_to_string(name).unwrap()
            }
        };
        assert_eq!(text, "h\n2\n", "{delivery:?}");
    }
}

#[test]
fn a_named_pipe_is_filled_and_removed_with_its_job() {
    let store = store(Delivery::Fifo);
    let bytes = vec![b'z'; 1 << 20];
    store.put(Seq(1), Portion::Block(bytes.clone()));
    let block = store.open_block(Seq(1)).unwrap();
    let args = block.args.clone().unwrap();
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(args.values().next().unwrap()));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    drop(block);
    assert!(!path.exists());
}

#[test]
fn an_unopened_named_pipe_blocks_nothing() {
    let store = store(Delivery::Fifo);
    store.put(Seq(1), Portion::Block(b"x".to_vec()));
    drop(store.open_block(Seq(1)).unwrap());
}

#[test]
fn jobs_that_share_a_stream_read_every_block_once() {
    let store = store(Delivery::Stdin);
    let (tx, rest) = crossbeam_channel::bounded(4);
    store.put(Seq(1), Portion::Shared(b"1".to_vec(), rest.clone()));
    store.put(Seq(2), Portion::Shared(b"2".to_vec(), rest));
    for block in ["3", "4", "5"] {
        tx.send(block.as_bytes().to_vec()).unwrap();
    }
    drop(tx);
    let texts = [1, 2].map(|seq| {
        let mut block = store.open_block(Seq(seq)).unwrap();
        stdin_of(&mut block)
    });
    let mut all: Vec<char> = texts.concat().chars().collect();
    all.sort_unstable();
    assert_eq!(all.iter().collect::<String>(), "12345");
}

#[test]
fn the_identity_of_a_block_is_the_same_before_and_while_the_job_runs() {
    let mut recorded = SeqSet::default();
    recorded.insert(Seq(1));
    let file = part_file();
    let part = |from| Portion::Part(Arc::clone(&file), from..6);
    let store =
        BlockStore::new(Delivery::Stdin, &std::env::temp_dir(), Identify::Yes(Some(Arc::new(recorded))));
    for portion in [part(4), Portion::Block(b"h\n2\n".to_vec())] {
        store.put(Seq(1), portion);
        assert_eq!(store.identity(Seq(1)), Some(JobInput::block(b"h\n2\n")));
        assert_eq!(store.open_block(Seq(1)).unwrap().input, JobInput::block(b"h\n2\n"));
        store.remove(Seq(1));
    }
    // A job without a record is not identified before it runs.
    store.put(Seq(2), part(2));
    assert_eq!(store.identity(Seq(2)), None);
    assert_eq!(store.open_block(Seq(2)).unwrap().input, JobInput::block(b"h\n1\n2\n"));
}
