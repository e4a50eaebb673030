//! Guards that eager work doesn't need one view from its first row to its last: engines without snapshots of their own
//! keep what is overwritten only up to a limit, and a build writes as much as it reads.

use quantadb::{Engine, Memory, Options, Sweep};

mod before {
    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "notes", register = false)]
    pub struct Note {
        #[quanta(id)]
        pub id: u64,
        pub text: String,
    }
}

mod after {
    use quantadb::OldRow;

    #[derive(quantadb::QuantaEntity)]
    #[quanta(table = "notes", register = false)]
    pub struct Note {
        #[quanta(id)]
        pub id: u64,
        #[quanta(init_with = chars)]
        pub chars: u64,
    }

    fn chars(old: &OldRow<'_>) -> Result<u64, String> {
        match old.get::<String>("text")?.as_str() {
            "" => Err("an empty note".to_owned()),
            text => Ok(text.len() as u64),
        }
    }
}

const ROWS: usize = 20_000;
const TEXT_BYTES: usize = 200;

/// What is kept for open views: far less than the rows take.
const PREIMAGE_BYTES_MAX: usize = 256 * 1024;

fn options(memory: &Memory) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
}

fn insert(memory: &Memory, text: &str, ids: std::ops::Range<usize>) -> quantadb::Result<()> {
    let db = options(memory).entities::<(before::Note,)>().open("notes")?;
    db.write(|tx| {
        let notes = tx.collection::<before::Note>();
        let note = |id| before::Note {
            id: id as u64,
            text: text.to_owned(),
        };
        ids.into_iter().try_for_each(|id| notes.put(&note(id)))
    })
}

#[test]
fn a_build_outgrows_what_is_kept_for_views() {
    let memory = Memory::with_preimage_bytes_max(PREIMAGE_BYTES_MAX);
    insert(&memory, &"x".repeat(TEXT_BYTES), 0..ROWS).unwrap();

    // One row at the end doesn't fit: what was built by then goes away again.
    insert(&memory, "", ROWS..ROWS + 1).unwrap();
    let refused = options(&memory)
        .entities::<(after::Note,)>()
        .open("notes")
        .unwrap_err();
    assert!(refused.to_string().contains("an empty note"), "{refused}");

    insert(&memory, "y", ROWS..ROWS + 1).unwrap();
    let db = options(&memory)
        .entities::<(after::Note,)>()
        .open("notes")
        .unwrap();
    assert_eq!(db.open_report().spans.rows_built, ROWS as u64 + 1);
    let chars: Vec<u64> = db
        .collection::<after::Note>()
        .iter()
        .map(|note| note.unwrap().chars)
        .collect();
    assert!(chars[..ROWS].iter().all(|chars| *chars == TEXT_BYTES as u64));
    assert_eq!(chars[ROWS..], [1]);

    // The old space goes away in the background, and the way back finds the texts again.
    db.sweep().wait().unwrap();
    db.rollback(1).unwrap();
    let db = options(&memory)
        .entities::<(before::Note,)>()
        .open("notes")
        .unwrap();
    let texts = db
        .collection::<before::Note>()
        .iter()
        .map(|note| note.unwrap().text);
    assert_eq!(texts.filter(|text| text.len() == TEXT_BYTES).count(), ROWS);
}
