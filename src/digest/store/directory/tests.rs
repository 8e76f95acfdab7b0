//! Permissions are not tried here: who runs the tests as root may read everything.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;

const BUCKET: &str = "trail-bucket";
const LOG: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/log.json.gz";

fn digest_key(account: usize, hour: usize) -> String {
    format!("AWSLogs/{account:012}/CloudTrail-Digest/us-east-1/2026/03/01/digest-{hour:02}.json.gz")
}

fn digest(bucket: &str, key: &str) -> Vec<u8> {
    let text = format!(r#"{{"digestS3Bucket":"{bucket}","digestS3Object":"{key}","logFiles":[]}}"#);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A directory with these files in it.
fn copy<P: AsRef<str>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, B)>) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        put(&root, path.as_ref(), bytes.as_ref());
    }
    root
}

fn put(root: &TempDir, path: &str, bytes: &[u8]) {
    let path = root.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn open(root: &TempDir) -> Directory {
    Directory::open(root.path()).unwrap()
}

fn refusal(root: &TempDir) -> String {
    let error = Directory::open(root.path()).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let folder = root.path().display().to_string();
    error.to_string().replace(&folder, "DIR")
}

fn list(store: &Directory, bucket: &str, prefix: &str, after: Option<&str>) -> Vec<String> {
    let mut keys = Vec::new();
    let listed = store.list(bucket, prefix, after, &mut |page| {
        assert!(page.len() <= 1000 && !page.is_empty());
        keys.extend(page.into_iter().map(|listed| listed.key));
        ControlFlow::Continue(())
    });
    listed.unwrap();
    keys
}

fn read_all(store: &Directory, objects: &[Object]) -> Vec<Result<Body, Unreadable>> {
    let taken = Mutex::new(BTreeMap::new());
    let mut wanted = (0..).zip(objects.iter().cloned());
    store.read(&mut wanted, &|number, object, body| {
        assert_eq!(objects[usize::try_from(number).unwrap()], object);
        let before = taken.lock().unwrap().insert(number, body);
        assert_eq!(before, None, "read twice");
    });
    taken.into_inner().unwrap().into_values().collect()
}

fn read_one(store: &Directory, bucket: &str, key: &str) -> Result<Body, Unreadable> {
    read_all(store, &[Object::new(bucket, key)]).remove(0)
}

fn failure(store: &Directory, bucket: &str, key: &str) -> UnreadableKind {
    read_one(store, bucket, key).unwrap_err().kind
}

#[test]
fn folders_beside_each_other_are_buckets() {
    let key = digest_key(1, 0);
    let root = copy([
        (format!("a-bucket/{LOG}"), b"a".to_vec()),
        (format!("b-bucket/audit/{LOG}"), b"b".to_vec()),
        (format!("b-bucket/{key}"), digest("b-bucket", &key)),
        ("b-bucket/other/data.csv".to_owned(), b"".to_vec()),
        ("public-keys/us-east-1.json".to_owned(), b"{}".to_vec()),
    ]);
    let store = open(&root);
    assert_eq!(store.buckets(), ["a-bucket", "b-bucket"]);
    assert_eq!(store.prefixes("b-bucket"), ["", "audit/"]);
    assert_eq!(list(&store, "a-bucket", "", None), [LOG]);
    let audit = format!("audit/{LOG}");
    assert_eq!(list(&store, "b-bucket", "", None), [&*key, &*audit]);
    assert_eq!(read_one(&store, "a-bucket", LOG).unwrap().bytes, b"a");
    assert_eq!(read_one(&store, "b-bucket", &audit).unwrap().bytes, b"b");
    assert_eq!(
        store.folder("b-bucket", "").unwrap().folders,
        ["AWSLogs", "audit"]
    );
    assert_eq!(
        store.folder("b-bucket", "audit/").unwrap().folders,
        ["AWSLogs"]
    );
    assert!(
        store
            .folder("b-bucket", "nobody/")
            .unwrap()
            .folders
            .is_empty()
    );
    assert!(store.notes().is_empty(), "{:?}", store.notes());
}

#[test]
fn the_keys_of_one_bucket_get_its_name_from_the_digests() {
    let key = digest_key(1, 0);
    let root = copy([(&key, digest(BUCKET, &key))]);
    assert_eq!(open(&root).buckets(), [BUCKET]);
    let root = copy([(LOG, b"no digest")]);
    assert_eq!(open(&root).buckets(), ["unknown-bucket"]);
    let root = copy([(digest_key(1, 0), b"not gzip")]);
    assert_eq!(open(&root).buckets(), ["unknown-bucket"]);
}

#[test]
fn a_prefix_is_told_from_a_bucket_by_the_digests_own_keys() {
    let key = format!("audit/{}", digest_key(1, 0));
    let root = copy([(&key, digest(BUCKET, &key))]);
    let store = open(&root);
    assert_eq!(store.buckets(), [BUCKET]);
    assert_eq!(store.prefixes(BUCKET), ["audit/"]);
    assert_eq!(list(&store, BUCKET, "", None), [key]);
}

#[test]
fn what_a_copy_of_a_prefix_leaves_out_of_the_keys_is_put_back() {
    let (below, cut) = (digest_key(1, 0), "team/audit/");
    let key = format!("{cut}{below}");
    for place in ["", "trail-bucket/"] {
        let root = copy([(format!("{place}{below}"), digest(BUCKET, &key))]);
        let store = open(&root);
        assert_eq!(store.buckets(), [BUCKET]);
        assert_eq!(store.prefixes(BUCKET), [cut]);
        for prefix in ["", "te", "team/audit/AWSLogs/0", &key] {
            assert_eq!(list(&store, BUCKET, prefix, None), [&*key], "{prefix}");
        }
        assert!(list(&store, BUCKET, &below, None).is_empty());
        assert_eq!(store.folder(BUCKET, "").unwrap().folders, ["team"]);
        assert_eq!(store.folder(BUCKET, "team/").unwrap().folders, ["audit"]);
        assert_eq!(store.folder(BUCKET, cut).unwrap().folders, ["AWSLogs"]);
        assert!(read_one(&store, BUCKET, &key).is_ok());
        assert_eq!(failure(&store, BUCKET, &below), UnreadableKind::Other);
    }
}

#[test]
fn a_few_forged_digests_rename_nothing() {
    let mut files: Vec<_> = (0..20)
        .map(|hour| (digest_key(1, hour), digest(BUCKET, &digest_key(1, hour))))
        .collect();
    for hour in [0, 10, 19] {
        files[hour].1 = digest("evil-bucket", &digest_key(1, hour));
    }
    let store = open(&copy(files));
    assert_eq!(store.buckets(), [BUCKET]);
    let [note] = &store.notes()[..] else {
        panic!("one note: {:?}", store.notes());
    };
    assert!(note.contains("`s3://evil-bucket/`"), "{note}");
}

#[test]
fn a_buckets_folder_keeps_its_name_whatever_its_digests_say() {
    let key = digest_key(1, 0);
    let root = copy([(format!("copied/{key}"), digest(BUCKET, &key))]);
    let store = open(&root);
    assert_eq!(store.buckets(), ["copied"]);
    assert!(store.notes()[0].ends_with("say that they are from `s3://trail-bucket/`"));
}

#[test]
fn a_digest_that_names_a_way_out_as_its_bucket_is_not_heard() {
    let key = digest_key(1, 0);
    let root = copy([(&key, digest("../../etc", &key))]);
    assert_eq!(open(&root).buckets(), ["unknown-bucket"]);
}

#[test]
fn a_trail_whose_prefix_is_awslogs_has_one() {
    let key = format!("AWSLogs/{}", digest_key(1, 0));
    let store = open(&copy([(&key, digest(BUCKET, &key))]));
    assert_eq!(store.prefixes(BUCKET), ["", "AWSLogs/"]);
}

#[test]
fn a_directory_without_objects_is_refused() {
    let root = copy([("manifest.json", "{}"), ("x/y.json.gz", "")]);
    let said = "`DIR` holds no CloudTrail objects: no folder `AWSLogs` in it";
    assert_eq!(refusal(&root), said);
    let missing = Directory::open(&root.path().join("nobody")).unwrap_err();
    assert!(missing.to_string().starts_with("cannot read `"));
    assert_eq!(missing.exit_code(), 2);
}

#[test]
fn the_listing_is_in_the_order_of_s3_and_of_regular_files_only() {
    let keys =
        ["a-b", "a.json", "a/b", "a/c/d", "a0", "aé", "b"].map(|key| format!("AWSLogs/{key}"));
    let root = copy(keys.iter().map(|key| (key, "")));
    put(&root, "object-metadata.json", b"{}");
    let store = open(&root);
    assert_eq!(list(&store, "unknown-bucket", "", None), keys);
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(
            list(&store, "unknown-bucket", "AWSLogs/", Some(key)),
            keys[number + 1..]
        );
    }
    assert_eq!(
        list(&store, "unknown-bucket", "", Some("AWSLogs/a/")),
        keys[2..]
    );
    assert_eq!(
        list(&store, "unknown-bucket", "AWSLogs/a/", None),
        keys[2..4]
    );
    assert_eq!(list(&store, "unknown-bucket", "AWSLogs/a", None), keys[..6]);
    for nowhere in [
        "b",
        "AWSLogs/x/",
        "AWSLogs/../",
        "AWSLogs//",
        "/",
        "AWSLogs/b/",
    ] {
        assert!(
            list(&store, "unknown-bucket", nowhere, None).is_empty(),
            "{nowhere}"
        );
    }
}

#[test]
fn pages_have_a_thousand_objects_and_end_when_told() {
    let root = copy((0..2100).map(|number| (format!("AWSLogs/{number:04}"), "four")));
    let store = open(&root);
    let mut pages = Vec::new();
    let listed = store.list("unknown-bucket", "", None, &mut |page| {
        assert!(page.iter().all(|listed| listed.size == 4));
        pages.push(page.len());
        ControlFlow::Continue(())
    });
    assert_eq!((listed, pages), (Ok(()), vec![1000, 1000, 100]));
    let mut pages = 0;
    let listed = store.list("unknown-bucket", "", None, &mut |_| {
        pages += 1;
        ControlFlow::Break(())
    });
    assert_eq!((listed, pages), (Ok(()), 1));
}

#[test]
fn every_object_is_read_once_on_however_many_threads() {
    let keys: Vec<String> = (0..500).map(|number| format!("AWSLogs/{number}")).collect();
    let root = copy(keys.iter().map(|key| (key, key)));
    let objects: Vec<_> = keys
        .iter()
        .map(|key| Object::new("unknown-bucket", key))
        .collect();
    let bodies = read_all(&open(&root), &objects);
    for (body, key) in bodies.into_iter().zip(&keys) {
        let expected = Body {
            bytes: key.clone().into_bytes(),
            metadata: Metadata::Lost,
        };
        assert_eq!(body, Ok(expected));
    }
}

#[test]
fn a_file_that_vanished_is_missing_and_what_the_copy_lacks_is_not() {
    let root = copy([
        (format!("{BUCKET}/{LOG}"), ""),
        (format!("{BUCKET}/other"), ""),
    ]);
    let store = open(&root);
    fs::remove_file(root.path().join(BUCKET).join(LOG)).unwrap();
    assert_eq!(failure(&store, BUCKET, LOG), UnreadableKind::Missing);
    assert_eq!(
        failure(&store, BUCKET, &format!("{LOG}/x")),
        UnreadableKind::Missing
    );
    for (bucket, key) in [
        ("older-bucket", LOG),
        (BUCKET, "audit/AWSLogs/x"),
        (BUCKET, "other"),
    ] {
        assert_eq!(
            failure(&store, bucket, key),
            UnreadableKind::Other,
            "{bucket} {key}"
        );
    }
    let listed = store.list("older-bucket", "", None, &mut |_| ControlFlow::Continue(()));
    assert_eq!(listed.unwrap_err().kind, UnreadableKind::Other);
}

#[test]
fn no_key_leads_out_of_the_directory() {
    let root = copy([
        (format!("{BUCKET}/{LOG}"), ""),
        ("AWSLog".to_owned(), "outside"),
    ]);
    let store = open(&root);
    for key in [
        "AWSLogs/../../AWSLog",
        "AWSLogs/./x",
        "AWSLogs//etc/passwd",
        "AWSLogs/x/",
        "AWSLogs/a\0b",
        "AWSLogs/..",
        "../AWSLog",
        "/etc/passwd",
        "",
        ".",
    ] {
        assert_eq!(
            failure(&store, BUCKET, key),
            UnreadableKind::Other,
            "{key:?}"
        );
    }
    let long = format!("AWSLogs/{}", "x".repeat(1000));
    assert_eq!(failure(&store, BUCKET, &long), UnreadableKind::Other);
    let folder = LOG.rsplit_once('/').unwrap().0;
    assert_eq!(failure(&store, BUCKET, folder), UnreadableKind::Other);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_a_pipe_makes_nobody_wait() {
    use std::os::unix::fs::symlink;
    let root = copy([
        (format!("{BUCKET}/{LOG}"), "log"),
        ("outside/AWSLogx/x".to_owned(), "x"),
    ]);
    let logs = root.path().join(BUCKET).join("AWSLogs");
    symlink(root.path().join(BUCKET).join(LOG), logs.join("file")).unwrap();
    symlink(root.path().join("outside"), logs.join("folder")).unwrap();
    symlink(root.path().join(BUCKET), root.path().join("linked-bucket")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(logs.join("pipe"))
        .status();
    assert!(made.unwrap().success());
    let store = open(&root);
    assert_eq!(store.buckets(), [BUCKET]);
    assert_eq!(list(&store, BUCKET, "", None), [LOG]);
    for key in ["file", "folder/AWSLogx/x", "pipe"] {
        let kind = failure(&store, BUCKET, &format!("AWSLogs/{key}"));
        assert_eq!(kind, UnreadableKind::Other, "{key}");
    }
    assert!(
        store
            .list(BUCKET, "AWSLogs/folder/", None, &mut |_| {
                ControlFlow::Continue(())
            })
            .is_err()
    );
    let notes = store.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("files that are not regular are skipped, for example `"));
    assert!(notes[1].starts_with("symbolic links are skipped, for example `"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_skipped_and_said() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let root = copy([(LOG, "log")]);
    fs::write(
        root.path()
            .join("AWSLogs")
            .join(OsStr::from_bytes(b"\xff.json.gz")),
        "",
    )
    .unwrap();
    let store = open(&root);
    assert_eq!(list(&store, "unknown-bucket", "", None), [LOG]);
    assert!(store.notes()[0].starts_with("files whose names are not UTF-8 are skipped"));
}

#[test]
fn metadata_comes_from_the_file_and_what_it_does_not_list_has_none() {
    let saved = r#" { "s3://trail-bucket/AWSLogs/a\u0062" : {"metadata": {"signature": "0a", "signature-algorithm": "b",
        "backfill-generation-timestamp": "c", "x": "y"}, "storage_class": "GLACIER_IR", "size": 1},
        "s3://trail-bucket/AWSLogs/c": {"storage_class": "DEEP_ARCHIVE"},
        "s3://trail-bucket/AWSLogs/d": {"storage_class": "GLACIER"}} "#;
    let root =
        copy(["AWSLogs/ab", "AWSLogs/c", "AWSLogs/e"].map(|key| (format!("{BUCKET}/{key}"), "")));
    put(&root, "object-metadata.json", saved.as_bytes());
    let store = open(&root);
    let text = |text: &str| Some(text.to_owned());
    let known = Metadata::Known {
        signature: text("0a"),
        algorithm: text("b"),
        backfilled: text("c"),
    };
    assert_eq!(
        read_one(&store, BUCKET, "AWSLogs/ab").unwrap().metadata,
        known
    );
    let none = Metadata::Known {
        signature: None,
        algorithm: None,
        backfilled: None,
    };
    assert_eq!(
        read_one(&store, BUCKET, "AWSLogs/e").unwrap().metadata,
        none
    );
    // One with its bytes, and one that `aws s3 sync` has left out.
    for key in ["AWSLogs/c", "AWSLogs/d"] {
        assert_eq!(failure(&store, BUCKET, key), UnreadableKind::Archived);
    }
}

#[test]
fn metadata_that_cannot_be_understood_is_refused() {
    let huge = format!(
        r#"{{"s3://b/k": {{"metadata": {{"signature": "{}"}}}}}}"#,
        "x".repeat(2 << 20)
    );
    for (text, reason) in [
        ("", "EOF while parsing"),
        (
            "[]",
            "expected an object with a member for each `s3://bucket/key`",
        ),
        ("{} {}", "trailing characters"),
        (
            r#"{"s3://b/k": {"metadata": {"signature": 1}}}"#,
            "invalid type: integer",
        ),
        (
            r#"{"s3://b/k": {}, "s3://b/k": {}}"#,
            "it tells of `s3://b/k` twice",
        ),
        (&*huge, "it says more than 1 MiB of one object"),
    ] {
        let root = copy([(LOG, "log"), ("object-metadata.json", text)]);
        let said = refusal(&root);
        assert!(
            said.starts_with("cannot use `DIR/object-metadata.json`: "),
            "{said}"
        );
        assert!(said.contains(reason), "{said}");
    }
    let root = copy([(LOG, "log"), ("object-metadata.json/x", "")]);
    assert!(refusal(&root).ends_with("it is no regular file"));
}
