//! Part of QuantaDB.
