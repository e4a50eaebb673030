//! smoke
use quantadb::*;
mod a {
    use quantadb::*;
    #[derive(QuantaEntity, Debug, PartialEq, Clone)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
        pub age: u8,
        pub note: Option<String>,
        pub tags: Vec<u16>,
        pub score: f64,
    }
}
mod b {
    use quantadb::*;
    #[derive(QuantaEntity, Debug, PartialEq, Clone)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub age: u32,
        pub tags: Vec<u32>,
        pub score: f32,
        #[quanta(new)]
        pub joined: bool,
    }
}
fn old(i: u64) -> a::User {
    a::User {
        id: i,
        nick: format!("n{i}"),
        age: i as u8,
        note: Some(format!("note {i}")),
        tags: vec![1, 2, i as u16],
        score: i as f64 + 0.1,
    }
}
fn new(i: u64) -> b::User {
    b::User {
        id: i,
        name: format!("n{i}"),
        age: i as u32,
        tags: vec![1, 2, i as u32],
        score: (i as f64 + 0.1) as f32,
        joined: false,
    }
}
#[test]
fn smoke() {
    for sweep in [Sweep::On, Sweep::Off] {
        let engine = Engine::memory();
        let opts = || Options::new().engine(engine.clone()).sweep(sweep);
        let db = opts().entities::<(a::User,)>().open("x").unwrap();
        println!("{}", db.open_report());
        for i in 0..200 {
            db.collection::<a::User>().insert(&old(i)).unwrap();
        }
        drop(db);
        let db = opts().entities::<(b::User,)>().open("x").unwrap();
        println!("{}", db.open_report());
        if sweep == Sweep::On {
            db.sweep().wait().unwrap();
        }
        let users = db.collection::<b::User>();
        assert_eq!(users.get(&7).unwrap().unwrap(), new(7));
        assert_eq!(
            users.iter().map(|r| r.unwrap()).collect::<Vec<_>>(),
            (0..200).map(new).collect::<Vec<_>>()
        );
        assert_eq!(
            users
                .range(10..20)
                .rev()
                .map(|r| r.unwrap().id)
                .collect::<Vec<_>>(),
            (10..20).rev().collect::<Vec<_>>()
        );
        users.update(&9, |u| u.name = "changed".into()).unwrap();
        println!(
            "{}",
            db.rollback(1).err().map(|e| e.to_string()).unwrap_or_default()
        );
        let err = opts().entities::<(b::User,)>().open("x").unwrap_err();
        println!("{err}");
        let db = opts().entities::<(a::User,)>().open("x").unwrap();
        println!("{}", db.open_report());
        let users = db.collection::<a::User>();
        for i in 0..200 {
            if i != 9 {
                assert_eq!(users.get(&i).unwrap().unwrap(), old(i));
            }
        }
        assert_eq!(
            users.get(&9).unwrap().unwrap(),
            a::User {
                nick: "changed".into(),
                ..old(9)
            }
        );
        println!("{}", db.history().unwrap());
    }
}
