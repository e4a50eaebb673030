use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaType)]
enum Shape {
    #[quanta(fallback_for = "Square")]
    Circle,
    #[quanta(fallback_for("Gone", "Old"))]
    Square,
    #[quanta(fallback_for = "Gone")]
    Other,
    #[quanta(renamed_from = "Was", fallback_for = "Was")]
    Renamed,
    #[quanta(renamed_from = "Old")]
    New,
    #[quanta(fallback_for = "Self-Made")]
    Form,
    #[quanta(fallback_for("Twice", "Twice"))]
    Twice,
    #[quanta(fallback_for)]
    Nothing,
    #[quanta(fallback_for())]
    Empty,
    #[quanta(fallback_for = Gone)]
    Path,
    #[quanta(fallback_for("A" "B"))]
    Comma,
    Fields {
        #[quanta(fallback_for = "x")]
        field: u8,
    },
}

#[derive(QuantaEntity)]
#[quanta(fallback_for = "x")]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(fallback_for = "x")]
    shape: Shape,
}

fn main() {}
