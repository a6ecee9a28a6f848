//! What is read from files and what is found in them, over the cases in `tests/cases`.

mod cases;
mod hostile;
