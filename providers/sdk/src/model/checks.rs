//! Validators of known values, for `#[attr(check = …)]`.

use super::{Set, parse_duration};

/// One of these texts.
pub fn one_of(allowed: &'static [&'static str]) -> impl Fn(&String) -> Result<(), String> {
    move |value| match allowed.contains(&value.as_str()) {
        true => Ok(()),
        false => Err(format!("It must be one of {}, but is {value:?}.", listed(allowed))),
    }
}

/// A text of so many characters.
pub fn length(least: usize, most: usize) -> impl Fn(&String) -> Result<(), String> {
    move |value| match value.chars().count() {
        n if n < least || n > most => {
            Err(format!("It must have {least} to {most} characters, but has {n}."))
        }
        _ => Ok(()),
    }
}

/// A number from `least` to `most`.
pub fn range<T: PartialOrd + std::fmt::Display>(
    least: T,
    most: T,
) -> impl Fn(&T) -> Result<(), String> {
    move |value| match *value < least || *value > most {
        true => Err(format!("It must be from {least} to {most}, but is {value}.")),
        false => Ok(()),
    }
}

/// One of these numbers.
pub fn one_of_numbers(allowed: &'static [i64]) -> impl Fn(&i64) -> Result<(), String> {
    move |value| match allowed.contains(value) {
        true => Ok(()),
        false => {
            let allowed: Vec<String> = allowed.iter().map(i64::to_string).collect();
            Err(format!("It must be one of {}, but is {value}.", allowed.join(", ")))
        }
    }
}

/// A duration such as `30m` or `1h30m`.
pub fn duration(text: &String) -> Result<(), String> {
    match parse_duration(text) {
        Some(_) => Ok(()),
        None => {
            Err(format!("It must be a duration such as \"30m\" or \"1h30m\", but is {text:?}."))
        }
    }
}

/// Collections, of which [`each`] and [`count`] are said.
pub trait Elements {
    /// What they hold.
    type Item;
    /// All of them.
    fn elements(&self) -> &[Self::Item];
}

impl<T> Elements for Vec<T> {
    type Item = T;
    fn elements(&self) -> &[T] {
        self
    }
}

impl<T> Elements for Set<T> {
    type Item = T;
    fn elements(&self) -> &[T] {
        &self.0
    }
}

/// Every element passes a check.
pub fn each<C: Elements>(
    check: impl Fn(&C::Item) -> Result<(), String>,
) -> impl Fn(&C) -> Result<(), String> {
    move |collection| collection.elements().iter().try_for_each(&check)
}

/// So many elements.
pub fn count<C: Elements>(least: usize, most: usize) -> impl Fn(&C) -> Result<(), String> {
    move |collection| match collection.elements().len() {
        n if n < least || n > most => {
            Err(format!("It must have {least} to {most} elements, but has {n}."))
        }
        _ => Ok(()),
    }
}

fn listed(allowed: &[&str]) -> String {
    allowed.iter().map(|a| format!("{a:?}")).collect::<Vec<_>>().join(", ")
}
