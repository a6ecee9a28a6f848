//! The manufacturer, its vendors and its products.

mod events;
mod product;

pub use product::{ProductFacts, product_change, product_create, product_list, product_show};
