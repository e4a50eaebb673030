//! Random writes over three tables against a plain model of what references mean.

use super::*;
