use quantadb::{Database, QuantaEntity, Ref};

#[derive(QuantaEntity)]
struct Team {
    #[quanta(id)]
    id: u64,
    name: String,
}

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    team: Ref<Team>,
    boss: Option<Ref<User>>,
    friends: Vec<Ref<User>>,
}

fn main() {
    let db = Database::open("store").unwrap();
    // Conditions and orders are of the row itself, also where the other row is one of the same table.
    let _ = db.query::<User>().filter(|u| u.team.row().name.eq("red"));
    let _ = db.query::<User>().filter(|u| u.boss.row().id.eq(7));
    let _ = db.query::<User>().order_by(|u| u.team.row().name.asc());
    // A number refers to nothing, and a list to several rows.
    let _ = db.query::<User>().select(|u| u.id.row());
    let _ = db.query::<User>().select(|u| u.friends.row().id);
}
