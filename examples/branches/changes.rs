//! What the branches write: numbers and texts that never come twice, so that each value is known again wherever it is.

use std::collections::BTreeMap;

use super::structs::{left, right};
use super::truth::Branch;

/// Numbers that look random and are the same in every run (SplitMix64), and others that count.
#[derive(Debug)]
pub struct Dice {
    state: u64,
    count: u32,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            count: 0,
        }
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn index(&mut self, length: usize) -> usize {
        let index = self.below(length as u64);
        usize::try_from(index).expect("it is less than a length")
    }

    fn fresh(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn text(&mut self, what: &str) -> String {
        format!("{what} {}", self.fresh())
    }

    /// A price that no `f32` holds, but for some.
    fn price(&mut self) -> f64 {
        let cents = if self.below(4) == 0 { 0.5 } else { 0.1 };
        f64::from(self.fresh()) + cents
    }

    /// A price that an `f32` holds.
    #[expect(clippy::cast_possible_truncation, reason = "to round is what is meant")]
    fn short_price(&mut self) -> f32 {
        self.price() as f32
    }

    fn small(&mut self) -> u16 {
        u16::try_from(2 + self.below(60_000)).expect("it is less than a u16")
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(4 + self.below(200)).expect("it is less than a byte")
    }

    fn shop(&mut self) -> String {
        format!("shop {}", self.below(4))
    }
}

/// How a branch makes rows and changes them.
pub trait Changes: Branch {
    fn random(id: u64, dice: &mut Dice) -> Self;
    /// Changes one value, or puts an item or an entry in or takes it out.
    fn change(&mut self, dice: &mut Dice);
}

impl Changes for left::Book {
    fn random(id: u64, dice: &mut Dice) -> Self {
        Self {
            id,
            name: dice.text("title"),
            pages: dice.fresh(),
            price: dice.price(),
            note: Some(dice.text("note")),
            copies: dice.small(),
            shelf: left::Shelf {
                hall: dice.text("room"),
                place: dice.small(),
                height: dice.byte(),
            },
            loans: (0..dice.below(4)).map(|_| left_loan(dice)).collect(),
            offers: (0..dice.below(4)).map(|_| (dice.shop(), dice.price())).collect(),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.below(12) {
            0 => self.name = dice.text("title"),
            1 => self.pages = dice.fresh(),
            2 => self.price = dice.price(),
            3 => self.note = (dice.below(3) != 0).then(|| dice.text("note")),
            4 => self.copies = dice.small(),
            5 => self.shelf.hall = dice.text("room"),
            6 => self.shelf.place = dice.small(),
            7 => self.shelf.height = dice.byte(),
            8 => put_in_or_take_out(&mut self.loans, dice, left_loan),
            9 => match self.loans.last_mut() {
                Some(loan) => loan.rating = dice.byte(),
                None => self.loans.push(left_loan(dice)),
            },
            10 => self.loans.reverse(),
            _ => {
                let price = dice.price();
                offer_or_not(&mut self.offers, dice, price);
            }
        }
    }
}

fn left_loan(dice: &mut Dice) -> left::Loan {
    left::Loan {
        serial: dice.fresh().into(),
        who: dice.text("reader"),
        fee: dice.price(),
        remark: dice.text("remark"),
        rating: dice.byte(),
    }
}

impl Changes for right::Book {
    fn random(id: u64, dice: &mut Dice) -> Self {
        Self {
            id,
            title: dice.text("title"),
            pages: dice.fresh(),
            price: dice.short_price(),
            isbn: Some(dice.text("isbn")),
            shelf: right::Shelf {
                room: dice.text("room"),
                lamp: dice.below(2) == 0,
            },
            loans: (0..dice.below(4)).map(|_| right_loan(dice)).collect(),
            offers: (0..dice.below(4))
                .map(|_| (dice.shop(), dice.short_price()))
                .collect(),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.below(10) {
            0 => self.title = dice.text("title"),
            1 => self.pages = dice.fresh(),
            2 => self.price = dice.short_price(),
            3 => self.isbn = (dice.below(3) != 0).then(|| dice.text("isbn")),
            4 => self.shelf.room = dice.text("room"),
            5 => self.shelf.lamp = !self.shelf.lamp,
            6 => put_in_or_take_out(&mut self.loans, dice, right_loan),
            7 => match self.loans.first_mut() {
                Some(loan) => loan.reader = dice.text("reader"),
                None => self.loans.push(right_loan(dice)),
            },
            8 => self.loans.reverse(),
            _ => {
                let price = dice.short_price();
                offer_or_not(&mut self.offers, dice, price);
            }
        }
    }
}

fn right_loan(dice: &mut Dice) -> right::Loan {
    right::Loan {
        serial: dice.fresh().into(),
        reader: dice.text("reader"),
        fee: dice.short_price(),
    }
}

fn put_in_or_take_out<L>(loans: &mut Vec<L>, dice: &mut Dice, loan: fn(&mut Dice) -> L) {
    if loans.is_empty() || dice.below(2) == 0 {
        let place = dice.index(loans.len() + 1);
        loans.insert(place, loan(dice));
    } else {
        loans.remove(dice.index(loans.len()));
    }
}

fn offer_or_not<P>(offers: &mut BTreeMap<String, P>, dice: &mut Dice, price: P) {
    let shop = dice.shop();
    if dice.below(3) == 0 && offers.remove(&shop).is_some() {
        return;
    }
    offers.insert(shop, price);
}
