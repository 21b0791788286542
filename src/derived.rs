//! The derived values of an indicator, which its templates place.

/// The derived values of an indicator's value: what a template may place, and nothing else of the value.
///
/// They are computed in Rust, so that a template has nothing to take apart. The literals of a rule's detection
/// are such values, alone or with fixed text around them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DerivedValues(Vec<(&'static str, DerivedValue)>);

/// One derived value.
#[derive(Debug, Clone, PartialEq)]
pub enum DerivedValue {
    /// A text.
    Text(String),
    /// Several texts that a log may hold instead of each other.
    Texts(Vec<String>),
    /// A property that the template branches on.
    Flag(bool),
}

impl DerivedValues {
    /// No derived values.
    pub fn new() -> DerivedValues {
        DerivedValues::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> DerivedValues {
        self.put(name, DerivedValue::Text(text.into()));
        self
    }

    /// Adds several texts.
    #[must_use]
    pub fn texts<T: Into<String>>(
        mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = T>,
    ) -> DerivedValues {
        self.put(
            name,
            DerivedValue::Texts(texts.into_iter().map(Into::into).collect()),
        );
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn flag(mut self, name: &'static str, flag: bool) -> DerivedValues {
        self.put(name, DerivedValue::Flag(flag));
        self
    }

    /// Few, so a sorted list is faster than a tree.
    fn put(&mut self, name: &'static str, form: DerivedValue) {
        match self.0.binary_search_by_key(&name, |(name, _)| name) {
            Ok(at) => self.0[at].1 = form,
            Err(at) => self.0.insert(at, (name, form)),
        }
    }

    /// The form of this name.
    pub fn get(&self, name: &str) -> Option<&DerivedValue> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, form)| form)
    }

    /// All derived values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &DerivedValue)> {
        self.0.iter().map(|(name, form)| (*name, form))
    }
}
