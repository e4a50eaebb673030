use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Item {
    #[quanta(id)]
    id: u64,
    #[quanta(convert_with = to_number)]
    wrong_result: String,
    #[quanta(convert_with = wrong_error)]
    wrong_error: u8,
    #[quanta(convert_with = of_two)]
    two_arguments: u64,
    #[quanta(convert_with = of_none)]
    no_argument: u64,
    #[quanta(convert_with = borrows)]
    borrows: u64,
    #[quanta(convert_with = unstored)]
    unstored: u64,
    #[quanta(convert_with = missing::function)]
    missing: u64,
    #[quanta(convert_with = NUMBER)]
    no_function: u64,
    after: u8,
}

const NUMBER: u64 = 7;

fn to_number(text: String) -> Result<u64, std::num::ParseIntError> {
    text.parse()
}

fn wrong_error(_: String) -> Result<u8, NoDisplay> {
    Err(NoDisplay)
}

fn of_two(number: u64, _: u64) -> u64 {
    number
}

fn of_none() -> u64 {
    7
}

fn borrows(text: &str) -> u64 {
    text.len() as u64
}

fn unstored(_: NoDisplay) -> u64 {
    7
}

struct NoDisplay;

fn main() {}
