//! Documents that nobody wrote, of the kinds that people do write: the same ones for the same number.
//!
//! Each knows the sure values that it holds, with their lines. A value stands in one document once.

mod maker;
mod words;

use socdef_sigma::source::Format;

use self::maker::Maker;
use self::words::HEADINGS;

/// A document, with what was put into it.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) format: Option<Format>,
    pub(crate) text: String,
    /// `type value`, canonical; its line; the number of its section; its column where it stands in a table.
    pub(crate) values: Vec<Put>,
}

/// A value that was put into a document.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    pub(crate) what: String,
    pub(crate) line: u64,
    pub(crate) section: usize,
    pub(crate) column: usize,
    /// Whether it is a plain link where links are references.
    pub(crate) reference: bool,
}

/// A small generator of numbers: splitmix64, of which all that is asked is that it does not change.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// The document of a number.
pub(crate) fn document(number: u64) -> Document {
    let mut maker = Maker {
        dice: Dice::new(number),
        // Values are of one document: their numbers start anywhere.
        number: number.wrapping_mul(37) % 60_000,
        text: String::new(),
        line: 1,
        section: 0,
        values: Vec::new(),
    };
    let shape = maker.dice.below(4);
    let format = match shape {
        0 => {
            let delimiter = maker.dice.one(&[",", ";", "\t", "|"]);
            maker.table(delimiter, false);
            [Some(Format::Csv), None][maker.dice.below(2)]
        }
        1 => {
            for section in 0..1 + maker.dice.below(3) {
                maker.section = section;
                let heading = maker.dice.one(HEADINGS);
                let end = maker.dice.one(&[":", "", ":"]);
                maker.push_line(&format!("{heading}{end}"));
                for _ in 0..1 + maker.dice.below(3) {
                    maker.item(false);
                }
            }
            [Some(Format::Txt), None][maker.dice.below(2)]
        }
        _ => {
            let mark = maker.dice.one(&["# ", "## ", "== "]);
            for section in 0..1 + maker.dice.below(3) {
                maker.section = section;
                let heading = maker.dice.one(HEADINGS);
                maker.push_line(&format!("{mark}{heading}"));
                maker.push_line("");
                match maker.dice.below(6) {
                    0 => maker.sentence(),
                    1 => maker.table(" | ", true),
                    2 => {
                        maker.push_line("```");
                        for _ in 0..1 + maker.dice.below(2) {
                            let defanged = maker.dice.below(2) == 0;
                            let (written, what) = maker.value(defanged);
                            maker.put(what, 0, false);
                            maker.push_line(&written);
                        }
                        maker.push_line("```");
                    }
                    _ => {
                        for _ in 0..1 + maker.dice.below(3) {
                            maker.item(true);
                        }
                    }
                }
                maker.push_line("");
            }
            if maker.dice.below(4) == 0 {
                maker.section += 1;
                maker.push_line(&format!("{mark}References"));
                maker.push_line("");
                maker.references();
            }
            Some(Format::Text)
        }
    };
    Document {
        format,
        text: maker.text,
        values: maker.values,
    }
}
