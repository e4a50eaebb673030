//! What the commands print.

use expect_test::{Expect, expect};
use quanta_core::EngineKind;

use crate::fixture::{Store, quanta, second};

#[track_caller]
fn check(words: &str, expected: &Expect) {
    expected.assert_eq(&Store::new().printed(words));
}

#[test]
fn inspect() {
    check(
        "inspect",
        &expect![[r#"
            store     ID
            engine    fjall, format 1
            on disk   BYTES
            revision  3, 3 ledger records

            TABLE  ID  STATE  VERSION  VERSIONS  ROWS  BYTES  UNSWEPT  KEPT  KEPT BYTES  FINGERPRINT
            teams   2  live         1         1     0    0 B        0     0         0 B  107b865f023cacb4cd391dbf3ee306c3
            users   1  live         2         2     6  131 B        4     1        30 B  872db8f63c3e764a2202b34bb48664fd
            users: 4 rows of version 1, to be swept when a program opens the store
            users: of 1 row is kept what version 2 can't hold, 30 B
        "#]],
    );
}

#[test]
fn schema() {
    check(
        "schema",
        &expect![[r#"
        table teams {
          name: string (key)
        }

        table users {
          id: u64 (key)
          joined: bool
          name: string
          score: f32
        }
    "#]],
    );
    check(
        "schema users --at 1",
        &expect![[r#"
        table users {
          id: u64 (key)
          nick: string
          note: option<string>
          score: f64
        }
    "#]],
    );
}

#[test]
fn history() {
    check(
        "history",
        &expect![[r#"
               #  KIND    REVISION  FROM  RELEASE  TIME                  BY   CHANGES
               0  create         1                 2026-01-01T00:00:00Z  1.0  create table users
               1  auto           2     1           2026-01-02T00:00:00Z  2.0  rename users.name from nick
                                                                              change users.score from f64 to f32
                                                                              drop users.note: option<string>; its values are kept
                                                                              add users.joined: bool, the same value in every old row
            *  2  auto           3     2           2026-01-03T00:00:00Z  2.1  create table teams
        "#]],
    );
}

#[test]
fn show() {
    check(
        "show 2",
        &expect![[r#"
            revision 2
            auto from revision 1, 2026-01-02T00:00:00Z, by 2.0

            table users, version 1 to 2
              table users {
                id: u64 (key)
            -   nick: string
            -   note: option<string>
            -   score: f64
            +   joined: bool
            +   name: string
            +   score: f32
              }
              there:
                exact   lazy   rename users.name from nick
                lossy   lazy   change users.score from f64 to f32
                lossy   lazy   drop users.note: option<string>; its values are kept
                exact   lazy   add users.joined: bool, the same value in every old row
              back:
                lossy   lazy   drop users.joined: bool; its values are kept
                exact   lazy   add users.note: option<string>, the same value in every old row
                exact   lazy   change users.score from f32 to f64
                exact   lazy   rename users.nick from name
              of 1 row is kept what version 2 can't hold
        "#]],
    );
    check(
        "show 1",
        &expect![[r#"
        revision 1
        create from nothing, 2026-01-01T00:00:00Z, by 1.0

        table users, version 1
        + table users {
        +   id: u64 (key)
        +   nick: string
        +   note: option<string>
        +   score: f64
        + }
          there:
            exact   record create table users
          back:
            lossy   record drop table users; its rows are kept
    "#]],
    );
}

#[test]
fn diff() {
    check(
        "diff users 1 2",
        &expect![[r#"
        table users, version 1 to 2
          table users {
            id: u64 (key)
        -   nick: string
        -   note: option<string>
        -   score: f64
        +   joined: bool
        +   name: string
        +   score: f32
          }
          steps:
            exact   lazy   rename users.name from nick
            lossy   lazy   change users.score from f64 to f32
            lossy   lazy   drop users.note: option<string>; its values are kept
            exact   lazy   add users.joined: bool, the same value in every old row
    "#]],
    );
    check(
        "diff users 2 1",
        &expect![[r#"
            table users, version 2 to 1
              table users {
                id: u64 (key)
            -   joined: bool
            -   name: string
            -   score: f32
            +   nick: string
            +   note: option<string>
            +   score: f64
              }
              steps:
                lossy   lazy   drop users.joined: bool; its values are kept
                exact   lazy   add users.note: option<string>, the same value in every old row
                exact   lazy   change users.score from f32 to f64
                exact   lazy   rename users.nick from name
        "#]],
    );
    check(
        "diff users 1 1",
        &expect![[r#"
        table users, version 1 to 1
          table users {
            id: u64 (key)
            nick: string
            note: option<string>
            score: f64
          }
          steps:
            nothing
    "#]],
    );
}

#[test]
fn rows() {
    check(
        "rows users",
        &expect![[r#"
        id  joined  name  score
        0   false   n0    0.1
        1   false   n1    1.1
        2   false   n2    2.1
        3   false   n3    3.1
        4   true    m4    0.5
        5   true    m5    0.5
    "#]],
    );
    check(
        "rows users --limit 2",
        &expect![[r#"
        id  joined  name  score
        0   false   n0    0.1
        1   false   n1    1.1
        more rows follow: --limit shows more than 2
    "#]],
    );
    check(
        "rows users --limit 0",
        &expect![[r#"
        id  joined  name  score
        more rows follow: --limit shows more than 0
    "#]],
    );
    check(
        "rows teams",
        &expect![[r#"
        name
    "#]],
    );
    check(
        "rows users --limit 2 --json",
        &expect![[r#"
        {"id":0,"joined":false,"name":"n0","score":0.1}
        {"id":1,"joined":false,"name":"n1","score":1.1}
    "#]],
    );
}

#[test]
fn verify() {
    check(
        "verify",
        &expect![[r#"
        sound: 2 tables, 3 versions, 3 ledger records, 6 rows, 1 kept value
    "#]],
    );
}

#[test]
fn rollback_shows_the_plan_and_runs_it() {
    let store = Store::new();
    expect![[r#"
        - table teams {
        -   name: string (key)
        - }
          lossy   record drop table teams; its rows are kept
          kept: drop table teams; its rows are kept (rows are not counted ahead)
          table users {
            id: u64 (key)
        -   joined: bool
        -   name: string
        -   score: f32
        +   nick: string
        +   note: option<string>
        +   score: f64
          }
          lossy   lazy   drop users.joined: bool; its values are kept
          exact   lazy   add users.note: option<string>, the same value in every old row
          exact   lazy   change users.score from f32 to f64
          exact   lazy   rename users.nick from name
          what was kept of a row comes back; what is said above of added fields is for rows without
          kept: drop users.joined: bool; its values are kept (2 rows: 4, 5)
          6 rows checked
          row 4, for example:
          - {id: 4, joined: true, name: "m4", score: 0.5}
          + {id: 4, nick: "m4", note: "note 4", score: 0.5}
        nothing was changed: this is what would happen
    "#]]
    .assert_eq(&store.printed("rollback 2 --dry-run"));
    assert_eq!(store.json("inspect")["revision"], 3);
    expect![[r#"
        - table teams {
        -   name: string (key)
        - }
          lossy   record drop table teams; its rows are kept
          kept: drop table teams; its rows are kept (rows are not counted ahead)
          table users {
            id: u64 (key)
        -   joined: bool
        -   name: string
        -   score: f32
        +   nick: string
        +   note: option<string>
        +   score: f64
          }
          lossy   lazy   drop users.joined: bool; its values are kept
          exact   lazy   add users.note: option<string>, the same value in every old row
          exact   lazy   change users.score from f32 to f64
          exact   lazy   rename users.nick from name
          what was kept of a row comes back; what is said above of added fields is for rows without
          kept: drop users.joined: bool; its values are kept (rows are not counted ahead)
        at revision 1, held
        2 rows rewritten
    "#]]
    .assert_eq(&store.printed("rollback --to 1 --sweep"));
    expect![[r#"
        store     ID
        engine    fjall, format 1
        on disk   BYTES
        revision  1, held, 4 ledger records

        TABLE  ID  STATE         VERSION  VERSIONS  ROWS  BYTES  UNSWEPT  KEPT  KEPT BYTES  FINGERPRINT
        teams   2  absent, held        1         1     0    0 B        0     0         0 B  107b865f023cacb4cd391dbf3ee306c3
        users   1  live, held          1         2     6  146 B        0     2        28 B  56a1d208107e81c6387b092a3ca205e7
        users: of 2 rows is kept what only version 2 can hold, 28 B
    "#]].assert_eq(&store.printed("inspect"));
    expect![[r#"
        id  nick  note    score
        0   n0    note 0  0.1
        1   n1    none    1.1
        2   n2    note 2  2.1
        3   n3    none    3.1
        4   m4    note 4  0.5
        5   m5    none    0.5
    "#]]
    .assert_eq(&store.printed("rows users"));
    assert_eq!(store.json("history")["records"][3]["kind"], "rollback");
    expect![[r#"
        sound: 2 tables, 3 versions, 4 ledger records, 6 rows, 2 kept values
    "#]]
    .assert_eq(&store.printed("verify"));
    // On again: a revision that the store was at is gone to in either direction.
    expect![[r#"
        + table teams {
        +   name: string (key)
        + }
          exact   record create table teams
          table users {
            id: u64 (key)
        -   nick: string
        -   note: option<string>
        -   score: f64
        +   joined: bool
        +   name: string
        +   score: f32
          }
          exact   lazy   rename users.name from nick
          lossy   lazy   change users.score from f64 to f32
          lossy   lazy   drop users.note: option<string>; its values are kept
          exact   lazy   add users.joined: bool, the same value in every old row
          what was kept of a row comes back; what is said above of added fields is for rows without
          kept: change users.score from f64 to f32 (rows are not counted ahead)
          kept: drop users.note: option<string>; its values are kept (rows are not counted ahead)
        at revision 3
    "#]]
    .assert_eq(&store.printed("rollback --to 3"));
    let later = store.json("show 3")["later"].clone();
    assert_eq!(later[0]["kind"], "reapply");
    let db = store.open::<(second::User,)>("2.0", || 0);
    assert_eq!(
        db.collection::<second::User>().get(&4).unwrap().unwrap().name,
        "m4"
    );
}

#[test]
fn a_store_on_the_other_engine() {
    let store = Store::new();
    let copy = Store::at(store.path.with_extension("copy"));
    let db = store.open::<()>("2.0", || 0);
    db.copy_to(&copy.path, EngineKind::Sled).unwrap();
    assert_eq!(copy.json("inspect")["engine"], "sled");
    assert_eq!(copy.json("verify")["sound"], true);
}

#[test]
fn help_documents_exit_codes_and_json() {
    let help = quanta(&["--help"]);
    assert_eq!(help.code, 0);
    expect![[r#"
        Looks into QuantaDB stores, and takes them back

        Usage: quanta [OPTIONS] <COMMAND>

        Commands:
          status        Says where a store stands, and with the entities of a program what is to be done
          plan          Says what migration files and the program's entities would do to a store, and changes nothing
          migrate       Runs migration files, and brings a store to the shape of the program's entities, as opening it does
          redo          Takes the last revisions back, and does them again
          create        Writes a new migration file
          explain       Explains a kind of step: what it does to rows, what it costs, how it is taken back
          inspect       Says what a store holds: engine, revision, and per table rows, bytes and kept values
          schema        Prints the schema of a table, or of all tables
          history       Lists everything that moved the store from one shape to another
          graph         Draws the tables and their references, what differs between two revisions, or the revisions, as text or as Mermaid
          show          Explains one revision: steps, ways back, what is kept
          diff          Says what lies between two versions of a table
          rows          Prints the rows of a table, in key order
          get           Prints one row, by its key
          query         Prints the rows of a table that a filter finds, in any order
          import        Reads rows from CSV or JSON lines into a table
          export        Writes the rows of a table as CSV or JSON lines
          release       Names the current revision: a release. A name stays with its revision
          releases      Lists the releases: the names that revisions got
          objects       Lists every object that the store has or had: tables, types, indexes, references
          rollback      Takes the store back to an earlier revision or release, and holds it there
          release-hold  Gives free what a rollback holds, so that programs may take the store on again
          forget        Deletes kept values on purpose, and rows of tables that are gone: no rollback brings them back
          erase         Forgets, sweeps everything, and writes the files of the store anew, for data that must be gone
          backup        Writes everything that a store holds to one file, compressed and checksummed
          restore       Puts a backup in place of the store that it was taken of, or makes a new store of it
          copy          Copies a store to another directory, maybe on another engine
          compact       Gives back the space on disk of what was overwritten or deleted
          validate      Says whether a store can be opened, and with the entities of a program what opening it would do
          verify        Looks for contradictions in the whole store, and changes nothing
          repair        Puts in order what is certain of what verify finds, after a backup; without --apply it only says what
          rehearse      Replays a history document in memory with generated rows, and checks every law at every transition
          lock          Writes down what the entities are in quanta.lock, the history of their shapes, or checks it
          merge-check   Says whether the changes that two branches made to one lock can be made in any order, and merges them if so
          lint          Holds a change against rules: what is worth a second look before it is released
          completions   Prints what a shell needs to complete arguments
          help          Print this message or the help of the given subcommand(s)

        Options:
              --json
                  Prints JSON instead of text: its shape is in the help of each command

              --color <WHEN>
                  When to use colour: auto means on a terminal, unless NO_COLOR is set

                  Possible values:
                  - auto:  On a terminal, unless NO_COLOR is set
                  - never: Never

                  [default: auto]

          -h, --help
                  Print help (see a summary with '-h')

          -V, --version
                  Print version

        Exit codes:
          0  done
          1  findings: verify or repair found contradictions, a change or a name was refused or validate says that it would be,
             lines can't be imported, a rehearsal broke a law, entities are not what their lock says, or two branches of a lock
             are in conflict
          2  usage: unknown argument, table, version, revision or release, or a document with a mistake
          3  the store can't be opened: missing, locked, not a store, damaged
          4  anything else: a failing disk, a bug
    "#]]
    .assert_eq(
        &help
            .stdout
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect::<String>(),
    );
    for command in [
        "inspect", "schema", "history", "show", "diff", "rows", "release", "releases", "objects", "rollback",
        "forget", "erase", "verify",
    ] {
        let help = quanta(&[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.stdout.contains("JSON: "), "{command}");
    }
}

#[test]
fn programs() {
    check(
        "show 2 --program",
        &expect![[r#"
        revision 2
        auto from revision 1, 2026-01-02T00:00:00Z, by 2.0

        table users, version 1 to 2
          table users {
            id: u64 (key)
        -   nick: string
        -   note: option<string>
        -   score: f64
        +   joined: bool
        +   name: string
        +   score: f32
          }
          there:
            exact   lazy   rename users.name from nick
            lossy   lazy   change users.score from f64 to f32
            lossy   lazy   drop users.note: option<string>; its values are kept
            exact   lazy   add users.joined: bool, the same value in every old row
            version 1 to 2:
              copy id
              insert 00
              copy nick
              skip note
              score
                convert f64 to f32
              (what the other side can't hold is kept)
          back:
            lossy   lazy   drop users.joined: bool; its values are kept
            exact   lazy   add users.note: option<string>, the same value in every old row
            exact   lazy   change users.score from f32 to f64
            exact   lazy   rename users.nick from name
            version 2 to 1:
              copy id
              skip joined
              copy name
              insert 00
              score
                convert f32 to f64
              (what the other side can't hold is kept)
              (what was kept of a row is merged in)
          of 1 row is kept what version 2 can't hold
    "#]],
    );
}

#[test]
fn forget() {
    check(
        "forget --all --dry-run",
        &expect![[r#"
        users, into version 2 (revision 2): 5 entries for the way back, 133 bytes
            rename users.name from nick
            change users.score from f64 to f32
            drop users.note: option<string>; its values are kept
            add users.joined: bool, the same value in every old row
          without it, users.score: rows get the present value, converted back to f64
          without it, users.note: rows get none
        nothing was changed: this is what would be deleted
    "#]],
    );
    check(
        "forget --before 2026-01-02",
        &expect![[r#"
        nothing is kept that could be forgotten
    "#]],
    );
    let store = Store::new();
    assert_eq!(store.run("forget --table user").code, 2);
    assert_eq!(store.run("forget").code, 2);
    assert_eq!(store.run("erase --all --table users").code, 2);
    assert_eq!(store.run("forget --before yesterday").code, 2);
    expect![[r#"
        users, into version 2 (revision 2): 5 entries for the way back, 133 bytes
            rename users.name from nick
            change users.score from f64 to f32
            drop users.note: option<string>; its values are kept
            add users.joined: bool, the same value in every old row
          without it, users.score: rows get the present value, converted back to f64
          without it, users.note: rows get none
        forgotten: 5 records, 133 bytes, named in ledger record 3
        erased: the files were written anew, and hold nothing of it; backups, copies and what the file system keeps of deleted files are out of reach
    "#]].assert_eq(&store.printed("erase --table users"));
    expect![[r#"
        nothing is kept that could be forgotten
    "#]]
    .assert_eq(&store.printed("forget --all"));
    expect![[r#"
        - table teams {
        -   name: string (key)
        - }
          lossy   record drop table teams; its rows are kept
          kept: drop table teams; its rows are kept (rows are not counted ahead)
          table users {
            id: u64 (key)
        -   joined: bool
        -   name: string
        -   score: f32
        +   nick: string
        +   note: option<string>
        +   score: f64
          }
          lossy   lazy   drop users.joined: bool; its values are kept
          exact   lazy   add users.note: option<string>, the same value in every old row
          exact   lazy   change users.score from f32 to f64
          exact   lazy   rename users.nick from name
          what was kept of a row comes back; what is said above of added fields is for rows without
          kept: drop users.joined: bool; its values are kept (2 rows: 4, 5)
          6 rows checked
          row 0, for example:
          - {id: 0, joined: false, name: "n0", score: 0.1}
          + {id: 0, nick: "n0", note: none, score: 0.10000000149011612}
        note: users.score: rows get the present value, converted back to f64; 5 entries that were kept between version 2 and its parent were forgotten, by ledger record 3
        note: users.note: rows get none; 5 entries that were kept between version 2 and its parent were forgotten, by ledger record 3
        nothing was changed: this is what would happen
    "#]].assert_eq(&store.printed("rollback 2 --dry-run"));
    expect![[r#"
        sound: 2 tables, 3 versions, 4 ledger records, 6 rows, 0 kept values
    "#]]
    .assert_eq(&store.printed("verify"));
}
