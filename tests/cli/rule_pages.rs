//! `docs/rules/` says what the program says: its pages are compared with the constants
//! they come from. `UPDATE_DOCS=1 cargo test rule_pages` writes them anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use trailcheck::report::rule_pages::pages;
use trailcheck::rules::catalogue;

#[test]
fn the_rule_pages_are_those_of_the_catalogue() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let fresh = pages(&catalogue());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, text) in &fresh {
            fs::write(folder.join(name), text).unwrap();
        }
        return;
    }
    let found: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named: BTreeSet<String> = fresh.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        found, named,
        "pages of docs/rules; UPDATE_DOCS=1 writes them anew"
    );
    for (name, text) in fresh {
        let written = fs::read_to_string(folder.join(&name)).unwrap();
        assert!(
            written == text,
            "docs/rules/{name} is out of step; `UPDATE_DOCS=1 cargo test rule_pages` writes it anew"
        );
    }
}
