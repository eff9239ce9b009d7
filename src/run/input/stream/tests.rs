use super::*;
use std::io::Read;

fn stream(how: How) -> Stream {
    Stream::new(how, std::env::temp_dir(), Identify::No)
}

fn stdin_of(supply: &mut Supply) -> String {
    let Stdin::Fd(fd) = std::mem::take(&mut supply.stdin) else { panic!("no input") };
    let mut text = String::new();
    File::from(fd).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_block_is_there_for_every_attempt_until_it_is_forgotten() {
    let stream = stream(How::Stdin);
    stream.put(Seq(1), Portion::Block(b"a\nb\n".to_vec()));
    for _ in 0..2 {
        assert_eq!(stdin_of(&mut stream.supply(Seq(1)).unwrap()), "a\nb\n");
    }
    stream.forget(Seq(1));
    assert!(stream.supply(Seq(1)).is_err());
}

#[test]
fn memory_comes_back_to_be_filled_again() {
    let stream = stream(How::Stdin);
    assert!(stream.put(Seq(1), Portion::Block(vec![b'x'; 10])).is_none());
    drop(stream.supply(Seq(1)).unwrap());
    assert!(stream.put(Seq(2), Portion::Block(vec![b'y'; 10])).is_some());
}

#[test]
fn a_part_of_a_file_stands_behind_its_header() {
    let file = Arc::new(memfile::memory(b"h\n1\n2\n3\n").unwrap());
    let header: Arc<[u8]> = b"h\n"[..].into();
    for how in [How::Stdin, How::File] {
        let stream = stream(how);
        stream.put(Seq(1), Portion::Part(Arc::clone(&file), Arc::clone(&header), 4..6));
        let mut supply = stream.supply(Seq(1)).unwrap();
        let text = match &supply.args {
            None => stdin_of(&mut supply),
            Some(args) => {
                let name = std::ffi::OsStr::from_bytes(args.values().next().unwrap());
                std::fs::read_to_string(name).unwrap()
            }
        };
        assert_eq!(text, "h\n2\n", "{how:?}");
    }
}

#[test]
fn a_named_pipe_is_filled_and_goes_with_its_job() {
    let stream = stream(How::Fifo);
    let block = vec![b'z'; 1 << 20];
    stream.put(Seq(1), Portion::Block(block.clone()));
    let supply = stream.supply(Seq(1)).unwrap();
    let args = supply.args.clone().unwrap();
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(args.values().next().unwrap()));
    assert_eq!(std::fs::read(&path).unwrap(), block);
    drop(supply);
    assert!(!path.exists());
}

#[test]
fn a_named_pipe_that_nobody_opens_holds_nobody_up() {
    let stream = stream(How::Fifo);
    stream.put(Seq(1), Portion::Block(b"x".to_vec()));
    drop(stream.supply(Seq(1)).unwrap());
}

#[test]
fn jobs_that_share_get_every_block_once() {
    let stream = stream(How::Stdin);
    let (to, rest) = crossbeam_channel::bounded(4);
    stream.put(Seq(1), Portion::Shared(b"1".to_vec(), rest.clone()));
    stream.put(Seq(2), Portion::Shared(b"2".to_vec(), rest));
    for block in ["3", "4", "5"] {
        to.send(block.as_bytes().to_vec()).unwrap();
    }
    drop(to);
    let texts = [1, 2].map(|seq| {
        let mut supply = stream.supply(Seq(seq)).unwrap();
        stdin_of(&mut supply)
    });
    let mut all: Vec<char> = texts.concat().chars().collect();
    all.sort_unstable();
    assert_eq!(all.iter().collect::<String>(), "12345");
}

#[test]
fn what_a_job_is_given_is_known_the_same_before_it_runs_and_then() {
    let mut numbers = Numbers::default();
    numbers.add(Seq(1));
    let file = Arc::new(memfile::memory(b"h\n1\n2\n3\n").unwrap());
    let part = |from| Portion::Part(Arc::clone(&file), b"h\n"[..].into(), from..6);
    let stream = Stream::new(How::Stdin, std::env::temp_dir(), Identify::Yes(Some(Arc::new(numbers))));
    for portion in [part(4), Portion::Block(b"h\n2\n".to_vec())] {
        stream.put(Seq(1), portion);
        assert_eq!(stream.given(Seq(1)), Some(Given::block(b"h\n2\n")));
        assert_eq!(stream.supply(Seq(1)).unwrap().given, Given::block(b"h\n2\n"));
        stream.forget(Seq(1));
    }
    // Nobody asks of a job without a record, and nothing is read for that.
    stream.put(Seq(2), part(2));
    assert_eq!(stream.given(Seq(2)), None);
    assert_eq!(stream.supply(Seq(2)).unwrap().given, Given::block(b"h\n1\n2\n"));
}
