//! Where drop-ins come from: several paths, and such as hold none.

use std::fs;
use std::path::Path;

use socdef_sigma::error::ErrorKind;

use super::{BODY, drop_in, folder, load};

#[test]
fn the_later_path_wins_and_two_files_of_one_path_with_one_name_are_an_error() {
    let with =
        |product: &str| drop_in(BODY).replace("product: acme", &format!("product: {product}"));
    let (one, two) = (
        folder(&[("acme.yml.j2", with("first"))]),
        folder(&[("deep/er/acme.yml.j2", with("second"))]),
    );
    let product = |paths: &[&Path]| {
        load(paths)
            .unwrap()
            .get("domain/acme")
            .unwrap()
            .logsource()
            .label()
    };
    assert_eq!(product(&[one.path(), two.path()]), "second");
    assert_eq!(product(&[two.path(), one.path()]), "first");
    let both = folder(&[("a.yml.j2", with("first")), ("b.yml.j2", with("second"))]);
    let error = load(&[both.path()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenTemplate);
    let told = error.report();
    assert!(
        told.contains("a.yml.j2") && told.contains("b.yml.j2"),
        "{told}"
    );
}

#[test]
fn a_path_without_templates_is_an_error() {
    let empty = folder(&[("README.md", String::new())]);
    let other = folder(&[("acme.yaml.j2", drop_in(BODY))]);
    let long = folder(&[("acme.yml.j2", drop_in(&BODY.repeat(400)))]);
    let missing = empty.path().join("no_such_folder");
    for (path, words) in [
        (empty.path(), "holds no template"),
        (other.path(), "ends in `.yml.j2`"),
        (long.path(), "longer than 64 KiB"),
        (&missing, "cannot read"),
    ] {
        let error = load(&[path]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableInput);
        assert!(error.message().contains(words), "{error:?}");
    }
    let binary = empty.path().join("x.yml.j2");
    fs::write(&binary, b"---\nname: \xff\n").unwrap();
    assert!(
        load(&[&binary])
            .unwrap_err()
            .message()
            .contains("not UTF-8")
    );
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_and_a_fifo_do_not_hold_it_up() {
    let folder = folder(&[("acme.yml.j2", drop_in(BODY))]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    assert!(load(&[folder.path()]).unwrap().get("domain/acme").is_some());
    let fifo = folder.path().join("fifo.yml.j2");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let error = load(&[folder.path()]).unwrap_err();
    assert!(error.message().contains("is a file"), "{error:?}");
}
