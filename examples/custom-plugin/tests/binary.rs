//! The binary compiles a feed with its own template.

use std::process::Command;

#[test]
fn it_makes_a_rule_of_each_address_by_its_own_template() {
    let feed = std::env::temp_dir().join(format!("custom-plugin-{}.txt", std::process::id()));
    std::fs::write(&feed, "198.51.100.7\n198.51.100.0/24\nevil.example\n").unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_custom-plugin"))
        .arg(&feed)
        .env("SOURCE_DATE_EPOCH", "1779019200")
        .output()
        .unwrap();
    std::fs::remove_file(&feed).unwrap();
    let rules = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success());
    assert_eq!(rules.matches("title:").count(), 1, "{rules}");
    // 198 · 2²⁴ + 51 · 2¹⁶ + 100 · 2⁸ + 7
    assert!(rules.contains("dst_addr: '3325256711'"), "{rules}");
    assert!(rules.contains("category: netflow") && rules.contains("date: 2026-05-17"));
    assert!(String::from_utf8_lossy(&done.stderr).contains("3 read, 1 rules"));
}
