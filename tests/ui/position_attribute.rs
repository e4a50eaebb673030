use quantadb::QuantaType;

#[derive(QuantaType)]
struct Point(#[quanta(name = "x")] u8, u8);

#[derive(QuantaType)]
struct Meters(#[quanta(skip)] f64);

#[derive(QuantaType)]
enum Shape {
    Rect(u8, #[quanta(serde = "json", new)] u8),
}

fn main() {}
