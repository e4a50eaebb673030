//! What can go wrong: any store, any file. A benchmark that fails is not measured.

/// An error of whatever store or file it came from.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The result of whatever may fail.
pub type Outcome<T> = Result<T, Failure>;
