//! SQLite by rusqlite, with SQL written by hand: prepared statements, a write-ahead log, synced at each commit.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{EvolvedStore, Kind, Place, Rewriting, Role, Store};
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::flights::{Flight, FlightStore};
use crate::rows::User;

/// As much memory as the engines have.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;";

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL,
    score INTEGER NOT NULL, city TEXT NOT NULL, note TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS users_email ON users (email);";

/// Rows are left as they are: the shape is a record, and what was dropped is gone once each row is written again.
const METADATA_ONLY: &str = "BEGIN IMMEDIATE;
    ALTER TABLE users RENAME COLUMN name TO full_name;
    ALTER TABLE users ADD COLUMN level INTEGER NOT NULL DEFAULT 1;
    COMMIT;";

const REBUILD: &str = "BEGIN IMMEDIATE;
    CREATE TABLE evolved (
        id INTEGER PRIMARY KEY, email TEXT NOT NULL, full_name TEXT NOT NULL,
        score INTEGER NOT NULL, city TEXT NOT NULL, level INTEGER NOT NULL DEFAULT 1);
    INSERT INTO evolved (id, email, full_name, score, city) SELECT id, email, name, score, city FROM users;
    DROP TABLE users;
    ALTER TABLE evolved RENAME TO users;
    CREATE UNIQUE INDEX users_email ON users (email);
    COMMIT;";

const INSERT: &str =
    "INSERT OR REPLACE INTO users (id, email, name, score, city, note) VALUES (?, ?, ?, ?, ?, ?)";
const COLUMNS: &str = "SELECT id, email, name, score, city, note FROM users";
const EVOLVED_COLUMNS: &str = "SELECT id, email, full_name, score, city, level FROM users";

pub fn kinds() -> [Kind; 2] {
    let rebuilt = Kind {
        name: "sqlite",
        bare: None,
        open: |path| {
            Ok(Box::new(Sqlite {
                connection: Mutex::new(connect(path)?),
            }))
        },
        evolve: Ok(|path| evolve(path, REBUILD, Rewriting::Before)),
        compact: Ok(vacuum),
        again: Ok(()),
        flights: Ok(|path| Ok(Box::new(Flights(Mutex::new(connect(path)?))))),
        role: Role::Everything,
        place: Place::Disk,
        rows_max: None,
        evolve_rows_max: None,
    };
    let metadata_only = Kind {
        name: "sqlite/metadata",
        role: Role::Evolve,
        evolve: Ok(|path| evolve(path, METADATA_ONLY, Rewriting::Never)),
        ..rebuilt
    };
    [rebuilt, metadata_only]
}

fn connect(path: &Path) -> Outcome<Connection> {
    std::fs::create_dir_all(path)?;
    let connection = Connection::open(path.join("users.sqlite"))?;
    connection.execute_batch(PRAGMAS)?;
    connection.set_prepared_statement_cache_capacity(32);
    if !connection.table_exists(None, "users")? {
        connection.execute_batch(SCHEMA)?;
    }
    Ok(connection)
}

fn vacuum(path: &Path) -> Outcome<()> {
    connect(path)?.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}

fn signed(id: u64) -> Outcome<i64> {
    Ok(i64::try_from(id)?)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        score: row.get(3)?,
        city: row.get(4)?,
        note: row.get(5)?,
    })
}

fn evolved(row: &Row<'_>) -> rusqlite::Result<Evolved> {
    Ok(Evolved {
        id: row.get(0)?,
        email: row.get(1)?,
        full_name: row.get(2)?,
        score: row.get(3)?,
        city: row.get(4)?,
        level: row.get(5)?,
    })
}

fn put(connection: &Connection, user: &User) -> Outcome<()> {
    let User {
        id,
        email,
        name,
        score,
        city,
        note,
    } = user;
    connection
        .prepare_cached(INSERT)?
        .execute(params![signed(*id)?, email, name, score, city, note])?;
    Ok(())
}

/// One connection: writers wait for each other in any case, and with several of them they would have to try again.
struct Sqlite {
    connection: Mutex<Connection>,
}

impl Sqlite {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a statement once for each, in one transaction.
    fn each_of(&self, ids: &[u64], statement: &str) -> Outcome<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        {
            let mut statement = transaction.prepare_cached(statement)?;
            for &id in ids {
                statement.execute([signed(id)?])?;
            }
        }
        Ok(transaction.commit()?)
    }
}

impl Store for Sqlite {
    fn load(&self, rows: &mut dyn Iterator<Item = User>) -> Outcome<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        for user in rows {
            put(&transaction, &user)?;
        }
        Ok(transaction.commit()?)
    }

    fn put(&self, user: &User) -> Outcome<()> {
        put(&self.connection(), user)
    }

    fn get(&self, ids: &mut dyn Iterator<Item = u64>, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE id = ?"))?;
        for id in ids {
            if let Some(found) = statement.query_row([signed(id)?], user).optional()? {
                each(found);
            }
        }
        Ok(())
    }

    fn get_by_email(
        &self,
        emails: &mut dyn Iterator<Item = String>,
        each: &mut dyn FnMut(User),
    ) -> Outcome<()> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE email = ?"))?;
        for email in emails {
            if let Some(found) = statement.query_row([email], user).optional()? {
                each(found);
            }
        }
        Ok(())
    }

    fn range(&self, from: u64, to: u64, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let connection = self.connection();
        let query = format!("{COLUMNS} WHERE id >= ? AND id < ? ORDER BY id");
        let mut statement = connection.prepare_cached(&query)?;
        for found in statement.query_map([signed(from)?, signed(to)?], user)? {
            each(found?);
        }
        Ok(())
    }

    fn scan(&self, each: &mut dyn FnMut(User)) -> Outcome<()> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{COLUMNS} ORDER BY id"))?;
        for found in statement.query_map([], user)? {
            each(found?);
        }
        Ok(())
    }

    fn update(&self, ids: &[u64]) -> Outcome<()> {
        self.each_of(ids, "UPDATE users SET score = score + 1 WHERE id = ?")
    }

    fn delete(&self, ids: &[u64]) -> Outcome<()> {
        self.each_of(ids, "DELETE FROM users WHERE id = ?")
    }
}

fn evolve(path: &Path, statements: &str, rewriting: Rewriting) -> Outcome<Box<dyn EvolvedStore>> {
    let connection = connect(path)?;
    // As a program has to know by itself: it may have been killed behind the commit.
    if !connection.column_exists(None, "users", "full_name")? {
        connection.execute_batch(statements)?;
    }
    Ok(Box::new(Changed {
        connection,
        rewriting,
    }))
}

struct Changed {
    connection: Connection,
    rewriting: Rewriting,
}

impl EvolvedStore for Changed {
    fn get(&self, id: u64) -> Outcome<Option<Evolved>> {
        let query = format!("{EVOLVED_COLUMNS} WHERE id = ?");
        let mut statement = self.connection.prepare_cached(&query)?;
        Ok(statement.query_row([signed(id)?], evolved).optional()?)
    }

    fn scan(&self, each: &mut dyn FnMut(Evolved)) -> Outcome<()> {
        let mut statement = self.connection.prepare_cached(EVOLVED_COLUMNS)?;
        for found in statement.query_map([], evolved)? {
            each(found?);
        }
        Ok(())
    }

    fn finish(&mut self) -> Outcome<()> {
        Ok(())
    }

    fn rewriting(&self) -> Rewriting {
        self.rewriting
    }
}

const FLIGHTS: &str = "CREATE TABLE IF NOT EXISTS flights (
    id INTEGER PRIMARY KEY, tailnum TEXT NOT NULL, month INTEGER NOT NULL, day INTEGER NOT NULL,
    dep_time INTEGER, dep_delay INTEGER, arr_time INTEGER, arr_delay INTEGER, carrier TEXT NOT NULL,
    flight INTEGER NOT NULL, origin TEXT NOT NULL, dest TEXT NOT NULL, air_time INTEGER,
    distance INTEGER NOT NULL, time_hour TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS flights_tailnum ON flights (tailnum);";

const FLIGHT_COLUMNS: &str =
    "SELECT id, tailnum, month, day, dep_time, dep_delay, arr_time, arr_delay, carrier, flight,
    origin, dest, air_time, distance, time_hour FROM flights";

fn flight(row: &Row<'_>) -> rusqlite::Result<Flight> {
    Ok(Flight {
        id: row.get(0)?,
        tailnum: row.get(1)?,
        month: row.get(2)?,
        day: row.get(3)?,
        dep_time: row.get(4)?,
        dep_delay: row.get(5)?,
        arr_time: row.get(6)?,
        arr_delay: row.get(7)?,
        carrier: row.get(8)?,
        flight: row.get(9)?,
        origin: row.get(10)?,
        dest: row.get(11)?,
        air_time: row.get(12)?,
        distance: row.get(13)?,
        time_hour: row.get(14)?,
    })
}

struct Flights(Mutex<Connection>);

impl Flights {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FlightStore for Flights {
    fn load(&self, flights: &mut dyn Iterator<Item = Flight>) -> Outcome<()> {
        let mut connection = self.connection();
        connection.execute_batch(FLIGHTS)?;
        let transaction = connection.transaction()?;
        {
            let insert = "INSERT INTO flights VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
            let mut statement = transaction.prepare(insert)?;
            for row in flights {
                statement.execute(params![
                    signed(row.id)?,
                    row.tailnum,
                    row.month,
                    row.day,
                    row.dep_time,
                    row.dep_delay,
                    row.arr_time,
                    row.arr_delay,
                    row.carrier,
                    row.flight,
                    row.origin,
                    row.dest,
                    row.air_time,
                    row.distance,
                    row.time_hour
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }

    fn scan(&self, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{FLIGHT_COLUMNS} ORDER BY id"))?;
        for found in statement.query_map([], flight)? {
            each(found?);
        }
        Ok(())
    }

    fn of_plane(&self, tailnum: &str, each: &mut dyn FnMut(Flight)) -> Outcome<()> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&format!("{FLIGHT_COLUMNS} WHERE tailnum = ?"))?;
        for found in statement.query_map([tailnum], flight)? {
            each(found?);
        }
        Ok(())
    }
}
