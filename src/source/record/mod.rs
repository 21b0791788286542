//! The record model: one row of a table or one flat object, whose fields say what they hold.
//!
//! A [`Role`] is what a field is for, by its name ([`names`]) or by its publisher; [`read`] makes findings of the cells. Tables
//! and lists of JSON objects share it, so that the same feed gives the same indicators in either form.

mod cell;
mod confidence;
mod details;
mod judgement;
mod kind;
mod names;
mod parents;
mod publisher;
mod ranges;
mod reading;
mod role;
pub(in crate::source) mod sure;
mod values;

pub(crate) use cell::Cell;
pub(crate) use confidence::{Scale, Unreadable, lone_confidence};
pub(crate) use judgement::{FIELDS as JUDGING_FIELDS, Judged, Judgement, is_true};
pub(crate) use kind::is_kind;
pub(crate) use publisher::{Publisher, SOC_DEFENDERS};
pub(crate) use reading::{Context, read};
pub(crate) use role::Role;
pub(crate) use sure::has as has_sure_value;
pub(crate) use values::{holds_indicators, is_pattern};

/// What a field of this name holds; `Role::Unknown` where its cells decide.
pub(crate) fn role(publisher: Option<Publisher>, name: &str) -> Role {
    publisher
        .and_then(|publisher| publisher.role(name))
        .unwrap_or_else(|| names::role(name))
}
