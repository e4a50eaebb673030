use quantadb::{MigrationTables, Result, migration};

#[migration(reads("people"))]
fn no_writes(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(writes("users"))]
fn no_way_back(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(writes("users"), down)]
fn down_without_path(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(writes("users"), down = 7)]
fn down_of_a_number(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(writes("users"), irreversible = true)]
fn irreversible_with_a_value(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(reads(people), writes(), table = "users", irreversible)]
fn names(_: &mut MigrationTables<'_>) -> Result<()> {
    Ok(())
}

#[migration(writes("users"), irreversible)]
fn of_two(_: &mut MigrationTables<'_>, _: u8) -> Result<()> {
    Ok(())
}

fn main() {}
