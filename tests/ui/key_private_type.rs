pub mod model {
    #[derive(quantadb::QuantaType)]
    struct Number(u64);

    #[derive(quantadb::QuantaEntity)]
    pub struct User {
        #[quanta(id)]
        number: Number,
    }
}

fn main() {}
