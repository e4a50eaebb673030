//! Random writes over three tables against a plain model of what references mean.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "groups")]
struct Group {
    #[quanta(id)]
    id: u8,
    #[quanta(on_delete = "cascade", index)]
    parent: Option<Ref<Group>>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "members")]
struct Member {
    #[quanta(id)]
    id: u8,
    #[quanta(on_delete = "cascade")]
    group: Ref<Group>,
    #[quanta(on_delete = "set_null", index)]
    likes: Option<Ref<Group>>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "loans")]
struct Loan {
    #[quanta(id)]
    id: u8,
    #[quanta(on_delete = "restrict")]
    to: Ref<Member>,
    #[quanta(on_delete = "set_null")]
    by: Option<Ref<Group>>,
}

/// One write of a transaction.
#[derive(Debug, Clone)]
enum Write {
    Group(u8, Option<u8>),
    Member(u8, u8, Option<u8>),
    Loan(u8, u8, Option<u8>),
    Delete(Table, u8),
    /// A group gets another key.
    Move(u8, u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Table {
    Groups,
    Members,
    Loans,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Cascade,
    SetNull,
    Restrict,
}

/// A row of the model: for each reference where it leads and what then happens, and whether it leads anywhere.
type Row = Vec<(Table, Then, Option<u8>)>;

/// The state of all tables.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    rows: BTreeMap<(Table, u8), Row>,
}

impl Model {
    /// Does a transaction; none if it is refused.
    fn after(&self, writes: &[Write]) -> Option<Self> {
        let mut next = self.clone();
        let mut written = BTreeSet::new();
        // The last thing that happened to each key.
        let mut gone: BTreeMap<(Table, u8), bool> = BTreeMap::new();
        for write in writes {
            let (place, row) = match write.clone() {
                Write::Group(id, parent) => {
                    ((Table::Groups, id), vec![(Table::Groups, Then::Cascade, parent)])
                }
                Write::Member(id, group, likes) => {
                    let row = vec![
                        (Table::Groups, Then::Cascade, Some(group)),
                        (Table::Groups, Then::SetNull, likes),
                    ];
                    ((Table::Members, id), row)
                }
                Write::Loan(id, to, by) => {
                    let row = vec![
                        (Table::Members, Then::Restrict, Some(to)),
                        (Table::Groups, Then::SetNull, by),
                    ];
                    ((Table::Loans, id), row)
                }
                Write::Delete(table, id) => {
                    if next.rows.remove(&(table, id)).is_some() {
                        gone.insert((table, id), true);
                    }
                    continue;
                }
                Write::Move(from, to) => {
                    if from == to {
                        continue;
                    }
                    let Some(row) = next.rows.get(&(Table::Groups, from)).cloned() else {
                        continue;
                    };
                    if next.rows.contains_key(&(Table::Groups, to)) {
                        return None;
                    }
                    next.rows.remove(&(Table::Groups, from));
                    gone.insert((Table::Groups, from), false);
                    ((Table::Groups, to), row)
                }
            };
            written.insert(place);
            next.rows.insert(place, row);
        }
        next.settle(gone, &written).then_some(next)
    }

    fn settle(&mut self, mut gone: BTreeMap<(Table, u8), bool>, written: &BTreeSet<(Table, u8)>) -> bool {
        let mut held: Vec<(Table, u8)> = Vec::new();
        gone.retain(|place, _| !self.rows.contains_key(place));
        while let Some(((table, id), is_deleted)) = gone.pop_first() {
            let places: Vec<_> = self.rows.keys().copied().collect();
            for place in places {
                let row = self.rows.get_mut(&place).unwrap();
                let leads_there =
                    |reference: &(Table, Then, Option<u8>)| (reference.0, reference.2) == (table, Some(id));
                if row
                    .iter()
                    .any(|reference| leads_there(reference) && (!is_deleted || reference.1 == Then::Restrict))
                {
                    held.push(place);
                }
                if !is_deleted {
                    continue;
                }
                if row
                    .iter()
                    .any(|reference| leads_there(reference) && reference.1 == Then::Cascade)
                {
                    self.rows.remove(&place);
                    gone.insert(place, true);
                    continue;
                }
                for reference in row.iter_mut() {
                    if leads_there(reference) && reference.1 == Then::SetNull {
                        reference.2 = None;
                    }
                }
            }
        }
        held.iter().chain(written).all(|place| {
            let Some(row) = self.rows.get(place) else {
                return true;
            };
            row.iter()
                .all(|(table, _, to)| to.is_none_or(|to| self.rows.contains_key(&(*table, to))))
        })
    }

    /// Reads a store as a model.
    fn of(db: &Database) -> Self {
        let mut rows = BTreeMap::new();
        for Group { id, parent } in all(db) {
            let parent = parent.map(Ref::into_key);
            rows.insert((Table::Groups, id), vec![(Table::Groups, Then::Cascade, parent)]);
        }
        for Member { id, group, likes } in all(db) {
            let row = vec![
                (Table::Groups, Then::Cascade, Some(group.into_key())),
                (Table::Groups, Then::SetNull, likes.map(Ref::into_key)),
            ];
            rows.insert((Table::Members, id), row);
        }
        for Loan { id, to, by } in all(db) {
            let row = vec![
                (Table::Members, Then::Restrict, Some(to.into_key())),
                (Table::Groups, Then::SetNull, by.map(Ref::into_key)),
            ];
            rows.insert((Table::Loans, id), row);
        }
        Self { rows }
    }
}

fn write(tx: &TransactionHandle<'_>, write: &Write) -> Result<()> {
    match *write {
        Write::Group(id, parent) => tx.collection().put(&Group {
            id,
            parent: parent.map(Ref::new),
        }),
        Write::Member(id, group, likes) => tx.collection().put(&Member {
            id,
            group: Ref::new(group),
            likes: likes.map(Ref::new),
        }),
        Write::Loan(id, to, by) => tx.collection().put(&Loan {
            id,
            to: Ref::new(to),
            by: by.map(Ref::new),
        }),
        Write::Delete(Table::Groups, id) => tx.collection::<Group>().delete(&id).map(drop),
        Write::Delete(Table::Members, id) => tx.collection::<Member>().delete(&id).map(drop),
        Write::Delete(Table::Loans, id) => tx.collection::<Loan>().delete(&id).map(drop),
        Write::Move(from, to) => tx
            .collection::<Group>()
            .update(&from, |group| group.id = to)
            .map(drop),
    }
}

fn writes() -> impl Strategy<Value = Vec<Vec<Write>>> {
    let key = || 0..6_u8;
    let maybe = || proptest::option::of(0..6_u8);
    let tables = prop_oneof![Just(Table::Groups), Just(Table::Members), Just(Table::Loans)];
    let write = prop_oneof![
        3 => (key(), maybe()).prop_map(|(id, parent)| Write::Group(id, parent)),
        3 => (key(), key(), maybe()).prop_map(|(id, group, likes)| Write::Member(id, group, likes)),
        2 => (key(), key(), maybe()).prop_map(|(id, to, by)| Write::Loan(id, to, by)),
        3 => (tables, key()).prop_map(|(table, id)| Write::Delete(table, id)),
        1 => (key(), key()).prop_map(|(from, to)| Write::Move(from, to)),
    ];
    proptest::collection::vec(proptest::collection::vec(write, 1..5), 1..30)
}

/// Every transaction does what the model says, or is refused where the model refuses it and leaves nothing behind.
#[test]
fn g2_g4_random_writes_against_a_model() {
    let cases = std::env::var("QUANTA_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases.unwrap_or(200))
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut done, mut refused) = (0_u32, 0_u32);
    let run = |transactions: Vec<Vec<Write>>| {
        let db = Small::default().open::<(Group, Member, Loan)>().unwrap();
        let mut model = Model::default();
        for transaction in transactions {
            let expected = model.after(&transaction);
            let result = db.write(|tx| transaction.iter().try_for_each(|one| write(tx, one)));
            prop_assert_eq!(
                result.is_ok(),
                expected.is_some(),
                "{:?} gives {:?}",
                transaction,
                result
            );
            model = expected.unwrap_or(model);
            prop_assert_eq!(&Model::of(&db), &model, "after {:?}", transaction);
        }
        verify(&db);
        Ok(())
    };
    let counted = std::cell::RefCell::new((&mut done, &mut refused));
    runner
        .run(&writes(), |transactions| {
            let mut model = Model::default();
            for transaction in &transactions {
                match model.after(transaction) {
                    Some(next) => {
                        model = next;
                        *counted.borrow_mut().0 += 1;
                    }
                    None => *counted.borrow_mut().1 += 1,
                }
            }
            run(transactions)
        })
        .unwrap();
    assert!(
        done > 500 && refused > 500,
        "{done} transactions are done, {refused} refused"
    );
}
