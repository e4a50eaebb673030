//! Five generations of the same two structs, as a program would have them over the years.
//!
//! A real program has only the newest: the older ones are in its version control. Here they stand side by side, so that
//! one run can be each of these programs in turn. That is why they are left out of the registry.

/// As the files have it: everything is text. Where a file says `NA`, there is no text.
pub mod gen1 {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "airports", register = false)]
    pub struct Airport {
        #[quanta(id)]
        pub faa: String,
        pub name: String,
        pub lat: String,
        pub lon: String,
        pub alt: String,
        pub tz: String,
        pub dst: String,
        pub tzone: Option<String>,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "planes", register = false)]
    pub struct Plane {
        #[quanta(id)]
        pub tailnum: String,
        pub year: Option<String>,
        pub r#type: String,
        pub manufacturer: String,
        pub model: String,
        pub engines: String,
        pub seats: String,
        pub speed: Option<String>,
        pub engine: String,
    }
}

/// The first try at numbers: whoever wrote it thought that every plane has a year and a speed.
pub mod hasty {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "planes", register = false)]
    pub struct Plane {
        #[quanta(id)]
        pub tailnum: String,
        pub year: i32,
        pub r#type: String,
        pub manufacturer: String,
        pub model: String,
        pub engines: u8,
        pub seats: i64,
        pub speed: u32,
        pub engine: String,
    }
}

/// Numbers instead of text: each value is checked before anything changes.
pub mod gen2 {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "airports", register = false)]
    pub struct Airport {
        #[quanta(id)]
        pub faa: String,
        pub name: String,
        pub lat: f64,
        pub lon: f64,
        pub alt: i32,
        pub tz: i8,
        pub dst: String,
        pub tzone: Option<String>,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "planes", register = false)]
    pub struct Plane {
        #[quanta(id)]
        pub tailnum: String,
        pub year: Option<i32>,
        pub r#type: String,
        pub manufacturer: String,
        pub model: String,
        pub engines: u8,
        pub seats: i64,
        pub speed: Option<u32>,
        pub engine: String,
    }
}

/// Better names, a new field in each, and another order: none of it looks at a row.
pub mod gen3 {
    use quantadb::QuantaEntity;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "airports", register = false)]
    pub struct Airport {
        #[quanta(id)]
        pub faa: String,
        pub name: String,
        #[quanta(default = "US")]
        pub country: String,
        #[quanta(renamed_from = "tzone")]
        pub time_zone: Option<String>,
        pub tz: i8,
        pub dst: String,
        pub lat: f64,
        pub lon: f64,
        pub alt: i32,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "planes", register = false)]
    pub struct Plane {
        #[quanta(id, renamed_from = "tailnum")]
        pub tail_number: String,
        #[quanta(renamed_from = "manufacturer")]
        pub maker: String,
        pub model: String,
        pub year: Option<i32>,
        #[quanta(default = true)]
        pub in_service: bool,
        pub r#type: String,
        pub engine: String,
        pub engines: u8,
        pub seats: i64,
        pub speed: Option<u32>,
    }
}

/// Types of its own: a position in place of two numbers, enums in place of texts.
pub mod gen4 {
    use quantadb::{OldRow, QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "airports", register = false)]
    pub struct Airport {
        #[quanta(id)]
        pub faa: String,
        pub name: String,
        #[quanta(default = "US")]
        pub country: String,
        #[quanta(renamed_from = "tzone")]
        pub time_zone: Option<String>,
        pub tz: i8,
        // The variants are named as the texts were, so that this is a conversion like any other.
        #[quanta(default = Dst::Unknown)]
        pub dst: Dst,
        #[quanta(init_with = position)]
        pub position: Position,
        pub alt: i32,
    }

    /// Which rule of daylight saving time applies.
    #[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
    pub enum Dst {
        #[quanta(name = "A")]
        American,
        #[quanta(name = "N")]
        NotObserved,
        #[quanta(name = "U")]
        Unknown,
    }

    #[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
    pub struct Position {
        pub lat: f64,
        pub lon: f64,
    }

    fn position(old: &OldRow<'_>) -> Result<Position, String> {
        Ok(Position {
            lat: old.get("lat")?,
            lon: old.get("lon")?,
        })
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "planes", register = false)]
    pub struct Plane {
        #[quanta(id, renamed_from = "tailnum")]
        pub tail_number: String,
        #[quanta(renamed_from = "manufacturer")]
        pub maker: String,
        pub model: String,
        pub year: Option<i32>,
        #[quanta(default = true)]
        pub in_service: bool,
        #[quanta(init_with = kind)]
        pub kind: Kind,
        #[quanta(init_with = power)]
        pub power: Power,
        pub engines: u8,
        pub seats: i64,
        pub speed: Option<u32>,
    }

    #[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
    pub enum Kind {
        SingleEngine,
        MultiEngine,
        Rotorcraft,
    }

    #[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
    pub enum Power {
        Piston,
        TurboFan,
        TurboJet,
        TurboProp,
        TurboShaft,
    }

    // `Fixed wing multi engine` can't be the name of a variant. So this takes code, which may refuse a row.
    fn kind(old: &OldRow<'_>) -> Result<Kind, String> {
        match old.get::<String>("type")?.as_str() {
            "Fixed wing single engine" => Ok(Kind::SingleEngine),
            "Fixed wing multi engine" => Ok(Kind::MultiEngine),
            "Rotorcraft" => Ok(Kind::Rotorcraft),
            other => Err(format!("no such type of plane: {other}")),
        }
    }

    fn power(old: &OldRow<'_>) -> Result<Power, String> {
        match old.get::<String>("engine")?.as_str() {
            "4 Cycle" | "Reciprocating" => Ok(Power::Piston),
            "Turbo-fan" => Ok(Power::TurboFan),
            "Turbo-jet" => Ok(Power::TurboJet),
            "Turbo-prop" => Ok(Power::TurboProp),
            "Turbo-shaft" => Ok(Power::TurboShaft),
            other => Err(format!("no such engine: {other}")),
        }
    }
}

/// Smaller: one field less in each, narrower numbers, some wider; and more inside of the position.
pub mod gen5 {
    use quantadb::{QuantaEntity, QuantaType};

    pub use super::gen4::{Kind, Power};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "airports", register = false)]
    pub struct Airport {
        #[quanta(id)]
        pub faa: String,
        pub name: String,
        #[quanta(default = "US")]
        pub country: String,
        #[quanta(renamed_from = "tzone")]
        pub time_zone: Option<String>,
        pub tz: i8,
        pub position: Position,
        pub alt: i64,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Position {
        #[quanta(renamed_from = "lat")]
        pub latitude: f32,
        #[quanta(renamed_from = "lon")]
        pub longitude: f32,
        #[quanta(default = "WGS84")]
        pub datum: String,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "planes", register = false)]
    pub struct Plane {
        #[quanta(id, renamed_from = "tailnum")]
        pub tail_number: String,
        #[quanta(renamed_from = "manufacturer")]
        pub maker: String,
        pub model: String,
        pub year: Option<i32>,
        #[quanta(default = true)]
        pub in_service: bool,
        pub kind: Kind,
        pub power: Power,
        pub engines: u32,
        pub seats: u16,
    }
}
