//! The same table in two releases of a program. Neither knows the other.

/// The release that many still have.
pub mod older {
    use quantadb::{QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "flights", register = false)]
    pub struct Flight {
        #[quanta(id)]
        pub id: u64,
        pub carrier: String,
        pub number: u16,
        pub tailnum: Option<String>,
        pub route: Route,
        pub dep_delay: Option<i16>,
        pub arr_delay: Option<i16>,
        pub air_time: Option<u16>,
        pub kilometres: f64,
        pub hour: String,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Route {
        pub origin: String,
        pub dest: String,
    }
}

/// The release after it: renames, widens, narrows, drops, adds, and a type of its own.
pub mod newer {
    use quantadb::{QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "flights", register = false)]
    pub struct Flight {
        #[quanta(id)]
        pub id: u64,
        pub carrier: String,
        pub number: u32,
        #[quanta(renamed_from = "tailnum")]
        pub tail_number: Option<String>,
        pub route: Route,
        pub dep_delay: Option<i32>,
        pub arr_delay: Option<i32>,
        // `air_time` is dropped, and neither of these came from it.
        #[quanta(new, default = Status::Flown)]
        pub status: Status,
        #[quanta(new)]
        pub service: Option<Service>,
        pub kilometres: f32,
        pub hour: String,
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Route {
        pub origin: String,
        #[quanta(renamed_from = "dest")]
        pub destination: String,
        #[quanta(default = "US")]
        pub country: String,
    }

    #[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
    pub enum Status {
        Flown,
        Diverted { stops: u8 },
    }

    #[derive(QuantaType, Debug, Clone, PartialEq)]
    pub struct Service {
        pub meals: u8,
        pub wifi: bool,
    }
}
