//! From a directory: how fast, how that grows, and what the machine could do at most.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use aws_lc_rs::digest::{SHA256, digest};
use libdeflater::Decompressor;

use super::child::{self, Cost};
use super::data::Data;
use super::figures::Figures;

/// How many log files.
const SIZES: [usize; 4] = [1_000, 5_000, 20_000, 50_000];

/// The size that is compared with the bare loop.
const COMPARED: usize = 5_000;

pub(crate) fn measure(figures: &mut Figures) {
    for size in SIZES {
        let data = Data::of(size);
        let packed = load(&data.folder.join(&data.bucket));
        let unpacked = unpack_all(&packed, processors());
        if size == COMPARED {
            compare(&data, &packed, unpacked, figures);
        }
        // Its gigabyte would slow the program down.
        drop(packed);
        let cost = child::best(3, || child::verify_directory(&data));
        rates(size, unpacked, cost, figures);
    }
    let year = Data::year();
    let cost = child::best(2, || child::verify_directory(&year));
    let what = format!("{} digests of a year, from a directory", year.digests);
    figures.beside(&what, cost.wall, "s");
    figures.at_most("  peak memory", cost.mebibytes, 64.0, "MiB");
}

/// One after the other, so that what else the machine does meets both.
fn compare(data: &Data, packed: &[Vec<u8>], unpacked: usize, figures: &mut Figures) {
    // The first run reads the files from the disk.
    let mut program = child::verify_directory(data);
    let mut bare = f64::MAX;
    for _ in 0..7 {
        let started = Instant::now();
        assert_eq!(unpack_all(packed, processors()), unpacked);
        bare = bare.min(started.elapsed().as_secs_f64());
        program = program.or(child::verify_directory(data));
    }
    figures.beside("bare loop over the same bytes", mb(unpacked) / bare, "MB/s");
    let share = 100.0 * bare / program.wall;
    let what = format!("{COMPARED} files from a directory, of the bare loop");
    figures.at_least(&what, share, 70.0, "%");
}

fn rates(size: usize, unpacked: usize, cost: Cost, figures: &mut Figures) {
    let what = format!("{size} files from a directory");
    figures.beside(&what, size as f64 / cost.wall, "files/s");
    figures.beside("  unpacked", mb(unpacked) / cost.wall, "MB/s");
    let milliseconds = 1000.0 * cost.cpu / size as f64;
    figures.beside("  CPU of a file", milliseconds, "ms");
    figures.at_most("  peak memory", cost.mebibytes, 64.0, "MiB");
}

/// What inflating and hashing alone takes of a processor, in seconds, for all files.
#[cfg(feature = "live")]
pub(crate) fn bare_cpu(data: &Data) -> f64 {
    let packed = load(&data.folder.join(&data.bucket));
    let once = || {
        let started = Instant::now();
        unpack_all(&packed, 1);
        started.elapsed().as_secs_f64()
    };
    (0..5).map(|_| once()).fold(f64::MAX, f64::min)
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn mb(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The bytes of every file below a folder.
fn load(folder: &Path) -> Vec<Vec<u8>> {
    let mut loaded = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => loaded.push(fs::read(path).expect("a file")),
            }
        }
    }
    loaded
}

/// Inflates and hashes everything on so many threads, which is the least that whoever checks
/// the hashes has to do; gives how many bytes that were.
fn unpack_all(packed: &[Vec<u8>], threads: usize) -> usize {
    let next = AtomicUsize::new(0);
    let unpacked = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut inflate = Decompressor::new();
                let mut buffer = Vec::new();
                while let Some(file) = packed.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let size = unpacked_size(file);
                    if buffer.len() < size {
                        buffer.resize(size, 0);
                    }
                    let written = inflate.gzip_decompress(file, &mut buffer);
                    let written = written.expect("an intact file");
                    black_box(digest(&SHA256, &buffer[..written]));
                    unpacked.fetch_add(written, Ordering::Relaxed);
                }
            });
        }
    });
    unpacked.into_inner()
}

/// What the gzip trailer says.
fn unpacked_size(file: &[u8]) -> usize {
    let size = file.last_chunk().copied().expect("a gzip trailer");
    u32::from_le_bytes(size) as usize
}
