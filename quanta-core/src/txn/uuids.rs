//! Keys of the form UUID v7 (RFC 9562, section 5.7): the time in milliseconds, a counter, and random bits.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// The largest value of the 12 bits that count within a millisecond.
const COUNT_MAX: u16 = 0xfff;

/// The time and count of the newest key, by clock: whoever goes by one clock gets keys in order, in whichever store.
static NEWEST: Mutex<BTreeMap<usize, (u64, u16)>> = Mutex::new(BTreeMap::new());

/// Returns a key above all that were given out by that clock in this process.
#[must_use]
pub fn next_uuid(clock: fn() -> u64) -> [u8; 16] {
    let (time, count) = {
        let mut newest = NEWEST.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = newest.entry(clock as usize).or_default();
        *entry = after(*entry, clock());
        *entry
    };
    // A new state has keys that no other one has, in this process or another.
    let random = RandomState::new().hash_one((time, count));
    formed(time, count, random)
}

/// Returns time and count of the next key: where the clock stands still or goes back, the count goes on.
fn after((time, count): (u64, u16), now: u64) -> (u64, u16) {
    if now > time {
        (now, 0)
    } else if count < COUNT_MAX {
        (time, count + 1)
    } else {
        (time + 1, 0)
    }
}

fn formed(time: u64, count: u16, random: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&(0x7000 | count).to_be_bytes());
    bytes[8..].copy_from_slice(&(random >> 2 | 1 << 63).to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_whatever_the_clock_does() {
        assert_eq!(after((5, 7), 6), (6, 0));
        assert_eq!(after((5, 7), 5), (5, 8));
        assert_eq!(after((5, 7), 4), (5, 8));
        assert_eq!(after((5, COUNT_MAX), 4), (6, 0));
        let clock = || 1_767_323_045_006;
        let keys: Vec<[u8; 16]> = (0..10_000).map(|_| next_uuid(clock)).collect();
        assert!(keys.is_sorted());
        let mut tails: Vec<&[u8]> = keys.iter().map(|key| &key[8..]).collect();
        tails.sort_unstable();
        tails.dedup();
        assert!(tails.len() > 9_990, "the rest is random");
    }

    #[test]
    fn version_and_variant_are_in_place() {
        let key = formed(0x0123_4567_89ab, 0xcde, u64::MAX);
        assert_eq!(key[..8], [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x7c, 0xde]);
        assert_eq!(key[8], 0xbf);
        assert_eq!(formed(0, 0, 0)[8], 0x80);
    }
}
