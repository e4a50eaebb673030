use quantadb::QuantaType;

#[derive(QuantaType)]
struct Höhe {
    größe: u8,
    #[quanta(name = "breadth")]
    breite_ö: u8,
}

#[derive(QuantaType)]
enum Shape {
    Größe,
}

fn main() {}
