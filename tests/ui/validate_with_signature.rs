use quantadb::{FieldError, QuantaEntity};

macro_rules! entities {
    ($($name:ident)*) => { $(
        #[derive(QuantaEntity)]
        #[quanta(validate_with = Self::check)]
        struct $name {
            #[quanta(id)]
            id: u64,
        }
    )* };
}

entities! { Valid AlsoValid }

impl Valid {
    fn check(&self) -> Result<(), Vec<FieldError>> {
        Ok(())
    }
}

impl AlsoValid {
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

#[derive(QuantaEntity)]
#[quanta(validate_with = wrong_error)]
struct WrongError {
    #[quanta(id)]
    id: u64,
}

fn wrong_error(_: &WrongError) -> Result<(), NoDisplay> {
    Err(NoDisplay)
}

#[derive(QuantaEntity)]
#[quanta(validate_with = answers)]
struct Answers {
    #[quanta(id)]
    id: u64,
}

fn answers(_: &Answers) -> bool {
    true
}

#[derive(QuantaEntity)]
#[quanta(validate_with = by_value)]
struct ByValue {
    #[quanta(id)]
    id: u64,
}

fn by_value(_: ByValue) -> Result<(), String> {
    Ok(())
}

#[derive(QuantaEntity)]
#[quanta(validate_with = of_another)]
struct OfAnother {
    #[quanta(id)]
    id: u64,
}

fn of_another(_: &ByValue) -> Result<(), String> {
    Ok(())
}

#[derive(QuantaEntity)]
#[quanta(validate_with = missing::function)]
struct Missing {
    #[quanta(id)]
    id: u64,
}

struct NoDisplay;

fn main() {}
