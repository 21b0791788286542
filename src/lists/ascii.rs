//! What a regular expression says of texts of ASCII alone.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

/// The expression that matches the same of every text of ASCII, without groups.
pub(super) fn only(pattern: &Hir) -> Hir {
    let all = |patterns: &[Hir]| patterns.iter().map(only).collect();
    match pattern.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => match literal.0.is_ascii() {
            true => Hir::literal(literal.0.clone()),
            false => Hir::fail(),
        },
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.intersect(&ClassUnicode::new([ClassUnicodeRange::new('\0', '\x7f')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Look(look) => Hir::look(match look {
            Look::WordUnicode => Look::WordAscii,
            Look::WordUnicodeNegate => Look::WordAsciiNegate,
            Look::WordStartUnicode => Look::WordStartAscii,
            Look::WordEndUnicode => Look::WordEndAscii,
            Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
            Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
            look => *look,
        }),
        HirKind::Repetition(repeated) => Hir::repetition(Repetition {
            min: repeated.min,
            max: repeated.max,
            greedy: repeated.greedy,
            sub: Box::new(only(&repeated.sub)),
        }),
        HirKind::Capture(group) => only(&group.sub),
        HirKind::Concat(parts) => Hir::concat(all(parts)),
        HirKind::Alternation(parts) => Hir::alternation(all(parts)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex_automata::meta::Regex;
    use regex_automata::util::syntax;

    proptest! {
        /// The oracle is the same engine over the whole expression.
        #[test]
        fn a_text_of_ascii_matches_the_same(
            pieces in proptest::collection::vec(
                proptest::sample::select(&[
                    r"\w", r"\b", r"\B", r"\d+", r"[\p{L}\p{N}]{2}", "ä", "[äa-c]?", "[^é]", ".", "k", "(?:é|b)", "(a|ß)*", "^", "$",
                    r"\s", r"\W", "(?-u:\\b)", "[a&&b]",
                ][..]),
                0..7,
            ),
            texts in proptest::collection::vec("[abk1._ \n]{0,8}", 8),
        ) {
            let config = syntax::Config::new().case_insensitive(true);
            let whole = syntax::parse_with(&pieces.concat(), &config).unwrap();
            let both = [&whole, &only(&whole)].map(|hir| Regex::builder().build_from_hir(hir).unwrap());
            for text in &texts {
                prop_assert_eq!(both[0].is_match(text), both[1].is_match(text), "{:?} {:?}", pieces, text);
            }
        }
    }
}
