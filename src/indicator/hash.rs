//! Hashes of files.

use std::fmt;

use super::refusal::Refusal;
use crate::reason::Reason;

/// A hash function that logs carry.
///
/// ```
/// use socdef_sigma::{IocType, indicator::Algorithm};
/// assert_eq!((Algorithm::Sha1.digits(), Algorithm::Sha1.ioc_type()), (40, IocType::Sha1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// 128 bits.
    Md5,
    /// 160 bits.
    Sha1,
    /// 256 bits.
    Sha256,
}

impl Algorithm {
    /// The number of hexadecimal digits of a hash.
    ///
    /// ```
    /// use socdef_sigma::indicator::Algorithm;
    /// assert_eq!(Algorithm::Sha256.digits(), 64);
    /// ```
    pub const fn digits(self) -> usize {
        match self {
            Algorithm::Md5 => 32,
            Algorithm::Sha1 => 40,
            Algorithm::Sha256 => 64,
        }
    }

    /// The algorithm whose hashes have this many hexadecimal digits.
    pub(crate) const fn of_digits(digits: usize) -> Option<Algorithm> {
        match digits {
            32 => Some(Algorithm::Md5),
            40 => Some(Algorithm::Sha1),
            64 => Some(Algorithm::Sha256),
            _ => None,
        }
    }
}

/// A hash in lower-case hexadecimal.
///
/// ```
/// use socdef_sigma::{Ioc, indicator::parse};
///
/// let Ioc::Hash(hash) = parse(&"AB".repeat(16)).unwrap().ioc else { panic!() };
/// assert_eq!(hash.to_string(), "ab".repeat(16));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hash {
    algorithm: Algorithm,
    hex: String,
}

/// The hashes of the empty file, one for each algorithm.
const EMPTY_FILE: [&str; 3] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

impl Hash {
    /// Reads hexadecimal digits in any case; the algorithm follows from their number.
    pub(crate) fn parse(text: &str) -> Result<Hash, Refusal> {
        match (
            Algorithm::of_digits(text.len()),
            text.bytes().all(|b| b.is_ascii_hexdigit()),
        ) {
            (Some(algorithm), true) => Ok(Hash {
                algorithm,
                hex: text.to_ascii_lowercase(),
            }),
            _ => Err(Refusal::new(Reason::InvalidHash)),
        }
    }

    /// The algorithm.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::{Algorithm, parse}};
    ///
    /// let Ioc::Hash(hash) = parse(&"ab".repeat(16)).unwrap().ioc else { panic!() };
    /// assert_eq!(hash.algorithm(), Algorithm::Md5);
    /// ```
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether it is the hash of the empty file, which is on every machine.
    pub(crate) fn is_of_the_empty_file(&self) -> bool {
        EMPTY_FILE.contains(&self.hex.as_str())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex)
    }
}
