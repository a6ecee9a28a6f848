//! What is read from files and what is found in them, over the cases in `tests/cases`.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod limits;
