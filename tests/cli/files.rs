//! Output files: whole or not at all, for the owner's eyes, never through a link.

use std::fs;

use predicates::str::{contains, is_empty};

use super::{home, save, trailcheck, unvalidated};

#[test]
fn output_goes_to_the_file_and_nothing_to_standard_output() {
    let home = home();
    let printed = trailcheck(&home)
        .args(["audit", "--demo", "--format", "json"])
        .output()
        .unwrap()
        .stdout;
    trailcheck(&home)
        .args([
            "audit",
            "--demo",
            "--format",
            "json",
            "--output",
            "report.json",
        ])
        .assert()
        .code(0)
        .stdout(is_empty())
        .stderr(is_empty());
    assert_eq!(fs::read(home.path().join("report.json")).unwrap(), printed);
}

#[test]
fn an_old_report_is_replaced_whole_and_no_other_file_is_left() {
    let home = home();
    let path = home.path().join("report.json");
    fs::write(&path, "x".repeat(1_000_000)).unwrap();
    trailcheck(&home)
        .args(["audit", "--demo", "--format", "json", "-o", "report.json"])
        .assert()
        .code(0);
    assert!(fs::read_to_string(&path).unwrap().starts_with('{'));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_run_that_ends_in_a_usage_error_leaves_the_old_report() {
    let home = home();
    let path = home.path().join("report.json");
    fs::write(&path, "old").unwrap();
    trailcheck(&home)
        .args(["audit", "--snapshot", "missing.json", "-o", "report.json"])
        .assert()
        .code(2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_report() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = home();
    let path = home.path().join("report.json");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    trailcheck(&home)
        .args(["audit", "--demo", "--format", "json", "-o", "report.json"])
        .assert()
        .code(0);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_refused_and_what_it_points_at_stays() {
    let home = home();
    let target = home.path().join("precious");
    fs::write(&target, "precious").unwrap();
    for (name, to) in [("link", "precious"), ("dangling", "nowhere")] {
        std::os::unix::fs::symlink(to, home.path().join(name)).unwrap();
        trailcheck(&home)
            .args(["audit", "--demo", "-o", name])
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains("it is a symbolic link"));
        assert!(home.path().join(name).is_symlink());
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert!(!home.path().join("nowhere").exists());
}

#[cfg(unix)]
#[test]
fn a_device_is_never_replaced() {
    let home = home();
    trailcheck(&home)
        .args(["audit", "--demo", "-o", "/dev/null"])
        .assert()
        .code(2)
        .stderr(contains("it is not a regular file"));
    trailcheck(&home)
        .args(["audit", "--demo", "-o", "/dev/stdout"])
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("write `-` for standard output"));
}

#[test]
fn a_place_that_cannot_be_written_is_named_before_anything_is_read() {
    let home = home();
    fs::write(home.path().join("file"), "").unwrap();
    for (path, reason) in [
        ("missing/report.json", "there is no folder `missing`"),
        ("file/report.json", "file"),
        (".", "folder"),
        ("..", "folder"),
    ] {
        // The snapshot does not exist either, but the output is looked at first.
        trailcheck(&home)
            .args(["audit", "--snapshot", "missing.json", "-o", path])
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(format!("error: cannot write `{path}`")))
            .stderr(contains(reason));
    }
}

#[test]
fn a_report_never_replaces_the_snapshot_it_is_made_of() {
    let home = home();
    let path = save(&home, &unvalidated());
    let before = fs::read(&path).unwrap();
    trailcheck(&home)
        .args([
            "audit",
            "--snapshot",
            "snapshot.json",
            "-o",
            "./snapshot.json",
        ])
        .assert()
        .code(2)
        .stderr(contains("a report would replace it"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let home = home();
    let code_and_errors = |args: &[&str]| {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_trailcheck"))
            .args(args)
            .env_clear()
            .current_dir(home.path())
            .stdout(full)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), text)
    };
    let (code, text) = code_and_errors(&["audit", "--demo"]);
    assert_eq!(code, Some(2));
    assert!(
        text.starts_with("error: cannot write standard output: "),
        "{text}"
    );
    assert_eq!(code_and_errors(&["--help"]).0, Some(2));
}

#[test]
fn a_reader_that_leaves_early_changes_nothing_about_the_exit_code() {
    let home = home();
    save(&home, &unvalidated());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trailcheck"))
        .args(["audit", "--snapshot", "snapshot.json"])
        .env_clear()
        .current_dir(home.path())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"");
}
