use super::*;

fn plan(minute: u64, day: u64) -> Plan {
    Plan {
        requests_per_minute: minute,
        requests_per_day: day,
        results: 1,
        look_back_days: 1,
        formats: Vec::new(),
    }
}

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

#[test]
fn a_window_runs_out_and_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let usage = Usage::open(&store, at(0)).unwrap();
    let take = |usage: &Usage, second| usage.take("k", &plan(2, 3), at(second));
    assert_eq!(
        take(&usage, 0).unwrap(),
        QuotaState {
            limit: 2,
            remaining: 1,
            reset: 60
        }
    );
    assert_eq!(take(&usage, 1).unwrap().remaining, 0);
    let refused = take(&usage, 58).unwrap_err();
    assert_eq!((refused.reset, refused.wait(at(58))), (60, 2));
    usage.write(at(0)).unwrap();
    drop(usage);
    let usage = Usage::open(&store, at(59)).unwrap();
    assert!(
        take(&usage, 59).is_err(),
        "a restart does not reset the count"
    );
    // The third of the day; then the day is over, too.
    assert_eq!(
        take(&usage, 60).unwrap(),
        QuotaState {
            limit: 3,
            remaining: 0,
            reset: DAY
        }
    );
    assert_eq!(take(&usage, 120).unwrap_err().reset, DAY);
    assert!(take(&usage, DAY).is_ok());
}

/// The rest of a plan of 5 a minute and 50 a day, after one request more.
fn left(usage: &Usage, second: i64) -> Option<u64> {
    usage
        .take("k", &plan(5, 50), at(second))
        .ok()
        .map(|standing| standing.remaining)
}

const NOON: i64 = 20_000 * DAY + DAY / 2;
const YEARS: i64 = 70 * 365 * DAY;

#[test]
fn a_clock_that_was_wrong_for_a_moment_shuts_no_key() {
    // Ahead by 70 years, by a day, by an hour: before and after a restart, written or not.
    for ahead in [YEARS, DAY, 3600] {
        for written in [false, true] {
            for restarted in [false, true] {
                let folder = tempfile::tempdir().unwrap();
                let store = folder.path().join("s.db");
                let mut usage = Usage::open(&store, at(NOON)).unwrap();
                assert_eq!(left(&usage, NOON), Some(4));
                assert_eq!(left(&usage, NOON + ahead), Some(4));
                if written {
                    usage.write(at(NOON + ahead)).unwrap();
                }
                if restarted {
                    drop(usage);
                    usage = Usage::open(&store, at(NOON + 1)).unwrap();
                }
                for left_over in [4, 3, 2, 1, 0] {
                    let found = left(&usage, NOON + 1);
                    assert_eq!(found, Some(left_over), "{ahead} {written} {restarted}");
                }
                let refused = usage.take("k", &plan(5, 50), at(NOON + 1)).unwrap_err();
                assert!(refused.wait(at(NOON + 1)) <= 60, "{refused:?}");
                // And so it is after another restart.
                usage.write(at(NOON + 1)).unwrap();
                drop(usage);
                let usage = Usage::open(&store, at(NOON + 2)).unwrap();
                assert_eq!(left(&usage, NOON + 2), None);
                assert_eq!(left(&usage, NOON + 61), Some(4));
            }
        }
    }
}

#[test]
fn a_clock_that_is_set_back_a_little_gives_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let midnight = 20_000 * DAY;
    let usage = Usage::open(&store, at(midnight)).unwrap();
    for left_over in [4, 3, 2, 1, 0] {
        assert_eq!(left(&usage, midnight + 1), Some(left_over));
    }
    for second in [midnight, midnight - 1, midnight - SKEW] {
        assert_eq!(left(&usage, second), None, "{second}");
    }
}

#[test]
fn any_history_of_a_clock_ends_well() {
    // Whatever the clock did before, some minutes later a plan is what it says.
    let jumps = [
        0,
        -YEARS,
        YEARS,
        DAY,
        -DAY,
        61,
        -61,
        -20_000 * DAY,
        i64::from(i32::MAX),
    ];
    for one in jumps {
        for other in jumps {
            let folder = tempfile::tempdir().unwrap();
            let store = folder.path().join("s.db");
            let usage = Usage::open(&store, at(NOON + one)).unwrap();
            for second in [NOON + one, NOON + other, NOON] {
                for _ in 0..7 {
                    let _ = left(&usage, second);
                }
                usage.write(at(second)).unwrap();
            }
            drop(usage);
            let usage = Usage::open(&store, at(NOON + 180)).unwrap();
            let taken = (0..9)
                .filter(|_| left(&usage, NOON + 180).is_some())
                .count();
            assert_eq!(taken, 5, "{one} {other}");
        }
    }
}

#[test]
fn counts_whose_file_was_removed_are_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let usage = Usage::open(&store, at(0)).unwrap();
    for _ in 0..3 {
        assert!(left(&usage, 0).is_some());
    }
    usage.write(at(0)).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    usage.write(at(1)).unwrap();
    assert!(
        !folder.path().join("s.db-usage").exists(),
        "there is no news"
    );
    assert!(left(&usage, 1).is_some());
    usage.write(at(1)).unwrap();
    let other = Usage::open(&store, at(2)).unwrap();
    assert_eq!(left(&other, 2), Some(0));
}

#[test]
fn two_servers_share_a_count() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.db");
    let one = Usage::open(&store, at(0)).unwrap();
    let other = Usage::open(&store, at(0)).unwrap();
    for usage in [&one, &other] {
        for _ in 0..2 {
            usage.take("k", &plan(5, 100), at(0)).unwrap();
        }
    }
    one.write(at(0)).unwrap();
    other.write(at(0)).unwrap();
    assert_eq!(other.take("k", &plan(5, 100), at(0)).unwrap().remaining, 0);
    other.write(at(0)).unwrap();
    one.take("k", &plan(9, 100), at(0)).unwrap();
    one.write(at(0)).unwrap();
    assert!(one.take("k", &plan(6, 100), at(0)).is_err());
}
