//! The value of an attribute.

use groma_value::{Type, Value};

use super::Typed;

/// What an attribute of a model holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Attr<T> {
    /// Not set.
    #[default]
    Null,
    /// Not known before the change is made, at least in parts.
    Unknown,
    /// A value.
    Known(T),
}

impl<T> Attr<T> {
    /// The value, if there is one and it is known.
    pub fn get(&self) -> Option<&T> {
        match self {
            Attr::Known(value) => Some(value),
            _ => None,
        }
    }

    /// The value, if there is one and it is known.
    pub fn into_option(self) -> Option<T> {
        match self {
            Attr::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is not set.
    pub fn is_null(&self) -> bool {
        matches!(self, Attr::Null)
    }

    /// Whether it is not known.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Attr::Unknown)
    }

    /// Whether it has a known value.
    pub fn is_known(&self) -> bool {
        matches!(self, Attr::Known(_))
    }

    /// Whether it is set, if not now, then perhaps once it is known. Its opposite, that it is not set
    /// for certain, is [`Attr::is_null`].
    pub fn may_be_set(&self) -> bool {
        !self.is_null()
    }

    /// Whether it is this value for certain.
    pub fn is<Q: ?Sized>(&self, value: &Q) -> bool
    where
        T: PartialEq<Q>,
    {
        self.get().is_some_and(|known| known == value)
    }

    /// Whether it is not this value for certain: it is not set, or is another one. What is not known
    /// neither [is](Attr::is) nor is not; so checks that must not refuse what may yet be right are
    /// written with these two.
    pub fn is_not<Q: ?Sized>(&self, value: &Q) -> bool
    where
        T: PartialEq<Q>,
    {
        !self.is_unknown() && !self.is(value)
    }

    /// Another value, where this one has none or none that is known.
    pub fn or(self, other: impl Into<Attr<T>>) -> Attr<T> {
        match self {
            Attr::Known(_) => self,
            _ => other.into(),
        }
    }

    /// The same with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
            Attr::Known(value) => Attr::Known(f(value)),
        }
    }
}

impl<T: Clone> Attr<T> {
    /// A copy of the value, if there is one and it is known.
    pub fn cloned(&self) -> Option<T> {
        self.get().cloned()
    }
}

impl<T: Clone + Default> Attr<T> {
    /// A copy of the value, or what stands for none.
    pub fn or_default(&self) -> T {
        self.cloned().unwrap_or_default()
    }
}

impl Attr<String> {
    /// The text, if there is one and it is known.
    pub fn as_str(&self) -> Option<&str> {
        self.get().map(String::as_str)
    }

    /// The text, empty if there is none that is known.
    pub fn text(&self) -> &str {
        self.as_str().unwrap_or_default()
    }

    /// The text, if there is one that is known and not empty. In the states that many providers
    /// write, an empty text stands for none.
    pub fn filled(&self) -> Option<&str> {
        self.as_str().filter(|text| !text.is_empty())
    }

    /// A copy of [`Attr::filled`].
    pub fn to_filled(&self) -> Option<String> {
        self.filled().map(str::to_owned)
    }
}

impl Attr<bool> {
    /// Whether it is known to be true.
    pub fn is_true(&self) -> bool {
        matches!(self, Attr::Known(true))
    }
}

impl<T> From<T> for Attr<T> {
    fn from(value: T) -> Attr<T> {
        Attr::Known(value)
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Attr<T> {
        value.map_or(Attr::Null, Attr::Known)
    }
}

impl From<&str> for Attr<String> {
    fn from(value: &str) -> Attr<String> {
        Attr::Known(value.to_owned())
    }
}

impl From<Option<&str>> for Attr<String> {
    fn from(value: Option<&str>) -> Attr<String> {
        value.map_or(Attr::Null, Attr::from)
    }
}

impl From<Option<&String>> for Attr<String> {
    fn from(value: Option<&String>) -> Attr<String> {
        value.cloned().into()
    }
}

impl From<i32> for Attr<i64> {
    fn from(value: i32) -> Attr<i64> {
        Attr::Known(value.into())
    }
}

impl From<Option<i32>> for Attr<i64> {
    fn from(value: Option<i32>) -> Attr<i64> {
        value.map(i64::from).into()
    }
}

impl<T: Typed> Attr<T> {
    /// The attribute of a value; null for none.
    pub fn read(value: Option<&Value>) -> Attr<T> {
        match value {
            None => Attr::Null,
            Some(value) if value.is_null() => Attr::Null,
            Some(value) if !value.is_known() => Attr::Unknown,
            // Of collections and objects, what is not wholly known is not known.
            Some(value) => T::from_value(value).map_or(Attr::Unknown, Attr::Known),
        }
    }

    /// The value, of the type of `T`.
    pub fn write(&self) -> Value {
        self.write_as(&T::ty())
    }

    /// The value, where the type of `T` is at hand.
    pub fn write_as(&self, ty: &Type) -> Value {
        match self {
            Attr::Null => Value::null(ty.clone()),
            Attr::Unknown => Value::unknown(ty.clone()),
            Attr::Known(value) => value.to_value(),
        }
    }
}
