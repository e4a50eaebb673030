//! Derive macros of QuantaDB: the schema follows the code.
//!
//! Use them through the facade crate, as `quantadb::{QuantaEntity, QuantaType, QuantaView}`. What they generate names
//! nothing but the facade's hidden `__private` module and `core`, by absolute path.
//!
//! [`QuantaEntity`] is for a struct whose rows live in a table, [`QuantaType`] for a struct or enum inside of one.
//! [`QuantaView`] is for a struct that is read of rows. They take attributes of the form `#[quanta(..)]`. What can't be
//! meant is a compile error where it stands, with the way out in its text; all mistakes of one item are reported together.
//!
//! Layout comes from storage names alone: fields and variants are sorted by them, so the order of declaration never
//! matters. The storage name is the Rust name (`r#type` is `type`), or what `name = ".."` pins. Storage names match
//! `[A-Za-z_][A-Za-z0-9_]*` and have at most 128 bytes.

mod ast;
mod attr;
mod case;
mod check;
mod ctxt;
mod derive;
mod embed;
mod expand;
mod fallback;
mod lock;
mod migration;
mod read;
mod view;

use proc_macro::TokenStream;
use syn::{DeriveInput, LitStr, parse_macro_input};

use crate::ast::Derive;
use crate::derive::derive;

/// Derives `QuantaEntity` and `QuantaType` for a struct whose rows live in a table, and registers it.
///
/// The struct has named fields, no generic parameters, and at least one `id` field. Don't derive `QuantaType` beside
/// it: it is part of this one.
///
/// # On the struct
///
/// | attribute | takes | meaning |
/// | --- | --- | --- |
/// | `table` | `= "users"` | the table's name; without it the struct's name in snake case, `HTTPServer` as `http_server` |
/// | `renamed_from` | `= "people"` or `("people", "persons")` | earlier names of the table; of several, the leftmost that is in the store counts |
/// | `new` | | a really new table, where it could be a renamed one |
/// | `on_failure` | `(key = "drop_row")`, `(index(name) = "drop_row")` | of rows that get one key when the key changes, or have one value where an index becomes unique, the one with the lowest key before survives; the others are taken out, and kept |
/// | `index`, `unique` | `(a, "b.c")`, or `(name = "..", fields(a, "b.c"))` | an index over fields, in this order: own ones by their Rust names, others by the path of their storage names, as in `"home.city"`, `"tags[]"`, `"prices{key}"`. `desc` behind a field, as in `(age desc, name)`, puts its highest values first. May stand several times |
/// | `validate_with` | `= path` or `= "path"` | says whether a row may be written, with a `fn(&Entity) -> Result<(), E>`, where `E` is a `FieldError`, a `Vec<FieldError>`, or implements `Display` |
/// | `references` | `(Team, fields(a, b))`, and `on_delete = ".."` | the fields, in the order of the key of `Team`, refer to a row of it: for composite keys. May stand several times |
/// | `register` | `= false` | leaves the struct out of the registry; name it to `Options` by hand. It is not compared with `quanta.lock` |
/// | `lock` | `= "off"` | does not compare the struct with `quanta.lock` |
/// | `crate` | `= path` or `= "path"` | where the facade is, if not at `::quantadb` |
///
/// # On a field
///
/// | attribute | takes | meaning |
/// | --- | --- | --- |
/// | `id` | nothing, or `= 0` | part of the key; with several, each states its position, from 0 |
/// | `auto` | | beside `id`: `Collection::add` gives the row its key; an integer, or a `uuid::Uuid` with the feature `uuid` |
/// | `references` | `= Team` | the field holds the key of a row of `Team`, and refers to it; a `Ref<Team>` does so by itself |
/// | `on_delete` | `= "restrict"`, `"cascade"` or `"set_null"` | what happens to this row when the one it refers to is deleted: that is refused, which is the default; this one is deleted too; or the field, an `Option`, becomes none |
/// | `index`, `unique` | nothing, or `= "name"` | an index over the field; without a name it is called after table and field |
/// | `name` | `= "mail"` | the storage name, pinned over renames in Rust |
/// | `renamed_from` | `= "nick"` or `("nick", "alias")` | earlier storage names; of several, the leftmost that is in the store counts. Also the position in a tuple, `"0"`, the name of a field of a struct whose value this field takes over, or the old name of the field around this struct, whose value it takes |
/// | `new` | | a really new field, where it could be a renamed one |
/// | `default` | nothing, or `= expression` | what rows get that lack the field: the type's `Default`, or the value; a string literal is converted with `From` |
/// | `default_with` | `= path` or `= "path"` | the same from a `fn() -> Field`, which runs once; its value is kept |
/// | `init_with` | `= path` or `= "path"` | computes the value for each row, with a `fn(&OldRow<'_>) -> Field` or `-> Result<Field, impl Display>` |
/// | `convert_with` | `= path`, or `(path, inverse = path)` | converts the values where the field's type changes, with a `fn(Stored) -> Field` or `-> Result<Field, impl Display>`; the inverse converts back |
/// | `on_failure` | `= "default"` or `"drop_row"` | a value that doesn't fit the field's new type becomes its default, or takes its row out; either is kept |
/// | `serde` | `= "name"` | stores the field as JSON, as the shape `opaque(name)`; its type has serde's `Serialize` and `Deserialize` |
/// | `skip` | | not stored; reading a row fills in the type's `Default` |
///
/// `new` excludes `renamed_from` and `convert_with`; `default`, `default_with` and `init_with` exclude each other, and
/// `init_with` excludes `on_failure`; `skip` excludes all. A `serde` field is no key, because JSON has no order, and has neither `convert_with` nor
/// `on_failure`, because it is never converted.
///
/// A function of `convert_with` takes another type than the field's. It is called for values of that type, and stays in
/// the source without harm: where the store has another one, the built-in conversion serves. If it is generic, say of what:
/// `convert_with = parse::<String>`.
///
/// # Validation
///
/// The function of `validate_with` is asked before each write of a row, also one through rows as values, if the program
/// opened the store with the entity or used it since, and the table has its shape. It gets the row as it will be read
/// back. If it declines, or panics, nothing of the row is written; after a panic, nothing of the transaction is. It is
/// not asked for what is stored already, by migrations, nor for rows that are deleted, and is no part of the schema: it
/// may change at any time. It should look at nothing but the row: what depends on other rows belongs into
/// `Options::before_write`.
///
/// # The lock
///
/// If there is a `quanta.lock` beside the crate's `Cargo.toml`, names are compared with those of its last version while
/// the crate is compiled. A field that went beside one that came, without `renamed_from`, `new` or `init_with`, is a compile error at the
/// new field, with the attributes to paste. A struct that the lock doesn't know is not compared, nor is one that is left
/// out of the registry.
///
/// # Reserved
///
/// `store` on the struct is known and refused: an attribute is never ignored.
#[proc_macro_derive(QuantaEntity, attributes(quanta))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Entity).into()
}

/// Derives `QuantaType` for a struct or enum that is stored inside an entity.
///
/// | item | stored as |
/// | --- | --- |
/// | struct with named fields | `struct`, fields sorted by storage name |
/// | struct with one unnamed field | that field |
/// | struct with more unnamed fields | `tuple`, in their order |
/// | struct without stored fields | `unit` |
/// | enum | `enum`, variants sorted by storage name; each is a unit, a tuple or a struct |
///
/// Type parameters get the bound `QuantaType`. Lifetimes are refused, because stored types own their data; so are
/// unions and empty enums. A type may contain itself through `Box`, `Option` and the collections.
///
/// # On the item
///
/// | attribute | takes | meaning |
/// | --- | --- | --- |
/// | `crate` | `= path` or `= "path"` | where the facade is, if not at `::quantadb` |
/// | `lock` | `= "off"` | does not compare the item with `quanta.lock` |
///
/// Fields and variants are compared with `quanta.lock` like the fields of a [`QuantaEntity`], by the name of the type. A
/// name that several types in the lock have is not compared.
///
/// # On a variant
///
/// | attribute | takes | meaning |
/// | --- | --- | --- |
/// | `name` | `= "Circle"` | the storage name, pinned over renames in Rust |
/// | `renamed_from` | `= "Round"` or `("Round", "Disc")` | earlier storage names; of several, the leftmost that is in the store counts |
/// | `new` | | a really new variant, where it could be a renamed one |
/// | `default` | | the variant that rows get which lack a field of this type; at most one |
/// | `fallback_for` | `= "Square"` or `("Square", "Oval")` | variants that are gone, which become this one; what they were is kept. Its fields get their defaults |
///
/// A variant in a `fallback_for` is no live one, and in one list only: neither in that of another variant, nor in a
/// `renamed_from`.
///
/// # On a named field
///
/// Those of [`QuantaEntity`]'s fields except `id`, `auto`, `index` and `unique`, in structs and in variants. Unnamed fields
/// take no attributes: give them names.
#[proc_macro_derive(QuantaType, attributes(quanta))]
pub fn derive_type(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Derive::Type).into()
}

/// Derives `QuantaView` for a struct with named fields, which are what a view reads of each row, and registers it.
///
/// | attribute of the struct | takes | meaning |
/// | --- | --- | --- |
/// | `of` | `= Flight` | the entity whose rows are read |
/// | `filter` | `= \|f\| ..`, or `= path` | which rows are read, by a closure over the fields of the entity that makes a `Filter`; without it, all |
/// | `name` | `= "late_flights"` | the view's name; without it the struct's name in snake case |
/// | `register` | `= false` | leaves the view out of the registry; name it to `Options` by hand |
/// | `crate` | `= path` or `= "path"` | where the facade is, if not at `::quantadb` |
///
/// | attribute of a field | takes | meaning |
/// | --- | --- | --- |
/// | `path` | `= address.city`, `= team.row().name` or `= \|f\| f.team.row().name` | what is read, by the Rust names of fields; without it, the field of the entity with the same name |
/// | `name` | `= "city"` | the name of the column, pinned over renames in Rust |
///
/// The type of a field is that of what it reads: an option, if something on the way may be missing. Where that would be an
/// option of an option, the field may be either.
#[proc_macro_derive(QuantaView, attributes(quanta))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    view::view(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a function a migration of the rows of one table, or of whole tables, and registers it.
///
/// | function | what it does |
/// | --- | --- |
/// | `fn(Old) -> New` | makes the new row from a row of another shape; nothing else is done to it. It runs whenever the table has the shape of `Old` and the program that of `New` |
/// | `fn(Row) -> Row` | changes rows that have their new shape already. It runs once in a store |
/// | `fn(Old, Row) -> Row` | sees the row before the change and after it. It runs once in a store |
/// | `fn(&mut MigrationTables<'_>) -> Result<(), E>` | with `writes(..)`: reads whole tables as they were before the change, and writes tables of after it. It runs once in a store |
///
/// Rows are entities of any generation (older ones with `register = false`), or `Value`s, which have the shape that the
/// table has. Each function may return a `Result` with any error that implements `Display`: a row that it declines
/// refuses the change, and is named.
///
/// Migrations run before the change becomes current, over every row; a panic changes nothing. What a row was is kept:
/// rows that were not changed since return as they were. The function's name is the migration's type too, for
/// `Options::migration`.
///
/// | argument | takes | meaning |
/// | --- | --- | --- |
/// | `id` | `= "split_names"` | the migration's name; without it, that of the function |
/// | `table` | `= "users"` | the table, where the signature doesn't say |
/// | `reads` | `= "people"` or `("a", "b")` | tables that a migration of whole tables reads, by their names in the store |
/// | `writes` | `= "users"` or `("a", "b")` | tables that it writes: with this, it is one of whole tables, and says `down` or `irreversible` |
/// | `down` | `= path` | leads back for rows that were changed since: `fn(New) -> Old`, or `fn(Row) -> Row`; it may return a `Result` too. For whole tables, a function of the same form with the roles exchanged |
/// | `irreversible` | | nothing leads back: a rollback over it is refused; without it and `down`, only rows that were not changed go back |
/// | `depends_on` | `= "id"` or `("a", "b")` | migrations that run before |
/// | `tags` | `= "word"` or `("a", "b")` | words to choose migrations by |
/// | `crate` | `= path` or `= "path"` | where the facade is, if not at `::quantadb` |
///
/// The function takes its rows by value, is neither generic nor async nor unsafe, and no method.
///
/// # Whole tables
///
/// A migration with `writes(..)` runs when the store has rows in a table that it reads, and never saw it on the way to
/// where it stands; see `quantadb::MigrationTables` for what it can do, with an example. Any error, and any panic, names the row
/// that was read last and changes nothing. After a rollback and up again it runs again, over tables with the rows that
/// they had: `get` and `put` are made for that, `insert` fails there.
#[proc_macro_attribute]
pub fn migration(arguments: TokenStream, function: TokenStream) -> TokenStream {
    migration::migration(arguments.into(), &function.into()).into()
}

/// Takes the migration files of a directory of the package into the program: their paths and texts, for
/// `MigrationSource::embedded`. The path is relative to the `Cargo.toml` of the package. Files of directories in it are taken
/// too; drafts, and names that begin with a point, are not.
///
/// A new file is seen when the crate is compiled again: a build script with `cargo::rerun-if-changed=migrations` sees to that.
#[proc_macro]
pub fn migration_files(directory: TokenStream) -> TokenStream {
    embed::embed(&parse_macro_input!(directory as LitStr)).into()
}
