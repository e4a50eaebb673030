//! What every row must be, by the merge rules alone. Nothing here asks the store.
//!
//! A [`Full`] row holds what both branches can say of a book. A branch sees a part of it. What a branch did to that part
//! is settled when it closes the store:
//!
//! - a field that the branch doesn't have keeps its value, whatever else was changed;
//! - a narrowed number keeps its original if that still narrows to the number that is there; else it is that number;
//! - entries of a map are matched by their keys, items of a list in order: each takes the first original that looks like
//!   it and is still free, and what no original fits is a new item;
//! - a row that was deleted leaves nothing, so one that is inserted under its key later begins with the defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use quantadb::QuantaEntity;

use super::structs::{left, right};

/// All that the two branches know of one book.
#[derive(Debug, Clone, PartialEq)]
pub struct Full {
    /// Which insert it came from: a later row with the same key is another one.
    pub birth: u64,
    id: u64,
    name: String,
    pages: u32,
    price: f64,
    note: Option<String>,
    copies: u16,
    isbn: Option<String>,
    hall: String,
    place: u16,
    height: u8,
    lamp: bool,
    loans: Vec<left::Loan>,
    offers: BTreeMap<String, f64>,
}

/// A branch of the program.
pub trait Branch: QuantaEntity<Key = u64> + Debug + Clone + PartialEq {
    const NAME: &str;

    /// What the branch sees of a row.
    fn seen(full: &Full) -> Self;
    /// The row that is there if the branch inserted it, and nobody else ever knew it.
    fn alone(&self, birth: u64) -> Full;
    /// What has become of a row when the branch leaves it like this.
    fn settled(&self, full: &Full) -> Full;
    fn id(&self) -> u64;
}

impl Branch for left::Book {
    const NAME: &str = "left";

    fn seen(full: &Full) -> Self {
        Self {
            id: full.id,
            name: full.name.clone(),
            pages: full.pages,
            price: full.price,
            note: full.note.clone(),
            copies: full.copies,
            shelf: left::Shelf {
                hall: full.hall.clone(),
                place: full.place,
                height: full.height,
            },
            loans: full.loans.clone(),
            offers: full.offers.clone(),
        }
    }

    fn alone(&self, birth: u64) -> Full {
        let row = self.clone();
        Full {
            birth,
            id: row.id,
            name: row.name,
            pages: row.pages,
            price: row.price,
            note: row.note,
            copies: row.copies,
            isbn: None,
            hall: row.shelf.hall,
            place: row.shelf.place,
            height: row.shelf.height,
            lamp: false,
            loans: row.loans,
            offers: row.offers,
        }
    }

    fn settled(&self, full: &Full) -> Full {
        Full {
            isbn: full.isbn.clone(),
            lamp: full.lamp,
            ..self.alone(full.birth)
        }
    }

    fn id(&self) -> u64 {
        self.id
    }
}

impl Branch for right::Book {
    const NAME: &str = "right";

    fn seen(full: &Full) -> Self {
        Self {
            id: full.id,
            title: full.name.clone(),
            pages: full.pages,
            price: narrow(full.price),
            isbn: full.isbn.clone(),
            shelf: right::Shelf {
                room: full.hall.clone(),
                lamp: full.lamp,
            },
            loans: full.loans.iter().map(seen_loan).collect(),
            offers: full
                .offers
                .iter()
                .map(|(shop, price)| (shop.clone(), narrow(*price)))
                .collect(),
        }
    }

    fn alone(&self, birth: u64) -> Full {
        let row = self.clone();
        Full {
            birth,
            id: row.id,
            name: row.title,
            pages: row.pages,
            price: row.price.into(),
            note: None,
            copies: 1,
            isbn: row.isbn,
            hall: row.shelf.room,
            place: 0,
            height: 3,
            lamp: row.shelf.lamp,
            loans: row.loans.into_iter().map(new_loan).collect(),
            offers: row
                .offers
                .into_iter()
                .map(|(shop, price)| (shop, price.into()))
                .collect(),
        }
    }

    fn settled(&self, full: &Full) -> Full {
        let alone = self.alone(full.birth);
        let mut free: Vec<Option<&left::Loan>> = full.loans.iter().map(Some).collect();
        let mut original = |loan: &right::Loan| {
            let fits = |kept: &&mut Option<&left::Loan>| kept.is_some_and(|kept| seen_loan(kept) == *loan);
            let kept = free.iter_mut().find(fits).and_then(Option::take);
            kept.cloned().unwrap_or_else(|| new_loan(loan.clone()))
        };
        Full {
            price: unless_changed(full.price, self.price),
            note: full.note.clone(),
            copies: full.copies,
            place: full.place,
            height: full.height,
            loans: self.loans.iter().map(&mut original).collect(),
            offers: self
                .offers
                .iter()
                .map(|(shop, price)| {
                    let kept = full.offers.get(shop).copied().unwrap_or((*price).into());
                    (shop.clone(), unless_changed(kept, *price))
                })
                .collect(),
            ..alone
        }
    }

    fn id(&self) -> u64 {
        self.id
    }
}

fn seen_loan(loan: &left::Loan) -> right::Loan {
    right::Loan {
        serial: loan.serial,
        reader: loan.who.clone(),
        fee: narrow(loan.fee),
    }
}

fn new_loan(loan: right::Loan) -> left::Loan {
    left::Loan {
        serial: loan.serial,
        who: loan.reader,
        fee: loan.fee.into(),
        remark: String::new(),
        rating: 0,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "to round is what the branch asked for"
)]
fn narrow(number: f64) -> f32 {
    number as f32
}

fn unless_changed(original: f64, now: f32) -> f64 {
    if narrow(original).to_bits() == now.to_bits() {
        original
    } else {
        now.into()
    }
}

/// Where a value stands: which row, and where in it.
pub type Place = (u64, String);

/// Lists every value of a row with its place. An item of a list is placed by its serial number, so that one that was
/// taken out and one that was put in are not taken for each other.
pub fn values(full: &Full) -> BTreeMap<Place, String> {
    let mut values = BTreeMap::new();
    let mut add = |place: String, value: &dyn Debug| {
        values.insert((full.birth, place), format!("{value:?}"));
    };
    add("name".into(), &full.name);
    add("pages".into(), &full.pages);
    add("price".into(), &full.price);
    add("note".into(), &full.note);
    add("copies".into(), &full.copies);
    add("isbn".into(), &full.isbn);
    add("shelf.hall".into(), &full.hall);
    add("shelf.place".into(), &full.place);
    add("shelf.height".into(), &full.height);
    add("shelf.lamp".into(), &full.lamp);
    for loan in &full.loans {
        let serial = loan.serial;
        add(format!("loans[{serial}].who"), &loan.who);
        add(format!("loans[{serial}].fee"), &loan.fee);
        add(format!("loans[{serial}].remark"), &loan.remark);
        add(format!("loans[{serial}].rating"), &loan.rating);
    }
    for (shop, price) in &full.offers {
        add(format!("offers{{{shop}}}"), price);
    }
    values
}

/// Lists the places whose values a branch can't hold: those that are others when nothing but its own view is known.
pub fn hidden_from<B: Branch>(full: &Full) -> BTreeSet<Place> {
    let without = values(&B::seen(full).alone(full.birth));
    let hidden = values(full).into_iter();
    hidden
        .filter(|(place, value)| without.get(place) != Some(value))
        .map(|(place, _)| place)
        .collect()
}
