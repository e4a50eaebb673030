//! Migrations and rollbacks leave no row that refers to nothing.

use super::*;
