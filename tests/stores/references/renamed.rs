//! The table or the key that is referred to gets another name.

use super::*;
