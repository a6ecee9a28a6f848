//! The manufacturer, its vendors, its products and their hardware revisions.

mod product;

pub use product::{product_find, product_get, product_insert, product_list, product_update};
