//! Enums whose values have a stable name, as one table.

/// Defines an enum whose values have a stable name, and `ALL` of them.
///
/// `coded! { pub enum Level as as_str { Low "low", } }` gives the method `as_str`. `as code, words` gives `code` and `words`, which
/// explains a value: `Empty "empty" "the value is empty",`.
macro_rules! coded {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident as $code:ident {
            $($(#[$doc:meta])* $variant:ident $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        $vis enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them, in the order of the documentation.
            $vis const ALL: [$name; [$($text),*].len()] = [$($name::$variant,)*];

            /// The stable name, as reports, summaries and the command line have it.
            $vis const fn $code(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident as $code:ident, $explain:ident {
            $($(#[$doc:meta])* $variant:ident $text:literal $words:literal,)*
        }
    ) => {
        coded! {
            $(#[$meta])*
            $vis enum $name as $code { $($(#[$doc])* $variant $text,)* }
        }

        impl $name {
            /// What it means, in a few lower-case words.
            $vis const fn $explain(self) -> &'static str {
                match self { $($name::$variant => $words,)* }
            }
        }
    };
}

pub(crate) use coded;
