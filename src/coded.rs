//! Enums whose values have a stable name, as one table.

/// Defines an enum whose values have a stable name, and `ALL` of them.
///
/// `coded! { enum Level as as_str { Low "low", } }` gives the method `as_str`. `as code, words` gives `code` and `words`, which
/// explains a value: `Empty "empty" "the value is empty",`. A public enum says in which public module it is, and what is generated gets examples:
/// `pub enum Level in "rule" as as_str`.
macro_rules! coded {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident $(in $module:literal)? as $code:ident {
            $(#[$first_doc:meta])* $first:ident $first_text:literal,
            $($(#[$doc:meta])* $variant:ident $text:literal,)*
        }
    ) => {
        $(#[$meta])*
        $vis enum $name {
            $(#[$first_doc])* $first,
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of the documentation.
            $(
                #[doc = concat!(
                    "\n```\nuse socdef_sigma::", $module, "::", stringify!($name), ";\n",
                    "assert_eq!(", stringify!($name), "::ALL[0], ", stringify!($name), "::", stringify!($first), ");\n```"
                )]
            )?
            $vis const ALL: [$name; [$first_text, $($text),*].len()] = [$name::$first, $($name::$variant,)*];

            /// The stable name, as reports, summaries and the command line have it.
            $(
                #[doc = concat!(
                    "\n```\nuse socdef_sigma::", $module, "::", stringify!($name), ";\n",
                    "assert_eq!(", stringify!($name), "::", stringify!($first), ".", stringify!($code), "(), ",
                    stringify!($first_text), ");\n```"
                )]
            )?
            $vis const fn $code(self) -> &'static str {
                match self {
                    $name::$first => $first_text,
                    $($name::$variant => $text,)*
                }
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident $(in $module:literal)? as $code:ident, $explain:ident {
            $(#[$first_doc:meta])* $first:ident $first_text:literal $first_words:literal,
            $($(#[$doc:meta])* $variant:ident $text:literal $words:literal,)*
        }
    ) => {
        coded! {
            $(#[$meta])*
            $vis enum $name $(in $module)? as $code {
                $(#[$first_doc])* $first $first_text,
                $($(#[$doc])* $variant $text,)*
            }
        }

        impl $name {
            /// What it means, in a few lower-case words.
            $(
                #[doc = concat!(
                    "\n```\nuse socdef_sigma::", $module, "::", stringify!($name), ";\n",
                    "assert_eq!(", stringify!($name), "::", stringify!($first), ".", stringify!($explain), "(), ",
                    stringify!($first_words), ");\n```"
                )]
            )?
            $vis const fn $explain(self) -> &'static str {
                match self {
                    $name::$first => $first_words,
                    $($name::$variant => $words,)*
                }
            }
        }
    };
}

pub(crate) use coded;
