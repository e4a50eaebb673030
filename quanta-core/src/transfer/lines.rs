//! Lines of bounded length, with their numbers.

use std::io::{self, BufRead, Read};

use crate::schema::limits::LINE_BYTES_MAX;

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, with its end if it has one.
    Read,
    /// A line that is longer than there is room for: nothing of it is kept.
    TooLong,
    /// There is no more.
    End,
}

/// Reads lines and counts them.
pub(super) struct Lines<R> {
    reader: R,
    /// Lines read so far.
    pub(super) count: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, count: 0 }
    }

    /// Appends the next line to `buffer`, which has room for [`LINE_BYTES_MAX`] bytes. A byte order mark at the start
    /// of the first one is left out.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> io::Result<Line> {
        let start = buffer.len();
        let room = (LINE_BYTES_MAX + 1).saturating_sub(start);
        let read = (&mut self.reader).take(room as u64).read_until(b'\n', buffer)?;
        if read == 0 && room > 0 {
            return Ok(Line::End);
        }
        self.count += 1;
        if self.count == 1 && buffer.starts_with(b"\xef\xbb\xbf") {
            buffer.drain(..3);
        }
        if buffer.len() <= LINE_BYTES_MAX {
            return Ok(Line::Read);
        }
        let has_ended = buffer.ends_with(b"\n");
        buffer.truncate(start);
        if !has_ended {
            self.reader.skip_until(b'\n')?;
        }
        Ok(Line::TooLong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_limit() {
        let long = vec![b'x'; LINE_BYTES_MAX + 1];
        let exact = vec![b'y'; LINE_BYTES_MAX - 1];
        let text = [b"\xef\xbb\xbfa\n", &long[..], b"\n", &exact, b"\nend"].concat();
        let mut lines = Lines::new(&text[..]);
        let mut next = |expected: Line, bytes: usize, first: Option<&u8>| {
            let mut buffer = Vec::new();
            assert_eq!(lines.next(&mut buffer).expect("memory can be read"), expected);
            assert_eq!((buffer.len(), buffer.first()), (bytes, first));
        };
        next(Line::Read, 2, Some(&b'a'));
        next(Line::TooLong, 0, None);
        next(Line::Read, LINE_BYTES_MAX, Some(&b'y'));
        next(Line::Read, 3, Some(&b'e'));
        next(Line::End, 0, None);
        assert_eq!(lines.count, 4);
    }
}
