//! Group commit: who writes what, and what becomes of what waits behind a failure. A write that waits for a message stands
//! for a slow disk.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::*;

fn batch(key: &str, value: &str) -> (Batch, Durability) {
    let mut batch = Batch::new();
    batch.put(key, value);
    (batch, Durability::Sync)
}

fn keys(batch: &Batch) -> String {
    let keys = batch.operations().iter().map(Operation::key);
    String::from_utf8(keys.collect::<Vec<_>>().concat()).unwrap()
}

/// What the engine was asked to write, and a disk that answers when it is told what.
struct Disk {
    written: Sender<String>,
    answers: Mutex<Receiver<Result<()>>>,
}

impl Disk {
    fn new() -> (Self, Receiver<String>, Sender<Result<()>>) {
        let (written, log) = channel();
        let (answer, answers) = channel();
        let disk = Self {
            written,
            answers: Mutex::new(answers),
        };
        (disk, log, answer)
    }

    fn write(&self, batch: &Batch) -> Result<()> {
        self.written.send(keys(batch)).unwrap();
        self.answers.lock().unwrap().recv().unwrap()
    }
}

fn disk_is_full() -> Result<()> {
    Err(Error::new(ErrorKind::Storage, "the disk is full"))
}

/// Commits `a`, and while that is written, `b`, `c` and `d`. Returns what was written at once, and what became of each.
fn run(first: Result<()>, rows_max: usize) -> (Vec<String>, Vec<Result<()>>) {
    let queue = CommitQueue::default();
    let (disk, log, answer) = Disk::new();
    let (queue, disk) = (&queue, &disk);
    let mut written = Vec::new();
    let outcomes = thread::scope(|scope| {
        let settle = |queued: Arc<Queued>| {
            scope.spawn(move || queue.settle(&queued, rows_max, |batch, _| disk.write(batch)))
        };
        let (a, _) = queue.enqueue(&[], batch("a", "1"), false).unwrap();
        let mut threads = vec![settle(a)];
        written.push(log.recv().unwrap());
        for key in ["b", "c", "d"] {
            let read = queue.waiting();
            let (queued, _) = queue.enqueue(&read, batch(key, "1"), false).unwrap();
            threads.push(settle(queued));
        }
        let is_over = first.is_err();
        answer.send(first).unwrap();
        while !is_over && written.concat().len() < 4 {
            written.push(log.recv().unwrap());
            answer.send(Ok(())).unwrap();
        }
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    queue.drain();
    (written, outcomes)
}

#[test]
fn what_waits_is_written_as_one() {
    let (written, outcomes) = run(Ok(()), usize::MAX);
    assert_eq!(written, ["a", "bcd"]);
    assert!(outcomes.iter().all(Result::is_ok));
}

#[test]
fn no_more_rows_than_the_engine_likes() {
    let (written, _) = run(Ok(()), 2);
    assert_eq!(written, ["a", "bc", "d"]);
    let (written, _) = run(Ok(()), 0);
    assert_eq!(written, ["a", "b", "c", "d"]);
}

#[test]
fn whoever_comes_first_writes_what_stands_before_it() {
    let queue = CommitQueue::default();
    let (first, _) = queue.enqueue(&[], batch("a", "1"), false).unwrap();
    let (second, _) = queue.enqueue(&queue.waiting(), batch("b", "1"), false).unwrap();
    let written: Mutex<Vec<String>> = Mutex::default();
    let write = |batch: &Batch, _: Durability| {
        written.lock().unwrap().push(keys(batch));
        Ok(())
    };
    queue.settle(&second, 1, write).unwrap();
    queue.settle(&first, 1, |_, _| panic!("it is written")).unwrap();
    assert_eq!(*written.lock().unwrap(), ["a", "b"]);
    queue.drain();
}

#[test]
fn what_waits_behind_a_failure_fails_for_the_same_reason() {
    let (written, outcomes) = run(disk_is_full(), usize::MAX);
    assert_eq!(written, ["a"]);
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().to_string(), "the disk is full");
    }
}

#[test]
fn what_has_read_what_failed_does_not_get_in_line() {
    let queue = CommitQueue::default();
    let (queued, _) = queue.enqueue(&[], batch("a", "1"), false).unwrap();
    let read = queue.waiting();
    let begun_before = queue.settle(&queued, 10, |_, _| disk_is_full());
    assert!(begun_before.is_err());
    let refused = queue.enqueue(&read, batch("b", "1"), false).unwrap_err();
    assert!(
        refused.to_string().starts_with("an earlier transaction failed"),
        "{refused}"
    );
    // One that begins afterwards has read nothing of it.
    let (queued, _) = queue.enqueue(&queue.waiting(), batch("b", "1"), false).unwrap();
    queue.settle(&queued, 10, |_, _| Ok(())).unwrap();
}

#[test]
fn a_panic_of_the_engine_leaves_nobody_waiting() {
    let queue = CommitQueue::default();
    let (first, _) = queue.enqueue(&[], batch("a", "1"), false).unwrap();
    let (second, _) = queue.enqueue(&queue.waiting(), batch("b", "1"), false).unwrap();
    let panicked = queue.settle(&first, 1, |_, _| panic!("torn")).unwrap_err();
    assert_eq!(panicked.to_string(), "the engine panicked while it wrote: torn");
    assert!(queue.settle(&second, 1, |_, _| Ok(())).is_err());
    queue.drain();
}

#[test]
fn what_has_only_read_what_failed_is_told() {
    let queue = CommitQueue::default();
    let (queued, _) = queue.enqueue(&[], batch("a", "1"), false).unwrap();
    let read = queue.waiting();
    assert!(queue.settle(&queued, 10, |_, _| disk_is_full()).is_err());
    assert!(queue.settle_read(&read).is_err());
    queue.settle_read(&queue.waiting()).unwrap();
}

#[test]
fn news_are_told_in_the_order_of_commits() {
    let queue = CommitQueue::default();
    let turns: Vec<NewsTurn> = (0..3)
        .map(|number| {
            queue
                .enqueue(&[], batch(&number.to_string(), ""), true)
                .unwrap()
                .1
                .unwrap()
        })
        .collect();
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for turn in turns.into_iter().rev() {
            let (queue, told) = (&queue, &told);
            scope.spawn(move || queue.in_turn(turn, || told.lock().unwrap().push(turn.0)));
        }
    });
    assert_eq!(*told.lock().unwrap(), [1, 2, 3]);
}

#[test]
fn a_group_lasts_if_one_of_it_has_to() {
    let cases = [
        ([Durability::Buffered, Durability::Buffered], Durability::Buffered),
        ([Durability::Buffered, Durability::Sync], Durability::Sync),
        ([Durability::Sync, Durability::Buffered], Durability::Sync),
    ];
    for (each, together) in cases {
        let queue = CommitQueue::default();
        let queued = each.map(|durability| {
            let (batch, _) = batch("a", "1");
            queue.enqueue(&[], (batch, durability), false).unwrap().0
        });
        let written = Mutex::new(Vec::new());
        let settled = queue.settle(&queued[1], usize::MAX, |_, durability| {
            written.lock().unwrap().push(durability);
            Ok(())
        });
        settled.unwrap();
        assert_eq!(*written.lock().unwrap(), [together]);
    }
}

#[test]
fn what_is_within_a_range_is_found_in_the_order_of_keys() {
    let mut batch = Batch::new();
    for key in ["a", "b", "ba", "bb", "c"] {
        batch.put(key, "");
    }
    let (queued, _) = CommitQueue::default()
        .enqueue(&[], (batch, Durability::Buffered), false)
        .unwrap();
    let bound = |key: &str| key.as_bytes().to_vec();
    let cases = [
        (KeyRange::prefix(b"b"), "bbabb"),
        (KeyRange::prefix(b"d"), ""),
        (KeyRange::prefix(b"0"), ""),
        (KeyRange::all(), "abbabbc"),
        (
            KeyRange {
                start: Bound::Excluded(bound("b")),
                end: Bound::Included(bound("bb")),
            },
            "babb",
        ),
        (
            KeyRange {
                start: Bound::Included(bound("c")),
                end: Bound::Excluded(bound("a")),
            },
            "",
        ),
    ];
    for (range, expected) in cases {
        let found = queued.within(&range).iter().map(Operation::key);
        let found = String::from_utf8(found.collect::<Vec<_>>().concat()).unwrap();
        assert_eq!(found, expected, "{range:?}");
    }
}
