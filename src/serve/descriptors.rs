//! The files that a process may have open: enough for all connections, each of which may have an answer under way.

/// Those of an answer: its connection, the database and its log.
const EACH: u64 = 3;
/// Those of everything else.
const OTHERS: u64 = 64;

/// How many connections there is room for, of those that were asked for. Raises the soft limit of open files as far as that
/// needs it and the hard limit allows it.
#[cfg(unix)]
pub(crate) fn connections(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = (wanted as u64).saturating_mul(EACH).saturating_add(OTHERS);
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    let mut current = limit.current;
    if !enough(current) {
        let raised = limit.maximum.map_or(needed, |most| most.min(needed));
        let asked = Rlimit {
            current: Some(raised),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, asked).is_ok() {
            current = Some(raised);
        }
    }
    match current {
        Some(files) if files < needed => {
            let fit = files.saturating_sub(OTHERS) / EACH;
            (fit.max(1) as usize).min(wanted)
        }
        _ => wanted,
    }
}

#[cfg(not(unix))]
pub(crate) fn connections(wanted: usize) -> usize {
    wanted
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_not_promised() {
        assert_eq!(connections(1), 1);
        let most = connections(usize::MAX);
        assert!(most >= 1);
        assert_eq!(connections(most), most);
    }
}
