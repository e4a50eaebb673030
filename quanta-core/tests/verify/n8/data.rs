//! Corruptions of rows, index entries, kept values, and rows that were taken out.

use super::*;

fn group_key(name: &str) -> Vec<u8> {
    key(ROW, &[2], &[name.as_bytes(), &[0, 0]].concat())
}

/// The entry of a person in the index of groups.
fn by_group(group: &str, id: u8) -> Vec<u8> {
    key(INDEX, &[7], &[group.as_bytes(), &[0, 0, 0x81, id]].concat())
}

/// The entry of a person in the index of mails.
fn by_mail(mail: &str) -> Vec<u8> {
    key(INDEX, &[8], &[mail.as_bytes(), &[0, 0]].concat())
}

#[test]
fn n8_corruptions_of_rows_are_found() {
    check_all(&cases! {
        "row cut", |r| truncate(r, &person_key(1)) => RowBody, "row 1 of table people";
        "row too long", |r| r.get_mut(&person_key(1)).unwrap().push(0) => RowBody, "row 1 of table people";
        "row empty", |r| r.get_mut(&person_key(1)).unwrap().clear() => RowStamp, "row 1 of table people";
        "stamp that never was", |r| r.get_mut(&person_key(1)).unwrap()[0] = 9 => RowStamp, "row 1 of table people";
        "stamp of another shape", |r| r.get_mut(&person_key(1)).unwrap()[0] = 2 => RowBody, "row 1 of table people";
        "text is none", |r| r.get_mut(&person_key(1)).unwrap()[2] = 0xff => RowBody, "row 1 of table people";
        "option is none", |r| r.get_mut(&person_key(1)).unwrap()[9] = 7 => RowBody, "row 1 of table people";
        "set out of order", |r| {
            let row = r.get_mut(&person_key(1)).unwrap();
            let end = row.len();
            row.swap(end - 1, end - 3);
        } => RowBody, "row 1 of table people";
        "set with one item twice", |r| *r.get_mut(&person_key(1)).unwrap().last_mut().unwrap() = b'a' => RowBody, "row 1 of table people";
        "row under another key", |r| swap(r, &person_key(1), &person_key(2)) => RowKey, "row 1 of table people";
        "row missing", |r| take(r, &person_key(1)) => IndexSurplus, "row 1 of table people";
        "row surplus", |r| {
            let mut row = r[&person_key(1)].clone();
            row[5] = 9;
            r.insert(person_key(9), row);
        } => IndexMissing, "row 9 of table people";
        "indexed value", |r| r.get_mut(&person_key(1)).unwrap()[8] = b'9' => IndexMissing, "row 1 of table people";
        "what it refers to is missing", |r| take(r, &group_key("red")) => Dangling, "row 1 of table people";
        "what it refers to is another", |r| r.get_mut(&person_key(4)).unwrap()[2] = b'x' => Dangling, "row 4 of table people";
        "rows of no table", |r| copy(r, &person_key(1), key(ROW, &[77], &[0x81, 1])) => RowOrphan, "space 77";
        "row without a space", |r| r.insert(vec![ROW, 0], vec![1]) => RowOrphan, "key 0600";
        "row of a dropped table", |r| truncate(r, &key(ROW, &[3], &[0x81, 1])) => RowBody, "table olds";
    });
}

#[test]
fn n8_corruptions_of_index_entries_are_found() {
    check_all(&cases! {
        "entry missing", |r| take(r, &by_group("red", 1)) => IndexMissing, "people_group has no entry for \"red\"";
        "unique entry missing", |r| take(r, &by_mail("m1")) => IndexMissing, "people_mail has no entry for \"m1\"";
        "entry surplus", |r| r.insert(by_group("red", 4), Vec::new()) => IndexSurplus, "row 4";
        "entry of no row", |r| r.insert(by_group("red", 9), Vec::new()) => IndexSurplus, "row 9";
        "unique entry of no row", |r| r.insert(by_mail("m9"), vec![0x81, 9]) => IndexSurplus, "\"m9\" for row 9";
        "unique entry of another value", |r| r.insert(by_mail("m9"), vec![0x81, 1]) => IndexSurplus, "\"m9\" for row 1";
        "unique entry of another row", |r| r.insert(by_mail("m1"), vec![0x81, 2]) => IndexMissing, "\"m1\" for row 2";
        "unique entry without a row", |r| r.insert(by_mail("m1"), Vec::new()) => IndexSurplus, "table people";
        "entry with a value", |r| r.insert(by_group("red", 1), vec![1]) => IndexSurplus, "row 1";
        "two rows of one unique value", |r| r.get_mut(&person_key(2)).unwrap()[8] = b'1' => IndexMissing, "has \"m1\" for row 1";
        "entry under another value", |r| {
            take(r, &by_group("red", 1));
            r.insert(by_group("blue", 1), Vec::new());
        } => IndexSurplus, "\"blue\" for row 1";
        "entry without a row key", |r| r.insert(key(INDEX, &[7], b"red\0\0"), Vec::new()) => IndexSurplus, "row";
        "entry that is none", |r| r.insert(key(INDEX, &[7], b"red"), Vec::new()) => IndexSurplus, "no row key";
        "entries of no index", |r| copy(r, &by_mail("m1"), key(INDEX, &[77], b"m1\0\0")) => IndexOrphan, "space 77";
        "entry in the space of rows", |r| copy(r, &by_mail("m1"), key(INDEX, &[5], b"m1\0\0")) => IndexOrphan, "space 5";
        "entry without a space", |r| r.insert(vec![INDEX, 0], Vec::new()) => IndexOrphan, "key 0700";
        "entry of a dropped table missing", |r| take(r, &key(INDEX, &[6], &[0x81, 10, 0x81, 1])) => IndexMissing, "table olds";
    });
}

#[test]
fn n8_corruptions_of_kept_values_are_found() {
    check_all(&cases! {
        "kept cut", |r| truncate(r, &kept_up()) => KeptEntry, "row 4 of table people on edge 2 up";
        "kept too long", |r| r.get_mut(&kept_up()).unwrap().push(0) => KeptEntry, "row 4 of table people on edge 2 up";
        "kept down cut", |r| truncate(r, &kept_down()) => KeptEntry, "row 1 of table pages on edge 2 down";
        "kept of no row", |r| copy(r, &kept_up(), key(KEPT, &[5, 2], &[0, 0x81, 9])) => KeptRow, "row 9 of table people";
        "its row missing", |r| take(r, &person_key(4)) => KeptRow, "row 4 of table people";
        "kept on the wrong side", |r| copy(r, &kept_up(), key(KEPT, &[5, 2], &[0, 0x81, 1])) => KeptSide, "row 1 of table people";
        "kept the other way", |r| copy(r, &kept_up(), key(KEPT, &[5, 2], &[1, 0x81, 4])) => KeptSide, "row 4 of table people";
        "kept down on the wrong side", |r| copy(r, &kept_down(), key(KEPT, &[4, 2], &[0, 0x81, 1])) => KeptSide, "row 1 of table pages";
        "kept no way", |r| copy(r, &kept_up(), key(KEPT, &[5, 2], &[7, 0x81, 4])) => KeptEntry, "0800000005";
        "kept on no edge", |r| copy(r, &kept_up(), key(KEPT, &[5, 9], &[0, 0x81, 4])) => KeptEdge, "edge 9";
        "kept of no table", |r| copy(r, &kept_up(), key(KEPT, &[77, 2], &[0, 0x81, 4])) => KeptOrphan, "space 77";
        "kept without a space", |r| r.insert(vec![KEPT, 0], vec![0]) => KeptOrphan, "key 0800";
        "kept without an edge", |r| r.insert(key(KEPT, &[5], &[]), vec![0]) => KeptEntry, "0800000005";
    });
}

#[test]
fn n8_corruptions_of_rows_that_were_taken_out_are_found() {
    const OUT: &[u8] = &[VICTIM, 0, 0, 0, 9, 0, 0, 0, 2, 0x81, 3];
    check_all(&cases! {
        "record cut", |r| truncate(r, OUT) => Victim, "table counts";
        "body cut", |r| victims(r, |v| ignore(v[0].body.pop())) => Victim, "table counts";
        "no row in it", |r| victims(r, Vec::clear) => Victim, "there is no row";
        "under another key", |r| {
            let value = take(r, OUT);
            r.insert(key(VICTIM, &[9, 2], &[0x81, 4]), value);
        } => Victim, "its own key is 3";
        "of no edge", |r| copy(r, OUT, key(VICTIM, &[9, 7], &[0x81, 3])) => Victim, "edge 7";
        "of no table", |r| copy(r, OUT, key(VICTIM, &[77, 2], &[0x81, 3])) => VictimOrphan, "space 77";
        "without an edge", |r| r.insert(key(VICTIM, &[9], &[]), vec![0]) => Victim, "no edge";
        "kept on an edge that never was", |r| victims(r, |v| v[0].kept.push((9, Way::Up, vec![1]))) => Victim, "edge 9";
        "kept and damaged", |r| victims(r, |v| v[0].kept.push((2, Way::Up, vec![1, 9]))) => Victim, "edge 2";
    });
}
