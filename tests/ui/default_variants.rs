use quantadb::QuantaType;

#[derive(QuantaType)]
enum Shape {
    #[quanta(default)]
    Circle,
    #[quanta(default)]
    Rect,
    #[quanta(default = 3)]
    Poly,
}

fn main() {}
