//! The derived values of an indicator, which its templates place.

/// The derived values of an indicator's value: what a template may place, and nothing else of the value.
///
/// They are computed in Rust, so that a template has nothing to take apart. The literals of a rule's detection
/// are such values, alone or with fixed text around them.
///
/// ```
/// use socdef_sigma::registry::{DerivedValue, DerivedValues};
///
/// let derived = DerivedValues::new().text("value", "evil.example").flag("has_port", false);
/// assert_eq!(derived.get("has_port"), Some(&DerivedValue::Flag(false)));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DerivedValues(Vec<(&'static str, DerivedValue)>);

/// One derived value.
///
/// ```
/// use socdef_sigma::registry::{DerivedValue, DerivedValues};
///
/// let derived = DerivedValues::new().texts("hosts", ["a.example", "b.example"]);
/// let Some(DerivedValue::Texts(hosts)) = derived.get("hosts") else { panic!() };
/// assert_eq!(hosts.len(), 2);
/// ```
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
    ///
    /// ```
    /// use socdef_sigma::registry::DerivedValues;
    /// assert_eq!(DerivedValues::new().iter().count(), 0);
    /// ```
    pub fn new() -> DerivedValues {
        DerivedValues::default()
    }

    /// Adds a text.
    ///
    /// ```
    /// use socdef_sigma::registry::{DerivedValue, DerivedValues};
    ///
    /// let derived = DerivedValues::new().text("value", "evil.example");
    /// assert_eq!(derived.get("value"), Some(&DerivedValue::Text("evil.example".to_owned())));
    /// ```
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> DerivedValues {
        self.put(name, DerivedValue::Text(text.into()));
        self
    }

    /// Adds several texts.
    ///
    /// ```
    /// use socdef_sigma::registry::{DerivedValue, DerivedValues};
    ///
    /// let derived = DerivedValues::new().texts("spellings", ["/a b", "/a%20b"]);
    /// assert!(matches!(derived.get("spellings"), Some(DerivedValue::Texts(texts)) if texts[1] == "/a%20b"));
    /// ```
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
    ///
    /// ```
    /// use socdef_sigma::registry::{DerivedValue, DerivedValues};
    ///
    /// let derived = DerivedValues::new().flag("is_network", true);
    /// assert_eq!(derived.get("is_network"), Some(&DerivedValue::Flag(true)));
    /// ```
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
    ///
    /// ```
    /// use socdef_sigma::registry::DerivedValues;
    ///
    /// let derived = DerivedValues::new().text("value", "evil.example");
    /// assert!(derived.get("value").is_some());
    /// assert_eq!(derived.get("other"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&DerivedValue> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, form)| form)
    }

    /// All derived values, sorted by name.
    ///
    /// ```
    /// use socdef_sigma::registry::DerivedValues;
    ///
    /// let derived = DerivedValues::new().text("value", "evil.example").flag("has_port", false);
    /// let names: Vec<_> = derived.iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["has_port", "value"]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &DerivedValue)> {
        self.0.iter().map(|(name, form)| (*name, form))
    }
}
