//! Ranges of addresses in two or three columns: start and end, or an address and a mask.

use super::cell::Cell;
use super::role::Role;
use super::values::Value;
use crate::extract::split;
use crate::indicator::range::{masked, networks};
use crate::indicator::{Expect, Ioc, Parsed, Refusal, parse, parse_as};
use ipnet::IpNet;
use std::net::IpAddr;

/// Reads the range of a record, if it has one. The index of the cell that it is read from; values of that cell are read.
pub(super) fn read<'a>(cells: &[Cell<'a>], values: &mut Vec<Value<'a>>) -> Option<usize> {
    let filled = |cell: &Cell<'a>| {
        let text = split::trim(cell.text()?);
        (!split::is_placeholder(text)).then_some(text)
    };
    let of = |wanted: fn(Role) -> bool| {
        cells
            .iter()
            .position(|cell| wanted(cell.role) && filled(cell).is_some())
    };
    let text = |index: usize| cells.get(index).and_then(filled).unwrap_or_default();
    let end = of(|role| role == Role::RangeEnd);
    let mask = of(|role| role == Role::Mask);
    if end.is_none() && mask.is_none() {
        return None;
    }
    let start = of(|role| role == Role::RangeStart).or_else(|| {
        of(|role| {
            matches!(
                role,
                Role::Value(Expect::Address | Expect::Any, _) | Role::Typed
            )
        })
    })?;
    let address = single(text(start))?;
    let (read, other) = match (end, mask) {
        (Some(end), _) => (until(address, text(end)), text(end)),
        (None, Some(mask)) => {
            let net = masked(address, text(mask)).map(|net| vec![net]);
            (net, text(mask))
        }
        (None, None) => return None,
    };
    let shown = match end {
        Some(_) => format!("{} - {other}", text(start)),
        None => format!("{} {other}", text(start)),
    };
    let found = values.len();
    match read {
        Err(refusal) => values.push(Value::new(shown, Err(refusal))),
        Ok(nets) => {
            for net in nets {
                values.push(Value {
                    range: Some(shown.clone()),
                    ..Value::new(shown.clone(), parsed(net))
                });
            }
        }
    }
    for value in &mut values[found..] {
        value.cell = start;
    }
    Some(start)
}

fn until(start: IpAddr, end: &str) -> Result<Vec<IpNet>, Refusal> {
    let end = match single(end) {
        Some(end) => end,
        None => {
            parse_as(Expect::Address, end)?;
            // A network is not an end of a range.
            return Err(Refusal::new(crate::reason::Reason::InvalidAddress).detail("the end"));
        }
    };
    networks(start, end)
}

/// The address that a text is, where it is one address and not a network.
fn single(text: &str) -> Option<IpAddr> {
    let ioc = parse_as(Expect::Address, text).ok()?.ioc;
    match ioc {
        Ioc::Ipv4(net) if net.prefix_len() == 32 => Some(IpAddr::V4(net.addr())),
        Ioc::Ipv6(net) if net.prefix_len() == 128 => Some(IpAddr::V6(net.addr())),
        _ => None,
    }
}

fn parsed(net: IpNet) -> Result<Parsed, Refusal> {
    parse(&net.to_string())
}
