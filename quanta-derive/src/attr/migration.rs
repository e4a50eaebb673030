//! Arguments of `#[migration(..)]`.

use proc_macro2::TokenStream;
use syn::{Ident, LitStr, Path};

use super::entry::{Entry, arguments};
use super::field::OwnCode;
use super::value;
use crate::ctxt::Ctxt;

/// All arguments there are, for messages.
const KNOWN: [&str; 9] = [
    "crate",
    "depends_on",
    "down",
    "id",
    "irreversible",
    "reads",
    "table",
    "tags",
    "writes",
];

#[derive(Default)]
pub(crate) struct MigrationAttrs {
    pub(crate) crate_path: Option<Path>,
    pub(crate) id: Option<LitStr>,
    pub(crate) table: Option<LitStr>,
    pub(crate) down: Option<OwnCode>,
    pub(crate) is_irreversible: bool,
    pub(crate) reads: Option<Tables>,
    pub(crate) writes: Option<Tables>,
    pub(crate) depends_on: Vec<LitStr>,
    pub(crate) tags: Vec<LitStr>,
}

/// The tables that a migration of whole tables reads or writes.
pub(crate) struct Tables {
    key: Ident,
    pub(crate) names: Vec<LitStr>,
}

impl MigrationAttrs {
    pub(crate) fn read(ctxt: &mut Ctxt, tokens: TokenStream) -> Self {
        let mut read = Self::default();
        let mut seen: Vec<Entry> = Vec::new();
        for entry in arguments(ctxt, tokens) {
            if seen.iter().any(|earlier| earlier.key == entry.key) {
                let key = &entry.key;
                ctxt.error_at(key, format!("`{key}` is given twice; keep one of them"));
                continue;
            }
            read.take(ctxt, &entry);
            seen.push(entry);
        }
        if let [first, second] = seen
            .iter()
            .filter(|entry| entry.is("down") || entry.is("irreversible"))
            .collect::<Vec<_>>()[..]
        {
            let fix = "either something leads back, or nothing does; keep one of them";
            ctxt.error_at(
                &second.key,
                format!("`{}` contradicts `{}`: {fix}", second.key, first.key),
            );
        }
        for name in read
            .id
            .iter()
            .chain(&read.depends_on)
            .filter(|name| name.value().is_empty())
        {
            ctxt.error_at(name, "a migration's name can't be empty");
        }
        read.check_tables(ctxt, &seen);
        read
    }

    fn check_tables(&self, ctxt: &mut Ctxt, seen: &[Entry]) {
        let Some(writes) = &self.writes else {
            if let Some(reads) = &self.reads {
                let message =
                    "`reads` is for migrations of whole tables: say which it writes, `writes(\"users\")`";
                ctxt.error_at(&reads.key, message);
            }
            return;
        };
        if let Some(table) = &self.table {
            let message =
                "`table` is for migrations of rows: `reads` and `writes` name the tables already; remove it";
            ctxt.error_at(table, message);
        }
        // One that is there and can't be read has its own error.
        let says_way_back = |entry: &Entry| entry.is("down") || entry.is("irreversible");
        if !seen.iter().any(says_way_back) {
            let message = "nothing says how to go back over it: name the function that does, `down = path`, or say \
                           `irreversible`";
            ctxt.error_at(&writes.key, message);
        }
    }

    fn take(&mut self, ctxt: &mut Ctxt, entry: &Entry) {
        match entry.key.to_string().as_str() {
            "crate" => self.crate_path = value::crate_path(ctxt, entry),
            "id" => self.id = value::string(ctxt, entry),
            "table" => self.table = value::string(ctxt, entry),
            "down" => self.down = value::function(ctxt, entry),
            "irreversible" => self.is_irreversible = value::flag(ctxt, entry),
            "reads" => self.reads = Some(tables(ctxt, entry)),
            "writes" => self.writes = Some(tables(ctxt, entry)),
            "depends_on" => self.depends_on = value::names(ctxt, entry),
            "tags" => self.tags = value::names(ctxt, entry),
            other => {
                let known: Vec<String> = KNOWN.iter().map(|name| format!("`{name}`")).collect();
                let message = format!("unknown argument `{other}`; there are {}", known.join(", "));
                ctxt.error_at(&entry.key, message);
            }
        }
    }
}

fn tables(ctxt: &mut Ctxt, entry: &Entry) -> Tables {
    Tables {
        key: entry.key.clone(),
        names: value::names(ctxt, entry),
    }
}
