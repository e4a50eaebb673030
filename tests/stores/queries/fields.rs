//! Fields of tuples, newtypes, recursive and generic types.

use super::*;

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Mail(String);

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Node {
    next: Option<Box<Self>>,
    value: u8,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Labelled<T> {
    label: String,
    of: T,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, index("at.1", "at.0"), index(mail))]
struct Odd {
    #[quanta(id)]
    id: u8,
    at: (u8, Option<i16>),
    eq: bool,
    labelled: Labelled<(u8, String)>,
    mail: Mail,
    node: Node,
    #[quanta(name = "kind")]
    r#type: Option<Shape>,
}

/// Fields of tuples, newtypes, recursive and generic types, and such as are called like a method.
#[test]
fn fields_of_every_kind_can_be_asked() {
    let db = Small::default().open::<(Odd,)>().unwrap();
    let odd = |id: u8| Odd {
        id,
        at: (id, (id > 1).then(|| i16::from(id) * 100)),
        eq: id == 1,
        labelled: Labelled {
            label: format!("l{id}"),
            of: (id, "x".to_owned()),
        },
        mail: Mail(format!("{id}@x")),
        node: Node {
            next: Some(Box::new(Node {
                next: None,
                value: id,
            })),
            value: 0,
        },
        r#type: Some(Shape::Pair(id, "p".to_owned())),
    };
    db.collection::<Odd>()
        .insert_many([odd(1), odd(2), odd(3)])
        .unwrap();
    let check = |ask: fn(&'static quantadb::query::FieldsOf<Odd>) -> Filter<Odd>, expected: &[u8]| {
        let found = db
            .query::<Odd>()
            .filter(ask)
            .order_by(|o| o.id.asc())
            .select(|o| o.id)
            .collect();
        assert_eq!(found.unwrap(), expected);
    };
    check(|o| o.at.0.ge(2), &[2, 3]);
    check(|o| o.at.1.eq(300), &[3]);
    check(|o| o.at.1.is_none(), &[1]);
    check(|o| o.eq.eq(true), &[1]);
    check(|o| o.labelled.label.eq("l2") & o.labelled.of.1.eq("x"), &[2]);
    check(|o| o.labelled.of.0.lt(3), &[1, 2]);
    check(|o| o.mail.0.eq("2@x"), &[2]);
    check(|o| o.mail.eq(Mail("3@x".to_owned())), &[3]);
    check(|o| o.node.next.value.gt(1), &[2, 3]);
    check(|o| o.node.next.next.value.is_none(), &[1, 2, 3]);
    check(|o| o.r#type.Pair.0.eq(1), &[1]);
    check(|o| o.r#type.Circle.is(), &[]);
    let read = db
        .query::<Odd>()
        .order_by(|o| o.at.1.desc())
        .select(|o| (o.at.0, o.node.next.value))
        .collect();
    assert_eq!(read.unwrap(), [(3, Some(3)), (2, Some(2)), (1, Some(1))]);
}
