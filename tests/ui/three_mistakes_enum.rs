use quantadb::QuantaType;

#[derive(QuantaType)]
enum Shape {
    #[quanta(default, uniqe)]
    Circle,
    #[quanta(default)]
    Rect(#[quanta(name = "width")] u8, u8),
}

#[derive(QuantaType)]
struct Wall {
    shapes: Vec<Shape>,
}

fn main() {}
