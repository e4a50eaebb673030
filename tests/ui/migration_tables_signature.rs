use quantadb::{MigrationTables, Result, migration};

#[migration(writes("users"), down = of_rows)]
fn by_value(_: MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(writes("users"), down = nowhere)]
fn gives_nothing(_: &mut MigrationTables<'_>) {}

fn of_rows(row: u8) -> u8 {
    row
}

fn main() {}
