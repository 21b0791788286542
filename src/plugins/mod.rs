//! The built-in templates: one file for each type of indicator, with the derived forms that its templates place.
//!
//! A new log source for a type is a file in `templates/<type>/` and a `register!` in the type's file here; a new type is
//! a file here and a variant of [`IocType`](crate::IocType).

mod cve;
mod domain;
mod email;
mod hash;
mod ipv4;
mod ipv6;
mod md5;
mod sha1;
mod sha256;
mod url;
